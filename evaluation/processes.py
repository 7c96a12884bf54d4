"""Processes that a measurement starts: waited for until they are ready, stopped by id whatever happens."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2
import psutil

from nouns import Problem

STOP_SECONDS = 20.0
LAST_LINES = 12
LONGEST_LINE = 300


@contextmanager
def child(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], log: Path
) -> Iterator[psutil.Process]:
    """Run a command meanwhile, in a session of its own; it and what it started are stopped at the end."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        started = subprocess.Popen(
            list(command),
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield psutil.Process(started.pid)
    finally:
        _stop(started)


def _stop(started: subprocess.Popen[bytes]) -> None:
    family: list[psutil.Process] = []
    with suppress(psutil.NoSuchProcess):
        family = psutil.Process(started.pid).children(recursive=True)
    started.terminate()
    with suppress(subprocess.TimeoutExpired):
        started.wait(STOP_SECONDS)
    for left in [one for one in family if one.is_running()]:
        with suppress(psutil.NoSuchProcess):
            left.kill()
    if started.poll() is None:
        started.kill()
        started.wait()


def wait_until_answers(process: psutil.Process, url: str, seconds: float, log: Path) -> None:
    """Wait until a page answers 200, or say what the process said last."""
    until = time.monotonic() + seconds
    with httpx2.Client(trust_env=False, timeout=5) as client:
        while time.monotonic() < until and process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            with suppress(httpx2.HTTPError):
                if client.get(url).status_code == 200:
                    return
            time.sleep(0.05)
    raise Problem("start_failed", 500, f"{url} does not answer.", f"Its last words:\n{last_lines(log)}")


def run_to_the_end(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    log: Path,
    beat: Callable[[], None] = lambda: None,
) -> None:
    """Run a command, calling `beat` meanwhile; raise what it said last when it fails."""
    with child(command, folder, environment, log) as process:
        while True:
            with suppress(psutil.TimeoutExpired):
                code = process.wait(0.2)
                break
            beat()
    if code:
        raise Problem(
            "command_failed",
            500,
            f"{Path(command[0]).name} ended with {code}.",
            f"It said:\n{last_lines(log)}",
        )


def last_lines(log: Path) -> str:
    """Return the end of a log."""
    text = log.read_text("utf-8", "replace") if log.exists() else ""
    return "\n".join(line[-LONGEST_LINE:] for line in text.strip().splitlines()[-LAST_LINES:])


def plain_environment(**values: str) -> dict[str, str]:
    """Return what any program needs from the environment, and `values`."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return kept | values
