"""After a promotion: do failures or hand-offs rise? Then the model before it answers again, by itself."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from learning.gate_texts import Sentences, say
from learning.models import BY, WATCH, WATCH_MINUTES, Models
from nouns import Problem, Reason
from records import jobs, models
from records.database import Database
from records.models import Promotion
from records.tables import facts, turns

log = structlog.get_logger()

Z = 1.645  # one-sided 95 %
FEWEST_TURNS = 30
BASE_DAYS = 14
HANDED_OVER = (Reason.NO_ANSWER, Reason.LOW_CONFIDENCE, Reason.REPEATED_FAILURE, Reason.ASKED_FOR_HUMAN)


@dataclass(frozen=True, slots=True)
class Rates:
    """What came of the messages of a span: answered ones, failures of the engine, hand-offs."""

    turns: int
    failures: int
    handoffs: int


@dataclass(frozen=True)
class Watch:
    """Watches the live model for `hours` after its promotion; a rate may rise by `rise` (0.1: ten points)."""

    database: Database
    models: Models
    hours: float
    rise: float

    async def look(self, payload: Mapping[str, str]) -> None:
        """Compare the rates since the promotion with those before it; roll back, or look again later."""
        async with self.database.read() as connection:
            live = await models.live(connection)
            if live is None or live.model != payload["model"]:
                return  # another model answers already
            before = await rates(connection, live.at - timedelta(days=BASE_DAYS), live.at)
            since = await rates(connection, live.at, self.database.now())
        if reason := worse(before, since, self.rise):
            await self._roll_back(live, reason)
        elif self.database.now() < live.at + timedelta(hours=self.hours):
            await self._again(live)

    async def _roll_back(self, live: Promotion, reason: Sentences) -> None:
        try:
            await self.models.roll_back(BY, reason["en"], reason)
        except Problem as problem:
            if problem.code != "nothing_before":
                raise
            log.error("no model to roll back to", model=live.model, reason=reason["en"])

    async def _again(self, live: Promotion) -> None:
        async with self.database.write() as writing:
            due = writing.now + timedelta(minutes=WATCH_MINUTES)
            key = f"{WATCH}:{live.model}:{due.timestamp():.0f}"
            await jobs.put(writing, WATCH, key, due, {"model": live.model})


def worse(before: Rates, since: Rates, rise: float) -> Sentences | None:
    """Return why the model should go back, in a sentence; None while nothing shows that it should.

    The lower 95 % bound of the difference of two shares (Newcombe 1998, method 10) must be above the bound.
    """
    for key, was, now in (
        ("failures_rose", before.failures, since.failures),
        ("handoffs_rose", before.handoffs, since.handoffs),
    ):
        if since.turns >= FEWEST_TURNS and rise_at_least(was, before.turns, now, since.turns) > rise:
            shares = {"was": _share(was, before.turns), "now": _share(now, since.turns)}
            return say(key, **shares, of_before=before.turns, of_since=since.turns, rise=rise)
    return None


def rise_at_least(was: int, of_before: int, now: int, of_since: int) -> float:
    """Return the lower bound of how much a share rose."""
    lower, _ = _wilson(now, of_since)
    _, upper = _wilson(was, of_before) if of_before else (0.0, 0.0)
    a, b = _share(now, of_since), _share(was, of_before)
    return a - b - math.sqrt((a - lower) ** 2 + (upper - b) ** 2)


async def rates(connection: AsyncConnection, since: datetime, until: datetime) -> Rates:
    """Count what came of the messages of a span."""
    answered = select(func.count()).where(turns.c.at >= since, turns.c.at < until)
    query = select(facts.c.data).where(facts.c.kind == "handed_over", facts.c.at >= since, facts.c.at < until)
    reasons = [row.data.get("reason") for row in await connection.execute(query)]
    failures = sum(reason == Reason.ENGINE_DOWN for reason in reasons)
    handed = sum(reason in HANDED_OVER for reason in reasons)
    return Rates(int(await connection.scalar(answered) or 0) + failures, failures, handed)


def _share(count: int, of: int) -> float:
    return count / of if of else 0.0


def _wilson(count: int, of: int) -> tuple[float, float]:
    """Return the bounds of a share (Wilson 1927)."""
    share = count / of
    middle = (share + Z * Z / (2 * of)) / (1 + Z * Z / of)
    half = Z * math.sqrt(share * (1 - share) / of + Z * Z / (4 * of * of)) / (1 + Z * Z / of)
    return middle - half, middle + half
