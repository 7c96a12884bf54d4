"""`firstline bench start`: how long a later start takes to a ready page, and what the environments weigh."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.settings import CHECKOUT, Settings
from evaluation.aside import program
from evaluation.figures import machine, median, memory_of, size_of

Beat = Callable[[int, int], None]


def bench_start(settings: Settings, times: int, beat: Beat) -> dict[str, Any]:
    """Start the program aside, with index and model prepared; seconds until `/readyz` and `/` answer 200."""
    seconds = []
    before = machine()
    for done in range(times):
        beat(done, times)
        with program(settings) as running:
            seconds.append(running.seconds_to_ready)
            memory = memory_of(running.family)
    environments = {
        name: size_of(CHECKOUT / folder)
        for name, folder in (("app", ".venv"), ("engine", ".venv-engine"))
        if (CHECKOUT / folder).is_dir()
    }
    return {
        "seconds_to_ready": round(median(seconds), 2),
        "starts": [round(one, 2) for one in seconds],
        "memory": memory,
        "environment_bytes": environments,
        "machine": before,
    }
