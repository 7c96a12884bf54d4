"""The models in the terminal: what there is, where each comes from, and who may let which answer."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.commands import app
from learning.models import Models
from learning.shelf import Shelf
from nouns import Problem, Role
from records import agents, models, schema
from records.database import Database, sqlite_address
from records.models import Model, State
from tests.learning.company import company
from tests.learning.shelves import FakeEngine, put_model

LIVE, REJECTED = "1111aaaa2222bbbb", "3333cccc4444dddd"
TEAM = (("Ola", Role.AGENT), ("Mia", Role.MAINTAINER))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A company's folder with a live model, a rejected one, an agent and a maintainer."""
    company(tmp_path)
    monkeypatch.setenv("COMPANY_DIR", str(tmp_path))
    monkeypatch.setenv("PORT", "7390")
    monkeypatch.delenv("DATA_DIR", raising=False)

    async def fill() -> None:
        (tmp_path / "var").mkdir()
        database = Database(sqlite_address(tmp_path / "var"))
        await schema.upgrade(database)
        shelf, now = Shelf(tmp_path / "var" / "models"), database.now()
        for name in (LIVE, REJECTED):
            put_model(shelf, name)
        live = Model(LIVE, now, "Firstline", State.LIVE, "data1", "program1", 1, 1.0)
        await Models(database, shelf, FakeEngine()).started(live)
        changes = {"added": 7, "removed": 1, "relabelled": [{}]}
        summary = {"overall": {"n": 0, "candidate": 0.0}, "changes": changes}
        word = "7 of 7 new labels are strange."
        made = Model(
            REJECTED, now, "Mia", State.REJECTED, "data2", "program1", 2_000_000, 31.0, word, "index1", LIVE,
            summary,
        )  # fmt: skip
        async with database.write() as writing:
            await models.add(writing, made)
            for name, role in TEAM:
                await agents.add(writing, name, f"{name.lower()}@example.org", role)
        await database.close()

    asyncio.run(fill())
    return tmp_path


def told(*words: str) -> str:
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == 0, result.output
    return result.output


def refused(*words: str) -> str:
    problem = CliRunner().invoke(app, list(words)).exception
    assert isinstance(problem, Problem)
    return problem.code


def test_the_list_tells_each_name_in_full_on_a_narrow_screen(home: Path) -> None:
    listed = told("models", "list")
    assert LIVE in listed and REJECTED in listed and "rejected" in listed
    assert "0.000" not in listed, "no golden text, no F1"


def test_a_models_lineage_is_shown_line_by_line(home: Path) -> None:
    shown = told("models", "show", REJECTED[:4])
    for line in ("by Mia, in 31 s", f"parent    {LIVE}", "data      data2", "index     index1", "2.0 MB"):
        assert line in shown
    assert "7 added, 1 removed, 1 relabelled" in shown and "7 of 7 new labels are strange." in shown


def test_a_rejected_model_answers_by_a_maintainers_override_and_leaves_again(home: Path) -> None:
    promote = ("models", "promote", REJECTED, "--reason", "I read them all")
    assert refused(*promote) == "model_rejected"
    assert refused(*promote, "--override", "--by", "ola@example.org") == "role"
    assert refused("models", "promote", REJECTED, "--override", "--reason", "") == "reason_missing"
    told(*promote, "--override", "--by", "Mia@example.org")
    assert "overridden" in (shown := told("models", "show", REJECTED)) and "by Mia: I read them all" in shown

    assert refused("models", "rollback", "--reason", "too keen", "--by", "ola@example.org") == "role"
    told("models", "rollback", "--reason", "too keen")
    assert Shelf(home / "var" / "models").live() == LIVE


def test_who_puts_a_model_into_the_shadow_is_written_down(home: Path) -> None:
    assert refused("models", "shadow", REJECTED, "--by", "ola@example.org") == "role"
    assert told("models", "shadow") == "No model is in the shadow.\n"
    told("models", "shadow", REJECTED, "--share", "0.2", "--by", "mia@example.org")
    assert "20% of the messages, since" in (shown := told("models", "show", REJECTED)) and "by Mia" in shown

    assert refused("models", "shadow", REJECTED, "--share", "0", "--by", "ola@example.org") == "role"
    assert refused("models", "shadow", "unheard-of", "--share", "0") == "model_unknown"
    told("models", "shadow", LIVE, "--share", "0")
    assert "20% of the messages" in told("models", "shadow"), "another one's shadow is not ended"
    told("models", "shadow", REJECTED, "--share", "0", "--by", "mia@example.org")
    assert told("models", "shadow") == "No model is in the shadow.\n"


def test_an_agent_exports_nothing(home: Path) -> None:
    assert refused("export", "nlu", "--by", "ola@example.org") == "role"
    told("export", "nlu", "--by", "mia@example.org")
