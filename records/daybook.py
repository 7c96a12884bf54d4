"""What happened between two times: counts, what nobody answered, and how long people waited for a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from nouns import Author, HandoffState, Kind, Ticket, TicketStatus
from records.tables import facts, handoffs, messages, tickets, turns
from records.tickets import ticket_of

OURS = (TicketStatus.NEW, TicketStatus.OPEN)
LEFT_OPEN = frozenset((Kind.ABSTAIN, Kind.HANDOFF))


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing a customer said to the bot; `article`: the nearest that search found."""

    text: str
    answered: bool
    found_nothing: bool
    article: str | None


async def count(connection: AsyncConnection, kind: str, since: datetime, until: datetime) -> int:
    """Return how often something happened."""
    counted = await connection.scalar(
        select(func.count()).where(facts.c.kind == kind, facts.c.at >= since, facts.c.at < until)
    )
    return int(counted or 0)


async def asked(connection: AsyncConnection, since: datetime, until: datetime) -> list[Asked]:
    """Return what was said to the bot, in order."""
    rows = await connection.execute(
        select(turns.c.text, turns.c.replies, turns.c.knowledge)
        .where(turns.c.at >= since, turns.c.at < until)
        .order_by(turns.c.at)
    )
    return [_asked(row.text, row.replies, row.knowledge) for row in rows]


async def first_responses(connection: AsyncConnection, since: datetime, until: datetime) -> list[float]:
    """Return the seconds from being handed over to a person's first message, of those handed over then."""
    first = func.min(messages.c.created_at, type_=messages.c.created_at.type)
    rows = await connection.execute(
        select(handoffs.c.created_at, first.label("first"))
        .join(messages, messages.c.conversation == handoffs.c.conversation)
        .where(
            handoffs.c.created_at >= since,
            handoffs.c.created_at < until,
            handoffs.c.expires_at.is_not(None),  # somebody waited; nobody does when a person steps in
            messages.c.author == Author.AGENT,
            messages.c.created_at >= handoffs.c.created_at,
            func.coalesce(handoffs.c.ended_at, messages.c.created_at) >= messages.c.created_at,
        )
        .group_by(handoffs.c.id, handoffs.c.created_at)
    )
    return [(row.first - row.created_at).total_seconds() for row in rows]


async def waiting(connection: AsyncConnection) -> int:
    """Return how many wait for a person now."""
    query = select(func.count()).select_from(handoffs).where(handoffs.c.state == HandoffState.WAITING)
    return int(await connection.scalar(query) or 0)


async def overdue(connection: AsyncConnection, untouched_since: datetime, most: int = 50) -> list[Ticket]:
    """Return the tickets that wait for the team and have not moved since a time, the oldest first."""
    rows = await connection.execute(
        select(tickets)
        .where(tickets.c.status.in_(OURS), tickets.c.updated_at < untouched_since)
        .order_by(tickets.c.updated_at)
        .limit(most)
    )
    return [ticket_of(row) for row in rows]


def _asked(text: str, replies: Sequence[dict[str, Any]], knowledge: dict[str, Any]) -> Asked:
    kinds = {str(reply.get("kind")) for reply in replies}
    passages = knowledge.get("passages") or ()
    article = str(passages[0].get("article") or "") if passages else ""
    answered = bool(kinds) and not kinds & LEFT_OPEN
    return Asked(text, answered, Kind.ABSTAIN in kinds, article or None)
