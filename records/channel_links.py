"""Links between a web visitor and another channel: the secret as a hash, claimed by one, confirmed or not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from nouns import ChannelLink, Conversation, LinkState
from records.conversations import topic
from records.database import Writing
from records.ids import hashed, new_id, new_token
from records.tables import channel_links

WORD = "link"
PENDING = (LinkState.OPEN, LinkState.CLAIMED)


async def begin(
    writing: Writing, held: Conversation, channel: str, lifetime: timedelta
) -> tuple[ChannelLink, str]:
    """Make a link and its secret; an earlier one that nobody confirmed ends."""
    await end(writing, held.customer, channel, *PENDING)
    secret = new_token()
    made = await writing.execute(
        insert(channel_links)
        .values(
            id=new_id("n"),
            conversation=held.id,
            customer=held.customer,
            secret_hash=hashed(secret),
            channel=channel,
            state=LinkState.OPEN,
            created_at=writing.now,
            expires_at=writing.now + lifetime,
        )
        .returning(channel_links)
    )
    return _link(made.one()), secret


async def end(writing: Writing, customer: str, channel: str, *states: LinkState) -> None:
    """End a customer's links with a channel, as far as they are in these states."""
    await writing.execute(
        update(channel_links)
        .where(
            channel_links.c.customer == customer,
            channel_links.c.channel == channel,
            channel_links.c.state.in_(states),
        )
        .values(state=LinkState.ENDED)
    )


async def by_secret(connection: AsyncConnection, channel: str, secret: str) -> ChannelLink | None:
    """Return the link that a secret opens."""
    row = await connection.execute(
        select(channel_links).where(
            channel_links.c.secret_hash == hashed(secret), channel_links.c.channel == channel
        )
    )
    found = row.one_or_none()
    return _link(found) if found else None


async def by_id(connection: AsyncConnection, link: str) -> ChannelLink | None:
    """Return a link."""
    row = (await connection.execute(select(channel_links).where(channel_links.c.id == link))).one_or_none()
    return _link(row) if row else None


async def at(connection: AsyncConnection, channel: str, address: str) -> ChannelLink | None:
    """Return the link that holds for somebody on a channel."""
    row = await connection.execute(
        select(channel_links).where(
            channel_links.c.channel == channel,
            channel_links.c.external == address,
            channel_links.c.state == LinkState.LINKED,
        )
    )
    found = row.first()
    return _link(found) if found else None


async def of_customer(connection: AsyncConnection, customer: str) -> list[ChannelLink]:
    """Return a customer's links that hold or wait, newest first."""
    rows = await connection.execute(
        select(channel_links)
        .where(
            channel_links.c.customer == customer,
            channel_links.c.state.in_((*PENDING, LinkState.LINKED)),
        )
        .order_by(channel_links.c.created_at.desc())
    )
    return [_link(row) for row in rows]


async def move(
    writing: Writing, link: ChannelLink, before: LinkState, after: LinkState, **values: Any
) -> ChannelLink | None:
    """Move a link from one state to the next and tell its visitor; None when it is not in `before`."""
    moved = await writing.execute(
        update(channel_links)
        .where(channel_links.c.id == link.id, channel_links.c.state == before)
        .values(state=after, **values)
        .returning(channel_links)
    )
    row = moved.one_or_none()
    writing.wake(topic(link.conversation), WORD)
    return _link(row) if row else None


def _link(row: Row[Any]) -> ChannelLink:
    return ChannelLink(
        id=row.id,
        conversation=row.conversation,
        customer=row.customer,
        channel=row.channel,
        state=LinkState(row.state),
        expires_at=row.expires_at,
        address=row.external,
        name=row.name,
        language=row.language,
    )
