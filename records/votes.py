"""Votes: did an answer help? One an answer; the last one counts."""

from __future__ import annotations

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from records import facts
from records.database import Writing
from records.tables import votes


async def cast(writing: Writing, conversation: str, message: str, helpful: bool, article: str | None) -> None:
    """Store whether the bot's `message`, taken from `article`, helped."""
    await writing.execute(delete(votes).where(votes.c.message == message))
    await writing.execute(
        insert(votes).values(
            message=message, conversation=conversation, helpful=helpful, article=article, at=writing.now
        )
    )
    await facts.note(writing, "voted", conversation, {"helpful": helpful, "article": article})


async def of_message(connection: AsyncConnection, message: str) -> bool | None:
    """Return the vote on a message, if there is one."""
    found: bool | None = await connection.scalar(select(votes.c.helpful).where(votes.c.message == message))
    return found
