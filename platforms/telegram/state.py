"""What the stand-in remembers: one bot, its chats, the updates that wait, files, and the faults to play."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from platforms.telegram.entities import typed_entities

TOKEN = "100200300:a-token-for-trying-by-hand"
EPOCH = 1_700_000_000
Json = dict[str, Any]
FAULTS = ("429", "500", "502", "403", "migrate", "no_answer", "black_hole", "garbage")


class ApiError(Exception):
    """An answer `{"ok": false}`."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters

    def answer(self) -> Json:
        """Return it as the Bot API says it."""
        more = {"parameters": self.parameters} if self.parameters else {}
        return {"ok": False, "error_code": self.code, "description": self.description, **more}


@dataclass
class Fault:
    """What goes wrong with the next `times` calls of a method (and chat), after `skip` good ones."""

    kind: str
    method: str = "sendMessage"
    chat: int | None = None
    times: int = 1
    retry_after: int = 1
    migrate_to: int = 0
    skip: int = 0


@dataclass
class Chat:
    """A chat and what stands in it."""

    info: Json
    person: Json
    messages: list[Json] = field(default_factory=list)
    blocked: bool = False
    migrated_to: int | None = None
    actions: list[str] = field(default_factory=list)

    @property
    def id(self) -> int:
        """The chat's id."""
        return int(self.info["id"])


class Telegram:
    """The platform with one bot on it. What customers do is a method here; what the bot does, an API call."""

    def __init__(self, token: str = TOKEN, username: str = "firstline_demo_bot") -> None:
        self.token = token
        self.me: Json = {
            "id": int(token.split(":")[0]),
            "is_bot": True,
            "first_name": "Firstline",
            "username": username,
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }
        self.chats: dict[int, Chat] = {}
        self.pending: list[Json] = []
        self.allowed: list[str] | None = None
        self.webhook: Json = {}
        self.files: dict[str, tuple[str, bytes]] = {}
        self.commands: dict[tuple[str, str], list[Json]] = {}
        self.queries: dict[str, Json | None] = {}
        self.faults: list[Fault] = []
        self.calls: list[tuple[str, Json]] = []
        self.poll = 0
        self.closing = False
        # Ids must not begin anew with each start: the bot would take what comes for repeats.
        self.born = int(time.time()) - EPOCH
        self._numbers = itertools.count(self.born)
        self._updates = itertools.count(self.born)
        self._listening: set[asyncio.Event] = set()

    # who is there

    def person(self, id: int, name: str, language: str = "en") -> Chat:
        """Let somebody open a private chat with the bot."""
        who = {"id": id, "is_bot": False, "first_name": name, "language_code": language}
        chat = Chat({"id": id, "type": "private", "first_name": name}, who)
        return self.chats.setdefault(id, chat)

    def group(self, id: int, title: str, person: Json) -> Chat:
        """Let somebody add the bot to a group."""
        kind = "supergroup" if str(id).startswith("-100") else "group"
        return self.chats.setdefault(id, Chat({"id": id, "type": kind, "title": title}, person))

    # what customers do

    def says(self, chat: Chat, text: str, **more: Any) -> Json:
        """Send a text; return the update."""
        found = typed_entities(text)
        entities = {"entities": found} if found else {}
        return self.sends(chat, text=text, **entities, **more)

    def sends(self, chat: Chat, **content: Any) -> Json:
        """Send a message with this content; return the update."""
        return self.put("message", self._add(chat, chat.person, content))

    def edits(self, chat: Chat, message_id: int, text: str) -> Json:
        """Change a text that was sent before."""
        message = self.message(chat, message_id)
        message.update(text=text, edit_date=int(time.time()))
        return self.put("edited_message", dict(message))

    def presses(self, chat: Chat, message_id: int, data: str) -> Json:
        """Press an inline button."""
        query = str(next(self._numbers) + 4_000_000_000)
        self.queries[query] = None
        pressed = {"id": query, "from": chat.person, "chat_instance": str(chat.id), "data": data}
        return self.put("callback_query", {**pressed, "message": dict(self.message(chat, message_id))})

    def upload(self, name: str, content: bytes, folder: str = "documents") -> Json:
        """Keep a file as Telegram does; return what a message says of it."""
        number = next(self._numbers)
        ending = name.rpartition(".")[2] or "bin"
        file = f"FILE{number:08d}"
        self.files[file] = (f"{folder}/file_{number}.{ending}", content)
        return {"file_id": file, "file_unique_id": f"U{number}", "file_size": len(content)}

    def migrates(self, chat: Chat, new_id: int) -> Chat:
        """Turn a group into a supergroup, which has another id."""
        new = self.group(new_id, chat.info["title"], chat.person)
        new.messages = chat.messages
        chat.migrated_to = new_id
        return new

    # what happens then

    def put(self, kind: str, content: Json) -> Json:
        """Queue an update."""
        update = {"update_id": next(self._updates), kind: content}
        if not self.allowed or kind in self.allowed:
            self.pending.append(update)
        self.tell()
        return update

    def shows(self, chat: Chat, content: Json) -> Json:
        """Put what the bot sends into a chat; return the message."""
        return self._add(chat, self.me, content)

    def message(self, chat: Chat, message_id: int) -> Json:
        """Return a message of a chat."""
        for message in chat.messages:
            if message["message_id"] == message_id:
                return message
        raise ApiError(400, "Bad Request: message to edit not found")

    def chat_of(self, id: Any) -> Chat:
        """Return the chat that a call names, as far as the bot may write to it."""
        chat = self.chats.get(int(id)) if str(id).lstrip("-").isdigit() else None
        if chat is None:
            raise ApiError(400, "Bad Request: chat not found")
        if chat.migrated_to:
            sentence = "Bad Request: group chat was upgraded to a supergroup chat"
            raise ApiError(400, sentence, migrate_to_chat_id=chat.migrated_to)
        if chat.blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        return chat

    def fails(self, kind: str, method: str = "sendMessage", **more: Any) -> Fault:
        """Let the next calls of a method go wrong."""
        if kind not in FAULTS:
            raise ValueError(f"a fault is one of {', '.join(FAULTS)}")
        fault = Fault(kind, method, **more)
        self.faults.append(fault)
        return fault

    def fault_of(self, method: str, chat: Any) -> Fault | None:
        """Return what goes wrong with this call, and count it."""
        for fault in self.faults:
            if fault.method not in (method, "*") or fault.chat not in (None, chat) or not fault.times:
                continue
            if fault.skip:
                fault.skip -= 1
            else:
                fault.times -= 1
                return fault
        return None

    # waiting

    def tell(self) -> None:
        """Wake all who wait for something to change."""
        for event in self._listening:
            event.set()

    @contextmanager
    def listening(self) -> Iterator[asyncio.Event]:
        """Give an event that is set at each change meanwhile."""
        event = asyncio.Event()
        self._listening.add(event)
        try:
            yield event
        finally:
            self._listening.discard(event)

    def _add(self, chat: Chat, sender: Json, content: Json) -> Json:
        number = max((message["message_id"] for message in chat.messages), default=self.born) + 1
        message = {
            "message_id": number,
            "from": sender,
            "chat": chat.info,
            "date": int(time.time()),
            **content,
        }
        chat.messages.append(message)
        self.tell()
        return message
