"""A restart lets nothing answer that the gate held back, or that people did not choose."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.settings import Settings
from bot.start_model import StartModel
from bot.training import Recipe, write_article_questions
from learning.models import Models
from learning.shelf import Shelf
from nouns import Problem
from records import models
from records.database import Database
from records.models import Kind, Model, Promotion, State
from tests.learning.shelves import FakeEngine, put_model


@dataclass
class FixedEncoders:
    encoders: dict[str, int] = field(default_factory=lambda: {"fixed": 2})


@dataclass
class Company:
    """A company's folder, its models, and what a start says."""

    folder: Path
    database: Database
    said: list[str] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        folders = {name: self.folder / name for name in ("articles", "nlu", "golden")}
        return Settings(data_dir=self.folder / "var", **{f"{key}_dir": path for key, path in folders.items()})

    @property
    def shelf(self) -> Shelf:
        return Shelf(self.folder / "var" / "models")

    @property
    def recipe(self) -> Recipe:
        return Recipe.of(self.settings, FixedEncoders().encoders)

    def teach(self, examples: str) -> str:
        """Write today's examples, and put a model of them on the shelf; return its name."""
        (self.folder / "nlu").mkdir(exist_ok=True)
        text = f"nlu:\n- intent: greet\n  examples: |\n    - {examples}\n"
        (self.folder / "nlu" / "greet.yml").write_text(text, "utf-8")
        write_article_questions(self.settings.articles_dir, self.recipe.generated)
        name = self.recipe.name
        put_model(self.shelf, name)
        return name

    async def start(self) -> str:
        keeping = Models(self.database, self.shelf, FakeEngine())
        starting = StartModel(self.settings, FixedEncoders(), keeping, "", "token")  # type: ignore[arg-type]
        return await starting.prepare(self.said.append)

    async def judged(self, name: str, state: State) -> None:
        made = Model(name, self.database.now(), "Kari", state, "d", "c", 1, 1.0, sentence="Its word.")
        async with self.database.write() as writing:
            await models.add(writing, made)


@pytest.fixture
def own_rules(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    """A company with a domain and rules of its own, which has taught its first example."""
    monkeypatch.setenv("COMPANY_DIR", str(tmp_path))
    company = Company(tmp_path, database)
    company.teach("hello")
    return company


async def test_before_anybody_chose_a_start_takes_todays_examples(database: Database, tmp_path: Path) -> None:
    company = Company(tmp_path, database)
    first = company.teach("hello")
    assert await company.start() == first
    second = company.teach("hello you")
    assert await company.start() == second != first
    assert company.shelf.live() == second


async def test_what_the_gate_rejected_is_not_started(database: Database, tmp_path: Path) -> None:
    company = Company(tmp_path, database)
    company.teach("hello")
    live = await company.start()
    await company.judged(rejected := company.teach("refund me"), State.REJECTED)
    assert await company.start() == live != rejected
    assert f"Model {rejected}, of today's examples, waits for a decision" in company.said[-1]
    async with database.read() as connection:
        assert (await models.named(connection, rejected)).sentence == "Its word."


async def test_a_slip_in_the_examples_keeps_the_model_before_and_says_where_it_is(
    database: Database, tmp_path: Path
) -> None:
    company = Company(tmp_path, database)
    company.teach("hello")
    live = await company.start()
    file = tmp_path / "nlu" / "greet.yml"
    file.write_text(file.read_text("utf-8") + "- intent: [", "utf-8")
    assert await company.start() == live
    assert "The live model stays" in company.said[-1] and "greet.yml, line" in company.said[-1]


async def test_a_slip_in_a_rule_of_ones_own_keeps_the_model_before(own_rules: Company) -> None:
    live = await own_rules.start()
    (own_rules.folder / "domain.yml").write_text("intents:\n- ask_gift_wrap\n", "utf-8")
    assert await own_rules.start() == live == own_rules.shelf.live()
    assert "The live model stays" in own_rules.said[-1] and "No rule says" in own_rules.said[-1]


@pytest.mark.engine
async def test_where_rasa_refuses_the_rules_the_model_before_answers(own_rules: Company) -> None:
    live = await own_rules.start()
    slot = "{type: colour, mappings: [{type: custom}]}"
    (own_rules.folder / "domain.yml").write_text(f"slots:\n  shade: {slot}\n", "utf-8")
    assert await own_rules.start() == live == own_rules.shelf.live()
    assert "The live model stays" in own_rules.said[-1] and "colour" in own_rules.said[-1]


async def test_a_first_start_with_a_slip_in_the_examples_says_where_it_is(
    database: Database, tmp_path: Path
) -> None:
    company = Company(tmp_path, database)
    company.teach("hello")
    (tmp_path / "nlu" / "greet.yml").write_text("nlu:\n- intent: geet\n  examples: |\n    - hi\n", "utf-8")
    with pytest.raises(Problem, match=r"greet\.yml, line 2: The domain knows no intent `geet`"):
        await company.start()


async def test_a_changed_program_is_taught_what_the_live_model_was(
    database: Database, tmp_path: Path
) -> None:
    company = Company(tmp_path, database)
    await company.judged("chosen", State.CANDIDATE)
    company.shelf.keep("chosen", [["hello", "greet"]])
    async with database.write() as writing:
        promotion = Promotion(writing.now, "chosen", None, Kind.PROMOTED, "Kari", "It is better.")
        await models.go_live(writing, promotion)
    today = company.teach("refund me")
    before = company.recipe.teaching([("hello", "greet")]).model().name.removesuffix(".tar.gz")
    put_model(company.shelf, before)

    assert await company.start() == before != today
    assert company.shelf.taught(before) == [["hello", "greet"]]
    assert await company.start() == before, "and so does the next start"
