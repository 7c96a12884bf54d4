"""The review's queue as rows: texts of the log, masked, in clusters of like ones; who looks at which now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from records.database import Writing
from records.ids import new_id
from records.tables import review_drafts, review_items, verdicts

TOPIC = "review"
LEASE = timedelta(minutes=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A masked text of the log. `golden`: drawn at random for the test set, never trained on.

    `signals`: why it is worth a look. `human`: what a person answered, masked. `at`: when it was asked.
    """

    message: str
    conversation: str
    customer: str
    text: str
    language: str
    digest: str
    signals: Sequence[str]
    usefulness: float
    golden: bool
    intent: str | None
    ranking: Sequence[Mapping[str, Any]]
    articles: Sequence[Mapping[str, Any]]
    decision: str | None
    human: str | None
    at: datetime
    encoder: str
    vector: bytes
    id: str = ""
    cluster: str = ""
    rank: float = 0.0
    state: str = "open"


async def known_messages(connection: AsyncConnection, since: datetime) -> set[str]:
    """Return the messages that are in the review already."""
    return set(await _scalars(connection, select(review_items.c.message).where(review_items.c.at >= since)))


async def add(writing: Writing, items: Sequence[Item]) -> int:
    """Put new texts into the review; one that another process was quicker with is left alone."""
    known = set(
        await _scalars(
            writing.connection,
            select(review_items.c.message).where(
                review_items.c.message.in_([item.message for item in items])
            ),
        )
    )
    rows = [
        {**asdict(item), "id": new_id("ri"), "created_at": writing.now}
        for item in items
        if item.message not in known
    ]
    if rows:
        await writing.execute(insert(review_items), rows)
        writing.wake(TOPIC)
    return len(rows)


async def open_items(connection: AsyncConnection) -> list[Item]:
    """Return what nobody has judged yet, the most useful first."""
    rows = await connection.execute(
        select(review_items)
        .where(review_items.c.state == "open")
        .order_by(review_items.c.postponed_at.is_not(None), review_items.c.postponed_at, *_order())
    )
    return [item_of(row) for row in rows]


async def since(connection: AsyncConnection, moment: datetime) -> list[Item]:
    """Return every item since a time, judged or not."""
    rows = await connection.execute(
        select(review_items).where(review_items.c.at >= moment).order_by(review_items.c.at)
    )
    return [item_of(row) for row in rows]


async def by_ids(connection: AsyncConnection, ids: Collection[str]) -> list[Item]:
    """Return items, in the queue's order."""
    rows = await connection.execute(
        select(review_items).where(review_items.c.id.in_(ids)).order_by(*_order())
    )
    return [item_of(row) for row in rows]


async def arrange(writing: Writing, places: Mapping[str, tuple[str, float, float]]) -> None:
    """Set the cluster, rank and usefulness of open items anew, by item; judged ones stay as they are."""
    for item, (cluster, rank, usefulness) in places.items():
        await writing.execute(
            update(review_items)
            .where(review_items.c.id == item, review_items.c.state == "open")
            .values(cluster=cluster, rank=rank, usefulness=usefulness)
        )


async def update_open(writing: Writing, item: Item) -> None:
    """Note what became known of an open item later: a vote, a human's reply."""
    await writing.execute(
        update(review_items)
        .where(review_items.c.message == item.message, review_items.c.state == "open")
        .values(signals=list(item.signals), human=item.human, articles=list(item.articles))
    )


async def take_next(writing: Writing, reviewer: str) -> list[Item]:
    """Return the next cluster that no other reviewer looks at, and hold it for a while."""
    free = or_(
        review_items.c.lease_owner.is_(None),
        review_items.c.lease_owner == reviewer,
        review_items.c.lease_until < writing.now,
    )
    await writing.alone("review")
    first = (
        await writing.execute(
            select(review_items.c.cluster)
            .where(review_items.c.state == "open", free)
            .order_by(review_items.c.postponed_at.is_not(None), review_items.c.postponed_at, *_order())
            .limit(1)
        )
    ).scalar_one_or_none()
    if first is None:
        return []
    held = and_(review_items.c.cluster == first, review_items.c.state == "open", free)
    await let_go(writing, reviewer)
    rows = await writing.execute(
        update(review_items)
        .where(held)
        .values(lease_owner=reviewer, lease_until=writing.now + LEASE)
        .returning(review_items)
    )
    return sorted((item_of(row) for row in rows), key=lambda item: (item.rank, item.at, item.id))


async def postpone(writing: Writing, ids: Collection[str], reviewer: str) -> None:
    """Put items at the queue's end."""
    await writing.execute(
        update(review_items)
        .where(review_items.c.id.in_(ids), review_items.c.state == "open")
        .values(postponed_at=writing.now)
    )
    await let_go(writing, reviewer)


async def counts(connection: AsyncConnection) -> dict[str, int]:
    """Return how many texts and clusters are open, how many verdicts wait, and how many drafts."""
    opened = select(func.count(), func.count(review_items.c.cluster.distinct())).where(
        review_items.c.state == "open"
    )
    texts, clusters = (await connection.execute(opened)).one()
    waiting = select(func.count()).where(verdicts.c.applied_at.is_(None), verdicts.c.undone_at.is_(None))
    drafts = select(func.count()).where(review_drafts.c.state == "open")
    return {
        "texts": int(texts),
        "groups": int(clusters),
        "to_apply": int(await connection.scalar(waiting.select_from(verdicts)) or 0),
        "drafts": int(await connection.scalar(drafts.select_from(review_drafts)) or 0),
    }


async def let_go(writing: Writing, reviewer: str) -> None:
    """End the reviewer's hold on what they look at."""
    await writing.execute(
        update(review_items)
        .where(review_items.c.lease_owner == reviewer)
        .values(lease_owner=None, lease_until=None)
    )


async def _scalars(connection: AsyncConnection, query: Any) -> list[Any]:
    return list((await connection.execute(query)).scalars())


def _order() -> tuple[Any, ...]:
    return review_items.c.rank, review_items.c.at, review_items.c.id


def item_of(row: Row[Any]) -> Item:
    """Turn a row into the noun."""
    return Item(**{one.name: getattr(row, one.name) for one in fields(Item)})
