"""A stock Rasa project to compare with: made by `rasa init`, trained once, served by `rasa run`."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit
from uuid import uuid4

import psutil

from bot.loopback import Loopback
from bot.settings import CHECKOUT
from bot.supervisor import engine_python
from bot.terminal import free_ports
from evaluation.processes import child, plain_environment, run_to_the_end, wait_until_answers
from nouns import Problem

START_SECONDS = 300.0
ANSWER_SECONDS = 120.0
ENVIRONMENT = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
}
TALK = ("hello", "I feel sad today", "yes that helped", "hi there", "I am doing great", "are you a bot?")


@dataclass(frozen=True, slots=True)
class Stock:
    """A stock project that runs."""

    process: psutil.Process
    url: str


def stock_project(data_dir: Path, log: Path, beat: Callable[[], None]) -> Path:
    """Return the project, made and trained by `rasa init` if this Rasa has not made one before."""
    made_by = hashlib.sha256((CHECKOUT / "requirements" / "engine.txt").read_bytes()).hexdigest()[:16]
    whole = data_dir / "bench" / "stock" / made_by
    if whole.is_dir():
        return whole
    whole.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=whole.parent, prefix=".making-") as name:
        aside = Path(name) / "project"
        aside.mkdir()
        command = [str(engine_python()), "-m", "rasa", "init", "--no-prompt", "--init-dir", str(aside)]
        run_to_the_end(command, aside, plain_environment(**ENVIRONMENT), log, beat)
        shutil.move(aside, whole)
    return whole


@contextmanager
def stock_server(project: Path, log: Path) -> Iterator[Stock]:
    """Serve the project meanwhile on a free port of 127.0.0.1, through its REST channel."""
    port = free_ports()
    command = [str(engine_python()), "-m", "rasa", "run", "-i", "127.0.0.1", "-p", str(port)]
    with child(command, project, plain_environment(**ENVIRONMENT), log) as process:
        wait_until_answers(process, f"http://127.0.0.1:{port}/", START_SECONDS, log)
        yield Stock(process, f"http://127.0.0.1:{port}/webhooks/rest/webhook")


async def side_by_side(url: str, conversations: Iterable[Sequence[str]], customers: int) -> list[float]:
    """Hold conversations over REST, so many at once; return how long each answer took, in milliseconds."""
    waiting = iter(conversations)
    waits: list[float] = []
    client = Loopback(url, {})  # a general client's own time would be counted against the stock project
    await asyncio.gather(*(_hold(client, waiting, waits) for _ in range(customers)))
    await client.close()
    return waits


async def _hold(client: Loopback, waiting: Iterator[Sequence[str]], waits: list[float]) -> None:
    path = urlsplit(client.address).path
    for texts in waiting:
        sender = uuid4().hex
        for text in texts:
            began = time.perf_counter()
            said = {"sender": sender, "message": text}
            answer = await client.request("POST", path, said, seconds=ANSWER_SECONDS)
            if answer.status != 200:
                told = answer.body[:300].decode("utf-8", "replace")
                raise Problem("stock_failed", 500, f"The stock project answered {answer.status}: {told}", "")
            waits.append((time.perf_counter() - began) * 1000)
