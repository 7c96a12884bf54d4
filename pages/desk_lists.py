"""What the desk's lists show: each row is a conversation with its customer, last words and hand-off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from nouns import Author, HandoffState, Mode, Ticket
from records.handoffs import OPEN
from records.tables import agents, conversations, customers, deliveries, handoffs, messages, tickets
from records.tickets import ticket_of

PAGE_ROWS = 30
ENDED_ROWS = 8
ENDED_WITHIN = timedelta(days=3)
TICKET_ROWS = 200
TICKET_SORTS = {"updated": tickets.c.updated_at, "created": tickets.c.created_at, "number": tickets.c.number}


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a list; `since`: when the wait began, the hand-off ended, or the conversation last moved."""

    conversation: str
    name: str | None
    email: str | None
    channel: str
    language: str
    mode: Mode
    agent: str | None
    agent_name: str | None
    words: str | None
    since: datetime
    handoff: str | None = None
    reason: str | None = None
    state: str | None = None
    expires_at: datetime | None = None
    reminders: int | None = None


async def waiting_rows(connection: AsyncConnection) -> list[Line]:
    """Return who waits, the longest first."""
    query = _lines(handoffs.c.created_at, handoffs.c.conversation == conversations.c.id)
    query = query.where(handoffs.c.state == HandoffState.WAITING).order_by(
        handoffs.c.created_at, handoffs.c.id
    )
    return await _read(connection, query)


async def held_rows(connection: AsyncConnection) -> list[Line]:
    """Return the conversations that people have, the last changed first."""
    query = _lines(conversations.c.updated_at, _open_handoff()).where(conversations.c.mode == Mode.HUMAN)
    return await _read(connection, query.order_by(conversations.c.updated_at.desc()).limit(200))


async def ended_rows(connection: AsyncConnection, now: datetime) -> list[Line]:
    """Return the hand-offs that ended lately."""
    query = _lines(handoffs.c.ended_at, handoffs.c.conversation == conversations.c.id)
    query = query.where(handoffs.c.state.not_in(OPEN), handoffs.c.ended_at > now - ENDED_WITHIN)
    return await _read(connection, query.order_by(handoffs.c.ended_at.desc()).limit(ENDED_ROWS))


async def all_rows(connection: AsyncConnection, mode: str | None, page: int) -> tuple[list[Line], bool]:
    """Return a page of all conversations, and whether there are older ones."""
    query = _lines(conversations.c.updated_at, _open_handoff())
    if mode:
        query = query.where(conversations.c.mode == mode)
    query = query.order_by(conversations.c.updated_at.desc(), conversations.c.id)
    lines = await _read(connection, query.limit(PAGE_ROWS + 1).offset((page - 1) * PAGE_ROWS))
    return lines[:PAGE_ROWS], len(lines) > PAGE_ROWS


async def found_tickets(connection: AsyncConnection, filters: dict[str, str], sort: str) -> list[Ticket]:
    """Return tickets by status, priority, assignee (`none`: nobody's) and words of number or subject."""
    query = select(tickets).limit(TICKET_ROWS)
    for name in ("status", "priority", "assignee"):
        if value := filters.get(name):
            query = query.where(tickets.c[name].is_(None) if value == "none" else tickets.c[name] == value)
    if words := filters.get("q"):
        matches = tickets.c.subject.icontains(words, autoescape=True)
        digits = words.upper().removeprefix("T-")
        if digits.isascii() and digits.isdigit() and len(digits) < 10:
            matches = or_(matches, tickets.c.number == int(digits))
        query = query.where(matches)
    rows = await connection.execute(query.order_by(TICKET_SORTS[sort].desc(), tickets.c.number.desc()))
    return [ticket_of(row) for row in rows]


async def marks(connection: AsyncConnection, conversation: str) -> tuple[int, int, dict[str, str]]:
    """Return the last `seq`, up to which one the customer has read, and each message's delivery state."""
    row = (
        await connection.execute(
            select(conversations.c.last_seq, conversations.c.read_seq).where(
                conversations.c.id == conversation
            )
        )
    ).one()
    states = await connection.execute(
        select(deliveries.c.message, deliveries.c.state).where(deliveries.c.conversation == conversation)
    )
    return row.last_seq, row.read_seq, {found.message: found.state for found in states if found.message}


async def latest_handoff(connection: AsyncConnection, conversation: str) -> Row[Any] | None:
    """Return the conversation's newest hand-off, open or ended."""
    found = await connection.execute(
        select(handoffs)
        .where(handoffs.c.conversation == conversation)
        .order_by(handoffs.c.created_at.desc(), handoffs.c.id)
        .limit(1)
    )
    return found.first()


async def agent_names(connection: AsyncConnection) -> dict[str, str]:
    """Return everybody's name by id, those who left included."""
    return {row.id: row.name for row in await connection.execute(select(agents.c.id, agents.c.name))}


def _open_handoff() -> Any:
    return (handoffs.c.conversation == conversations.c.id) & handoffs.c.state.in_(OPEN)


def _lines(since: Any, joined: Any) -> Select[Any]:
    last = (
        select(func.max(messages.c.seq))
        .where(messages.c.conversation == conversations.c.id, messages.c.author == Author.CUSTOMER)
        .correlate(conversations)
        .scalar_subquery()
    )
    return (
        select(
            conversations.c.id.label("conversation"),
            customers.c.name,
            customers.c.email,
            conversations.c.channel,
            conversations.c.language,
            conversations.c.mode,
            func.coalesce(conversations.c.agent, handoffs.c.agent).label("agent"),
            agents.c.name.label("agent_name"),
            messages.c.text.label("words"),
            since.label("since"),
            handoffs.c.id.label("handoff"),
            handoffs.c.reason,
            handoffs.c.state,
            handoffs.c.expires_at,
            handoffs.c.reminders,
        )
        .select_from(conversations)
        .join(customers, customers.c.id == conversations.c.customer)
        .outerjoin(handoffs, joined)
        .outerjoin(agents, agents.c.id == func.coalesce(conversations.c.agent, handoffs.c.agent))
        .outerjoin(messages, (messages.c.conversation == conversations.c.id) & (messages.c.seq == last))
    )


async def _read(connection: AsyncConnection, query: Select[Any]) -> list[Line]:
    rows: Sequence[Row[Any]] = (await connection.execute(query)).all()
    return [Line(**{**row._mapping, "mode": Mode(row.mode)}) for row in rows]
