"""What a measurement starts it also stops, and what failed is told in its own words."""

import sys
from pathlib import Path

import psutil
import pytest

from evaluation.engine import run_json
from evaluation.processes import child, plain_environment, run_to_the_end, wait_until_answers
from nouns import Problem

PARENT = (
    "import subprocess, sys, time; subprocess.Popen(['sleep', '60']); print('up', flush=True); time.sleep(60)"
)


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_child_is_stopped_with_what_it_started(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with child(python(PARENT), tmp_path, plain_environment(), log) as process:
        while "up" not in log.read_text():
            assert process.is_running()
        family = [process, *process.children()]
        assert len(family) == 2
    psutil.wait_procs(family, timeout=5)
    assert not any(one.is_running() for one in family)


def test_a_child_is_stopped_when_the_measurement_is_interrupted(tmp_path: Path) -> None:
    with (
        pytest.raises(KeyboardInterrupt),
        child(python(PARENT), tmp_path, plain_environment(), tmp_path / "l") as one,
    ):
        raise KeyboardInterrupt
    assert not one.is_running()


def test_a_command_that_fails_is_quoted(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="no disk"):
        run_to_the_end(python("raise SystemExit('no disk')"), tmp_path, plain_environment(), tmp_path / "log")


def test_a_program_that_ends_is_not_waited_for(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with (
        child(python("print('wrong port')"), tmp_path, plain_environment(), log) as process,
        pytest.raises(Problem, match="wrong port"),
    ):
        wait_until_answers(process, "http://127.0.0.1:9/", 30, log)


async def test_the_last_line_of_an_engine_command_is_its_result() -> None:
    heard: list[str] = []
    code = "import sys; print('training', file=sys.stderr); print('noise'); print('{\"n\": 3}')"
    assert await run_json(python(code), plain_environment(), heard.append) == {"n": 3}
    assert heard == ["training"]


@pytest.mark.parametrize("code", ["import sys; sys.exit('the text service is missing')", "print('no JSON')"])
async def test_an_engine_command_that_fails_says_why(code: str) -> None:
    with pytest.raises(Problem, match=r"text service is missing|no JSON"):
        await run_json(python(code), plain_environment(), lambda line: None)
