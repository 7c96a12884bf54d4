"""Every hour the review looks through the log: a job plans the next one, so that no restart forgets it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from learning.queue import Queue
from records import jobs
from records.database import Database, Writing

COLLECT = "review_collect"
EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Hourly:
    """Keeps the queue of the review up to date."""

    database: Database
    queue: Queue

    async def run(self) -> None:
        """Plan the first look."""
        async with self.database.write() as writing:
            await self.plan(writing)

    async def plan(self, writing: Writing) -> None:
        """Plan the next look; each hour has one."""
        due = writing.now.replace(minute=0, second=0, microsecond=0) + EVERY
        await jobs.put(writing, COLLECT, f"{COLLECT}:{due:%Y-%m-%dT%H}", due)

    async def collect(self, payload: Mapping[str, Any]) -> None:
        """Look through the log, and plan the next look."""
        async with self.database.write() as writing:
            await self.plan(writing)
        await self.queue.collect()
