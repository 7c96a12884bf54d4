"""The review in the terminal: the same queue, by commands and by keys; and the log exported."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from bot.commands import app
from bot.commands.export import moment_of
from bot.commands.review_keys import by_keys
from bot.reviewing import folders_of
from bot.settings import CHECKOUT, Settings
from bot.training import Recipe
from learning.judging import Judging
from nouns import Problem, Role
from records import agents, schema, verdicts
from records.database import Database, sqlite_address
from tests.learning.company import Desk, company
from tests.world import MONDAY

TEXTS = ("worst shop ever", "sing me a song", "are you hiring people")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A company's folder, with three texts in its queue."""
    company(tmp_path)
    (tmp_path / "domain.yml").write_text('version: "3.1"\n', "utf-8")
    monkeypatch.setenv("COMPANY_DIR", str(tmp_path))
    monkeypatch.delenv("DATA_DIR", raising=False)

    async def fill(database: Database) -> None:
        await schema.upgrade(database)
        desk = Desk(database, folders_of(Settings()), at=datetime.now(UTC) - timedelta(days=1))
        for text in TEXTS:
            await desk.asked(text)
        await desk.queue.collect()
        async with database.write() as writing:
            for name, role in (("Ada", Role.MAINTAINER), ("Bo", Role.AGENT)):
                await agents.add(writing, name, f"{name.lower()}@example.org", role)

    in_database(tmp_path, fill)
    return tmp_path


def in_database(home: Path, work: Callable[[Database], Awaitable[Any]]) -> Any:
    """Do something with the company's database."""
    (home / "var").mkdir(exist_ok=True)

    async def whole() -> Any:
        database = Database(sqlite_address(home / "var"))
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(whole())


def said(*words: str, code: int = 0) -> Any:
    """Run a command; return its JSON."""
    result = CliRunner().invoke(app, [*words, "--json"])
    assert result.exit_code == code, result.output
    return json.loads(result.stdout.strip().splitlines()[-1])


def test_texts_are_listed_judged_undone_and_applied_by_commands(home: Path) -> None:
    found = {row["text"]: row["id"] for row in said("review", "list")}
    assert set(found) == set(TEXTS)

    said("review", "judge", found[TEXTS[0]], "--intent", "complain", "--by", "ada@example.org")
    assert said("review", "undo", "--by", "ada@example.org")["items"] == [found[TEXTS[0]]]
    for stranger in ("bo@example.org", "Ada"):
        refused = CliRunner().invoke(app, ["review", "next", "--by", stranger]).exception
        assert isinstance(refused, Problem) and refused.code == "role"
    said("review", "judge", found[TEXTS[0]], "--intent", "complain")
    said("review", "judge", found[TEXTS[1]], "--out-of-scope")
    answers = ("--answer", "en=Yes: write to us", "--answer", "zh=欢迎")
    said("review", "judge", found[TEXTS[2]], "--new-intent", "ask_jobs", *answers)
    before = (home / "nlu" / "complain.yml").read_text("utf-8")
    planned = said("review", "apply", "--dry-run")

    assert "+    - worst shop ever" in planned["changes"]["nlu/complain.yml"]
    assert (home / "nlu" / "complain.yml").read_text("utf-8") == before
    assert said("review", "apply")["applied"] == 3
    named = yaml.safe_load((home / "domain.yml").read_text("utf-8"))["intents"]
    assert sorted(named) == ["ask_jobs", "out_of_scope"]
    assert said("review", "list") == []


def test_intents_of_ones_own_company_are_trained_with_ours(home: Path) -> None:
    (home / "rules").mkdir()
    recipe = Recipe.of(Settings(), {"minilm": 384})
    assert recipe.domains == [CHECKOUT / "domain.yml", home / "domain.yml"]
    assert home / "rules" in recipe.data
    assert sorted(path.name for path in recipe.domain().iterdir()) == ["0-domain.yml", "1-domain.yml"]


def test_a_conflict_is_told_by_the_exit_code_and_solved(home: Path) -> None:
    found = {row["text"]: row["id"] for row in said("review", "list")}
    said("review", "judge", found[TEXTS[0]], "--intent", "complain")
    with (home / "nlu" / "complain.yml").open("a", encoding="utf-8") as file:
        file.write("    - Worst shop, ever!\n")

    (conflict,) = said("review", "apply", code=1)["conflicts"]

    assert conflict["stands"] == "greet"
    assert (
        CliRunner().invoke(app, ["review", "solve", str(conflict["verdict"]), "--keep", "new"]).exit_code == 0
    )
    assert said("review", "apply")["applied"] == 1


def test_the_queue_is_worked_by_keys(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pressed = iter("1uxo9sq")

    async def work(database: Database) -> list[str]:
        judging = Judging(database, folders_of(Settings()))
        await by_keys(judging, (None, "Ada"), lambda: next(pressed))
        async with database.read() as connection:
            return [str(one.kind) for one in await verdicts.to_apply(connection)]

    assert in_database(home, work) == ["not_useful", "out_of_scope"]
    assert "Judged 2 texts" in capsys.readouterr().out


def test_an_intent_that_was_just_named_has_a_key(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("ask_jobs\n\n\n"))
    pressed = iter("n3q")

    async def work(database: Database) -> list[tuple[str, str | None]]:
        judging = Judging(database, folders_of(Settings()))
        await by_keys(judging, (None, "Ada"), lambda: next(pressed))
        async with database.read() as connection:
            return [(one.kind, one.target) for one in await verdicts.to_apply(connection)]

    assert in_database(home, work) == [("new_intent", "ask_jobs")] * 2


@pytest.mark.parametrize("what", ["conversations", "nlu"])
@pytest.mark.parametrize("form", ["jsonl", "csv", "rasa"])
def test_the_log_is_exported_in_each_form(home: Path, what: str, form: str) -> None:
    out = home / "out"
    result = CliRunner().invoke(
        app, ["export", what, "--since", "2024-01-01", "--format", form, "--out", str(out)]
    )
    assert result.exit_code == 0, result.output
    told = out.read_text("utf-8")
    assert (TEXTS[0] in told) is ((what, form) != ("nlu", "rasa")), told


def test_personal_data_leaves_only_with_a_reason(home: Path) -> None:
    refused = CliRunner().invoke(app, ["export", "nlu", "--unmasked"])
    assert isinstance(refused.exception, Problem)


def test_since_is_a_day_or_how_long_back() -> None:
    assert (MONDAY - moment_of("2w", MONDAY)).days == 14
    assert moment_of("2024-06-01", MONDAY).isoformat() == "2024-06-01T00:00:00+00:00"
    with pytest.raises(Problem, match="no time"):
        moment_of("yesterday", MONDAY)
