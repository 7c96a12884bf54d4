"""Customers: one person over all channels; an address that nobody verified never merges two of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from nouns import Customer
from records.database import Writing, quick
from records.ids import new_id
from records.tables import customers, identities

BY_ID = quick(select(customers).where(customers.c.id == bindparam("its")))


async def create(writing: Writing, name: str | None = None, language: str | None = None) -> str:
    """Make a customer and return the id."""
    customer = new_id("u")
    await writing.execute(
        insert(customers).values(
            id=customer, name=name, language=language, email_verified=False, created_at=writing.now
        )
    )
    return customer


async def of_channel(writing: Writing, channel: str, external: str, name: str | None) -> str:
    """Return whom `channel` knows as `external`, made at first sight."""
    known = await known_as(writing.connection, channel, external)
    if known:
        return known
    customer = await create(writing, name)
    await writing.execute(
        insert(identities).values(id=new_id("i"), customer=customer, channel=channel, external=external)
    )
    return customer


async def known_as(connection: AsyncConnection, channel: str, external: str) -> str | None:
    """Return the customer whom `channel` knows as `external`."""
    found: str | None = await connection.scalar(
        select(identities.c.customer).where(
            identities.c.channel == channel, identities.c.external == external
        )
    )
    return found


async def linked_at(connection: AsyncConnection, channel: str, external: str) -> datetime | None:
    """Return since when somebody on a channel is the same customer as a web visitor."""
    found: datetime | None = await connection.scalar(
        select(identities.c.linked_at).where(
            identities.c.channel == channel, identities.c.external == external
        )
    )
    return found


async def point(writing: Writing, channel: str, external: str, customer: str, *, linked: bool) -> None:
    """Let `external` on a channel be a customer from here on; conversations till now stay whose they are."""
    since = writing.now if linked else None
    done = await writing.execute(
        update(identities)
        .where(identities.c.channel == channel, identities.c.external == external)
        .values(customer=customer, linked_at=since)
    )
    if not done.rowcount:
        await writing.execute(
            insert(identities).values(
                id=new_id("i"), customer=customer, channel=channel, external=external, linked_at=since
            )
        )


async def by_id(connection: AsyncConnection, customer: str) -> Customer:
    """Return the customer."""
    row = (await connection.execute(BY_ID, {"its": customer})).one()
    return Customer(row.id, row.name, row.email, row.email_verified, row.language)


async def note_email(writing: Writing, customer: str, email: str) -> None:
    """Remember an address the customer typed; it proves nothing, and a verified one stays."""
    await writing.execute(
        update(customers)
        .where(customers.c.id == customer, customers.c.email_verified.is_(False))
        .values(email=email)
    )


async def verify_email(writing: Writing, customer: str, email: str) -> None:
    """Remember that the customer followed a link sent to `email`."""
    await writing.execute(
        update(customers).where(customers.c.id == customer).values(email=email, email_verified=True)
    )


async def rename(writing: Writing, customer: str, name: str) -> None:
    """Give the customer the name that they or their channel say."""
    await writing.execute(update(customers).where(customers.c.id == customer).values(name=name))
