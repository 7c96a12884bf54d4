"""What colleagues write in the threads of the team's channel, translated for the relay."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.slack.account import CHANNEL
from connectors.slack.calls import Calls
from connectors.slack.markup import mentions, to_markdown
from desk.relay import Relay, RoomFile, Standing, Written
from records import threads
from records.threads import Thread

PLAIN = (None, "file_share")
USER = re.compile(r"[UW][A-Z0-9]+")


@dataclass(frozen=True, slots=True)
class Team:
    """The team's threads; also the room that the relay reads messages of again."""

    calls: Calls
    relay: Relay
    channel: str = CHANNEL

    async def take(self, event: Mapping[str, Any]) -> bool:
        """Take an event of a channel; False when it does not belong to a hand-off's thread."""
        subtype, place = event.get("subtype"), str(event["channel"])
        if subtype == "message_changed":
            return await self._changed(place, event.get("message") or {}, event.get("previous_message") or {})
        if subtype == "message_deleted":
            return await self._deleted(place, event)
        anchor = event.get("thread_ts")
        if not anchor or anchor == event.get("ts") or await self._is_own(event):
            return False
        return await self.relay.take(CHANNEL, place, str(anchor), await self.written(event, str(anchor)))

    async def knows(self, place: str, anchor: str) -> bool:
        """Tell whether a hand-off's thread hangs on a message."""
        async with self.relay.database.read() as connection:
            return await threads.by_anchor(connection, CHANNEL, place, anchor) is not None

    async def reread(self, thread: Thread, id: str) -> Written | None:
        """Return a message as it is now, None when it was deleted; or raise UnreadableError."""
        message = await self.calls.reread(thread.place, str(thread.anchor), id)
        if message is None or message.get("subtype") == "tombstone":
            return None
        return await self.written(message, str(thread.anchor))

    async def fetch(self, file: RoomFile) -> bytes:
        """Return a file's content, or raise UnreadableError."""
        return await self.calls.fetch(file.address)

    async def written(self, message: Mapping[str, Any], anchor: str) -> Written:
        """Return a message of Slack's as the relay sees it."""
        author, text = str(message.get("user") or message.get("bot_id") or ""), str(message.get("text") or "")
        person = await self.calls.person(author) if USER.fullmatch(author) else None
        standing = person.standing if person else Standing.BOT
        if message.get("bot_id") or message.get("app_id") or message.get("subtype") == "bot_message":
            standing = Standing.BOT
        elif await self._is_foreign(message):
            standing = Standing.OUTSIDE
        in_thread = message.get("thread_ts") == anchor and message.get("ts") != anchor
        plain = message.get("subtype") in PLAIN and in_thread and not message.get("reply_broadcast")
        return Written(
            id=str(message["ts"]),
            author=author,
            name=person.name if person else str(message.get("username") or author),
            standing=standing,
            text=to_markdown(text, await self.calls.names(mentions(text))),
            plain=plain,
            files=tuple(_file(file) for file in message.get("files") or ()),
        )

    async def _changed(self, place: str, now: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
        if now.get("subtype") == "tombstone":
            return await self._deleted(place, {"deleted_ts": now.get("ts"), "previous_message": before})
        if not now.get("thread_ts") or now.get("text") == before.get("text") or await self._is_own(now):
            return False
        text = to_markdown(str(now.get("text") or ""), await self.calls.names(mentions(str(now.get("text")))))
        await self.relay.changed(CHANNEL, place, (str(now["thread_ts"]), str(now["ts"])), text)
        return True

    async def _deleted(self, place: str, event: Mapping[str, Any]) -> bool:
        before = event.get("previous_message") or {}
        if not before.get("thread_ts"):
            return False
        id = (str(before["thread_ts"]), str(event.get("deleted_ts") or before.get("ts")))
        await self.relay.changed(CHANNEL, place, id, None)
        return True

    async def _is_own(self, message: Mapping[str, Any]) -> bool:
        me = await self.calls.me()
        return message.get("user") == me.user or bool(me.bot and message.get("bot_id") == me.bot)

    async def _is_foreign(self, message: Mapping[str, Any]) -> bool:
        """Tell whether a message says itself that its writer is of another workspace (Slack Connect)."""
        me = await self.calls.me()
        said = {message.get("user_team"), message.get("source_team")} - {None, ""}
        return bool(said - {me.team, me.enterprise})


def _file(file: Mapping[str, Any]) -> RoomFile:
    address = str(file.get("url_private_download") or file.get("url_private") or "")
    return RoomFile(str(file.get("name") or file.get("title") or "file"), address)
