"""`firstline bench handoff`: random schedules by the thousand, on every core; each can be played again."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import structlog

from evaluation.handoffs.schedule import Outcome, play
from evaluation.handoffs.world import Build, Stage
from evaluation.memory import in_memory

AT_ONCE = 50
SHOWN = 20
Beat = Callable[[int, int], None]


def bench_handoff(schedules: int, seed: int, first: int, beat: Beat) -> dict[str, Any]:
    """Play so many schedules of a seed, from number `first` on, and count."""
    began = time.monotonic()
    outcomes: list[Outcome] = []
    numbers = iter(range(first, first + schedules))
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn"), _quiet) as pool:
        waiting = [pool.submit(play_some, seed, part) for part in _parts(numbers)]
        for done in as_completed(waiting):
            outcomes += done.result()
            beat(len(outcomes), schedules)
    return {**summed(outcomes), "seed": seed, "seconds": round(time.monotonic() - began, 1)}


def summed(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Add up; of what is broken the first are told whole, with the number that plays them again."""
    wrong = sorted((one for one in outcomes if one.broken), key=lambda one: one.number)
    return {
        "schedules": len(outcomes),
        "violations": sum(len(one.broken) for one in outcomes),
        "takes": sum(one.takes for one in outcomes),
        "kills": sum(one.kills for one in outcomes),
        "agent_messages": sum(one.agent_messages for one in outcomes),
        "customer_messages": sum(one.customer_messages for one in outcomes),
        "found": [
            {"schedule": one.number, "broken": one.broken, "moves": one.moves} for one in wrong[:SHOWN]
        ],
    }


def play_some(seed: int, numbers: Sequence[int], build: Build | None = None) -> list[Outcome]:
    """Play some schedules one after the other on a database of their own."""
    with in_memory("firstline-handoffs-") as folder:
        return asyncio.run(_play(folder, seed, numbers, build or Build()))


async def _play(folder: Path, seed: int, numbers: Sequence[int], build: Build) -> list[Outcome]:
    stage = Stage(f"sqlite:///{folder / 'firstline.db'}", folder, build)
    try:
        return [await play(stage, seed, number) for number in numbers]
    finally:
        await stage.close()


def _parts(numbers: Iterator[int]) -> Iterator[list[int]]:
    while part := list(islice(numbers, AT_ONCE)):
        yield part


def _quiet() -> None:
    """Say nothing of deliveries that fail by design; leave what is loaded to no garbage collection."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
