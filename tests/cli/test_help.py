"""The command line says what there is, quickly, and what was wrong, clearly."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.commands import COMMANDS, GROUPS, app
from tests.scenarios.prepared import environment, run

HEAVY = (
    "torch",
    "sentence_transformers",
    "faiss",
    "spacy",
    "onnxruntime",
    "transformers",
    "sqlalchemy",
    "fastapi",
)
LOOK = f"""
import sys
sys.argv = ["firstline", "--help"]
from bot.commands import main
try:
    main()
except SystemExit:
    print("loaded:", [name for name in {HEAVY!r} if name in sys.modules])
"""


def test_help_names_every_command_and_loads_nothing_heavy(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-c", LOOK],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout
    assert all(name in told for name in (*COMMANDS, *GROUPS))
    assert "'torch'" not in told and "'sentence_transformers'" not in told and "'faiss'" not in told


def test_help_is_there_in_under_two_seconds_of_work() -> None:
    """Processor time, since other work on the machine is no fault of the command's."""
    before = _children_seconds()
    assert run("--help").returncode == 0
    assert _children_seconds() - before < 2


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize("group", [*GROUPS, "ask", "run", "doctor", "init"])
def test_every_command_explains_itself(group: str) -> None:
    told = CliRunner().invoke(app, [group, "--help"])
    assert told.exit_code == 0 and "Usage" in told.output


@pytest.mark.parametrize(
    "words",
    [("sing",), ("ask",), ("tickets", "burn"), ("ask", "--colour", "red", "hello"), ("tickets", "show")],
    ids=" ".join,
)
def test_what_there_is_not_ends_with_two_and_a_sentence(words: tuple[str, ...]) -> None:
    told = CliRunner().invoke(app, words)
    assert told.exit_code == 2 and told.stderr


def test_a_wrong_setting_is_named_without_a_traceback(tmp_path: Path) -> None:
    told = run("tickets", "list", PORT="eighty", DATA_DIR=str(tmp_path))
    assert told.returncode == 2
    assert "PORT" in told.stderr and "Traceback" not in told.stderr


@pytest.mark.parametrize("command", [("doctor",), ("tickets", "list")], ids=" ".join)
def test_a_zone_that_does_not_exist_is_no_traceback(tmp_path: Path, command: tuple[str, ...]) -> None:
    told = run(*command, TIME_ZONE="Mars/Olympus", DATA_DIR=str(tmp_path))
    assert "Traceback" not in told.stderr
