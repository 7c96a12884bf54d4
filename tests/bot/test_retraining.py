"""Two retrainings at once, a full disk, what a killed one left, and data that can't be read."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.retrainer import RETRAIN, Retrainer
from bot.retraining import STEPS, Retraining, alone
from bot.settings import Settings
from bot.training import Recipe, write_article_questions
from learning.shelf import Shelf
from nouns import Problem
from pages.desk_texts import Words
from records import models
from records.database import Database
from records.models import Model, State
from records.tables import jobs
from tests.learning.shelves import put_model
from tests.world import Clock


@dataclass
class FixedEncoders:
    encoders: dict[str, int] = field(default_factory=lambda: {"fixed": 2})


def retraining(database: Database, folder: Path, **more: Any) -> Retraining:
    settings = Settings(
        data_dir=folder / "var",
        articles_dir=folder / "articles",
        nlu_dir=folder / "nlu",
        golden_dir=folder / "golden",
    )
    for name in ("articles", "nlu", "golden"):
        (folder / name).mkdir(exist_ok=True)
    return Retraining(settings, database, FixedEncoders(), "token", **more)  # type: ignore[arg-type]


async def test_of_two_retrainings_at_once_one_waits_and_says_so(tmp_path: Path) -> None:
    shelf, told, order = Shelf(tmp_path), asyncio.Event(), []

    async def first() -> None:
        async with alone(shelf, "Kari", lambda *_: None):
            await told.wait()
            order.append("first")

    async def second() -> None:
        def step(name: str, done: int, of: int) -> None:
            assert name == "waiting"
            told.set()

        await asyncio.sleep(0)
        async with alone(shelf, "Ola", step):
            order.append("second")

    async with asyncio.timeout(20):
        await asyncio.gather(first(), second())
    assert order == ["first", "second"]


@pytest.mark.parametrize("step", STEPS)
def test_the_page_tells_each_step_in_both_languages(step: str) -> None:
    english, chinese = (Words(language).of("retrain_step", step) for language in ("en", "zh"))
    assert english != step and chinese != english


async def test_a_full_disk_is_told_before_anything_is_begun(database: Database, tmp_path: Path) -> None:
    with pytest.raises(Problem) as refused:
        await retraining(database, tmp_path, free_bytes=1 << 60).run("Kari")
    assert (refused.value.code, refused.value.status) == ("disk_full", 507)
    assert str(tmp_path / "var" / "models") in refused.value.sentence


async def test_data_that_cannot_be_read_stops_a_retraining(database: Database, tmp_path: Path) -> None:
    run = retraining(database, tmp_path)
    (tmp_path / "nlu" / "greet.yml").write_text("nlu:\n- intent: [", "utf-8")
    with pytest.raises(Problem, match=r"greet\.yml, line"):
        await run.run("Kari")


async def test_an_intent_that_no_rule_answers_stops_a_retraining(database: Database, tmp_path: Path) -> None:
    (tmp_path / "domain.yml").write_text("intents:\n- ask_gift_wrap\n", "utf-8")
    run = retraining(database, tmp_path)
    own = replace(run, settings=run.settings.model_copy(update={"company_dir": tmp_path}))
    with pytest.raises(Problem, match=r"domain\.yml, line 2: No rule says") as refused:
        await own.run("Kari")
    assert str(tmp_path / "rules" / "reviewed.yml") in refused.value.cure
    assert not run.shelf.names()


@pytest.mark.engine
async def test_what_only_rasa_refuses_is_told_in_its_words(database: Database, tmp_path: Path) -> None:
    slot = "{type: colour, mappings: [{type: custom}]}"
    (tmp_path / "domain.yml").write_text(f"slots:\n  shade: {slot}\n", "utf-8")
    run = retraining(database, tmp_path, text_url="http://127.0.0.1:9/text")
    own = replace(run, settings=run.settings.model_copy(update={"company_dir": tmp_path}))
    with pytest.raises(Problem, match="colour") as refused:
        await own.run("Kari")
    assert refused.value.code == "training_refused" and "Traceback" not in refused.value.sentence
    assert not (run.shelf.folder / "aside").exists()


async def test_what_a_killed_training_left_is_removed(database: Database, tmp_path: Path) -> None:
    run = retraining(database, tmp_path)
    left = run.shelf.folder / "aside" / "half-a-model.tar.gz"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    (tmp_path / "nlu" / "greet.yml").write_text("nlu:\n- intent: [", "utf-8")
    with pytest.raises(Problem):
        await run.run("Kari")
    assert not left.exists()


async def test_a_schedule_keeps_its_days_however_often_the_program_starts(
    database: Database, clock: Clock, tmp_path: Path
) -> None:
    keeper = Retrainer(retraining(database, tmp_path), days=7.0)
    for _ in range(3):
        await keeper.plan()
        clock.forward(hours=1)
    async with database.read() as connection:
        rows = (await connection.execute(select(jobs.c.due_at).where(jobs.c.kind == RETRAIN))).all()
    (due,) = [row.due_at for row in rows]
    assert due.timestamp() % (7 * 86_400) == 0 and due > clock.now


async def test_a_schedule_that_was_ended_trains_nothing_more(database: Database, tmp_path: Path) -> None:
    keeper = Retrainer(retraining(database, tmp_path), days=0.0)
    await keeper.begin({"by": "schedule"})
    assert keeper.step is None and keeper._task is None


async def test_where_nothing_has_changed_nothing_is_trained_and_that_is_said(
    database: Database, tmp_path: Path
) -> None:
    run = retraining(database, tmp_path)
    recipe = Recipe.of(run.settings, FixedEncoders().encoders)
    write_article_questions(run.settings.articles_dir, recipe.generated)
    name = recipe.name
    put_model(run.shelf, name)
    async with database.write() as writing:
        await models.add(writing, Model(name, writing.now, "Kari", State.CANDIDATE, "d", "c", 1, 1.0))
    again = await run.run("Ola")
    assert (again.model.name, again.model.by, again.known) == (name, "Kari", True)
    keeper = Retrainer(run)
    await keeper.begin({"by": "Kari"})
    assert keeper._task
    await keeper._task
    assert (keeper.known, keeper.failed, keeper.step) == (name, None, None)
