"""Canned replies: what the team writes often, by name, in each language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from nouns import CannedReply, Problem
from records.conversations import DESK
from records.database import Writing
from records.ids import new_id
from records.tables import canned_replies


async def listed(connection: AsyncConnection) -> list[CannedReply]:
    """Return all, by name."""
    rows = await connection.execute(select(canned_replies).order_by(canned_replies.c.name))
    return [_reply(row) for row in rows]


async def by_id(connection: AsyncConnection, id: str) -> CannedReply:
    """Return one, or refuse."""
    found = await connection.execute(select(canned_replies).where(canned_replies.c.id == id))
    row = found.one_or_none()
    if row is None:
        raise Problem("canned_unknown", 404, "There is no such canned reply.", "Choose another.")
    return _reply(row)


async def keep(writing: Writing, id: str | None, name: str, texts: Mapping[str, str], agent: str) -> str:
    """Store a new one, or what was made of one; a name stands for one alone. Return its id."""
    await writing.alone(f"canned:{name}")
    other = select(canned_replies.c.id).where(
        canned_replies.c.name == name, canned_replies.c.id != (id or "")
    )
    if await writing.scalar(other):
        raise Problem("canned_exists", 409, f"“{name}” is there already.", "Choose another name.")
    values = {"name": name, "texts": dict(texts), "updated_at": writing.now, "updated_by": agent}
    if id is None:
        id = new_id("r")
        await writing.execute(insert(canned_replies).values(id=id, **values))
    else:
        await by_id(writing.connection, id)
        await writing.execute(update(canned_replies).where(canned_replies.c.id == id).values(**values))
    writing.wake(DESK, "canned")
    return id


async def drop(writing: Writing, id: str) -> None:
    """Remove one; what was sent stays."""
    await writing.execute(delete(canned_replies).where(canned_replies.c.id == id))
    writing.wake(DESK, "canned")


def _reply(row: Row[Any]) -> CannedReply:
    return CannedReply(row.id, row.name, row.texts)
