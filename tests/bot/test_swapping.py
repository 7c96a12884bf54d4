"""The engine was restarted in the midst of a swap, or could not load the live model: what then answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.swapping import Steady
from learning.models import Models
from learning.shelf import Shelf
from records import models
from records.database import Database
from records.models import Kind, Model, State
from tests.learning.shelves import FakeEngine, put_model


@pytest.fixture
async def steady(database: Database, tmp_path: Path) -> Steady:
    """`new` is live, `old` was before it."""
    shelf = Shelf(tmp_path)
    keeping = Models(database, shelf, FakeEngine())
    for name in ("old", "new"):
        put_model(shelf, name)
        await keeping.started(Model(name, database.now(), "Kari", State.LIVE, "d", "c", 1, 1.0))
    return Steady(keeping, engine=None)  # type: ignore[arg-type]


async def test_an_engine_that_came_back_with_the_old_model_is_given_the_live_one(steady: Steady) -> None:
    await steady.look("old")
    assert steady.models.engine.serves == []  # type: ignore[attr-defined]  # a swap may be under way
    await steady.look("old")
    assert steady.models.engine.serves == ["new"]  # type: ignore[attr-defined]


async def test_what_is_served_as_it_should_be_is_left_alone(steady: Steady) -> None:
    for served in ("old", "new", "old", "new"):
        await steady.look(served)
    assert steady.models.engine.serves == []  # type: ignore[attr-defined]


async def test_a_live_model_that_the_engine_cannot_load_any_more_is_written_down(steady: Steady) -> None:
    steady.models.engine.refuses = True  # type: ignore[attr-defined]
    await steady.look("old")
    await steady.look("old")
    async with steady.models.database.read() as connection:
        live, new = await models.live(connection), await models.named(connection, "new")
    assert live and (live.model, live.kind) == ("old", Kind.FELL_BACK)
    assert new.state is State.DAMAGED and steady.models.shelf.live() == "old"
