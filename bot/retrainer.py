"""Retraining from the running program: asked for by a button or a schedule, one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog

from bot.retraining import Retraining
from nouns import Problem
from records import jobs
from records.database import Database

log = structlog.get_logger()

RETRAIN = "retrain"
BY = "schedule"


@dataclass
class Retrainer:
    """Runs retrainings as background tasks, and tells how far the one under way is.

    `failed`: why the last one did. `known`: the model that it found made already, for nothing had changed.
    """

    retraining: Retraining
    days: float = 0.0
    step: str | None = None
    failed: str | None = None
    known: str | None = None
    _task: asyncio.Task[None] | None = field(default=None)

    @property
    def database(self) -> Database:
        """The database."""
        return self.retraining.database

    async def ask(self, by: str) -> None:
        """Ask for a retraining, soon; asked twice in a minute it runs once."""
        async with self.database.write() as writing:
            key = f"{RETRAIN}:{int(writing.now.timestamp()) // 60}"
            await jobs.put(writing, RETRAIN, key, writing.now, {"by": by})

    async def plan(self) -> None:
        """Plan the next scheduled retraining, if there is a schedule."""
        if self.days:
            async with self.database.write() as writing:
                seconds = self.days * 86_400
                slot = int(writing.now.timestamp() // seconds) + 1
                due = datetime.fromtimestamp(slot * seconds, UTC)  # however often the program starts
                await jobs.put(writing, RETRAIN, f"{RETRAIN}:every:{slot}", due, {"by": BY})

    async def begin(self, payload: Mapping[str, str]) -> None:
        """Begin what was asked for; the jobs' worker goes on meanwhile."""
        if payload.get("by") == BY and not self.days:
            return  # planned before the schedule was ended
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(payload.get("by", BY)))
        if payload.get("by") == BY:
            await self.plan()

    async def _run(self, by: str) -> None:
        self.step, self.failed, self.known = "checking", None, None
        try:
            made = await self.retraining.run(by, self._tell)
            self.known = made.model.name if made.known else None
        except Problem as problem:
            self.failed = str(problem)
            log.error("retraining failed", code=problem.code, why=problem.sentence)
        except Exception as error:  # the task's edge: the live model goes on answering
            self.failed = type(error).__name__
            log.exception("retraining failed")
        finally:
            self.step = None

    def _tell(self, name: str, done: int, of: int) -> None:
        self.step = name
