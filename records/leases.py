"""Leases: rows that let one process at a time do a thing, such as asking a platform for what is new."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, insert, select, update

from records.database import Database
from records.tables import leases


async def hold(database: Database, name: str, owner: str, seconds: float) -> bool:
    """Take a lease, or keep it for longer; False while somebody else has it."""
    async with database.write() as writing:
        await writing.alone(f"lease:{name}")
        until = writing.now + timedelta(seconds=seconds)
        row = (await writing.execute(select(leases).where(leases.c.name == name))).one_or_none()
        if row is None:
            await writing.execute(insert(leases).values(name=name, owner=owner, until=until))
            return True
        if row.owner != owner and row.until > writing.now:
            return False
        await writing.execute(update(leases).where(leases.c.name == name).values(owner=owner, until=until))
        return True


async def let_go(database: Database, name: str, owner: str) -> None:
    """Give a lease back."""
    async with database.write() as writing:
        await writing.execute(delete(leases).where(leases.c.name == name, leases.c.owner == owner))
