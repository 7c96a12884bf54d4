"""Turns: for every answer, what is needed to replay it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from nouns import Turn
from records.database import Writing, quick
from records.tables import turns

ADD = quick(insert(turns))
LATEST = select(turns).where(turns.c.conversation == bindparam("its")).order_by(turns.c.at.desc()).limit(1)


async def write(writing: Writing, turn: Turn) -> None:
    """Store a turn; the tracker's events before it stand in the conversation's earlier turns."""
    await writing.execute(ADD, {field.name: getattr(turn, field.name) for field in fields(turn)})


async def of_conversation(connection: AsyncConnection, conversation: str) -> list[Turn]:
    """Return a conversation's turns, in order."""
    rows = await connection.execute(
        select(turns).where(turns.c.conversation == conversation).order_by(turns.c.at)
    )
    return [_turn(row) for row in rows]


async def latest(connection: AsyncConnection, conversation: str) -> Turn | None:
    """Return a conversation's last turn."""
    row = (await connection.execute(LATEST, {"its": conversation})).one_or_none()
    return _turn(row) if row else None


async def of_message(connection: AsyncConnection, message: str) -> Turn | None:
    """Return the turn that answered a message."""
    row = (await connection.execute(select(turns).where(turns.c.message == message))).one_or_none()
    return _turn(row) if row else None


async def since(
    connection: AsyncConnection, at: datetime, until: datetime | None = None, limit: int = 100_000
) -> list[Turn]:
    """Return the turns from a time on, in order; what was erased is left out."""
    query = (
        select(turns).where(turns.c.at >= at, turns.c.erased_at.is_(None)).order_by(turns.c.at).limit(limit)
    )
    if until:
        query = query.where(turns.c.at < until)
    return [_turn(row) for row in await connection.execute(query)]


async def is_erased(connection: AsyncConnection, message: str) -> bool:
    """Tell whether a turn's text was erased."""
    erased = await connection.scalar(select(turns.c.erased_at).where(turns.c.message == message))
    return erased is not None


async def versions_since(connection: AsyncConnection, at: datetime) -> list[Mapping[str, Any]]:
    """Return the versions that turns name since a time."""
    rows = await connection.execute(select(turns.c.versions).where(turns.c.at >= at))
    return [row.versions for row in rows]


def _turn(row: Row[Any]) -> Turn:
    return Turn(**{field.name: getattr(row, field.name) for field in fields(Turn)})
