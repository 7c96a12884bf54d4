"""`firstline ask` and `firstline knowledge search`: the same answers as a customer gets, as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.prepared import prepare, run
from tests.scenarios.server import Customer, Server

pytestmark = pytest.mark.engine

QUESTION = "How do I reset my password?"
REPLY = {"kind", "text", "sources", "buttons", "ticket"}


def asked(question: str, *more: str, **settings: str) -> dict[str, Any]:
    told = run("ask", question, "--json", *more, timeout=400, **settings)
    assert told.returncode == 0, told.stderr
    return dict(json.loads(told.stdout))


def check_contract(reply: dict[str, Any]) -> None:
    assert set(reply) >= REPLY
    assert all(set(source) >= {"article", "title", "url", "score"} for source in reply["sources"])
    assert all(set(button) == {"id", "title"} for button in reply["buttons"])


def test_without_a_server_a_question_is_answered_and_nothing_is_left_behind(tmp_path: Path) -> None:
    data_dir = prepare(tmp_path / "var")
    (reply,) = asked(QUESTION, PORT="1", DATA_DIR=str(data_dir))["replies"]
    check_contract(reply)
    assert reply["kind"] == "answer" and reply["sources"][0]["article"] == "account/reset-password"
    assert not (data_dir / "firstline.db").exists()


def test_with_a_server_it_is_asked_and_answers_in_the_same_words(server: Server) -> None:
    settings = {"PORT": str(server.port), "DATA_DIR": str(server.data_dir)}
    (reply,) = asked(QUESTION, **settings)["replies"]
    check_contract(reply)
    assert reply["text"] == Customer(server).says(QUESTION)[0]["text"]
    (chinese,) = asked("怎么重置密码？", "--language", "zh", **settings)["replies"]
    assert chinese["sources"][0]["article"] == "account/reset-password.zh"


def test_piped_the_answer_is_plain_text_with_its_source(server: Server) -> None:
    told = run("ask", QUESTION, PORT=str(server.port), DATA_DIR=str(server.data_dir))
    assert "/help/en/account/reset-password" in told.stdout
    assert "\x1b[" not in told.stdout


def test_an_empty_question_is_refused(server: Server) -> None:
    told = run("ask", " ", "--json", PORT=str(server.port), DATA_DIR=str(server.data_dir))
    assert told.returncode == 2 and "empty" in told.stderr and not told.stdout


@pytest.mark.parametrize(
    ("question", "decision", "article"),
    [
        (QUESTION, "answer", "account/reset-password"),
        ("怎么重置密码？", "answer", "account/reset-password.zh"),
        ("Do you sell bicycle helmets?", "abstain", None),
    ],
)
def test_a_search_says_its_decision_and_shows_its_passages(
    data_dir: Path, question: str, decision: str, article: str | None
) -> None:
    told = run("knowledge", "search", question, "--json", DATA_DIR=str(data_dir))
    found = json.loads(told.stdout)
    assert found["decision"] == decision and 0 <= found["probability"] <= 1
    assert all(set(hit) >= {"article", "passage", "title", "score", "text"} for hit in found["passages"])
    assert article is None or found["passages"][0]["article"] == article


def test_another_folder_of_articles_can_be_searched_aside(data_dir: Path, tmp_path: Path) -> None:
    text = "---\ntitle: Bicycle parking\n---\nBicycles stand behind the house, under the roof.\n"
    (tmp_path / "bicycles.md").write_text(text, "utf-8")
    arguments = ("knowledge", "search", "Where can I park my bicycle?", "--articles", str(tmp_path))
    found = json.loads(run(*arguments, "--json", DATA_DIR=str(data_dir)).stdout)
    assert found["passages"][0]["article"] == "bicycles"


def test_a_broken_article_is_named_with_its_line(data_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.md").write_text('---\ntitle: "unfinished\n---\nText\n', "utf-8")
    told = run("knowledge", "check", "--articles", str(tmp_path), "--json", DATA_DIR=str(data_dir))
    assert told.returncode == 1
    assert "broken.md, line" in json.loads(told.stdout)["broken"][0]
