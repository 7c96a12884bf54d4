"""A DATA_DIR with index and trained model, made once from today's files and kept for every test run."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.settings import CHECKOUT

FOLDER = CHECKOUT / "var" / "test-prepared"
STAMP = "made-from"
MADE_FROM = (
    "config.yml",
    "domain.yml",
    "data",
    "engine/nlu",
    "knowledge",
    "reading",
    "requirements",
    "bot/training.py",
)
KEPT = ("generated", "index", "models", STAMP)
INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "OPENBLAS_CORETYPE")
TRAINING_SECONDS = 1200


def prepared() -> Path:
    """Return the prepared folder; where nothing fits today's files, making it trains once."""
    with _alone():
        wanted = key()  # as it is now: what is edited meanwhile makes it again the next time
        if _stamp(FOLDER) != wanted:
            for command in (("knowledge", "build"), ("train",)):
                run(*command, timeout=TRAINING_SECONDS, check=True, DATA_DIR=str(FOLDER))
            _forget_old_models()
            (FOLDER / STAMP).write_text(wanted, "ascii")
    return FOLDER


def prepare(data_dir: Path) -> Path:
    """Fill a test's own DATA_DIR with a copy of what is prepared."""
    prepared()
    with _alone():
        data_dir.mkdir(parents=True, exist_ok=True)
        for kept in (FOLDER / name for name in KEPT):
            (shutil.copytree if kept.is_dir() else shutil.copy)(kept, data_dir / kept.name)
    return data_dir


def key() -> str:
    """Hash all that the model and the index are made of."""
    digest = hashlib.sha256()
    for path in sorted(_files()):
        digest.update(str(path.relative_to(CHECKOUT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def environment(**settings: str) -> dict[str, str]:
    """Return a child's variables: the settings given and nothing of the developer's."""
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return inherited | {"PYTHONPATH": str(CHECKOUT), "PYTHONUNBUFFERED": "1"} | settings


def run(
    *arguments: str, timeout: float = 120, check: bool = False, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run `firstline` as a child, in a folder without a `.env`."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=FOLDER,
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=check,
    )


@contextmanager
def _alone() -> Iterator[None]:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _stamp(folder: Path) -> str | None:
    stamp = folder / STAMP
    return stamp.read_text("ascii") if stamp.exists() else None


def _files() -> Iterator[Path]:
    for name in MADE_FROM:
        path = CHECKOUT / name
        yield from (found for found in path.rglob("*") if _counts(found)) if path.is_dir() else (path,)


def _counts(path: Path) -> bool:
    return path.is_file() and path.suffix != ".pyc"


def _forget_old_models() -> None:
    models = sorted((FOLDER / "models").glob("*.tar.gz"), key=lambda model: model.stat().st_mtime)
    for old in models[:-1]:
        old.unlink()
