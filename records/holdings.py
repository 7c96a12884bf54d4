"""What is held of a customer: found by a word of theirs, as ids, counted, and matched table by table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Table, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from records import tables as t


@dataclass(frozen=True, slots=True)
class Holdings:
    """What is held of one customer, as ids."""

    customer: str
    conversations: Sequence[str] = ()
    tickets: Sequence[str] = ()
    numbers: Sequence[str] = ()
    handoffs: Sequence[str] = ()
    threads: Sequence[str] = ()
    items: Sequence[str] = ()
    drafts: Sequence[str] = ()
    addresses: Sequence[tuple[str, str]] = ()
    emails: Sequence[str] = ()
    files: Sequence[str] = ()
    counts: Mapping[str, int] = field(default_factory=dict)


async def find(connection: AsyncConnection, word: str) -> list[str]:
    """Return whom a word names: their id, a conversation's, a ticket, an e-mail, or channel:address."""
    channel, _, external = word.partition(":")
    number = word.upper().removeprefix("T-")
    queries = [
        select(t.customers.c.id).where((t.customers.c.id == word) | (t.customers.c.email == word.lower())),
        select(t.conversations.c.customer).where(t.conversations.c.id == word),
        select(t.tickets.c.customer).where(t.tickets.c.email == word.lower()),
        select(t.identities.c.customer).where(
            t.identities.c.channel == channel, t.identities.c.external == external
        ),
    ]
    if number.isascii() and number.isdigit() and len(number) < 10:
        queries.append(select(t.tickets.c.customer).where(t.tickets.c.number == int(number)))
    found = [row[0] for query in queries for row in await connection.execute(query)]
    return list(dict.fromkeys(found))


async def holdings(connection: AsyncConnection, customer: str) -> Holdings:
    """Return what is held of a customer, and how much of it."""

    async def column(query: Any) -> list[Any]:
        return [row[0] for row in await connection.execute(query)]

    held = list(
        await connection.execute(select(t.conversations).where(t.conversations.c.customer == customer))
    )
    ids = [row.id for row in held]
    tickets = list(await connection.execute(select(t.tickets).where(t.tickets.c.customer == customer)))
    known = list(await connection.execute(select(t.identities).where(t.identities.c.customer == customer)))
    email = await connection.scalar(select(t.customers.c.email).where(t.customers.c.id == customer))
    drafts = await connection.execute(select(t.review_drafts).where(t.review_drafts.c.article.is_(None)))
    places = {(row.channel, row.address) for row in held if row.address}
    found = Holdings(
        customer=customer,
        conversations=ids,
        tickets=[row.id for row in tickets],
        numbers=[f"T-{row.number}" for row in tickets],
        handoffs=await column(select(t.handoffs.c.id).where(t.handoffs.c.conversation.in_(ids))),
        threads=await column(select(t.threads.c.id).where(t.threads.c.conversation.in_(ids))),
        items=await column(select(t.review_items.c.id).where(t.review_items.c.conversation.in_(ids))),
        drafts=[row.id for row in drafts if set(row.conversations) & set(ids)],
        addresses=sorted(places | {(row.channel, row.external) for row in known}),
        emails=sorted({one for one in (email, *(row.email for row in tickets)) if one}),
        files=await column(select(t.attachments.c.sha256).where(t.attachments.c.conversation.in_(ids))),
    )
    counts = {name: await _count(connection, table, where) for name, table, where in _wanted(found)}
    return Holdings(**{**_fields(found), "counts": counts})


async def threads_of(connection: AsyncConnection, held: Holdings) -> list[tuple[str, str, str]]:
    """Return where the team's channel still shows what was said: channel, place and anchor."""
    rows = await connection.execute(select(t.threads).where(t.threads.c.id.in_(held.threads)))
    return [(row.channel, row.place, row.anchor) for row in rows if row.anchor]


async def used_elsewhere(connection: AsyncConnection, sha256: str) -> bool:
    """Tell whether somebody else sent the same bytes."""
    return bool(await connection.scalar(select(t.attachments.c.id).where(t.attachments.c.sha256 == sha256)))


def deleted(held: Holdings) -> list[tuple[str, Table, ColumnElement[bool]]]:
    """List what is deleted, what refers to others first."""
    return [
        ("files", t.attachments, t.attachments.c.conversation.in_(held.conversations)),
        ("verdicts", t.verdicts, t.verdicts.c.item.in_(held.items)),
        ("review_items", t.review_items, t.review_items.c.id.in_(held.items)),
        ("review_drafts", t.review_drafts, t.review_drafts.c.id.in_(held.drafts)),
        ("shadows", t.shadows, t.shadows.c.conversation.in_(held.conversations)),
        ("deliveries", t.deliveries, _deliveries(held)),
        ("secrets", t.links, t.links.c.subject.in_([*held.conversations, *held.numbers])),
        ("links", t.channel_links, _links(held)),
        ("identities", t.identities, t.identities.c.customer == held.customer),
        ("jobs", t.jobs, t.jobs.c.done_at.is_(None) & _about(t.jobs.c.key, [*held.handoffs, *held.threads])),
    ]


def _wanted(held: Holdings) -> list[tuple[str, Table, ColumnElement[bool]]]:
    """List what a preview counts."""
    emptied: list[tuple[str, Table, ColumnElement[bool]]] = [
        ("conversations", t.conversations, t.conversations.c.id.in_(held.conversations)),
        ("messages", t.messages, t.messages.c.conversation.in_(held.conversations)),
        ("turns", t.turns, t.turns.c.conversation.in_(held.conversations)),
        ("tickets", t.tickets, t.tickets.c.id.in_(held.tickets)),
        ("ticket_events", t.ticket_events, t.ticket_events.c.ticket.in_(held.tickets)),
        ("handoffs", t.handoffs, t.handoffs.c.id.in_(held.handoffs)),
        ("thread_lines", t.thread_lines, t.thread_lines.c.thread.in_(held.threads)),
    ]
    return [*emptied, *deleted(held)]


def _deliveries(held: Holdings) -> ColumnElement[bool]:
    """Match what is or was on its way to them, and what the team was told of them."""
    d = t.deliveries.c
    found: ColumnElement[bool] = d.conversation.in_(held.conversations)
    for channel, address in held.addresses:
        found |= (d.channel == channel) & (d.address == address)
    mailed = (d.channel == "email") & d.address.in_(held.emails)
    return found | mailed | _about(d.key, [*held.handoffs, *held.threads]) | _told(d.key, held.numbers)


def _links(held: Holdings) -> ColumnElement[bool]:
    found: ColumnElement[bool] = t.channel_links.c.customer == held.customer
    for channel, address in held.addresses:
        found |= (t.channel_links.c.channel == channel) & (t.channel_links.c.external == address)
    return found


def _about(key: ColumnElement[str], ids: Sequence[str]) -> ColumnElement[bool]:
    """Match keys that have one of these unguessable ids in them."""
    found: ColumnElement[bool] = key.in_(())
    for id in ids:
        found |= key.contains(id, autoescape=True)
    return found


def _told(key: ColumnElement[str], numbers: Sequence[str]) -> ColumnElement[bool]:
    """Match the mails about these tickets: their keys end, or go on with a colon, after the number."""
    found: ColumnElement[bool] = key.in_([f"ticket-opened:{number}" for number in numbers])
    for number in numbers:
        found |= key.startswith(f"ticket-answered:{number}:", autoescape=True)
    return found


def _fields(held: Holdings) -> dict[str, Any]:
    return {name: getattr(held, name) for name in Holdings.__dataclass_fields__}


async def _count(connection: AsyncConnection, table: Table, where: ColumnElement[bool]) -> int:
    return int(await connection.scalar(select(func.count()).select_from(table).where(where)) or 0)
