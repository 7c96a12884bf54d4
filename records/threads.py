"""Threads in the team's channel, one for each hand-off, and what colleagues write in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from nouns import Author
from records.conversations import DESK
from records.database import Writing, quick
from records.ids import new_id
from records.tables import messages, thread_lines, threads


class LineState(StrEnum):
    """What became of a colleague's message: `held` for a moment, `sent`, then `shown` as delivered; or not.

    `gone`: deleted in time. `unread`: it could not be read again, so nothing went out.
    """

    HELD = "held"
    SENT = "sent"
    SHOWN = "shown"
    NOTE = "note"
    GONE = "gone"
    UNREAD = "unread"


@dataclass(frozen=True, slots=True)
class Thread:
    """A hand-off's thread: `place` is the channel's name of the room, `anchor` of the message it hangs on.

    `last_seq`: what of the conversation was passed on to it. `shown`: which state its first message shows.
    """

    id: str
    handoff: str
    conversation: str
    channel: str
    place: str
    anchor: str | None
    last_seq: int
    shown: str
    declined: Sequence[str]
    open: bool


@dataclass(frozen=True, slots=True)
class Line:
    """What a colleague wrote in a thread; `message` is what it became in the conversation."""

    thread: str
    external_id: str
    author: str
    agent: str | None
    text: str
    state: LineState
    message: str | None


BY_ID = quick(select(threads).where(threads.c.id == bindparam("its")))
OF_HANDOFF = quick(
    select(threads).where(threads.c.handoff == bindparam("its"), threads.c.channel == bindparam("on"))
)
OPEN_ONES = select(threads).where(threads.c.channel == bindparam("on"), threads.c.open)
OPEN_IN = quick(OPEN_ONES.where(threads.c.conversation == bindparam("its")).order_by(threads.c.created_at))
LINE_OF = quick(
    select(thread_lines).where(
        thread_lines.c.thread == bindparam("its"), thread_lines.c.external_id == bindparam("known_as")
    )
)
LINES_IN = quick(
    select(thread_lines)
    .where(
        thread_lines.c.thread == bindparam("its"),
        thread_lines.c.state.in_(bindparam("states", expanding=True)),
    )
    .order_by(thread_lines.c.id)
)
WITH_SENT = quick(
    select(threads.c.conversation)
    .join(thread_lines, thread_lines.c.thread == threads.c.id)
    .where(threads.c.channel == bindparam("on"), threads.c.open, thread_lines.c.state == LineState.SENT)
    .distinct()
)
OWN_LINES = quick(
    select(thread_lines.c.message).where(
        thread_lines.c.thread == bindparam("its"), thread_lines.c.message.is_not(None)
    )
)
OWN_REMARKS = quick(
    select(messages.c.id).where(
        messages.c.conversation == bindparam("in_"),
        messages.c.channel == bindparam("on"),
        messages.c.author == Author.NOTE,
    )
)


async def begin(
    writing: Writing, handoff: str, conversation: str, room: tuple[str, str], last_seq: int
) -> Thread:
    """Begin a hand-off's thread in a room, a channel and a place on it."""
    made = await writing.execute(
        insert(threads)
        .values(
            id=new_id("d"),
            handoff=handoff,
            conversation=conversation,
            channel=room[0],
            place=room[1],
            last_seq=last_seq,
            shown="",
            declined=[],
            open=True,
            created_at=writing.now,
        )
        .returning(threads)
    )
    return _thread(made.one())


async def by_id(connection: AsyncConnection, thread: str) -> Thread | None:
    """Return a thread."""
    row = (await connection.execute(BY_ID, {"its": thread})).one_or_none()
    return _thread(row) if row else None


async def by_anchor(connection: AsyncConnection, channel: str, place: str, anchor: str) -> Thread | None:
    """Return the thread that hangs on a message."""
    row = (
        await connection.execute(
            select(threads).where(
                threads.c.channel == channel, threads.c.place == place, threads.c.anchor == anchor
            )
        )
    ).one_or_none()
    return _thread(row) if row else None


async def of_handoff(connection: AsyncConnection, handoff: str, channel: str) -> Thread | None:
    """Return a hand-off's thread on a channel."""
    row = (await connection.execute(OF_HANDOFF, {"its": handoff, "on": channel})).one_or_none()
    return _thread(row) if row else None


async def all_of_handoff(connection: AsyncConnection, handoff: str) -> list[Thread]:
    """Return a hand-off's threads, on every channel."""
    rows = await connection.execute(select(threads).where(threads.c.handoff == handoff))
    return [_thread(row) for row in rows]


async def open_ones(
    connection: AsyncConnection, channel: str, conversation: str | None = None
) -> list[Thread]:
    """Return the threads that something may still happen to."""
    query = OPEN_ONES.order_by(threads.c.created_at) if conversation is None else OPEN_IN
    rows = await connection.execute(query, {"on": channel, "its": conversation})
    return [_thread(row) for row in rows]


async def with_sent(connection: AsyncConnection, channel: str) -> list[str]:
    """Return the conversations to which something is on its way from a thread that is open."""
    return [row.conversation for row in await connection.execute(WITH_SENT, {"on": channel})]


async def change(writing: Writing, thread: str, **values: Any) -> None:
    """Set what is known of a thread, such as `anchor`, `last_seq` or `open`."""
    changed = await writing.execute(
        update(threads).where(threads.c.id == thread).values(**values).returning(threads.c.conversation)
    )
    writing.wake(DESK, changed.scalar_one())


async def add_line(writing: Writing, thread: str, line: Line) -> bool:
    """Keep what a colleague wrote; False for a repeat."""
    await writing.alone(f"line:{thread}:{line.external_id}")
    if await line_of(writing.connection, thread, line.external_id):
        return False
    await writing.execute(
        insert(thread_lines).values(
            thread=thread,
            external_id=line.external_id,
            author=line.author,
            agent=line.agent,
            text=line.text,
            state=line.state,
            message=line.message,
            at=writing.now,
        )
    )
    return True


async def settle_line(writing: Writing, line: Line, state: LineState, **values: Any) -> bool:
    """Move a line on from the state it was read in; False when somebody did already."""
    done = await writing.execute(
        update(thread_lines)
        .where(
            thread_lines.c.thread == line.thread,
            thread_lines.c.external_id == line.external_id,
            thread_lines.c.state == line.state,
        )
        .values(state=state, **values)
    )
    return bool(done.rowcount)


async def line_of(connection: AsyncConnection, thread: str, external_id: str) -> Line | None:
    """Return a line by the channel's id of it."""
    row = (await connection.execute(LINE_OF, {"its": thread, "known_as": external_id})).one_or_none()
    return _line(row) if row else None


async def own_messages(connection: AsyncConnection, thread: Thread) -> set[str]:
    """Return the messages of the conversation that came from the thread's channel and the team there."""
    lines = await connection.execute(OWN_LINES, {"its": thread.id})
    remarks = await connection.execute(OWN_REMARKS, {"in_": thread.conversation, "on": thread.channel})
    return {row[0] for row in (*lines, *remarks)}


async def lines_in(connection: AsyncConnection, thread: str, *states: LineState) -> list[Line]:
    """Return a thread's lines, those in certain states if any are named."""
    known = {"its": thread, "states": states or tuple(LineState)}
    return [_line(row) for row in await connection.execute(LINES_IN, known)]


def _thread(row: Row[Any]) -> Thread:
    return Thread(
        row.id,
        row.handoff,
        row.conversation,
        row.channel,
        row.place,
        row.anchor,
        row.last_seq,
        row.shown,
        row.declined,
        row.open,
    )


def _line(row: Row[Any]) -> Line:
    state = LineState(row.state)
    return Line(row.thread, row.external_id, row.author, row.agent, row.text, state, row.message)
