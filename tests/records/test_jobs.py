"""Jobs: planned once, done by one, tried again later and later."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from records import jobs
from records.database import Database
from tests.world import Clock


async def plan(database: Database, clock: Clock, key: str = "close:1", seconds: float = 60) -> None:
    async with database.write() as writing:
        await jobs.put(writing, "close", key, clock.now + timedelta(seconds=seconds), {"handoff": "h_1"})


async def due(database: Database, owner: str = "app-1") -> list[jobs.Job]:
    return await jobs.lease_due(database, owner, 90)


async def test_a_job_runs_at_its_time_and_once(database: Database, clock: Clock) -> None:
    await plan(database, clock)
    assert await due(database) == []
    clock.forward(seconds=60)
    (job,) = await due(database)
    await jobs.done(database, job)
    clock.forward(days=1)
    assert (job.kind, job.payload, await due(database)) == ("close", {"handoff": "h_1"}, [])


async def test_the_same_key_is_planned_once(database: Database, clock: Clock) -> None:
    await asyncio.gather(*(plan(database, clock, seconds=0) for _ in range(5)))
    assert len(await due(database)) == 1


async def test_five_workers_at_once_do_each_job_once(database: Database, clock: Clock) -> None:
    for number in range(10):
        await plan(database, clock, f"close:{number}", 0)
    taken = await asyncio.gather(*(due(database, f"app-{n}") for n in range(5)))
    keys = [job.key for one in taken for job in one]
    assert sorted(keys) == sorted(set(keys)) == [f"close:{number}" for number in range(10)]


async def test_the_job_of_a_killed_worker_is_taken_over(database: Database, clock: Clock) -> None:
    await plan(database, clock, seconds=0)
    await due(database, "app-1")
    assert await due(database, "app-2") == []
    clock.forward(seconds=91)
    assert [job.attempts for job in await due(database, "app-2")] == [2]


async def test_a_failed_job_waits_twice_as_long_each_time_and_then_for_a_person(
    database: Database, clock: Clock
) -> None:
    await plan(database, clock, seconds=0)
    waits = []
    for _ in range(jobs.MOST_ATTEMPTS):
        (job,) = await due(database)
        before = clock.now
        await jobs.failed(database, job, "no route")
        async with database.read() as connection:
            clock.now = await jobs.next_due(connection)
        waits.append((clock.now - before).total_seconds())
    assert waits[:-1] == [2, 4, 8, 16, 32, 64, 128]
    assert waits[-1] > 86_400 * 365


async def test_a_cancelled_job_is_gone(database: Database, clock: Clock) -> None:
    await plan(database, clock, seconds=0)
    async with database.write() as writing:
        await jobs.cancel(writing, "close:1")
    assert await due(database) == []


async def test_a_job_planned_in_an_undone_transaction_never_was(database: Database, clock: Clock) -> None:
    try:
        async with database.write() as writing:
            await jobs.put(writing, "close", "close:1", clock.now)
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    assert await due(database) == []
