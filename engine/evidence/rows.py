"""Labelled texts with their vectors: where evidence begins."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from rasa.shared.importers.utils import training_data_from_paths

from engine.nlu.service import text_service

SEED = 0


@dataclass(frozen=True)
class Row:
    """A text, its intent, and its vector in the space of an encoder."""

    text: str
    intent: str
    encoder: str
    vector: np.ndarray

    @property
    def label(self) -> tuple[str, str]:
        """Text and intent, by which two sets of rows are compared."""
        return self.text, self.intent

    def labelled(self, intent: str) -> "Row":
        """Return the row under another intent."""
        return replace(self, intent=intent)


def labels_in(paths: Sequence[Path]) -> list[tuple[str, str]]:
    """Return text and intent of each example in NLU files and folders, each once."""
    there = [str(path) for path in paths if path.exists()]
    messages = training_data_from_paths(there, language="en").intent_examples if there else []
    return list(dict.fromkeys((message.get("text"), message.get("intent")) for message in messages))


def read_rows(labels: Sequence[tuple[str, str]]) -> list[Row]:
    """Ask the text service for the vectors of labelled texts."""
    readings = text_service().read([text for text, _ in labels])
    return [
        Row(text, intent, reading.encoder, reading.vector)
        for (text, intent), reading in zip(labels, readings, strict=True)
    ]


def some_of(rows: Sequence[Row], most: int) -> list[Row]:
    """Return the rows, or so many of them, drawn at random but always the same."""
    if len(rows) <= most:
        return list(rows)
    chosen = np.random.default_rng(SEED).choice(len(rows), most, replace=False)
    return [rows[i] for i in sorted(chosen)]


def some_of_each(rows: Sequence[Row], most: int) -> list[Row]:
    """Return the rows, or so many of them: the large intents give, so that the small ones stay whole."""
    ranks: dict[str, int] = {}
    placed = []
    for i in np.random.default_rng(SEED).permutation(len(rows)):
        rank = ranks[rows[i].intent] = ranks.get(rows[i].intent, 0) + 1
        placed.append((rank, int(i)))
    return [rows[i] for i in sorted(i for _, i in sorted(placed)[:most])]


def reworded(rows: Sequence[Row], texts: Sequence[str]) -> list[Row]:
    """Return the rows with other texts, read anew."""
    return read_rows([(text, row.intent) for row, text in zip(rows, texts, strict=True)])
