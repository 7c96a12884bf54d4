"""Who answers: promote a candidate, override the gate, roll back; each with a person's name and reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import structlog

from learning.gate_texts import Sentences, say
from learning.shelf import Shelf
from nouns import Problem
from records import facts, jobs, models
from records.database import Database
from records.models import Kind, Model, Promotion, State

log = structlog.get_logger()

WATCH = "watch_model"
WATCH_MINUTES = 5
BY = "Firstline"  # who changes the live model where nobody asked for it


class Swaps(Protocol):
    """The running engine, or none."""

    async def use(self, model: Path) -> bool:
        """Serve another model; False when no engine runs. Raises Problem when it is refused."""
        ...


@dataclass(frozen=True)
class Models:
    """The live model and those that could be. Changes are made one after the other."""

    database: Database
    shelf: Shelf
    engine: Swaps

    async def promote(self, name: str, by: str, reason: str, *, override: bool = False) -> Promotion:
        """Let a model answer that the gate let through; any other only by an override."""
        check_reason(reason)
        async with self.database.read() as connection:
            model = await models.named(connection, name)
        if model.name == self.shelf.live():
            raise Problem("model_live", 409, f"Model {model.name} answers already.", "")
        passed = await self.passed(model)
        if not passed and not override:
            raise Problem(
                "model_rejected",
                409,
                f"The gate did not let {model.name} through: {model.sentence}",
                "Override it with a reason, if you know better.",
            )
        return await self._go_live(model, Kind.PROMOTED if passed else Kind.OVERRIDDEN, by, reason)

    async def passed(self, model: Model) -> bool:
        """Tell whether a promotion is enough: by the gate's word, not by somebody's override of once."""
        async with self.database.read() as connection:
            history = await models.history(connection, model.name)
        if any(one.kind is Kind.OVERRIDDEN and one.model == model.name for one in history):
            return False
        if model.state is State.DAMAGED:  # its file may be mended by now
            report = self.shelf.report(model.name)
            return report is None or report["verdict"] == State.CANDIDATE
        return model.state in (State.CANDIDATE, State.RETIRED)

    async def roll_back(self, by: str, reason: str, sentences: Sentences | None = None) -> Promotion:
        """Let the model answer that answered before. `sentences`: the reason in each language."""
        check_reason(reason)
        before = await self.before()
        if before is None:
            raise Problem("nothing_before", 409, "No model before this one is kept.", "Promote another one.")
        async with self.database.read() as connection:
            model = await models.named(connection, before)
        return await self._go_live(model, Kind.ROLLED_BACK, by, reason, sentences)

    async def started(self, model: Model) -> None:
        """Write down that a start trained and serves a model, because there was none of today's program."""
        async with self.database.write() as writing:
            before = await models.live(writing.connection)
            if before and before.model == model.name:
                return
            if await models.find(writing.connection, model.name) is None:  # else the gate's word on it stays
                await models.add(writing, model)
            reason = say("found_at_the_start")
            before_it = before.model if before else None
            await models.go_live(
                writing,
                Promotion(writing.now, model.name, before_it, Kind.STARTED, model.by, reason["en"], reason),
            )
        self.shelf.point(model.name)

    async def fell_back(self, damaged: str, to: str) -> None:
        """Write down that the engine refused the live model's file and serves the one before."""
        async with self.database.write() as writing:
            reason = say("not_loaded", model=damaged)
            await models.go_live(
                writing, Promotion(writing.now, to, damaged, Kind.FELL_BACK, BY, reason["en"], reason)
            )
            await models.mark_damaged(writing, damaged)
        self.shelf.point(to)

    async def before(self) -> str | None:
        """Return the model that a roll-back brings: the last sound one that answered before the live one.

        What was rolled back is not among them, so that a second roll-back goes on into the past.
        """
        async with self.database.read() as connection:
            history = await models.history(connection, limit=None)
            damaged = {one.name for one in await models.listed(connection) if one.state is State.DAMAGED}
        answered = _lineage_of(reversed(history))[:-1]
        sound = (name for name in reversed(answered) if name not in damaged)
        return next((name for name in sound if self.shelf.file(name).is_file()), None)

    async def settle(self, served: str) -> None:
        """Let the engine serve the live model, when a restart in the midst of a swap left it at another.

        An engine that cannot load it goes on with the one that it serves, and that is written down.
        """
        wanted = self.shelf.live()
        if wanted is None or wanted == served:
            return
        log.warning("engine serves another model", served=served, wanted=wanted)
        try:
            await self.engine.use(self.shelf.file(wanted))
        except Problem as problem:
            if problem.code != "model_refused":
                raise
            await self.fell_back(wanted, served)

    async def _go_live(
        self, model: Model, kind: Kind, by: str, reason: str, sentences: Sentences | None = None
    ) -> Promotion:
        file = await self._check(model)
        swapped = await self.engine.use(file)
        async with self.database.write() as writing:
            before = await models.live(writing.connection)
            before_it = before.model if before else None
            promotion = Promotion(writing.now, model.name, before_it, kind, by, reason.strip(), sentences)
            await models.go_live(writing, promotion)
            data = {"model": model.name, "before": promotion.before, "kind": kind, "by": by}
            await facts.note(writing, "model_live", None, data)
            if kind in (Kind.PROMOTED, Kind.OVERRIDDEN):
                due = writing.now + timedelta(minutes=WATCH_MINUTES)
                await jobs.put(
                    writing, WATCH, f"{WATCH}:{model.name}:{writing.now:%s}", due, {"model": model.name}
                )
        self.shelf.point(model.name)
        log.warning("model live", model=model.name, kind=kind, by=by, swapped=swapped)
        return promotion

    async def _check(self, model: Model) -> Path:
        try:
            return self.shelf.check(model.name)
        except Problem as problem:
            if problem.code == "model_damaged":
                async with self.database.write() as writing:
                    await models.mark_damaged(writing, model.name)
            raise


def _lineage_of(history: Iterable[Promotion]) -> list[str]:
    """Return the models that led to the live one, which is the last; who was rolled back led nowhere."""
    answered: list[str] = []
    for one in history:
        if one.kind in (Kind.ROLLED_BACK, Kind.FELL_BACK) and one.model in answered:
            del answered[answered.index(one.model) :]
        answered = [*(name for name in answered if name != one.model), one.model]
    return answered


def check_reason(reason: str) -> None:
    """Refuse a change of the live model that nobody says a reason for."""
    if len(reason.strip()) < 3:
        raise Problem("reason_missing", 422, "Say why.", "A few words that the next person understands.")
