"""Customers: one person over all channels; an address that nobody verified never merges two of them."""

from __future__ import annotations

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from nouns import Customer
from records.database import Writing
from records.ids import new_id
from records.tables import customers, identities


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
    known = await writing.scalar(
        select(identities.c.customer).where(
            identities.c.channel == channel, identities.c.external == external
        )
    )
    if known:
        return str(known)
    customer = await create(writing, name)
    await writing.execute(
        insert(identities).values(id=new_id("i"), customer=customer, channel=channel, external=external)
    )
    return customer


async def by_id(connection: AsyncConnection, customer: str) -> Customer:
    """Return the customer."""
    row = (await connection.execute(select(customers).where(customers.c.id == customer))).one()
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
