"""`firstline bench answers`: how long a customer waits for an answer, and what memory that takes."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from bot.settings import Settings
from evaluation.aside import Program, program
from evaluation.customers import Heard, side_by_side
from evaluation.figures import Spread, cpu_seconds, machine, memory_of, told
from evaluation.questions import in_conversations, mixed

TURNS = 5
WARM_UP = 10
Beat = Callable[[int, int], None]


def bench_answers(settings: Settings, messages: int, customers: int, beat: Beat) -> dict[str, Any]:
    """Ask the whole program real questions over WebSockets; each text is read anew, never from a cache."""
    asked = 0

    def one_more(count: int) -> None:
        nonlocal asked
        asked += count
        beat(asked, messages)

    questions = mixed(settings.articles_dir, messages)
    before = machine()
    with program(settings) as running:
        fresh = memory_of(running.family)
        asyncio.run(side_by_side(running.chat, "en", [["Hello"] * WARM_UP], 1))
        app, *engine = running.family
        began, app_cpu, engine_cpu = time.perf_counter(), cpu_seconds([app]), cpu_seconds(engine)
        heard = {
            language: asyncio.run(
                side_by_side(running.chat, language, in_conversations(texts, TURNS), customers, one_more)
            )
            for language, texts in questions.items()
        }
        seconds = time.perf_counter() - began
        memory = _memory(running)
        cpu = {"app": cpu_seconds([app]) - app_cpu, "engine": cpu_seconds(engine) - engine_cpu}
    return {
        "messages": asked,
        "customers": customers,
        "languages": {language: figures(rows) for language, rows in heard.items()},
        "messages_per_second": round(asked / seconds, 1),
        "cpu_ms_per_message": {name: round(spent * 1000 / asked, 2) for name, spent in cpu.items()},
        "memory": {**memory, "pss_bytes_at_start": fresh["pss_bytes"]},
        "machine": {**before, "load_average_1min_after": machine()["load_average_1min"]},
    }


def figures(heard: Sequence[Heard]) -> dict[str, Any]:
    """Sum up one language: answers from the articles apart from whatever else was said."""
    answers = [one.milliseconds for one in heard if one.kind == "answer"]
    return {
        "answers": told(Spread.of(answers)),
        "all": told(Spread.of([one.milliseconds for one in heard])),
        "kinds": dict(Counter(one.kind or "none" for one in heard).most_common()),
    }


def _memory(running: Program) -> dict[str, Any]:
    app, *engine = running.family
    return {"app": memory_of([app]), "engine": memory_of(engine), **memory_of(running.family)}
