"""Jobs and timers as rows: what is due is leased, done, or tried again; nothing lives in memory alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from records.database import Database, Writing
from records.ids import new_id
from records.tables import jobs

TOPIC = "jobs"
MOST_ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do at a time; `kind` names the function, `key` makes it unique."""

    id: str
    kind: str
    key: str
    payload: Mapping[str, Any]
    attempts: int


async def put(
    writing: Writing, kind: str, key: str, due_at: datetime, payload: Mapping[str, Any] | None = None
) -> None:
    """Plan a job; the same key is planned once."""
    await writing.alone(f"job:{key}")
    if await writing.scalar(select(jobs.c.id).where(jobs.c.key == key)):
        return
    await writing.execute(
        insert(jobs).values(id=new_id("j"), kind=kind, key=key, payload=dict(payload or {}), due_at=due_at)
    )
    writing.wake(TOPIC)


async def cancel(writing: Writing, key: str) -> None:
    """Take a planned job back."""
    await writing.execute(delete(jobs).where(jobs.c.key == key, jobs.c.done_at.is_(None)))


async def lease_due(database: Database, owner: str, seconds: float, limit: int = 20) -> list[Job]:
    """Take what is due and held by nobody."""
    async with database.write() as writing:
        due = (
            select(jobs.c.id)
            .where(
                jobs.c.done_at.is_(None),
                jobs.c.due_at <= writing.now,
                or_(jobs.c.lease_until.is_(None), jobs.c.lease_until < writing.now),
            )
            .order_by(jobs.c.due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        rows = await writing.execute(
            update(jobs)
            .where(jobs.c.id.in_(due))
            .values(
                lease_owner=owner,
                lease_until=writing.now + timedelta(seconds=seconds),
                attempts=jobs.c.attempts + 1,
            )
            .returning(jobs)
        )
        in_order = sorted(rows, key=lambda row: row.due_at)  # what was written first is sent first
        return [Job(row.id, row.kind, row.key, row.payload, row.attempts) for row in in_order]


async def done(database: Database, job: Job) -> None:
    """Mark a job as done."""
    async with database.write() as writing:
        await writing.execute(update(jobs).where(jobs.c.id == job.id).values(done_at=writing.now))


async def failed(database: Database, job: Job, error: str) -> None:
    """Try a job again later, each time twice as late; after the last attempt it stays, undone."""
    async with database.write() as writing:
        again = writing.now + timedelta(seconds=2.0**job.attempts)
        if job.attempts >= MOST_ATTEMPTS:
            again = writing.now + timedelta(days=3650)
        await writing.execute(
            update(jobs)
            .where(jobs.c.id == job.id)
            .values(due_at=again, lease_owner=None, lease_until=None, error=error[:500])
        )


async def next_due(connection: AsyncConnection) -> datetime | None:
    """Return when the next job wants to run."""
    found: datetime | None = await connection.scalar(
        select(func.min(func.coalesce(jobs.c.lease_until, jobs.c.due_at), type_=jobs.c.due_at.type)).where(
            jobs.c.done_at.is_(None)
        )
    )
    return found
