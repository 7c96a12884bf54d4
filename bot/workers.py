"""What runs beside the answering: the outbox of every pushed channel, and the jobs whose time has come."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from connectors.port import Connector, NotSentError
from nouns import Delivery
from records import jobs, outbox
from records.database import Database

log = structlog.get_logger()

LEASE_SECONDS = 90.0
LONGEST_SLEEP_SECONDS = 30.0
LONGEST_PAUSE_SECONDS = 600.0
MOST_ATTEMPTS = 12
FINISH_SECONDS = 5.0
Do = Callable[[Mapping[str, str]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Sender:
    """Delivers what stands in the outbox for one channel: in order for an address, addresses side by side.

    `pause_seconds`: half the pause after a first failure; it doubles with each further one.
    """

    database: Database
    connector: Connector
    pause_seconds: float = 1.0

    async def run(self) -> None:
        """Deliver until cancelled; what is under way then may finish."""
        under_way: set[asyncio.Task[None]] = set()
        if self.database.is_sqlite:  # one app: nobody else is sending
            await outbox.reclaim(self.database, self.connector.channel)
        try:
            async with self.database.wakes.listening([outbox.TOPIC]) as queue:
                while True:
                    next_due = await self._next_due()
                    due = await self._lease() if next_due and next_due <= self.database.now() else []
                    for delivery in due:
                        task = asyncio.create_task(self.deliver(delivery))
                        under_way.add(task)
                        task.add_done_callback(under_way.discard)
                    if not due:
                        await nap(self.database, queue, next_due)
        finally:
            await _finish(under_way)

    async def deliver(self, delivery: Delivery) -> None:
        """Hand a leased delivery to the channel, and note what came of it."""
        try:
            external_id = await self.connector.send(delivery)
        except NotSentError as error:
            await self._again(delivery, error)
        except Exception as error:  # a connector's edge: whatever it raises, the row must not be lost
            log.exception("connector failed", channel=delivery.channel)
            await self._again(delivery, NotSentError(type(error).__name__))
        else:
            await outbox.sent(self.database, delivery, external_id)

    async def _again(self, delivery: Delivery, error: NotSentError) -> None:
        worn_out = delivery.attempts >= MOST_ATTEMPTS and error.retry_after_seconds is None
        over = error.for_good or worn_out
        seconds = error.retry_after_seconds or self._pause(delivery.attempts)
        again_at = None if over else self.database.now() + timedelta(seconds=seconds)
        log.warning("not sent", channel=delivery.channel, error=str(error)[:200], again=not over)
        await outbox.failed(self.database, delivery, str(error), again_at, unknown=error.unknown)

    def _pause(self, attempts: int) -> float:
        """Return a pause between attempts, never quite the same, so that many do not come back at once."""
        longest: float = min(self.pause_seconds * 2**attempts, LONGEST_PAUSE_SECONDS)
        return longest * random.uniform(0.8, 1.2)

    async def _lease(self) -> list[Delivery]:
        channel, owner = self.connector.channel, str(os.getpid())
        return await outbox.lease_due(self.database, channel, owner, LEASE_SECONDS)

    async def _next_due(self) -> datetime | None:
        async with self.database.read() as connection:
            return await outbox.next_due(connection, self.connector.channel)


@dataclass(frozen=True, slots=True)
class Worker:
    """Does the jobs whose time has come; `table` names what there is to do."""

    database: Database
    table: Mapping[str, Do]

    async def run(self) -> None:
        """Work until cancelled."""
        async with self.database.wakes.listening([jobs.TOPIC]) as queue:
            while True:
                due = await jobs.lease_due(self.database, str(os.getpid()), LEASE_SECONDS)
                for job in due:
                    await self.do(job)
                if not due:
                    async with self.database.read() as connection:
                        next_due = await jobs.next_due(connection)
                    await nap(self.database, queue, next_due)

    async def do(self, job: jobs.Job) -> None:
        """Do a leased job; one that fails is tried again."""
        try:
            await self.table[job.kind](job.payload)
        except Exception as error:  # a job's edge: it is tried again, the others go on
            log.exception("job failed", kind=job.kind)
            await jobs.failed(self.database, job, str(error))
        else:
            await jobs.done(self.database, job)


async def _finish(tasks: set[asyncio.Task[None]]) -> None:
    """Give tasks a few seconds to finish, then cancel them."""
    if tasks:
        _, late = await asyncio.wait(tasks, timeout=FINISH_SECONDS)
        for task in late:
            task.cancel()


async def nap(database: Database, queue: asyncio.Queue[str], until: datetime | None) -> None:
    """Sleep until something is told, or until a time, but never long."""
    seconds = LONGEST_SLEEP_SECONDS
    if until is not None:
        seconds = min(seconds, max(0.02, (until - database.now()).total_seconds()))
    try:
        async with asyncio.timeout(seconds):
            await queue.get()
    except TimeoutError:
        return
    while not queue.empty():
        queue.get_nowait()
