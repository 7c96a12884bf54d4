"""Hand-offs as rows: one open at most in a conversation, taken by one person at most."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from nouns import Handoff, HandoffState, Reason
from records.conversations import DESK, topic
from records.database import Writing, quick
from records.ids import new_id
from records.tables import handoffs

OPEN = (HandoffState.WAITING, HandoffState.TAKEN)
BY_ID = quick(select(handoffs).where(handoffs.c.id == bindparam("its")))
OPEN_IN = quick(
    select(handoffs).where(handoffs.c.conversation == bindparam("its"), handoffs.c.state.in_(OPEN))
)
LISTED = (
    select(handoffs)
    .where(handoffs.c.state.in_(bindparam("states", expanding=True)))
    .order_by(handoffs.c.created_at, handoffs.c.id)
    .limit(bindparam("most"))
)


def handoff_of(row: Row[Any]) -> Handoff:
    """Turn a row into the noun."""
    return Handoff(
        id=row.id,
        conversation=row.conversation,
        reason=Reason(row.reason),
        state=HandoffState(row.state),
        packet=row.packet,
        created_at=row.created_at,
        expires_at=row.expires_at,
        agent=row.agent,
        taken_at=row.taken_at,
        ended_at=row.ended_at,
        ticket=row.ticket,
        reminders=row.reminders,
    )


async def open_once(
    writing: Writing,
    origin: str,
    conversation: str,
    reason: Reason,
    packet: Mapping[str, Any],
    expires_at: datetime | None,
) -> tuple[Handoff, bool]:
    """Open a hand-off unless one is open, or `origin` opened one before; the flag says whether it is new."""
    await writing.alone(f"handoff:{conversation}")
    known = await writing.execute(
        select(handoffs).where(
            (handoffs.c.origin == origin)
            | ((handoffs.c.conversation == conversation) & handoffs.c.state.in_(OPEN))
        )
    )
    if row := known.first():
        return handoff_of(row), False
    made = await writing.execute(
        insert(handoffs)
        .values(
            id=new_id("h"),
            origin=origin,
            conversation=conversation,
            reason=reason,
            state=HandoffState.WAITING,
            packet=dict(packet),
            created_at=writing.now,
            expires_at=expires_at,
        )
        .returning(handoffs)
    )
    writing.wake(DESK, conversation)
    return handoff_of(made.one()), True


async def move(
    writing: Writing, handoff: str, before: HandoffState, after: HandoffState, **values: Any
) -> Handoff | None:
    """Move a hand-off from one state to the next; None when it is not in `before` (any more)."""
    if after is HandoffState.TAKEN:
        values["taken_at"] = writing.now
    else:
        values["ended_at"] = writing.now
    moved = await writing.execute(
        update(handoffs)
        .where(handoffs.c.id == handoff, handoffs.c.state == before)
        .values(state=after, **values)
        .returning(handoffs)
    )
    row = moved.one_or_none()
    writing.wake(DESK, row.conversation if row else "")
    if row and before is HandoffState.WAITING:
        for still in await listed(writing.connection, HandoffState.WAITING):
            writing.wake(topic(still.conversation), "mode")  # everyone's place in the queue changed
    return handoff_of(row) if row else None


async def pass_to(writing: Writing, handoff: str, agent: str) -> None:
    """Note that a taken hand-off is another person's now."""
    await writing.execute(update(handoffs).where(handoffs.c.id == handoff).values(agent=agent))


async def note_ticket(writing: Writing, handoff: str, number: str) -> None:
    """Note which ticket was opened for a hand-off."""
    changed = await writing.execute(
        update(handoffs)
        .where(handoffs.c.id == handoff)
        .values(ticket=number)
        .returning(handoffs.c.conversation)
    )
    writing.wake(DESK, changed.scalar_one())


async def count_reminder(writing: Writing, handoff: str) -> Handoff | None:
    """Note that the team was reminded of somebody who waits; None when they don't (any more)."""
    counted = await writing.execute(
        update(handoffs)
        .where(handoffs.c.id == handoff, handoffs.c.state == HandoffState.WAITING)
        .values(reminders=handoffs.c.reminders + 1)
        .returning(handoffs)
    )
    row = counted.one_or_none()
    if row:
        writing.wake(DESK, row.conversation)
    return handoff_of(row) if row else None


async def by_id(connection: AsyncConnection, handoff: str) -> Handoff | None:
    """Return a hand-off."""
    row = (await connection.execute(BY_ID, {"its": handoff})).one_or_none()
    return handoff_of(row) if row else None


async def open_in(connection: AsyncConnection, conversation: str) -> Handoff | None:
    """Return the conversation's open hand-off."""
    row = (await connection.execute(OPEN_IN, {"its": conversation})).first()
    return handoff_of(row) if row else None


async def listed(connection: AsyncConnection, *states: HandoffState, limit: int = 200) -> list[Handoff]:
    """Return the hand-offs in any of these states, the longest waiting first."""
    rows = await connection.execute(LISTED, {"states": states, "most": limit})
    return [handoff_of(row) for row in rows]


async def position(connection: AsyncConnection, conversation: str) -> int | None:
    """Return the place in the queue, counted from 1; None when the conversation does not wait."""
    mine = await connection.scalar(
        select(handoffs.c.created_at).where(
            handoffs.c.conversation == conversation, handoffs.c.state == HandoffState.WAITING
        )
    )
    if mine is None:
        return None
    before = await connection.scalar(
        select(func.count())
        .select_from(handoffs)
        .where(handoffs.c.state == HandoffState.WAITING, handoffs.c.created_at < mine)
    )
    return int(before or 0) + 1
