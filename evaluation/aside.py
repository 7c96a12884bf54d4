"""The whole program, started aside: its own ports, database and secrets, nothing trained again."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from bot.settings import CHECKOUT, Settings
from bot.terminal import free_ports
from evaluation.processes import child, run_to_the_end, wait_until_answers
from records.database import sqlite_address

START_SECONDS = 300.0
PREPARED = ("index", "models", "encoders", "generated")
KEPT = (
    "articles_dir",
    "nlu_dir",
    "golden_dir",
    "company_name",
    "company_colour",
    "encoder",
    "encoder_cjk",
    "answer_error_rate",
)
NO_LIMIT = "1000000"


@dataclass(frozen=True, slots=True)
class Program:
    """A Firstline that runs aside."""

    process: psutil.Process
    port: int
    seconds_to_ready: float
    log: Path

    @property
    def family(self) -> list[psutil.Process]:
        """The app and the engine that it started."""
        return [self.process, *self.process.children(recursive=True)]

    @property
    def database(self) -> str:
        """The address of its records."""
        return sqlite_address(self.log.parent / "var")

    @property
    def chat(self) -> str:
        """Where a widget connects."""
        return f"ws://127.0.0.1:{self.port}/api/chat"


def prepare(settings: Settings, log: Path) -> None:
    """Build the company's index and train its model if they are not of today's data, as a start would."""
    for words in (("knowledge", "build", "--json"), ("train",)):
        run_to_the_end([sys.executable, "-m", "bot", *words], Path.cwd(), _of_checkout(dict(os.environ)), log)


@contextmanager
def program(settings: Settings, channels: Mapping[str, str] | None = None) -> Iterator[Program]:
    """Run the company's program meanwhile, on free ports of 127.0.0.1, without limits.

    Without channels too, but for those that these settings switch on.
    """
    beside = settings.data_dir.resolve() / "bench"  # on the same disk, so that links can be made
    beside.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="run-", dir=beside) as name:
        folder = Path(name)
        log = folder / "run.log"
        prepare(settings, log)
        copy_prepared(settings.data_dir, folder / "var")
        port = free_ports()
        command = [sys.executable, "-m", "bot", "run"]
        began = time.monotonic()
        environment = environment_of(settings, folder / "var", port) | dict(channels or {})
        with child(command, folder, environment, log) as process:
            wait_until_answers(process, f"http://127.0.0.1:{port}/readyz", START_SECONDS, log)
            wait_until_answers(process, f"http://127.0.0.1:{port}/", START_SECONDS, log)
            yield Program(process, port, time.monotonic() - began, log)


def copy_prepared(data_dir: Path, target: Path) -> None:
    """Take over what a start would otherwise make: linked where the disk allows it, never written back."""
    target.mkdir(parents=True)
    for name in PREPARED:
        if (data_dir / name).exists():
            shutil.copytree(data_dir / name, target / name, copy_function=_link_or_copy)


def environment_of(settings: Settings, data_dir: Path, port: int) -> dict[str, str]:
    """Return the environment of a program aside: the company's articles and encoders, none of its secrets."""
    ours = {name.upper() for name in Settings.model_fields}
    theirs = {
        name: value for name, value in os.environ.items() if name.removesuffix("_FILE").upper() not in ours
    }
    kept = {name.upper(): _absolute(getattr(settings, name)) for name in KEPT}
    return _of_checkout(theirs) | kept | {
        "LANGUAGES": ",".join(settings.languages),
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "DATA_DIR": str(data_dir),
        "LOG_LEVEL": "WARNING",
        "MESSAGES_PER_MINUTE": NO_LIMIT,
        "MESSAGES_PER_MINUTE_ADDRESS": NO_LIMIT,
    }  # fmt: skip


def _of_checkout(environment: dict[str, str]) -> dict[str, str]:
    return environment | {"PYTHONPATH": str(CHECKOUT)}


def _absolute(value: object) -> str:
    """Return a setting as text; a path that exists here keeps its meaning in another folder."""
    path = Path(str(value))
    return (
        str(path.resolve())
        if isinstance(value, Path) or (len(path.parts) > 1 and path.exists())
        else str(value)
    )


def _link_or_copy(source: str, target: str) -> str:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target
