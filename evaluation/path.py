"""`firstline bench path`: the whole way of a message through our program, against a stock Rasa project's."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot.settings import Settings
from evaluation import customers, stock
from evaluation.aside import program
from evaluation.customers import Heard
from evaluation.figures import Spread, machine, median, told
from evaluation.questions import in_conversations, questions_of

ROUNDS = 6
CONVERSATIONS_OF_STOCK = 3
CONVERSATIONS_OF_OURS = 6
SMALL_TALK = ("Hello", "Thanks, that helped")
Beat = Callable[[str, int, int], None]


def bench_path(settings: Settings, at_once: int, rounds: int, beat: Beat) -> dict[str, Any]:
    """Measure both in one run, in turns; ours reads, searches and stores, stock has fixed texts."""
    with TemporaryDirectory(prefix="firstline-bench-") as folder:
        log = Path(folder) / "stock.log"
        beat("Preparing the stock project", 0, rounds)
        project = stock.stock_project(settings.data_dir, log, lambda: None)
        with stock.stock_server(project, log) as url, program(settings) as running:
            before = machine()
            ours, theirs = Ours(running.chat, settings, at_once), Theirs(url, at_once)
            ours.run()
            theirs.run()
            ours.reset()
            theirs.reset()
            for done in range(rounds):
                beat("In turns, stock and ours", done, rounds)
                theirs.run()
                ours.run()
    ratios = [mine / other for mine, other in zip(ours.rates, theirs.rates, strict=True)]
    return {
        "customers": at_once,
        "rounds": rounds,
        "ours": {
            "messages_per_second": round(median(ours.rates), 1),
            "rounds": [round(rate, 1) for rate in ours.rates],
            "wait": told(Spread.of([one.milliseconds for one in ours.heard])),
        },
        "stock": {
            "messages_per_second": round(median(theirs.rates), 1),
            "rounds": [round(rate, 1) for rate in theirs.rates],
        },
        "ratio": round(median(ratios), 2),
        "machine": {**before, "load_average_1min_after": machine()["load_average_1min"]},
    }


class Ours:
    """Customers of our program: a greeting, questions from the articles, a thank-you."""

    def __init__(self, chat: str, settings: Settings, at_once: int) -> None:
        self._chat, self._at_once = chat, at_once
        self._talks = talks_of(questions_of(settings.articles_dir, "en"))
        self._next = 0
        self.reset()

    def reset(self) -> None:
        """Forget the warm-up."""
        self.rates: list[float] = []
        self.heard: list[Heard] = []

    def run(self) -> None:
        """Hold one round of conversations."""
        count = CONVERSATIONS_OF_OURS * self._at_once
        chosen = [self._talks[(self._next + place) % len(self._talks)] for place in range(count)]
        self._next += count
        began = time.perf_counter()
        heard = asyncio.run(customers.side_by_side(self._chat, "en", chosen, self._at_once))
        self.rates.append(len(heard) / (time.perf_counter() - began))
        self.heard += heard


class Theirs:
    """Customers of the stock project: what its own stories are about."""

    def __init__(self, url: str, at_once: int) -> None:
        self._url, self._at_once = url, at_once
        self.reset()

    def reset(self) -> None:
        """Forget the warm-up."""
        self.rates: list[float] = []

    def run(self) -> None:
        """Hold one round of conversations."""
        talks = [stock.TALK] * (CONVERSATIONS_OF_STOCK * self._at_once)
        began = time.perf_counter()
        asked = asyncio.run(stock.side_by_side(self._url, talks, self._at_once))
        self.rates.append(asked / (time.perf_counter() - began))


def talks_of(questions: Sequence[str]) -> list[list[str]]:
    """Make conversations of six turns: four questions between a greeting and a thank-you."""
    hello, thanks = SMALL_TALK
    return [[hello, *four, thanks] for four in in_conversations(questions, 4)]
