"""Conversations: who owns them, in which language they are held, and the lease of the one who answers."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from nouns import Conversation, Mode, Problem
from records.database import Writing, quick, utc_now
from records.ids import hashed, new_id, new_token
from records.tables import conversations, deliveries, identities, links

DESK = "desk"
HELD = [
    conversations.c[name]
    for name in (
        "id", "customer", "channel", "address", "mode", "language", "language_pinned", "created_at",
        "previous", "agent", "shared",
    )
]  # fmt: skip
ITS = conversations.c.id == bindparam("its")
BY_ID = quick(select(*HELD).where(ITS))
LEASE = quick(
    update(conversations)
    .where(
        ITS,
        conversations.c.pending > 0,
        conversations.c.lease_until.is_(None)
        | (conversations.c.lease_until < bindparam("at"))
        | (conversations.c.lease_owner == bindparam("owner")),
    )
    .values(lease_owner=bindparam("owner"), lease_until=bindparam("until"))
    .returning(*HELD)
)
IS_PENDING = quick(select(conversations.c.pending).where(ITS))


def topic(conversation: str) -> str:
    """Return the topic on which listeners hear of this conversation."""
    return f"conversation:{conversation}"


def conversation_of(row: Row[Any]) -> Conversation:
    """Turn a row into the noun."""
    return Conversation(
        id=row.id,
        customer=row.customer,
        channel=row.channel,
        address=row.address,
        mode=Mode(row.mode),
        language=row.language,
        language_pinned=row.language_pinned,
        created_at=row.created_at,
        previous=row.previous,
        agent=row.agent,
        shared=row.shared,
    )


async def create(
    writing: Writing,
    customer: str,
    channel: str,
    address: str,
    language: str,
    previous: str | None = None,
) -> tuple[str, str]:
    """Start a conversation; return its id and the token that proves to be its customer."""
    conversation, token = new_id("c"), new_token()
    await writing.execute(
        insert(conversations).values(
            id=conversation,
            customer=customer,
            channel=channel,
            address=address,
            mode=Mode.BOT,
            language=language,
            token_hash=hashed(token),
            previous=previous,
            created_at=writing.now,
            updated_at=writing.now,
        )
    )
    return conversation, token


async def by_id(connection: AsyncConnection, conversation: str) -> Conversation:
    """Return the conversation, or refuse."""
    row = (await connection.execute(BY_ID, {"its": conversation})).one_or_none()
    if row is None:
        raise Problem("conversation_unknown", 404, "There is no such conversation.", "Start a new one.")
    return conversation_of(row)


async def check_token(
    connection: AsyncConnection, conversation: str, token: str | None, now: datetime | None = None
) -> Conversation:
    """Return the conversation if the token opens it; what is wrong is not told apart."""
    secret = hashed(token or "")
    further = select(links.c.subject).where(
        links.c.token_hash == secret,
        links.c.purpose == "conversation",
        links.c.subject == conversation,
        links.c.expires_at > (now or utc_now()),
    )
    row = (
        await connection.execute(
            select(conversations).where(
                conversations.c.id == conversation,
                (conversations.c.token_hash == secret) | conversations.c.id.in_(further),
            )
        )
    ).one_or_none()
    if row is None:
        raise Problem(
            "unauthorized", 401, "This conversation is not open to you.", "Start a new conversation."
        )
    return conversation_of(row)


async def latest_at(connection: AsyncConnection, channel: str, address: str) -> Conversation | None:
    """Return the newest conversation that a channel holds at an address."""
    row = (
        await connection.execute(
            select(conversations)
            .where(conversations.c.channel == channel, conversations.c.address == address)
            .order_by(conversations.c.created_at.desc())
            .limit(1)
        )
    ).one_or_none()
    return conversation_of(row) if row else None


async def newest_after(connection: AsyncConnection, held: Conversation) -> Conversation:
    """Return the last of the conversations that went on from a closed one, or that one itself."""
    while row := (
        await connection.execute(
            select(conversations)
            .where(conversations.c.previous == held.id)
            .order_by(conversations.c.created_at.desc())
            .limit(1)
        )
    ).one_or_none():
        held = conversation_of(row)
    return held


async def of_customer(connection: AsyncConnection, customer: str) -> list[Conversation]:
    """Return all conversations of a customer, newest first."""
    rows = await connection.execute(
        select(conversations)
        .where(conversations.c.customer == customer)
        .order_by(conversations.c.created_at.desc())
    )
    return [conversation_of(row) for row in rows]


async def set_mode(
    writing: Writing,
    conversation: str,
    mode: Mode,
    *,
    only_from: Collection[Mode] | None = None,
    agent: str | None = None,
) -> bool:
    """Change who owns the conversation, `only_from` certain modes if given; tell whether it did."""
    change = update(conversations).where(conversations.c.id == conversation)
    if only_from is not None:
        change = change.where(conversations.c.mode.in_(only_from))
    closed_at = writing.now if mode is Mode.CLOSED else None
    done = await writing.execute(
        change.values(mode=mode, agent=agent, updated_at=writing.now, closed_at=closed_at)
    )
    writing.wake(topic(conversation), "mode")
    writing.wake(DESK, conversation)
    return bool(done.rowcount)


async def share(writing: Writing, conversation: str) -> None:
    """Remember that others read along."""
    await writing.execute(update(conversations).where(conversations.c.id == conversation).values(shared=True))


async def speak(writing: Writing, conversation: str, language: str, *, pinned: bool) -> None:
    """Hold the conversation in `language`; once pinned by the customer, only a pinned choice changes it."""
    change = update(conversations).where(conversations.c.id == conversation)
    if not pinned:
        change = change.where(conversations.c.language_pinned.is_(False))
    await writing.execute(change.values(language=language, language_pinned=pinned))


async def move(writing: Writing, channel: str, old: str, new: str) -> None:
    """Follow a channel's thread to its new address: conversations, customer, and what is on its way there."""
    await writing.execute(
        update(conversations)
        .where(conversations.c.channel == channel, conversations.c.address == old)
        .values(address=new)
    )
    await writing.execute(
        update(deliveries)
        .where(deliveries.c.channel == channel, deliveries.c.address == old)
        .values(address=new)
    )
    known = select(identities.c.id).where(identities.c.channel == channel, identities.c.external == new)
    if not await writing.scalar(known):
        await writing.execute(
            update(identities)
            .where(identities.c.channel == channel, identities.c.external == old)
            .values(external=new)
        )


async def lease(writing: Writing, conversation: str, owner: str, seconds: float) -> Conversation | None:
    """Take the right to answer for a while; None when another holds it or nothing is pending."""
    until = writing.now + timedelta(seconds=seconds)
    given = {"its": conversation, "at": writing.now, "owner": owner, "until": until}
    row = (await writing.execute(LEASE, given)).one_or_none()
    return conversation_of(row) if row else None


async def is_pending(connection: AsyncConnection, conversation: str) -> bool:
    """Tell whether a customer's message waits there."""
    return bool(await connection.scalar(IS_PENDING, {"its": conversation}))


async def with_pending(connection: AsyncConnection) -> list[str]:
    """Return the conversations in which a customer's message waits."""
    rows = await connection.execute(select(conversations.c.id).where(conversations.c.pending > 0))
    return [row.id for row in rows]


async def mark_read(writing: Writing, conversation: str, seq: int) -> None:
    """Remember what the customer has on the screen."""
    await writing.execute(
        update(conversations)
        .where(conversations.c.id == conversation, conversations.c.read_seq < seq)
        .values(read_seq=seq)
    )
