"""What Turns name is kept, for so many days and within a limit; beyond it a replay says what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog

from knowledge.kept import keep_snapshots
from learning.shelf import Shelf
from records import jobs, models, turns
from records.database import Database
from records.models import State

log = structlog.get_logger()

KEEP = "keep_named"
EVERY_MINUTES = 30


@dataclass(frozen=True)
class Retention:
    """Forgets models and indexes that no answer of the last `days` names. A limit is for each of the two."""

    database: Database
    shelf: Shelf
    index_dir: Path
    days: float
    limit_bytes: int

    async def plan(self) -> None:
        """Plan the next look."""
        async with self.database.write() as writing:
            due = writing.now + timedelta(minutes=EVERY_MINUTES)
            slot = int(due.timestamp() // (EVERY_MINUTES * 60))
            await jobs.put(writing, KEEP, f"{KEEP}:{slot}", due)

    async def look(self, payload: Mapping[str, str]) -> None:
        """Keep what is named, forget what is not, and look again later."""
        async with self.database.read() as connection:
            since = self.database.now() - timedelta(days=self.days)
            named = await turns.versions_since(connection, since)
            waiting = [m.name for m in await models.listed(connection) if m.state in WAITING]
            history = await models.history(connection, limit=2)
        keep_snapshots(self.index_dir, _newest_last(v.get("index") for v in named), self.limit_bytes)
        lately = [name for one in history for name in (one.model, one.before)]
        kept = {*_newest_last(v.get("model") for v in named), *waiting, *filter(None, lately)}
        if gone := self.shelf.forget(kept, self.limit_bytes):
            log.info("models forgotten", models=gone)
        await self.plan()


WAITING = (State.CANDIDATE, State.UNSURE, State.LIVE)


def _newest_last(names: Iterable[Any]) -> list[str]:
    return list(dict.fromkeys(str(name) for name in names if name))
