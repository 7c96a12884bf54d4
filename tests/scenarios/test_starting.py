"""Something is missing or broken at the start: it is named with its cure, and what worked before goes on."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.running import at_work
from bot.settings import CHECKOUT
from bot.training import Recipe
from knowledge.index import open_snapshot
from nouns import Problem
from tests.scenarios.conftest import NewServer
from tests.scenarios.prepared import environment, prepare, run

NOT_COPIED = frozenset((".venv", ".venv-engine", ".git", "bot", "var", "tests"))
TOOLS = ("bash", "cat", "cut", "dirname", "sha256sum", "env", "sort", "xargs")


@contextmanager
def listening() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


@pytest.mark.parametrize("offset", [0, 1, 2])
def test_a_port_that_is_taken_is_named_with_who_has_it(tmp_path: Path, offset: int) -> None:
    with listening() as port:
        ended = run("run", PORT=str(port - offset), DATA_DIR=str(tmp_path))
    assert ended.returncode == 1
    told = " ".join(ended.stderr.split())
    assert f"Port {port} (PORT" in told and f"process {os.getpid()}" in told and "start with PORT=" in told


def test_without_the_engines_environment_it_says_how_to_make_it(tmp_path: Path) -> None:
    checkout, data_dir = tmp_path / "checkout", tmp_path / "var"
    shutil.copytree(CHECKOUT / "bot", checkout / "bot")
    for room in CHECKOUT.iterdir():
        if room.name not in NOT_COPIED:
            (checkout / room.name).symlink_to(room)
    ended = subprocess.run(
        [sys.executable, "-m", "bot", "run"],
        cwd=checkout,
        env=environment(DATA_DIR=str(data_dir)) | {"PYTHONPATH": str(checkout)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 1
    assert ".venv-engine is not there" in ended.stderr and "make setup" in ended.stderr


def test_without_python_3_10_set_up_says_what_to_install(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in TOOLS:
        (tools / tool).symlink_to(shutil.which(tool) or tool)
    (tools / "uv").write_text("#!/bin/bash\nexit 1\n")
    (tools / "uv").chmod(0o755)
    checkout = tmp_path / "checkout"
    for name in ("deploy", "requirements"):
        shutil.copytree(CHECKOUT / name, checkout / name)
    shutil.copy(CHECKOUT / "pyproject.toml", checkout)
    ended = subprocess.run(
        ["bash", str(checkout / "deploy" / "setup.sh"), "engine"],
        env={"PATH": str(tools), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert "Python 3.10 was not found" in ended.stderr and "Install python3.10" in ended.stderr


def test_a_setting_that_makes_no_sense_is_named(tmp_path: Path) -> None:
    ended = run("run", PORT="eight thousand", DATA_DIR=str(tmp_path))
    assert ended.returncode == 2
    assert "PORT" in ended.stderr and "Traceback" not in ended.stderr


def test_office_hours_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    ended = run("doctor", OFFICE_HOURS="nine to five", DATA_DIR=str(tmp_path))
    assert ended.returncode == 1 and "nine to five" in ended.stdout and "Mon-Fri 09:00-17:00" in ended.stdout


@pytest.mark.engine
def test_a_damaged_model_ends_the_start_with_its_cure(new_server: NewServer) -> None:
    server = new_server()
    (model,) = (server.data_dir / "models").glob("*.tar.gz")
    model.write_bytes(model.read_bytes()[:5000])
    assert server.launch().end() == 1
    told = "".join(server.log.split())
    assert "Theenginedoesnotstart" in told and model.name in told and "delete" in told


class OtherEncoders:
    """A reader that was set to other encoders since."""

    @property
    def article_encoders(self) -> dict[str, int]:
        return {"other-model": 100}


@pytest.mark.engine
def test_an_index_made_by_another_encoder_is_refused_with_the_cure(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"other-model.*knowledge build"):
        open_snapshot(prepare(tmp_path) / "index", OtherEncoders())  # type: ignore[arg-type]


def test_a_missing_index_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"no index in .*knowledge build"):
        open_snapshot(tmp_path, OtherEncoders())  # type: ignore[arg-type]


class Stumbling:
    """A worker that fails at first, as one does that meets a locked database."""

    def __init__(self) -> None:
        self.tries = 0
        self.worked = asyncio.Event()

    async def run(self) -> None:
        self.tries += 1
        if self.tries == 1:
            raise OSError("database is locked")
        self.worked.set()


async def test_a_worker_that_stumbles_goes_on() -> None:
    worker = Stumbling()
    async with at_work(worker), asyncio.timeout(10):
        await worker.worked.wait()
    assert worker.tries == 2


def test_a_data_dir_that_was_moved_needs_no_new_training(tmp_path: Path) -> None:
    nlu = tmp_path / "m" / "nlu"
    for folder in (nlu, tmp_path / "a" / "generated", tmp_path / "z" / "generated"):
        folder.mkdir(parents=True)
        (folder / f"{folder.name}.yml").write_text(f"nlu: []  # {folder.name}\n", "utf-8")
    before, after = (
        Recipe(nlu, tmp_path / place / "generated", tmp_path / place, {"minilm": 384}) for place in "az"
    )
    assert before.model().name == after.model().name
