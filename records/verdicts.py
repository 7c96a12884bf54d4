"""Verdicts: what reviewers said of texts, taken back, and where they went.

A keypress judges a whole cluster at once; all its verdicts carry the same `press`, by which it is undone.
An item is judged by one reviewer: whoever comes second finds it no longer open.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from nouns import Problem
from records.database import Writing
from records.ids import new_id
from records.review import LEASE, TOPIC, Item, item_of, let_go
from records.tables import review_drafts, review_items, verdicts

Reviewer = tuple[str | None, str]  # the account's id, None in the terminal; and what others read


class Said(StrEnum):
    """What a reviewer may say of a text."""

    INTENT = "intent"
    NEW_INTENT = "new_intent"
    ARTICLE = "article"
    NEW_ARTICLE = "new_article"
    OUT_OF_SCOPE = "out_of_scope"
    NOT_USEFUL = "not_useful"


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict with the item it is about. `keep`: how a conflict was solved, `new` or `old`."""

    id: int
    press: str
    reviewer: str
    kind: Said
    target: str | None
    data: Mapping[str, Any]
    keep: str | None
    at: datetime
    item: Item
    applied_at: datetime | None = None
    applied_to: str | None = None


async def judge(
    writing: Writing,
    ids: Collection[str],
    verdict: tuple[Said, str | None, Mapping[str, Any]],
    reviewer: Reviewer,
) -> str:
    """Judge open items at once; return the press. Refuses when somebody else was first with one of them."""
    kind, target, data = verdict
    await writing.alone("review")
    done = await writing.execute(
        update(review_items)
        .where(review_items.c.id.in_(ids), review_items.c.state == "open")
        .values(state="judged", lease_owner=None, lease_until=None)
    )
    if not ids or done.rowcount != len(set(ids)):
        raise await _taken(writing.connection, ids)
    press = new_id("p")
    rows = [
        {
            "item": id,
            "press": press,
            "agent": reviewer[0],
            "reviewer": reviewer[1],
            "kind": kind,
            "target": target,
            "data": dict(data),
            "at": writing.now,
        }
        for id in dict.fromkeys(ids)
    ]
    await writing.execute(insert(verdicts), rows)
    writing.wake(TOPIC)
    return press


async def undo(writing: Writing, reviewer: Reviewer) -> list[str]:
    """Take back the reviewer's last press that is not applied yet; return the items it had judged."""
    await writing.alone("review")
    active = and_(_of(reviewer), verdicts.c.undone_at.is_(None))
    last = (
        await writing.execute(select(verdicts).where(active).order_by(verdicts.c.id.desc()).limit(1))
    ).one_or_none()
    if last is None:
        raise Problem("nothing_to_undo", 409, "There is nothing to undo.", "Judge a text first.")
    if last.applied_at is not None:
        raise Problem(
            "already_applied", 409, "Your last verdict was applied already.", "Change the data file by hand."
        )
    undone = await writing.execute(
        update(verdicts)
        .where(verdicts.c.press == last.press, verdicts.c.applied_at.is_(None))
        .values(undone_at=writing.now)
        .returning(verdicts.c.item)
    )
    items = [row.item for row in undone]
    await let_go(writing, holder_of(reviewer))
    await writing.execute(
        update(review_items)
        .where(review_items.c.id.in_(items))
        .values(
            state="open",
            postponed_at=None,
            lease_owner=holder_of(reviewer),
            lease_until=writing.now + LEASE,
            rank=-1.0,
        )
    )
    await writing.execute(
        delete(review_drafts).where(review_drafts.c.origin == last.press, review_drafts.c.state == "open")
    )
    writing.wake(TOPIC)
    return items


async def take_back(writing: Writing, verdict: int) -> None:
    """Take one verdict back: its item is open again."""
    item = await writing.scalar(
        update(verdicts)
        .where(verdicts.c.id == verdict, verdicts.c.applied_at.is_(None), verdicts.c.undone_at.is_(None))
        .values(undone_at=writing.now)
        .returning(verdicts.c.item)
    )
    if item is None:
        raise Problem("verdict_unknown", 404, "There is no such open verdict.", "Look at the list again.")
    await writing.execute(update(review_items).where(review_items.c.id == item).values(state="open"))
    writing.wake(TOPIC)


async def keep(writing: Writing, verdict: int, which: str) -> None:
    """Solve a conflict: `new` moves the text to where this verdict wants it, `old` leaves it where it is."""
    done = await writing.execute(
        update(verdicts)
        .where(verdicts.c.id == verdict, verdicts.c.applied_at.is_(None), verdicts.c.undone_at.is_(None))
        .values(keep=which)
    )
    if not done.rowcount:
        raise Problem("verdict_unknown", 404, "There is no such open verdict.", "Look at the list again.")


async def to_apply(connection: AsyncConnection) -> list[Judged]:
    """Return the verdicts that wait to be applied, in their order."""
    return await _judged(connection, verdicts.c.applied_at.is_(None))


async def named(connection: AsyncConnection) -> dict[str, Mapping[str, Any]]:
    """Return the new intents that wait to be applied, with what was said of each."""
    waiting = and_(verdicts.c.kind == Said.NEW_INTENT, verdicts.c.applied_at.is_(None))
    return {str(one.target): one.data for one in await _judged(connection, waiting)}


async def last_press(connection: AsyncConnection, reviewer: Reviewer) -> list[Judged]:
    """Return the reviewer's last press, as long as it can be undone."""
    waiting = await _judged(connection, and_(_of(reviewer), verdicts.c.applied_at.is_(None)))
    return [one for one in waiting if one.press == waiting[-1].press]


async def applied_since(connection: AsyncConnection, moment: datetime) -> list[Judged]:
    """Return the verdicts applied since a time; retraining counts each customer's texts by these."""
    return await _judged(connection, verdicts.c.applied_at >= moment)


async def judged_since(connection: AsyncConnection, moment: datetime) -> list[Judged]:
    """Return the verdicts on texts since a time, applied or not."""
    return await _judged(connection, review_items.c.at >= moment)


async def mark_applied(writing: Writing, done: Mapping[int, str]) -> None:
    """Note where each verdict's text went."""
    for verdict, place in done.items():
        await writing.execute(
            update(verdicts)
            .where(verdicts.c.id == verdict, verdicts.c.applied_at.is_(None))
            .values(applied_at=writing.now, applied_to=place)
        )


def holder_of(reviewer: Reviewer) -> str:
    """Return by what a hold on texts is known: two people may share a name."""
    return reviewer[0] or reviewer[1]


def _of(reviewer: Reviewer) -> ColumnElement[bool]:
    agent, name = reviewer
    return (
        verdicts.c.agent == agent if agent else and_(verdicts.c.agent.is_(None), verdicts.c.reviewer == name)
    )


async def _taken(connection: AsyncConnection, ids: Collection[str]) -> Problem:
    who = await connection.scalar(
        select(verdicts.c.reviewer)
        .where(verdicts.c.item.in_(ids), verdicts.c.undone_at.is_(None))
        .order_by(verdicts.c.id.desc())
        .limit(1)
    )
    if who is None:
        return Problem("item_unknown", 404, "There is no such text in the review.", "Look at the list again.")
    return Problem("judged_already", 409, f"{who} was quicker with this one.", "Here is the next.")


async def _judged(connection: AsyncConnection, condition: Any) -> list[Judged]:
    named = [column.label(f"verdict_{column.name}") for column in verdicts.c]
    rows = await connection.execute(
        select(review_items, *named)
        .join(verdicts, verdicts.c.item == review_items.c.id)
        .where(condition, verdicts.c.undone_at.is_(None))
        .order_by(verdicts.c.id)
    )
    return [
        Judged(
            row.verdict_id,
            row.verdict_press,
            row.verdict_reviewer,
            Said(row.verdict_kind),
            row.verdict_target,
            row.verdict_data,
            row.verdict_keep,
            row.verdict_at,
            item_of(row),
            row.verdict_applied_at,
            row.verdict_applied_to,
        )
        for row in rows
    ]
