"""A candidate in the shadow: which messages it answers too, and where it would have answered otherwise."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from learning.replay import Replayed, logged, told
from learning.texts import same
from nouns import Fact, Problem
from records import facts
from records import models as store
from records.database import Database, Writing
from records.models import Model
from records.tables import models, shadows, turns

FACT = "model_shadow"
LOOKED_AT = 2000  # of the newest


@dataclass(frozen=True, slots=True)
class Disagreement:
    """The newest of `count` like messages that the candidate would have answered otherwise, both answers."""

    at: datetime
    message: str
    conversation: str
    text: str
    live: dict[str, Any]
    candidate: dict[str, Any]
    count: int = 1


async def begin(database: Database, name: str, share: float, by: str) -> None:
    """Let one candidate answer a share of the messages silently; the one before it ends."""
    if not 0 < share <= 1:
        raise Problem("share_wrong", 422, "A share lies between 0 and 1.", "0.1 is every tenth message.")
    async with database.write() as writing:
        model = await store.named(writing.connection, name)
        live = await store.live(writing.connection)
        if live and live.model == model.name:
            raise Problem("model_live", 409, f"Model {model.name} answers already.", "")
        await writing.execute(update(models).values(shadow_share=0.0))
        await _set(writing, model, share, by)


async def end(database: Database, name: str, by: str) -> None:
    """Let a candidate answer in the shadow no more; one that does not is left as it is."""
    async with database.write() as writing:
        model = await store.named(writing.connection, name)
        if model.shadow_share:
            await _set(writing, model, 0.0, by)


async def _set(writing: Writing, model: Model, share: float, by: str) -> None:
    await writing.execute(update(models).where(models.c.name == model.name).values(shadow_share=share))
    await facts.note(writing, FACT, None, {"model": model.name, "share": share, "by": by})
    writing.wake(store.TOPIC)


async def begun(connection: AsyncConnection, model: Model) -> Fact | None:
    """Return who put a model into the shadow, and when, while it is there."""
    fact = await facts.last(connection, FACT) if model.shadow_share else None
    return fact if fact and fact.data.get("model") == model.name else None


async def current(connection: AsyncConnection) -> Model | None:
    """Return the model that answers in the shadow."""
    return next((model for model in await store.listed(connection) if model.shadow_share), None)


def is_drawn(message: str, share: float) -> bool:
    """Draw messages by a hash of their id: the same ones, whoever asks."""
    number = int.from_bytes(hashlib.sha256(message.encode()).digest()[:8], "big")
    return number < share * 2**64


async def keep(writing: Writing, model: str, replayed: Sequence[Replayed]) -> None:
    """Store what the candidate said of messages."""
    for one in replayed:
        known = (shadows.c.model == model) & (shadows.c.message == one.turn.message)
        if one.decision is None or await writing.scalar(select(shadows.c.id).where(known)):
            continue
        values = {"live": logged(one.turn), "candidate": one.decision, "same": not one.noticed}
        named = {"model": model, "message": one.turn.message, "conversation": one.turn.conversation}
        await writing.execute(insert(shadows).values(at=writing.now, **named, **values))


async def seen(connection: AsyncConnection, model: str) -> tuple[int, int]:
    """Return how many messages a model answered in the shadow, and how many otherwise."""
    rows = await connection.execute(
        select(shadows.c.same, func.count().label("n"))
        .where(shadows.c.model == model)
        .group_by(shadows.c.same)
    )
    counts = {row.same: row.n for row in rows}
    return sum(counts.values()), counts.get(False, 0)


async def disagreements(connection: AsyncConnection, model: str, limit: int = 100) -> list[Disagreement]:
    """Return what a model would have answered otherwise, the newest first; like ones are counted."""
    asked = func.coalesce(turns.c.text, "").label("text")
    query = select(shadows, asked).join(turns, turns.c.message == shadows.c.message, isouter=True)
    query = query.where(shadows.c.model == model, shadows.c.same.is_(False))
    found: dict[tuple[Any, ...], Disagreement] = {}
    for row in await connection.execute(query.order_by(shadows.c.id.desc()).limit(LOOKED_AT)):
        one = Disagreement(row.at, row.message, row.conversation, row.text, row.live, row.candidate)
        key = (same(one.text), told(one.live), told(one.candidate))
        found[key] = replace(found[key], count=found[key].count + 1) if key in found else one
    return list(found.values())[:limit]
