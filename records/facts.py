"""Facts: what happened, with a time; counted by insights, never shown to customers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from nouns import Fact
from records.database import Writing, quick
from records.tables import facts

ADD = quick(insert(facts))


async def note(
    writing: Writing, kind: str, conversation: str | None = None, data: Mapping[str, Any] | None = None
) -> None:
    """Write down that something happened now."""
    row = {"at": writing.now, "kind": kind, "conversation": conversation, "data": dict(data or {})}
    await writing.execute(ADD, row)


async def of_conversation(connection: AsyncConnection, conversation: str) -> list[Fact]:
    """Return what happened in a conversation, in order."""
    rows = await connection.execute(
        select(facts).where(facts.c.conversation == conversation).order_by(facts.c.id)
    )
    return [Fact(row.kind, row.at, row.conversation, row.data) for row in rows]


async def last(connection: AsyncConnection, kind: str) -> Fact | None:
    """Return what of a kind happened last."""
    query = select(facts).where(facts.c.kind == kind).order_by(facts.c.id.desc()).limit(1)
    row = (await connection.execute(query)).one_or_none()
    return Fact(row.kind, row.at, row.conversation, row.data) if row else None
