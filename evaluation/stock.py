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
from uuid import uuid4

import httpx2
import psutil

from bot.settings import CHECKOUT
from bot.supervisor import engine_python
from bot.terminal import free_ports
from evaluation.processes import child, plain_environment, run_to_the_end, wait_until_answers

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
    async with httpx2.AsyncClient(trust_env=False, timeout=ANSWER_SECONDS) as client:
        await asyncio.gather(*(_hold(client, url, waiting, waits) for _ in range(customers)))
    return waits


async def _hold(
    client: httpx2.AsyncClient, url: str, waiting: Iterator[Sequence[str]], waits: list[float]
) -> None:
    for texts in waiting:
        sender = uuid4().hex
        for text in texts:
            began = time.perf_counter()
            answer = await client.post(url, json={"sender": sender, "message": text})
            answer.raise_for_status()
            waits.append((time.perf_counter() - began) * 1000)
