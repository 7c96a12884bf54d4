"""Models: what was trained from what, what became of it, and who let which answer when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from nouns import Problem
from records.database import Writing
from records.tables import models, promotions

TOPIC = "models"


class State(StrEnum):
    """Where a model stands. `unsure`: the gate could not conclude, a person decides."""

    CANDIDATE = "candidate"
    UNSURE = "unsure"
    REJECTED = "rejected"
    LIVE = "live"
    RETIRED = "retired"
    DAMAGED = "damaged"


class Kind(StrEnum):
    """How a model went live; `started`: a start trained it of the data it found, and nobody was asked."""

    STARTED = "started"
    PROMOTED = "promoted"
    OVERRIDDEN = "overridden"
    ROLLED_BACK = "rolled_back"
    FELL_BACK = "fell_back"


@dataclass(frozen=True, slots=True)
class Model:
    """A trained model and its lineage; `sentence` is the gate's word on it."""

    name: str
    at: datetime
    by: str
    state: State
    data_hash: str
    config_hash: str
    size_bytes: int
    seconds: float
    sentence: str = ""
    knowledge: str | None = None
    parent: str | None = None
    summary: Mapping[str, Any] = field(default_factory=dict)
    shadow_share: float = 0.0


@dataclass(frozen=True, slots=True)
class Promotion:
    """One change of the live model. `sentences`: the reason in each language, where Firstline gave it."""

    at: datetime
    model: str
    before: str | None
    kind: Kind
    by: str
    reason: str
    sentences: Mapping[str, str] | None = None

    def reason_in(self, language: str) -> str:
        """Return the reason as its reader understands it; a person's stays as it was written."""
        return (self.sentences or {}).get(language, self.reason)


async def add(writing: Writing, model: Model) -> None:
    """Store a model; one of the same name was made of the same things, and is replaced."""
    values = asdict(model)
    known = await writing.scalar(select(models.c.name).where(models.c.name == model.name))
    if known:
        await writing.execute(update(models).where(models.c.name == model.name).values(values))
    else:
        await writing.execute(insert(models).values(values))
    writing.wake(TOPIC)


async def named(connection: AsyncConnection, name: str) -> Model:
    """Return a model by its name or the beginning of it."""
    rows = (
        await connection.execute(select(models).where(models.c.name.startswith(name, autoescape=True)))
    ).all()
    exact = [row for row in rows if row.name == name]
    if not name or len(exact or rows) != 1:
        many = "Several models begin so" if rows else "There is no such model"
        raise Problem("model_unknown", 404, f"{many}: {name}.", "See `firstline models list`.")
    return _model((exact or rows)[0])


async def find(connection: AsyncConnection, name: str) -> Model | None:
    """Return the model of exactly this name, if there is one."""
    row = (await connection.execute(select(models).where(models.c.name == name))).one_or_none()
    return _model(row) if row else None


async def listed(connection: AsyncConnection) -> list[Model]:
    """Return all models, the newest first."""
    rows = await connection.execute(select(models).order_by(models.c.at.desc(), models.c.name))
    return [_model(row) for row in rows]


async def live(connection: AsyncConnection) -> Promotion | None:
    """Return the last change of the live model: what it says is what answers."""
    row = (
        await connection.execute(select(promotions).order_by(promotions.c.id.desc()).limit(1))
    ).one_or_none()
    return _promotion(row) if row else None


async def is_decided(connection: AsyncConnection) -> bool:
    """Return whether which model answers was ever decided, and not just what a start found."""
    decided = select(promotions.c.id).where(promotions.c.kind != Kind.STARTED).limit(1)
    return (await connection.scalar(decided)) is not None


async def history(
    connection: AsyncConnection, model: str | None = None, limit: int | None = 100
) -> list[Promotion]:
    """Return the changes of the live model, the newest first; of one model those to and from it."""
    query = select(promotions).order_by(promotions.c.id.desc()).limit(limit)
    if model:
        query = query.where((promotions.c.model == model) | (promotions.c.before == model))
    return [_promotion(row) for row in await connection.execute(query)]


async def go_live(writing: Writing, promotion: Promotion) -> None:
    """Write down that another model answers, in no shadow any more; the one before is retired."""
    await writing.alone("models:live")
    await writing.execute(insert(promotions).values(asdict(promotion)))
    await writing.execute(update(models).where(models.c.state == State.LIVE).values(state=State.RETIRED))
    answers = update(models).where(models.c.name == promotion.model)
    await writing.execute(answers.values(state=State.LIVE, shadow_share=0.0))
    writing.wake(TOPIC)


async def mark_damaged(writing: Writing, name: str) -> None:
    """Write down that a model's file is damaged; the gate's word on it stays."""
    await writing.execute(update(models).where(models.c.name == name).values(state=State.DAMAGED))
    writing.wake(TOPIC)


def _model(row: Row[Any]) -> Model:
    values = {one.name: getattr(row, one.name) for one in fields(Model)}
    return Model(**{**values, "state": State(row.state)})


def _promotion(row: Row[Any]) -> Promotion:
    values = {one.name: getattr(row, one.name) for one in fields(Promotion)}
    return Promotion(**{**values, "kind": Kind(row.kind)})
