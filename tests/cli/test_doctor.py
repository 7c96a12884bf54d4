"""`firstline doctor`: everything a start needs, each with its cure when it is wrong."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from tests.scenarios.prepared import run
from tests.scenarios.server import Server


def looked(**settings: str) -> tuple[int, dict[str, dict[str, object]]]:
    told = run("doctor", "--json", **settings)
    return told.returncode, {one["what"]: one for one in json.loads(told.stdout)}


def test_a_port_that_is_taken_is_found_and_cured(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, found = looked(PORT=str(taken.getsockname()[1]), DATA_DIR=str(tmp_path))
    assert code == 1 and not found["Ports"]["ok"] and "PORT=" in str(found["Ports"]["cure"])
    assert found["Python"]["ok"] and found["Engine"]["ok"] and found["Database"]["ok"]


def test_a_broken_article_is_found_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "broken.md").write_text('---\ntitle: "unfinished\n---\nText\n', "utf-8")
    code, found = looked(ARTICLES_DIR=str(tmp_path), DATA_DIR=str(tmp_path / "var"))
    assert code == 1 and "broken.md, line" in str(found["Articles"]["found"])


def test_on_paper_it_is_marks_and_sentences(tmp_path: Path) -> None:
    told = run("doctor", ARTICLES_DIR=str(tmp_path / "nowhere"), DATA_DIR=str(tmp_path / "var"))
    assert told.returncode == 1
    assert "✓ Python" in told.stdout and "✗ Articles" in told.stdout and "ARTICLES_DIR" in told.stdout


@pytest.mark.engine
def test_a_running_firstline_is_no_fault(server: Server) -> None:
    _, found = looked(PORT=str(server.port), DATA_DIR=str(server.data_dir))
    assert found["Ports"]["ok"] and "runs here" in str(found["Ports"]["found"])
