"""Drafts of articles: suggested by what humans wrote, edited and approved by a reviewer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from nouns import Problem
from records.database import Writing
from records.ids import new_id
from records.review import TOPIC
from records.tables import review_drafts

LIVE = ("open", "approved")


@dataclass(frozen=True, slots=True)
class Draft:
    """An article that a human's replies suggest; it becomes a file once a reviewer approved it."""

    id: str
    title: str
    language: str
    body: str
    questions: Sequence[str]
    conversations: Sequence[str]
    state: str = "open"
    article: str | None = None
    version: int = 1
    origin: str = ""


async def add(writing: Writing, draft: Draft, reviewer: str | None = None) -> str | None:
    """Store a draft once an origin; None when that origin had one before, whatever became of it."""
    known = select(review_drafts.c.id).where(review_drafts.c.origin == draft.origin)
    await writing.alone(f"draft:{draft.origin}")
    if await writing.scalar(known):
        return None
    made = new_id("rd")
    await writing.execute(
        insert(review_drafts).values(
            id=made,
            origin=draft.origin,
            title=draft.title,
            language=draft.language,
            body=draft.body,
            questions=list(draft.questions),
            conversations=list(draft.conversations),
            state="open",
            version=1,
            reviewer=reviewer,
            created_at=writing.now,
            updated_at=writing.now,
        )
    )
    writing.wake(TOPIC)
    return made


async def listed(connection: AsyncConnection, *states: str) -> list[Draft]:
    """Return the drafts in these states, the newest first."""
    rows = await connection.execute(
        select(review_drafts)
        .where(review_drafts.c.state.in_(states or LIVE))
        .order_by(review_drafts.c.created_at.desc(), review_drafts.c.id)
    )
    return [_draft(row) for row in rows]


async def is_held(connection: AsyncConnection, draft: Draft) -> bool:
    """Tell whether one that waits answers the same questions from the same conversations already."""
    return any(
        set(draft.questions) <= set(one.questions) and set(draft.conversations) <= set(one.conversations)
        for one in await listed(connection)
    )


async def by_id(connection: AsyncConnection, id: str) -> Draft:
    """Return a draft, or refuse."""
    row = (await connection.execute(select(review_drafts).where(review_drafts.c.id == id))).one_or_none()
    if row is None:
        raise Problem("draft_unknown", 404, "There is no such draft.", "Look at the list of drafts.")
    return _draft(row)


async def change(writing: Writing, id: str, version: int, reviewer: str, **values: Any) -> None:
    """Change a draft that nobody changed since `version` was read."""
    done = await writing.execute(
        update(review_drafts)
        .where(review_drafts.c.id == id, review_drafts.c.version == version, review_drafts.c.state.in_(LIVE))
        .values(version=version + 1, reviewer=reviewer, updated_at=writing.now, **values)
    )
    if not done.rowcount:
        await by_id(writing.connection, id)
        raise Problem(
            "draft_changed", 409, "Somebody changed this draft meanwhile.", "Look at it and decide again."
        )
    writing.wake(TOPIC)


def _draft(row: Row[Any]) -> Draft:
    return Draft(**{one.name: getattr(row, one.name) for one in fields(Draft)})
