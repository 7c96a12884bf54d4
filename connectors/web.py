"""The web channel's WebSocket: a window onto one conversation, resumed by `since`, then live."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from starlette.websockets import WebSocket, WebSocketDisconnect

from connectors.limits import Limits
from connectors.port import LinksVisitors
from connectors.wire import check_text, clean, message_json
from nouns import Conversation, Delivery, Incoming, Mode, Problem
from records import agents, channel_links, conversations, handoffs, inbox, messages
from records.database import Database
from records.ids import new_id

CHANNEL = "web"
HELLO_SECONDS = 10
PING_SECONDS = 25
LARGEST_SEQ = 2**31 - 1
UNGUESSABLE = 16  # characters: a repeat of a shorter `client_id` could as well be a stranger's message


@dataclass(frozen=True)
class Front:
    """What the web channel needs and tells its clients."""

    database: Database
    limits: Limits
    files: Path
    upload_max_bytes: int
    allowed_origins: Collection[str]
    company: str
    colour: str
    languages: Collection[str]
    mail: bool
    answer_seconds: float = 30.0
    elsewhere: Mapping[str, LinksVisitors] = field(default_factory=dict)
    open_sockets: set[WebSocket] = field(default_factory=set)

    def check_origin(self, connection: WebSocket) -> None:
        """Refuse a page of another site, unless ALLOWED_ORIGINS names it; programs send no Origin."""
        origin = connection.headers.get("origin")
        own = origin is None or urlsplit(origin).netloc == connection.headers.get("host")
        if not own and origin not in self.allowed_origins:
            raise Problem("origin", 403, f"{origin} may not open a chat here.", "Add it to ALLOWED_ORIGINS.")

    def language(self, wanted: object) -> str:
        """Return the wanted language if it is spoken here, else the first one."""
        word = str(wanted or "").lower()[:2]
        return word if word in self.languages else next(iter(self.languages))


class WebConnector:
    """The web as a channel: its clients read by `seq`, so nothing is pushed from the outbox."""

    channel = CHANNEL

    async def run(self) -> None:
        """Clients come by themselves."""

    async def send(self, delivery: Delivery) -> str | None:
        """Nothing to do: the message is stored, and that is where clients find it."""
        return None


class Chat:
    """One open WebSocket."""

    def __init__(self, front: Front, socket: WebSocket) -> None:
        self.front, self.socket = front, socket
        self.conversation: str | None = None
        self.language = "en"
        self.seen = 0
        self.delivered = 0
        self.began_with: str | None = None
        self._pushing: asyncio.Task[None] | None = None
        self._sending = asyncio.Lock()

    async def serve(self) -> None:
        """Talk until one side leaves."""
        try:
            self.front.check_origin(self.socket)
        except Problem:
            await self.socket.close(4403)
            return
        await self.socket.accept()
        self.front.open_sockets.add(self.socket)
        try:
            await self._hello()
            async with asyncio.TaskGroup() as group:
                pinging = group.create_task(self._ping())
                await self._listen()
                pinging.cancel()
        except* (WebSocketDisconnect, RuntimeError, TimeoutError):
            pass
        finally:
            self.front.open_sockets.discard(self.socket)
            if self._pushing:
                self._pushing.cancel()

    async def _hello(self) -> None:
        try:
            async with asyncio.timeout(HELLO_SECONDS):
                frame = await self._receive()
        except Problem as problem:
            await self._refuse(problem, 4400)
        self.language = self.front.language(frame.get("language"))
        self.seen = seq_of(frame.get("since"))
        if not frame.get("conversation"):
            await self._welcome(None, None)
            return
        try:
            async with self.front.database.read() as connection:
                held = await conversations.check_token(
                    connection,
                    str(frame["conversation"]),
                    str(frame.get("token")),
                    self.front.database.now(),
                )
        except Problem as problem:
            await self._refuse(problem, 4401)
        self.began_with = await self._first_id(held.id)
        await self._welcome(held, str(frame["token"]))
        self._follow(held.id)

    async def _refuse(self, problem: Problem, code: int) -> NoReturn:
        await self._error(problem)
        await self.socket.close(code)
        raise WebSocketDisconnect(code) from problem

    async def _listen(self) -> None:
        while True:
            frame: dict[str, Any] = {}
            try:
                frame = await self._receive()
                await self._handle(frame)
            except Problem as problem:
                await self._error(problem, frame.get("client_id"))

    async def _handle(self, frame: dict[str, Any]) -> None:
        kind = frame.get("type")
        if kind == "send":
            await self._take(frame)
        elif kind == "typing" and self.conversation:
            self.front.database.wakes.tell(conversations.topic(self.conversation), "typing:customer")
        elif kind == "read" and self.conversation:
            async with self.front.database.write() as writing:
                await conversations.mark_read(writing, self.conversation, seq_of(frame.get("seq")))

    async def _take(self, frame: dict[str, Any]) -> None:
        client_id = str(frame.get("client_id") or "")[:64]
        if not client_id:
            raise Problem("malformed", 422, "`client_id` is missing.", "Send a fresh UUID with each message.")
        await self.front.limits.check(self.conversation, self.front.limits.address_of(self.socket))
        incoming = incoming_of(frame, self.conversation, client_id)
        if self.began_with and self.began_with.endswith(f":{client_id}"):
            incoming = replace(incoming, external_id=self.began_with)
        taken = await inbox.take(self.front.database, incoming, self.language)
        if taken.conversation != self.conversation:
            self.began_with = incoming.external_id
            await self._begin(taken)
        await self._send({"type": "sent", "client_id": client_id, "seq": taken.seq})

    async def _first_id(self, conversation: str) -> str | None:
        """Name the message that began the conversation: it was sent before its client knew of one."""
        async with self.front.database.read() as connection:
            said = await messages.since(connection, conversation)
        return said[0].external_id if said else None

    async def _begin(self, taken: inbox.Taken) -> None:
        token = taken.token
        async with self.front.database.write() as writing:
            held = await conversations.by_id(writing.connection, taken.conversation)
            if token is None:
                token = await agents.conversation_token(writing, held.id)
        self.seen = self.delivered = 0
        await self._welcome(held, token)
        self._follow(held.id)

    def _follow(self, conversation: str) -> None:
        self.conversation = conversation
        if self._pushing:
            self._pushing.cancel()
        self._pushing = asyncio.create_task(self._push(conversation))

    async def _push(self, conversation: str) -> None:
        """Send what is new, then wait for a wake-up; words that pile up meanwhile are served together."""
        topic = conversations.topic(conversation)
        with suppress(WebSocketDisconnect, RuntimeError):
            async with self.front.database.wakes.listening([topic]) as queue:
                async with self.front.database.read() as connection:
                    dealt_with = await messages.delivered_up_to(connection, conversation)
                words = {"message", f"{messages.DELIVERED_WORD}{dealt_with}"}
                while True:
                    await self._tell(conversation, words)
                    words = {await queue.get()}
                    while not queue.empty():
                        words.add(queue.get_nowait())

    async def _tell(self, conversation: str, words: set[str]) -> None:
        for word in words:
            if word.startswith("typing:") and word != "typing:customer":
                author, _, name = word.removeprefix("typing:").partition(":")
                await self._send({"type": "typing", "author": author, "agent_name": name or None})
        if "message" in words:
            await self._tell_messages(conversation)
        await self._tell_delivered(words)
        if channel_links.WORD in words:
            await self._send({"type": "link"})
        if "mode" in words:
            async with self.front.database.read() as connection:
                held = await conversations.by_id(connection, conversation)
                await self._send({"type": "mode", **await standing(self.front.database, held)})

    async def _tell_messages(self, conversation: str) -> None:
        async with self.front.database.read() as connection:
            new = await messages.since(connection, conversation, self.seen)
        for message in new:
            await self._send({"type": "message", "message": message_json(message)})
            self.seen = message.seq

    async def _tell_delivered(self, words: set[str]) -> None:
        told = [
            word.removeprefix(messages.DELIVERED_WORD)
            for word in words
            if word.startswith(messages.DELIVERED_WORD)
        ]
        delivered = max(map(int, told), default=0)
        if delivered > self.delivered:
            self.delivered = delivered
            await self._send({"type": "delivered", "seq": delivered})

    async def _welcome(self, held: Conversation | None, token: str | None) -> None:
        await self._send(
            {
                "type": "welcome",
                "conversation": held.id if held else None,
                "token": token,
                **await standing(self.front.database, held),
                "company": self.front.company,
                "colour": self.front.colour,
                "upload_max_bytes": self.front.upload_max_bytes,
                "mail": self.front.mail,
                "elsewhere": list(self.front.elsewhere),
            }
        )

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(PING_SECONDS)
            await self._send({"type": "ping"})

    async def _receive(self) -> dict[str, Any]:
        try:
            frame = await self.socket.receive_json()
        except (ValueError, KeyError, RecursionError) as error:  # no JSON, not even text, or too deep
            raise Problem("malformed", 422, "That frame is not JSON.", "Send a JSON object.") from error
        if not isinstance(frame, dict):
            raise Problem("malformed", 422, "That frame is not a JSON object.", "Send one.")
        return {name: clean(value) for name, value in frame.items()}

    async def _send(self, frame: dict[str, Any]) -> None:
        async with self._sending:
            await self.socket.send_json(frame)

    async def _error(self, problem: Problem, client_id: object = None) -> None:
        await self._send(
            {
                "type": "error",
                "code": problem.code,
                "detail": str(problem),
                "retry_after": problem.retry_after_seconds,
                "client_id": client_id,
            }
        )


def seq_of(value: object) -> int:
    """Return a client's `seq`, 0 for anything that is none."""
    return min(value, LARGEST_SEQ) if isinstance(value, int) and value > 0 else 0


def incoming_of(frame: dict[str, Any], conversation: str | None, client_id: str) -> Incoming:
    """Turn a frame or a request's body into the noun."""
    known_as = conversation or ("new" if len(client_id) >= UNGUESSABLE else new_id("new"))
    given = frame.get("attachments")
    files = [str(file) for file in given][:10] if isinstance(given, list) else []
    button = frame.get("button")
    text = "" if button or (files and not frame.get("text")) else check_text(frame.get("text", ""))
    return Incoming(
        channel=CHANNEL,
        external_id=f"{known_as}:{client_id}",
        address="",
        text=text,
        conversation=conversation,
        button=str(button) if button else None,
        attachments=files,
    )


async def standing(database: Database, held: Conversation | None) -> dict[str, Any]:
    """Return who owns the conversation, the place in the queue, and the person's name."""
    if held is None:
        return {"mode": Mode.BOT, "position": None, "agent_name": None}
    async with database.read() as connection:
        place = await handoffs.position(connection, held.id) if held.mode is Mode.WAITING else None
        agent = await agents.by_id(connection, held.agent) if held.agent else None
    return {"mode": held.mode, "position": place, "agent_name": agent.name if agent else None}
