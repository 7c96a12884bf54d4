"""What sets each article apart: a linear map from vectors to articles, learned from their own texts.

Ridge regression of "this text is of article a" on the vectors of all its passages, headings and questions. It
takes out what all articles of a base share, which plain cosines keep: on FeedbackQA's WHO pages it alone
ranks .80 of the questions right, cosines with the passages .71.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.arrays import Floats, Ints, blocks, mapped
from reading.encoders import First, own_of

RIDGE = 3.0
ARRAYS = ("weights", "mean", "inverse", "counts")


@dataclass(frozen=True)
class Topic:
    """The map (`weights`: articles × d), the mean vector, the inverse Gram matrix, and texts per article.

    `texts` and `articles` count those of the whole base, also in a map that `of` narrowed to some articles.
    """

    weights: Floats
    mean: Floats
    inverse: Floats
    counts: Floats
    texts: float
    articles: int

    @classmethod
    def learn(cls, fields: Sequence[tuple[NDArray[Any], Ints]], first: First | None = None) -> Topic:
        """Learn from fields of unit vectors (n × d) and the first row of each article in them.

        Every article weighs the same, however many texts it has. `first`: learn from its own vectors alone.
        """
        sizes = [np.diff(np.append(starts, len(vectors))) for vectors, starts in fields]
        counts = np.sum(sizes, axis=0).astype(np.float32)
        balance = counts.mean() / counts
        mean = _mean([vectors for vectors, _ in fields], first)
        gram = RIDGE * np.eye(len(mean))
        each = np.zeros((len(counts), len(mean)), np.float32)
        for (vectors, starts), size in zip(fields, sizes, strict=True):
            owners = np.repeat(np.arange(len(counts)), size)
            for block in blocks(len(vectors)):
                centred = own_of(vectors[block], first) - mean
                gram += (centred * balance[owners[block], None]).T @ centred
            for some in blocks(len(counts)):
                rows = slice(starts[some.start], starts[some.stop - 1] + size[some.stop - 1])
                sums = np.add.reduceat(own_of(vectors[rows], first), starts[some] - rows.start)
                each[some] += (sums - size[some, None] * mean) * balance[some, None]
        inverse = np.linalg.inv(gram).astype(np.float32)
        every = each.sum(0, dtype=np.float64).astype(np.float32)
        weights = each @ inverse - np.outer(counts / counts.sum(), every @ inverse)
        return cls(weights.astype(np.float32), mean, inverse, counts, float(counts.sum()), len(counts))

    def score(self, vector: Floats) -> Floats:
        """Score every article."""
        return np.asarray(self.weights, np.float32) @ (vector - self.mean)

    def score_without(self, vector: Floats, article: int) -> Floats:
        """Score a text that was learned from as of `article`, as if it had not been.

        f' = (f - h y) / (1 - h) with h the text's leverage (Allen 1974, "PRESS"); exact but for the mean.
        """
        centred = vector - self.mean
        leverage = float(centred @ self.inverse @ centred * self.texts / self.articles / self.counts[article])
        target = -self.counts / self.texts
        target[article] += 1
        return np.asarray((self.score(vector) - leverage * target) / (1 - leverage), np.float32)

    def of(self, articles: Ints) -> Topic:
        """Give the same map for some of the articles."""
        return replace(self, weights=np.take(self.weights, articles, 0), counts=self.counts[articles])

    def save(self, folder: Path) -> None:
        """Write the map into a new folder."""
        folder.mkdir()
        for name in ARRAYS:
            np.save(folder / f"{name}.npy", getattr(self, name))

    @classmethod
    def open(cls, folder: Path) -> Topic:
        """Map the map."""
        weights, mean, inverse, counts = (mapped(folder / f"{name}.npy") for name in ARRAYS)
        return cls(weights, mean, inverse, counts, float(counts.sum()), len(counts))


@dataclass(frozen=True)
class Topics:
    """The maps of a part: that of whole vectors, and that of a first look, if there is one."""

    whole: Topic
    first: Topic | None = None
    look: First | None = None

    def score(self, vector: Floats) -> Floats:
        """Score every article."""
        topic, vector = self._of(vector)
        return topic.score(vector)

    def score_without(self, vector: Floats, article: int) -> Floats:
        """Score a text that was learned from as of `article`, as if it had not been."""
        topic, vector = self._of(vector)
        return topic.score_without(vector, article)

    def of(self, articles: Ints) -> Topics:
        """Give the same maps for some of the articles."""
        return replace(
            self, whole=self.whole.of(articles), first=self.first.of(articles) if self.first else None
        )

    def _of(self, vector: Floats) -> tuple[Topic, Floats]:
        if self.first is None or self.look is None or len(vector) == len(self.whole.mean):
            return self.whole, vector
        return self.first, self.look.unasked(vector)


def _mean(fields: Sequence[NDArray[Any]], first: First | None) -> Floats:
    total = np.zeros(first.dimension if first else fields[0].shape[1])
    for vectors in fields:
        for block in blocks(len(vectors)):
            total += own_of(vectors[block], first).sum(0, dtype=np.float64)
    return (total / sum(map(len, fields))).astype(np.float32)
