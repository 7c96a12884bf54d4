"""What customers write to the app: direct messages, mentions and presses, stored before Slack is told so."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from weakref import WeakValueDictionary

import structlog

from connectors.slack.account import CHANNEL, Account
from connectors.slack.calls import Calls, Person
from connectors.slack.markup import mentions, to_plain
from desk.files import clean_name, store_upload
from desk.in_private import PRIVATE, with_question
from desk.problem_texts import told
from desk.relay import UnreadableError
from desk.room_texts import tell
from nouns import Incoming, Problem
from records import conversations, inbox, messages
from records.database import Database

log = structlog.get_logger()

LONGEST_TEXT = 8000
PLAIN = (None, "file_share", "me_message", "thread_broadcast")


@dataclass
class Intake:
    """Takes customers' events, one after the other in a place, places side by side."""

    account: Account
    calls: Calls
    database: Database
    _places: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    async def direct(self, event: Mapping[str, Any]) -> None:
        """Take a direct message, or what its writer made of one."""
        if event.get("subtype") == "message_changed":
            await self._amend(event)
        elif event.get("subtype") in PLAIN and not event.get("bot_id") and event.get("user"):
            await self._take(event, str(event["channel"]), shared=False)

    async def mention(self, event: Mapping[str, Any]) -> None:
        """Take a mention in a channel; the answer goes to its thread, where others read along."""
        if event.get("bot_id") or not event.get("user") or event.get("edited"):
            return
        anchor = event.get("thread_ts") or event["ts"]
        await self._take(event, f"{event['channel']}/{anchor}", shared=True)

    async def press(self, body: Mapping[str, Any]) -> str | None:
        """Take a press of an offer; return what to tell the presser alone."""
        action, user = body["actions"][0], str(body["user"]["id"])
        place, ts = str(body["channel"]["id"]), str(body["message"]["ts"])
        anchor = body["message"].get("thread_ts")
        address = place if place.startswith("D") else f"{place}/{anchor or ts}"
        incoming = Incoming(
            channel=CHANNEL,
            external_id=f"press:{place}:{ts}:{user}:{action['action_ts']}",
            address=address,
            text=str(action["text"]["text"]),
            button=str(action["value"]),
            shared="/" in address,
        )
        person = await self.calls.person(user)
        if incoming.shared and (private := await self._privately(incoming, person)):
            await inbox.take(self.database, private, self._language(person))
            return tell("asked_in", self._language(person))
        try:
            await inbox.take(self.database, incoming, self._language(person))
        except Problem as problem:
            return told(problem, self._language(person))
        return None

    async def _take(self, event: Mapping[str, Any], address: str, *, shared: bool) -> None:
        lock = self._places.setdefault(address, asyncio.Lock())
        async with lock:
            person = await self.calls.person(str(event["user"]))
            incoming = Incoming(
                channel=CHANNEL,
                external_id=_external_id(event["channel"], event["ts"]),
                address=address,
                text=await self._text(event),
                sender_name=None if person.name == person.id else person.name,
                language_hint=person.language,
                shared=shared,
            )
            if files := list(event.get("files") or ()):
                incoming = await self._with_files(incoming, files, person)
            if incoming.text or incoming.attachments or incoming.lost_files:
                await inbox.take(self.database, incoming, self._language(person))

    async def _text(self, event: Mapping[str, Any]) -> str:
        me = await self.calls.me()
        text = str(event.get("text") or "").replace("\x00", "")
        text = text.replace(f"<@{me.user}>", "").strip()
        return to_plain(text, await self.calls.names(mentions(text)))[:LONGEST_TEXT].strip()

    async def _with_files(self, incoming: Incoming, files: list[dict[str, Any]], person: Person) -> Incoming:
        conversation = await inbox.place(self.database, incoming, self._language(person))
        if conversation is None:
            return incoming
        kept, lost = [], []
        for file in files:
            name = str(file.get("name") or file.get("title") or "file")
            try:
                content = await self.calls.fetch(
                    str(file.get("url_private_download") or file.get("url_private"))
                )
                limit = self.account.upload_max_bytes
                stored = await store_upload(
                    self.database, self.account.files, conversation, name, content, limit
                )
                kept.append(stored.id)
            except (UnreadableError, Problem) as error:
                log.warning("file not kept", channel=CHANNEL, error=str(error))
                lost.append(clean_name(name))
        return replace(incoming, attachments=tuple(kept), lost_files=tuple(lost))

    async def _amend(self, event: Mapping[str, Any]) -> None:
        message, before = event.get("message") or {}, event.get("previous_message") or {}
        if not message.get("edited") or message.get("text") == before.get("text") or message.get("bot_id"):
            return
        external_id = _external_id(event["channel"], message["ts"])
        await inbox.amend(self.database, CHANNEL, external_id, await self._text(message))

    async def _privately(self, incoming: Incoming, person: Person) -> Incoming | None:
        """Return what a press in a thread stands for in a direct message; None when it may stay there."""
        async with self.database.read() as connection:
            held = await conversations.latest_at(connection, CHANNEL, incoming.address)
            if held is None:
                return None
            try:
                offer = await messages.offered(connection, held.id, str(incoming.button))
            except Problem:
                return None
            if offer.intent not in PRIVATE:
                return None
            text = await with_question(connection, offer, held.id)
        opened = await self.calls.client.conversations_open(users=person.id)
        return replace(
            incoming,
            address=str(opened["channel"]["id"]),
            button=None,
            command=PRIVATE[offer.intent],
            text=text,
            sender_name=person.name,
            shared=False,
        )

    def _language(self, person: Person) -> str:
        return person.language if person.language in self.account.languages else self.account.language


def _external_id(place: object, ts: object) -> str:
    """Return a message's id: its place and `ts`, the same in a repeat and in every event that tells of it."""
    return f"{place}:{ts}"
