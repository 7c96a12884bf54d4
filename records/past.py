"""The past: what the database held when a message was answered, to answer it there again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Table, delete, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from nouns import HandoffState, Mode, Turn
from records.database import Database, Writing
from records.tables import (
    agents,
    conversations,
    counters,
    customers,
    handoffs,
    identities,
    messages,
    metadata,
    ticket_events,
    tickets,
    turns,
    votes,
)

Values = dict[str, Any]


async def lay_out(past: Database) -> None:
    """Make the tables of an empty database."""
    async with past.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)


async def copy_as_of(source: AsyncConnection, past: Writing, turn: Turn) -> None:
    """Copy what a turn's actions could see: its conversation, its customer's tickets, who waited."""
    for table in reversed(metadata.sorted_tables):
        await past.execute(delete(table))
    held = await _one(source, conversations, conversations.c.id == turn.conversation)
    then = await _acted_at(source, turn)
    waiting = await _handoffs(source, turn, then)
    others = {row["conversation"] for row in waiting} | {turn.conversation}
    rows = (await source.execute(select(conversations).where(conversations.c.id.in_(others)))).all()
    owners = {row.customer for row in rows}
    team = (await source.execute(select(agents))).all()
    kept = await _tickets(source, held["customer"], turn, then)
    await _put(past, customers, [_customer(row, kept) for row in await _all(source, customers, owners)])
    own = await source.execute(select(identities).where(identities.c.customer.in_(owners)))
    await _put(past, identities, [dict(row._mapping) for row in own])
    await _put(past, agents, [dict(row._mapping) for row in team])
    await _put(past, conversations, [_conversation(row, turn, waiting) for row in rows])
    await _put(past, handoffs, waiting)
    await _put(past, tickets, [ticket for ticket, _ in kept])
    await _put(past, ticket_events, [event for _, events in kept for event in events])
    await _put(past, messages, await _messages(source, turn))
    seen = (votes.c.conversation == turn.conversation) & (votes.c.at < then)
    await _put(past, votes, [dict(row._mapping) for row in await source.execute(select(votes).where(seen))])
    await _count(source, past, turn, then)


async def _acted_at(source: AsyncConnection, turn: Turn) -> datetime:
    """Return when the turn's actions acted: what they left behind tells, else when the engine was asked."""
    asked = await source.scalar(select(messages.c.created_at).where(messages.c.id == turn.message))
    earlier = (turns.c.conversation == turn.conversation) & (turns.c.at < turn.at)
    last = await source.scalar(select(func.max(turns.c.at, type_=turns.c.at.type)).where(earlier))
    began = max(filter(None, (asked, last)), default=turn.at)  # a conversation is answered in order
    own = handoffs.c.conversation == turn.conversation
    for moment, where in (
        (handoffs.c.created_at, handoffs.c.origin == turn.message),
        (handoffs.c.ended_at, own & handoffs.c.ended_at.between(began, turn.at)),
        (tickets.c.created_at, tickets.c.origin.endswith(f":{turn.message}")),
    ):
        found: datetime | None = await source.scalar(select(moment).where(where).limit(1))
        if found:
            return found
    return max(began, turn.at - timedelta(milliseconds=turn.milliseconds.get("ask", 0.0)))


async def _messages(source: AsyncConnection, turn: Turn) -> list[Values]:
    """Return what stood there: nothing of what the turn itself said, nothing later."""
    query = select(messages).where(
        messages.c.conversation == turn.conversation,
        messages.c.created_at < turn.at,
        or_(messages.c.in_reply_to.is_(None), messages.c.in_reply_to != turn.message),
    )
    rows = [dict(row._mapping) for row in await source.execute(query.order_by(messages.c.seq))]
    return [{**row, "answered_at": None} if row["id"] == turn.message else row for row in rows]


async def _handoffs(source: AsyncConnection, turn: Turn, then: datetime) -> list[Values]:
    """Return this conversation's hand-offs and everybody's who waited, as they stood."""
    query = select(handoffs).where(
        handoffs.c.created_at < then,
        handoffs.c.origin != turn.message,
        or_(
            handoffs.c.conversation == turn.conversation,
            handoffs.c.ended_at.is_(None),
            handoffs.c.ended_at >= then,
        ),
    )
    rows = [_handoff(row, then) for row in await source.execute(query)]
    return [r for r in rows if r["conversation"] == turn.conversation or r["state"] == HandoffState.WAITING]


def _handoff(row: Row[Any], at: datetime) -> Values:
    values = dict(row._mapping)
    if values["ended_at"] and values["ended_at"] < at:
        return values
    taken = values["taken_at"] is not None and values["taken_at"] < at
    state = HandoffState.TAKEN if taken else HandoffState.WAITING
    return {**values, "state": state, "ended_at": None, "taken_at": values["taken_at"] if taken else None}


def _conversation(row: Row[Any], turn: Turn, waiting: list[Values]) -> Values:
    values = dict(row._mapping)
    waits = any(one["conversation"] == row.id and one["state"] == HandoffState.WAITING for one in waiting)
    mode = Mode.WAITING if waits else Mode.BOT
    spoken = turn.language if row.id == turn.conversation else values["language"]
    return {**values, "mode": mode, "language": spoken, "closed_at": None, "token_hash": None}


def _customer(row: Row[Any], kept: list[tuple[Values, list[Values]]]) -> Values:
    """Return a customer; an address is known from the first ticket on that names it."""
    values = dict(row._mapping)
    own = [ticket for ticket, _ in kept if ticket["customer"] == row.id]
    known = values["email_verified"] or any(ticket["email"] == values["email"] for ticket in own)
    return values if known else {**values, "email": None}


async def _tickets(
    source: AsyncConnection, customer: str, turn: Turn, then: datetime
) -> list[tuple[Values, list[Values]]]:
    """Return the customer's tickets with their events, each undone to where it stood."""
    query = select(tickets).where(tickets.c.customer == customer, tickets.c.created_at < then)
    kept = []
    for row in await source.execute(query):
        if row.origin.endswith(f":{turn.message}"):
            continue
        own = select(ticket_events).where(ticket_events.c.ticket == row.id).order_by(ticket_events.c.id)
        events = [dict(event._mapping) for event in await source.execute(own)]
        values = dict(row._mapping)
        for event in reversed([event for event in events if event["at"] >= then]):
            if event["what"] in values:
                values[event["what"]] = event["before"]
        before = [event for event in events if event["at"] < then]
        values["updated_at"] = max((event["at"] for event in before), default=values["created_at"])
        kept.append((values, before))
    return kept


async def _count(source: AsyncConnection, past: Writing, turn: Turn, then: datetime) -> None:
    """Let the counters stand so that a ticket opened again gets its number again."""
    for row in await source.execute(select(counters)):
        value = row.value
        if row.name == "ticket":
            earlier = select(tickets.c.number).where(tickets.c.created_at >= then).order_by(tickets.c.number)
            own = select(tickets.c.number).where(tickets.c.origin.endswith(f":{turn.message}"))
            first = await source.scalar(own) or await source.scalar(earlier.limit(1))
            value = first - 1 if first else value
        await past.execute(insert(counters).values(name=row.name, value=value))


async def _one(source: AsyncConnection, table: Table, where: Any) -> Mapping[str, Any]:
    return dict((await source.execute(select(table).where(where))).one()._mapping)


async def _all(source: AsyncConnection, table: Table, ids: set[str]) -> list[Row[Any]]:
    return list(await source.execute(select(table).where(table.c.id.in_(ids))))


async def _put(past: Writing, table: Table, rows: list[Values]) -> None:
    if rows:
        await past.execute(insert(table), rows)
