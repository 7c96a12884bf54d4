"""The log as the review reads it: each conversation's turns with what happened around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from nouns import Author
from records.tables import conversations, customers, handoffs, messages, turns, votes


@dataclass(frozen=True, slots=True)
class Asked:
    """A customer's message that the bot answered: what it understood and did. `pressed`: it was a button."""

    message: str
    seq: int
    text: str
    language: str
    intent: str | None
    ranking: Sequence[Mapping[str, Any]]
    knowledge: Mapping[str, Any]
    kinds: Sequence[str]
    at: datetime
    pressed: bool
    helpful: bool | None = None

    @property
    def decision(self) -> str | None:
        """What was done with the passages found: answer, suggest or abstain; None when none were sought."""
        return self.knowledge.get("decision")


@dataclass(frozen=True, slots=True)
class Line:
    """A line that a human wrote to the customer, or that the customer wrote to a human."""

    seq: int
    author: str
    text: str
    at: datetime


@dataclass(slots=True)
class Talk:
    """A conversation with what the review wants to know of it; `names`: what its customer is known by."""

    id: str
    customer: str
    language: str
    names: tuple[str, ...]
    asked: list[Asked] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    handoffs: list[tuple[str, str, str]] = field(default_factory=list)  # reason, state, origin


async def talks_since(connection: AsyncConnection, since: datetime) -> list[Talk]:
    """Return every conversation in which the bot answered since a time, with all it then said and did."""
    talks: dict[str, Talk] = {}
    helpful = await _votes(connection, since)
    for row in await connection.execute(_turns(since)):
        talk = talks.setdefault(row.conversation, _talk(row))
        talk.asked.append(_asked(row, helpful.get(row.message)))
    for line in await connection.execute(_lines(since)):
        if line.conversation in talks:
            talks[line.conversation].lines.append(Line(line.seq, line.author, line.text, line.created_at))
    for handoff in await connection.execute(select(handoffs).where(handoffs.c.created_at >= since)):
        if handoff.conversation in talks:
            talks[handoff.conversation].handoffs.append((handoff.reason, handoff.state, handoff.origin))
    return list(talks.values())


def _turns(since: datetime) -> Select[Any]:
    who = (customers.c.name, customers.c.email, conversations.c.customer)
    return (
        select(turns, messages.c.seq, messages.c.extra, *who)
        .join(messages, messages.c.id == turns.c.message)
        .join(conversations, conversations.c.id == turns.c.conversation)
        .join(customers, customers.c.id == conversations.c.customer)
        .where(turns.c.at >= since)
        .order_by(turns.c.conversation, messages.c.seq)
    )


def _lines(since: datetime) -> Select[Any]:
    """Lines of humans to the customer, and the customer's lines that no bot answered."""
    by_bot = select(turns.c.message)
    theirs = (messages.c.author == Author.CUSTOMER) & messages.c.id.not_in(by_bot)
    return (
        select(messages)
        .where(messages.c.created_at >= since, (messages.c.author == Author.AGENT) | theirs)
        .order_by(messages.c.conversation, messages.c.seq)
    )


async def _votes(connection: AsyncConnection, since: datetime) -> dict[str, bool]:
    """Return the votes on answers, by the customer's message that each answered."""
    rows = await connection.execute(
        select(messages.c.in_reply_to, votes.c.helpful)
        .join(messages, messages.c.id == votes.c.message)
        .where(votes.c.at >= since, messages.c.in_reply_to.is_not(None))
    )
    return {row.in_reply_to: row.helpful for row in rows}


def _talk(row: Any) -> Talk:
    names = tuple(name for name in (row.name, row.email) if name)
    return Talk(row.conversation, row.customer, row.language, names)


def _asked(row: Any, helpful: bool | None) -> Asked:
    return Asked(
        row.message,
        row.seq,
        row.text,
        row.language,
        row.intent,
        row.ranking,
        row.knowledge,
        [str(reply.get("kind", "")) for reply in row.replies],
        row.at,
        bool((row.extra or {}).get("pressed")),
        helpful,
    )
