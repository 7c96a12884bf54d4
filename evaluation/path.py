"""`firstline bench path`: the whole way of a message through our program, against a stock Rasa project's."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from bot.settings import Settings
from evaluation import customers, stock
from evaluation.aside import program
from evaluation.figures import Spread, cpu_seconds, machine, median, memory_of, told
from evaluation.questions import in_conversations, questions_of
from nouns import Problem

MESSAGES_A_ROUND = 24
SMALL_TALK = ("Hello", "Thanks, that helped")
Beat = Callable[[str, int, int], None]


def bench_path(settings: Settings, at_once: int, rounds: int, turns: int, beat: Beat) -> dict[str, Any]:
    """Measure both in one run, in turns; ours reads, searches and stores, stock has fixed texts."""
    with TemporaryDirectory(prefix="firstline-bench-") as folder:
        log = Path(folder) / "stock.log"
        beat("Preparing the stock project", 0, rounds)
        project = stock.stock_project(settings.data_dir, log, lambda: None)
        with stock.stock_server(project, log) as served, program(settings) as running:
            before = machine()
            theirs = Side(lambda: _stock_round(served.url, at_once, turns), [served.process])
            talks = cycle(talks_of(questions_of(settings.articles_dir, "en"), turns))
            ours = Side(lambda: _our_round(running.chat, talks, at_once, turns), running.family)
            for side in (theirs, ours):
                side.run()
                side.forget()
            for done in range(rounds):
                beat("In turns, stock and ours", done, rounds)
                theirs.run()
                ours.run()
            figures = {"ours": ours.figures(), "stock": theirs.figures()}
    ratios = [mine / other for mine, other in zip(ours.rates, theirs.rates, strict=True)]
    return {
        "customers": at_once,
        "rounds": rounds,
        "turns": turns,
        **figures,
        "ratio": round(median(ratios), 2),
        "ratios": [round(ratio, 2) for ratio in ratios],
        "machine": {**before, "load_average_1min_after": machine()["load_average_1min"]},
    }


@dataclass
class Side:
    """One of the two: a round of conversations that gives back its waits, and the processes behind it."""

    round: Callable[[], list[float]]
    processes: Sequence[psutil.Process]
    rates: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    cpu: float = 0.0

    def run(self) -> None:
        """Hold one round of conversations."""
        began, cpu = time.perf_counter(), cpu_seconds(self.processes)
        waits = self.round()
        self.rates.append(len(waits) / (time.perf_counter() - began))
        self.cpu += cpu_seconds(self.processes) - cpu
        self.waits += waits

    def forget(self) -> None:
        """Forget the warm-up."""
        self.rates, self.waits, self.cpu = [], [], 0.0

    def figures(self) -> dict[str, Any]:
        """Sum up."""
        return {
            "messages_per_second": round(median(self.rates), 1),
            "rounds": [round(rate, 1) for rate in self.rates],
            "wait": told(Spread.of(self.waits)),
            "cpu_ms_per_message": round(self.cpu * 1000 / len(self.waits), 2),
            "memory": memory_of(self.processes),
        }


def _our_round(chat: str, talks: Iterator[list[str]], at_once: int, turns: int) -> list[float]:
    """Let customers of our program talk: a greeting, questions from the articles, a thank-you."""
    chosen = [next(talks) for _ in range(at_once * talks_a_round(turns))]
    heard = asyncio.run(customers.side_by_side(chat, "en", chosen, at_once))
    return [one.milliseconds for one in heard]


def _stock_round(url: str, at_once: int, turns: int) -> list[float]:
    """Let customers of the stock project talk about what its own stories are about, as often and as long."""
    talk = list(islice(cycle(stock.TALK), turns))
    return asyncio.run(stock.side_by_side(url, [talk] * (at_once * talks_a_round(turns)), at_once))


def talks_a_round(turns: int) -> int:
    """Return how many conversations one customer holds in a round, for some two dozen messages."""
    return max(1, MESSAGES_A_ROUND // turns)


def talks_of(questions: Sequence[str], turns: int) -> list[list[str]]:
    """Make conversations of so many turns: questions between a greeting and a thank-you."""
    hello, thanks = SMALL_TALK
    whole = [some for some in in_conversations(questions, turns - 2) if len(some) == turns - 2]
    if not whole:
        raise Problem("questions_few", 422, f"The articles hold no {turns - 2} questions.", "Take --turns 3.")
    return [[hello, *some, thanks] for some in whole]
