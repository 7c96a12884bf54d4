"""The team's room on a channel: a thread for every hand-off, as live as the desk; rows are the truth."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.room_texts import tell
from nouns import Author, DeliveryState, Handoff, Kind, Message
from records import handoffs, messages, outbox, threads
from records.conversations import DESK, by_id
from records.database import Database, Writing
from records.handoffs import OPEN
from records.tables import deliveries
from records.tables import messages as messages_table
from records.threads import LineState, Thread

SWEEP_SECONDS = 15.0
ADDRESS = "thread:"
# The kinds of what is delivered to a thread: its first message, a line of the conversation, a remark, a mark.
CARD, LINE, NOTICE, MARK = "card", "line", "notice", "mark"


async def post(writing: Writing, thread: Thread, key: str, payload: Mapping[str, Any]) -> None:
    """Queue something for a thread; the same key is queued once."""
    await outbox.post(
        writing,
        (thread.channel, f"{ADDRESS}{thread.id}"),
        key=f"{thread.id}:{key}",
        payload={**payload, "thread": thread.id, "at": writing.now.timestamp()},
        conversation=thread.conversation,
    )


@dataclass(frozen=True, slots=True)
class TeamRoom:
    """Keeps the threads of one room: `channel` and `place` say where it is."""

    database: Database
    channel: str
    place: str
    language: str = "en"

    async def run(self) -> None:
        """Follow until cancelled; a sweep now and then finds what a crash or another process left."""
        async with self.database.wakes.listening([DESK, outbox.TOPIC]) as queue:
            while True:
                for conversation in await self._all():
                    await self.follow(conversation)
                try:
                    async with asyncio.timeout(SWEEP_SECONDS):
                        while True:
                            await self._follow_told(await queue.get(), queue)
                except TimeoutError:
                    continue

    async def follow(self, conversation: str) -> None:
        """Bring the threads of a conversation up to date: plan what is to be posted, once."""
        async with self.database.read() as connection:
            if not await self._is_behind(connection, conversation):
                return
        async with self.database.write() as writing:
            await self._begin(writing, conversation)
            for thread in await threads.open_ones(writing.connection, self.channel, conversation):
                await self._update(writing, thread)

    async def decline(self, handoff: str, name: str) -> None:
        """Note on the thread's first message that somebody can't take it now."""
        async with self.database.write() as writing:
            thread = await threads.of_handoff(writing.connection, handoff, self.channel)
            if thread and name not in thread.declined:
                await threads.change(writing, thread.id, declined=[*thread.declined, name])

    async def _follow_told(self, word: str, queue: asyncio.Queue[str]) -> None:
        words = {word}
        while not queue.empty():
            words.add(queue.get_nowait())
        told = {word for word in words if word.startswith("c_")}
        for conversation in told | set(
            await self._with_sent() if self.channel in words or "" in words else ()
        ):
            await self.follow(conversation)

    async def _all(self) -> list[str]:
        async with self.database.read() as connection:
            waiting = [found.conversation for found in await handoffs.listed(connection, *OPEN, limit=10_000)]
            known = [found.conversation for found in await threads.open_ones(connection, self.channel)]
        return list(dict.fromkeys([*known, *waiting]))

    async def _with_sent(self) -> list[str]:
        """Return the conversations of which something is on its way from a thread to the customer."""
        async with self.database.read() as connection:
            return await threads.with_sent(connection, self.channel)

    async def _is_behind(self, connection: AsyncConnection, conversation: str) -> bool:
        handoff = await handoffs.open_in(connection, conversation)
        if handoff and await threads.of_handoff(connection, handoff.id, self.channel) is None:
            return True
        return bool(await threads.open_ones(connection, self.channel, conversation))

    async def _begin(self, writing: Writing, conversation: str) -> None:
        handoff = await handoffs.open_in(writing.connection, conversation)
        if handoff is None:
            return
        await writing.alone(f"thread:{handoff.id}")
        if await threads.of_handoff(writing.connection, handoff.id, self.channel) is None:
            last = await writing.scalar(_last_before(conversation, handoff.created_at))
            room = (self.channel, self.place)
            await threads.begin(writing, handoff.id, conversation, room, int(last or 0))

    async def _update(self, writing: Writing, thread: Thread) -> None:
        handoff = await handoffs.by_id(writing.connection, thread.handoff)
        if handoff is None:
            return
        changes: dict[str, Any] = {}
        if (shown := _state_of(handoff, thread)) != thread.shown:
            await post(writing, thread, f"{CARD}:{shown}:{writing.now.timestamp():.3f}", {"kind": CARD})
            changes["shown"] = shown
        changes |= await self._pass_on(writing, thread, handoff.ended_at)
        on_its_way = await self._mark(writing, thread)
        if handoff.state not in OPEN and not on_its_way:
            changes["open"] = False
        if changes:
            await threads.change(writing, thread.id, **changes)

    async def _pass_on(self, writing: Writing, thread: Thread, until: datetime | None) -> dict[str, Any]:
        """Pass on what the thread was not shown, of an ended hand-off what was said before its end."""
        said = await messages.since(writing.connection, thread.conversation, thread.last_seq, notes=True)
        new = [message for message in said if until is None or message.created_at <= until]
        if not new:
            return {}
        own = await threads.own_messages(writing.connection, thread)
        for message in new:
            if message.id not in own and _is_news(message):
                await post(writing, thread, f"{LINE}:{message.id}", {"kind": LINE, "message": message.id})
        return {"last_seq": new[-1].seq}

    async def _mark(self, writing: Writing, thread: Thread) -> bool:
        """Mark what was delivered, say what was not; tell whether anything is still on its way."""
        held = await threads.lines_in(writing.connection, thread.id, LineState.HELD)
        left = bool(held)
        for line in await threads.lines_in(writing.connection, thread.id, LineState.SENT):
            state = await _delivery_state(writing.connection, str(line.message), thread.conversation)
            if state is DeliveryState.SENT:
                payload = {"kind": MARK, "id": line.external_id, "mark": "delivered"}
                await post(writing, thread, f"delivered:{line.external_id}", payload)
            elif state in (DeliveryState.FAILED, DeliveryState.UNKNOWN):
                payload = {"kind": NOTICE, "text": tell("not_delivered", self.language, text=line.text[:200])}
                await post(writing, thread, f"undelivered:{line.external_id}", payload)
            else:
                left = True
                continue
            await threads.settle_line(writing, line, LineState.SHOWN)
        return left


def _last_before(conversation: str, moment: datetime) -> Select[Any]:
    """Select the last `seq` that the packet of a hand-off, made at a moment, knows of."""
    return select(func.coalesce(func.max(messages_table.c.seq), 0)).where(
        messages_table.c.conversation == conversation, messages_table.c.created_at <= moment
    )


async def _delivery_state(connection: AsyncConnection, message: str, conversation: str) -> DeliveryState:
    if not (await by_id(connection, conversation)).address:
        return DeliveryState.SENT  # its clients read by `seq`: stored is delivered
    state = await connection.scalar(select(deliveries.c.state).where(deliveries.c.message == message))
    return DeliveryState(state) if state else DeliveryState.SENT


def _is_news(message: Message) -> bool:
    return message.author is not Author.BOT or message.kind is not Kind.HANDOFF


def _state_of(handoff: Handoff, thread: Thread) -> str:
    said = "|".join((handoff.state, handoff.agent or "", handoff.ticket or "", *thread.declined))
    return hashlib.sha256(said.encode()).hexdigest()[:16]
