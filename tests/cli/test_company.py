"""A company of one's own: begun with `init`, its articles edited, and the bot answers from them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.scenarios.few import few_examples
from tests.scenarios.prepared import prepared, run

PARKING = """---
title: Parking for bicycles
language: en
kind: faq
audience: public
questions:
  - where can I park my bicycle
  - is there a place for my bike
---
Bicycles stand behind the house, under the green roof.
"""


def test_a_folder_is_made_with_what_one_edits_first(tmp_path: Path) -> None:
    folder = tmp_path / "company"
    assert run("init", str(folder), "--name", "Bike & Bean").returncode == 0
    assert len(list((folder / "articles").rglob("*.md"))) == 3
    assert "COMPANY_NAME=Bike & Bean" in (folder / "settings.env").read_text("utf-8")
    assert (folder / "nlu" / "greet.yml").exists()


def test_a_folder_that_is_not_empty_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", "utf-8")
    refused = run("init", str(tmp_path))
    assert refused.returncode == 2 and "not empty" in " ".join(refused.stderr.split())
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.engine
def test_ones_own_article_answers_after_the_first_ask_has_trained(tmp_path: Path) -> None:
    prepared()
    folder = tmp_path / "company"
    run("init", str(folder), "--name", "Bike & Bean", check=True)
    (folder / "articles" / "parking.md").write_text(PARKING, "utf-8")
    few_examples(folder / "nlu")
    told = run(
        "ask", "Where can I park my bicycle?", "--json", timeout=1200, COMPANY_DIR=str(folder), PORT="1"
    )
    assert told.returncode == 0, told.stderr
    (reply,) = json.loads(told.stdout)["replies"]
    assert reply["kind"] in ("answer", "suggestions")
    assert "green roof" in reply["text"] or "bicycles" in reply["buttons"][0]["title"]
    (model,) = (folder / "var" / "models").glob("*.tar.gz")
    assert model.stat().st_size > 0
