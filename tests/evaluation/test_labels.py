"""What choosing saves: measured by labelling in earnest, on a set where a few texts are hard."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from evaluation.labels import labels_needed, labels_saved, pool_of
from nouns import Problem, Reading
from tests.learning.company import BagReader

WORDS = {"greet": ["hello", "hi", "morning"], "complain": ["awful", "broken"], "thank": ["thanks", "great"]}


def texts(count: int, seed: int) -> list[tuple[str, str]]:
    """Most texts are one plain intent; two intents are rare."""
    random = np.random.default_rng(seed)
    made = []
    for number in range(count):
        intent = ("greet", "greet", "greet", "greet", "complain", "thank")[number % 6]
        word = random.choice(WORDS[intent])
        made.append((f"{word} {random.choice(['you', 'there', 'my lamp'])} n{number % 40}", intent))
    return made


def read(rows: list[tuple[str, str]]) -> list[Reading]:
    return [asyncio.run(BagReader().read(text)) for text, _ in rows]


def test_chosen_labels_reach_the_goal_and_the_figures_say_how_many_it_took() -> None:
    train, test = texts(300, 0), texts(120, 1)
    pool = pool_of(train, test, (read(train), read(test)))

    figures = labels_saved(pool, seeds=2)

    assert figures["labels"] == 300
    assert len(figures["needed_chosen"]) == len(figures["needed_random"]) == 2
    assert figures["labels_saved_percent"] > -50
    assert labels_needed(pool, 2.0, chosen=True, seed=0) == 300


def test_too_few_texts_are_refused_with_a_cure() -> None:
    rows = texts(20, 0)
    with pytest.raises(Problem, match="too few"):
        pool_of(rows, rows, (read(rows), read(rows)))
