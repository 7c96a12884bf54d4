"""Tickets: opened once per origin, changed with every change logged, found only by whom they belong to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from nouns import Conversation, Priority, Problem, Ticket, TicketEvent, TicketStatus, TicketType
from records import customers
from records.database import Writing, quick
from records.ids import new_id
from records.tables import conversations, counters, identities, ticket_events, tickets

DESK = "desk"
FIRST_NUMBER = 1001
LONGEST_NUMBER = 9
OF_CUSTOMER = quick(
    select(tickets).where(tickets.c.customer == bindparam("whose")).order_by(tickets.c.number.desc())
)
CHANGEABLE = ("status", "priority", "assignee", "type", "subject")


def number_of(word: str) -> int:
    """Read `T-1042` as 1042."""
    digits = word.upper().removeprefix("T-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_NUMBER):
        raise Problem(
            "ticket_unknown", 404, f"{word[:20]!r} is not a ticket number.", "Write it like T-1042."
        )
    return int(digits)


def ticket_of(row: Row[Any]) -> Ticket:
    """Turn a row into the noun."""
    return Ticket(
        number=f"T-{row.number}",
        customer=row.customer,
        conversation=row.conversation,
        subject=row.subject,
        status=TicketStatus(row.status),
        priority=Priority(row.priority),
        type=TicketType(row.type),
        created_at=row.created_at,
        updated_at=row.updated_at,
        email=row.email,
        order_number=row.order_number,
        assignee=row.assignee,
    )


async def open_once(
    writing: Writing, origin: str, customer: str, subject: str, values: Mapping[str, Any], *, actor: str
) -> tuple[Ticket, bool]:
    """Open the ticket of `origin`, or return the one it opened before; the flag says whether it is new.

    `values` may hold conversation, email, order_number, priority, type, follows, and `text`, its first entry.
    """
    await writing.alone("tickets")
    known = (await writing.execute(select(tickets).where(tickets.c.origin == origin))).one_or_none()
    if known:
        return ticket_of(known), False
    given = {"status": TicketStatus.NEW, "priority": Priority.NORMAL, "type": TicketType.QUESTION, **values}
    text = given.pop("text", None)
    row = (
        await writing.execute(
            insert(tickets)
            .values(
                id=new_id("k"),
                number=await _next_number(writing),
                customer=customer,
                origin=origin,
                subject=subject,
                created_at=writing.now,
                updated_at=writing.now,
                **given,
            )
            .returning(tickets)
        )
    ).one()
    await _log(writing, row.id, actor, "opened", text=text)
    return ticket_of(row), True


async def by_number(connection: AsyncConnection, number: str) -> Ticket:
    """Return a ticket, for the team."""
    return ticket_of(await _row(connection, number))


async def of_customer(connection: AsyncConnection, customer: str, number: str | None = None) -> list[Ticket]:
    """Return a customer's own tickets, newest first; another's number finds nothing."""
    query = OF_CUSTOMER
    if number is not None:
        query = query.where(tickets.c.number == number_of(number))
    return [ticket_of(row) for row in await connection.execute(query, {"whose": customer})]


async def seen_from(
    connection: AsyncConnection, held: Conversation, number: str | None = None
) -> list[Ticket]:
    """Return the tickets that a conversation's customer may see there, newest first.

    Not those of a channel that they have parted from since. On a linked channel: those opened there, those
    since the linking, and older ones of a verified address.
    """
    since = held.address and await customers.linked_at(connection, held.channel, held.address)
    query = select(tickets).outerjoin(conversations, conversations.c.id == tickets.c.conversation)
    here = (conversations.c.channel == held.channel) & (conversations.c.address == held.address)
    parted = exists().where(
        identities.c.channel == conversations.c.channel,
        identities.c.external == conversations.c.address,
        identities.c.customer != held.customer,
    )
    theirs: ColumnElement[bool] = (tickets.c.customer == held.customer) & ~parted
    if since:
        who = await customers.by_id(connection, held.customer)
        shown = here | (tickets.c.created_at >= since)
        if who.email and who.email_verified:
            shown |= tickets.c.email == who.email
        theirs &= shown
    query = query.where(or_(theirs, here) if held.address else theirs)
    if number is not None:
        query = query.where(tickets.c.number == number_of(number))
    return [ticket_of(row) for row in await connection.execute(query.order_by(tickets.c.number.desc()))]


async def listed(
    connection: AsyncConnection, filters: Mapping[str, str | None] | None = None, limit: int = 200
) -> list[Ticket]:
    """Return tickets, last changed first, by status, priority and assignee (`none`: nobody's)."""
    query = select(tickets).order_by(tickets.c.updated_at.desc()).limit(limit)
    for name, value in (filters or {}).items():
        if value:
            query = query.where(tickets.c[name] == (None if value == "none" else value))
    return [ticket_of(row) for row in await connection.execute(query)]


async def events(connection: AsyncConnection, number: str) -> list[TicketEvent]:
    """Return what happened to a ticket, in order."""
    row = await _row(connection, number)
    found = await connection.execute(
        select(ticket_events).where(ticket_events.c.ticket == row.id).order_by(ticket_events.c.id)
    )
    return [TicketEvent(e.at, e.actor, e.what, e.text, e.before, e.after) for e in found]


async def change(writing: Writing, number: str, field: str, value: str | None, actor: str) -> Ticket:
    """Set a field and log it from what to what; nothing is logged when it stays."""
    if field not in CHANGEABLE:
        raise Problem("field_unknown", 422, f"A ticket has no {field!r} to change.", f"One of {CHANGEABLE}.")
    row = await _row(writing.connection, number)
    before = getattr(row, field)
    if before == value:
        return ticket_of(row)
    changed = await writing.execute(
        update(tickets)
        .where(tickets.c.id == row.id)
        .values({field: value, "updated_at": writing.now})
        .returning(tickets)
    )
    await _log(writing, row.id, actor, field, before=before, after=value)
    return ticket_of(changed.one())


async def comment(writing: Writing, number: str, what: str, text: str, actor: str) -> None:
    """Add a `reply` (to the customer), a `note` (the team's) or a `message` (from the customer)."""
    row = await _row(writing.connection, number)
    await writing.execute(update(tickets).where(tickets.c.id == row.id).values(updated_at=writing.now))
    await _log(writing, row.id, actor, what, text=text)


async def _row(connection: AsyncConnection, number: str) -> Row[Any]:
    row = (
        await connection.execute(select(tickets).where(tickets.c.number == number_of(number)))
    ).one_or_none()
    if row is None:
        raise Problem("ticket_unknown", 404, f"There is no ticket {number[:20]}.", "Look at the list.")
    return row


async def _log(writing: Writing, ticket: str, actor: str, what: str, **words: str | None) -> None:
    await writing.execute(
        insert(ticket_events).values(ticket=ticket, at=writing.now, actor=actor, what=what, **words)
    )
    writing.wake(DESK, "tickets")


async def _next_number(writing: Writing) -> int:
    value = await writing.scalar(
        update(counters)
        .where(counters.c.name == "ticket")
        .values(value=counters.c.value + 1)
        .returning(counters.c.value)
    )
    if value is None:
        await writing.execute(insert(counters).values(name="ticket", value=FIRST_NUMBER))
        value = FIRST_NUMBER
    return int(value)
