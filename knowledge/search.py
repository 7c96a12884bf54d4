"""Score every article of a part for a question: seven searchers, made comparable and summed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from knowledge.field import Floats
from knowledge.part import FIELDS, Part

Shown = NDArray[np.bool_]

LEAD = 1.0  # an article begins with its plainest answer: another passage must fit better by this much

PASSAGE_SEARCHERS = 4  # the first four of SEARCHERS score passages; then known questions; then whole articles


@dataclass(frozen=True)
class Scores:
    """What the searchers give: by meaning and by words to each row of a field, by topic to each article.

    `refused`: the cosine with the nearest question that nothing may answer.
    """

    terms: tuple[str, ...]
    fields: dict[str, tuple[Floats, Floats]]
    topic: Floats
    refused: float

    @cached_property
    def passages(self) -> Floats:
        """What the passage searchers give: searchers × passages."""
        return np.stack([column for name in FIELDS[:2] for column in self.fields[name]])

    @cached_property
    def passage_spreads(self) -> Floats:
        """How far the scores of each passage searcher spread: a column."""
        return np.asarray(self.passages.std(1, keepdims=True) + 1e-6, np.float32)


@dataclass(frozen=True)
class Ranking:
    """Articles by falling fused score. `raw` and `standard` are searchers × articles."""

    terms: tuple[str, ...]
    raw: Floats
    standard: Floats
    fused: Floats
    order: Sequence[int]
    refused: float

    def led_by(self, article: int) -> Ranking:
        """Put an article first; its score is the highest."""
        fused = self.fused.copy()
        fused[article] = fused.max()
        return replace(
            self, fused=fused, order=[article, *(other for other in self.order if other != article)]
        )


def score(part: Part, vector: Floats, terms: tuple[str, ...], *, is_refused: bool = False) -> Scores:
    """Ask all searchers; `is_refused`: it is one of the refused questions, asked as if it were not."""
    fields = {
        name: (part.fields[name].by_meaning(vector), part.fields[name].by_words(terms)) for name in FIELDS
    }
    return Scores(terms, fields, part.topic.score(vector), part.near_refused(vector, itself=not is_refused))


def score_known(part: Part, vector: Floats, terms: tuple[str, ...], row: int, article: int) -> Scores:
    """Ask all searchers a known question (a row of the question field) as if it were not known."""
    scores = score(part, vector, terms)
    meaning, words = (column.copy() for column in scores.fields["question"])
    for column in (meaning, words):
        column[row] = column.min()
    fields = scores.fields | {"question": (meaning, words)}
    return replace(scores, fields=fields, topic=part.topic.score_without(vector, article))


def rank(part: Part, scores: Scores, fusion: Floats, shown: Shown) -> Ranking:
    """Rank the articles that `shown` lets through by the weighted sum of standardised scores."""
    rows = [
        np.maximum.reduceat(column, part.question_starts if name == "question" else part.passage_starts)
        for name in FIELDS
        for column in scores.fields[name]
    ]
    raw = np.stack([*rows, scores.topic])
    mean, spread = usual(part, raw, shown)
    standard = (raw - mean) / (spread + 1e-6)
    fused = np.where(shown, fusion @ standard, -np.inf).astype(np.float32)
    order = np.argsort(-fused, kind="stable")[: np.count_nonzero(shown)].tolist()
    return Ranking(scores.terms, raw, standard, fused, order, scores.refused)


def usual(part: Part, raw: Floats, shown: Shown) -> tuple[Floats, Floats]:
    """Give each searcher's mean and spread, as columns: of all articles, or of those that stand for all."""
    raw, standing = raw[:, shown], part.standing
    if standing is None:
        mean, spread = raw.mean(1, keepdims=True), raw.std(1, keepdims=True)
    else:
        weights = standing[shown] / standing[shown].sum()
        mean = (raw * weights).sum(1, keepdims=True)
        spread = np.sqrt((((raw - mean) ** 2) * weights).sum(1, keepdims=True))
    for searcher, known in part.usual.items():
        mean[searcher], spread[searcher] = known
    return mean, spread


def best_passage(part: Part, scores: Scores, article: int, fusion: Floats) -> int:
    """Choose the passage of an article that fits the question best."""
    start = int(part.passage_starts[article])
    last = article + 1 == len(part.passage_starts)
    end = len(part.passages) if last else int(part.passage_starts[article + 1])
    fits = fusion[:PASSAGE_SEARCHERS] @ (scores.passages[:, start:end] / scores.passage_spreads)
    fits[0] += LEAD
    return start + int(np.argmax(fits))
