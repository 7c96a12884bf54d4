"""Turns: for every answer, what is needed to replay it."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from sqlalchemy import Row, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from nouns import Turn
from records.database import Writing, quick
from records.tables import turns

ADD = quick(insert(turns))


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
    row = (
        await connection.execute(
            select(turns).where(turns.c.conversation == conversation).order_by(turns.c.at.desc()).limit(1)
        )
    ).one_or_none()
    return _turn(row) if row else None


async def of_message(connection: AsyncConnection, message: str) -> Turn | None:
    """Return the turn that answered a message."""
    row = (await connection.execute(select(turns).where(turns.c.message == message))).one_or_none()
    return _turn(row) if row else None


def _turn(row: Row[Any]) -> Turn:
    return Turn(**{field.name: getattr(row, field.name) for field in fields(Turn)})
