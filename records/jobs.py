"""Jobs and timers as rows: what is due is leased, done, or tried again; nothing lives in memory alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from records.database import Database, Writing, quick
from records.ids import new_id
from records.tables import jobs

TOPIC = "jobs"
MOST_ATTEMPTS = 8
BY_KEY = quick(select(jobs.c.id).where(jobs.c.key == bindparam("known_as")))
ADD = quick(insert(jobs))
CANCEL = quick(delete(jobs).where(jobs.c.key == bindparam("known_as"), jobs.c.done_at.is_(None)))
DUE = (
    select(jobs.c.id)
    .where(
        jobs.c.done_at.is_(None),
        jobs.c.due_at <= bindparam("at"),
        or_(jobs.c.lease_until.is_(None), jobs.c.lease_until < bindparam("at")),
    )
    .order_by(jobs.c.due_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
LEASE = (
    update(jobs)
    .where(jobs.c.id.in_(DUE))
    .values(lease_owner=bindparam("owner"), lease_until=bindparam("until"), attempts=jobs.c.attempts + 1)
    .returning(jobs)
)
DONE = quick(update(jobs).where(jobs.c.id == bindparam("its")).values(done_at=bindparam("at")))
NEXT_DUE = select(func.min(func.coalesce(jobs.c.lease_until, jobs.c.due_at), type_=jobs.c.due_at.type)).where(
    jobs.c.done_at.is_(None)
)


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
    if (await writing.execute(BY_KEY, {"known_as": key})).first():
        return
    row = {"id": new_id("j"), "kind": kind, "key": key, "payload": dict(payload or {}), "due_at": due_at}
    await writing.execute(ADD, row)
    writing.wake(TOPIC)


async def move(writing: Writing, key: str, due_at: datetime) -> None:
    """Let a planned job that nobody is at be due at another time."""
    await writing.execute(
        update(jobs)
        .where(jobs.c.key == key, jobs.c.done_at.is_(None), jobs.c.lease_owner.is_(None))
        .values(due_at=due_at)
    )
    writing.wake(TOPIC)


async def cancel(writing: Writing, key: str) -> None:
    """Take a planned job back."""
    await writing.execute(CANCEL, {"known_as": key})


async def lease_due(database: Database, owner: str, seconds: float, limit: int = 20) -> list[Job]:
    """Take what is due and held by nobody."""
    async with database.write() as writing:
        until = writing.now + timedelta(seconds=seconds)
        rows = await writing.execute(
            LEASE, {"at": writing.now, "most": limit, "owner": owner, "until": until}
        )
        in_order = sorted(rows, key=lambda row: row.due_at)  # what was written first is sent first
        return [Job(row.id, row.kind, row.key, row.payload, row.attempts) for row in in_order]


async def done(database: Database, job: Job) -> None:
    """Mark a job as done."""
    async with database.write() as writing:
        await writing.execute(DONE, {"its": job.id, "at": writing.now})


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
    found: datetime | None = await connection.scalar(NEXT_DUE)
    return found
