"""Lets the candidate in the shadow answer its share of the messages, after the live model has."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from bot.replaying import Replayer, Stage, today
from knowledge.kept import current_version
from learning import shadow
from learning.models import BY
from nouns import Turn
from records import turns
from records.database import Database
from records.models import Model

log = structlog.get_logger()

PAUSE_SECONDS = 2.0
AT_ONCE = 50


@dataclass
class Shadowing:
    """A worker: while a candidate is in the shadow, it has an engine of its own, and no effect on anybody."""

    database: Database
    replayer: Replayer
    pause_seconds: float = PAUSE_SECONDS
    since: datetime | None = field(default=None)

    async def run(self) -> None:
        """Answer in the shadow until cancelled."""
        while True:
            async with self.database.read() as connection:
                model = await shadow.current(connection)
            if model is None:
                self.since = None
                await asyncio.sleep(self.pause_seconds)
                continue
            self.since = self.since or self.database.now()  # what is asked while the engine starts counts
            index = current_version(self.replayer.index_dir) or ""
            setting = today(self.replayer.settings, index, model.name)
            if missing := await asyncio.to_thread(self.replayer.missing, setting):
                log.error("no shadow", model=model.name, missing=missing)
                await shadow.end(self.database, model.name, BY)
                continue
            async with self.replayer.engine(setting) as stage:
                await self._while_current(model, stage, index)

    async def _while_current(self, model: Model, stage: Stage, index: str) -> None:
        assert self.since is not None
        while current_version(self.replayer.index_dir) == index:
            async with self.database.read() as connection:
                now = await shadow.current(connection)
                logged = await turns.since(connection, self.since, limit=AT_ONCE)
            if now is None or now.name != model.name:
                return
            drawn = [turn for turn in logged if shadow.is_drawn(turn.message, now.shadow_share)]
            await self._answer(model, stage, [turn for turn in drawn if turn.versions.get("model")])
            if logged:
                self.since = logged[-1].at + timedelta(microseconds=1)
            if len(logged) < AT_ONCE:
                await asyncio.sleep(self.pause_seconds)

    async def _answer(self, model: Model, stage: Stage, wanted: list[Turn]) -> None:
        again = [await stage.again(turn) for turn in wanted]
        if again:
            async with self.database.write() as writing:
                await shadow.keep(writing, model.name, again)
