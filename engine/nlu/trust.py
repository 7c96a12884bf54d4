"""How far the first intent can be trusted: the chance that it is right, and from which one on it is taken."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

LEAST = 1e-6
NOTHING_LIKE = -1.0  # the cosine with an intent that an encoder has no example of


@dataclass(frozen=True)
class Remembered:
    """The training examples' vectors of one encoder (n, D), unit length, sorted by intent (n)."""

    vectors: np.ndarray
    intents: np.ndarray

    @classmethod
    def of(cls, vectors: np.ndarray, intents: np.ndarray) -> "Remembered":
        """Sort examples by intent."""
        order = np.argsort(intents, kind="stable")
        return cls(np.ascontiguousarray(vectors[order], np.float32), intents[order])

    @cached_property
    def starts(self) -> np.ndarray:
        """Where each intent's examples begin."""
        return np.flatnonzero(np.diff(self.intents, prepend=-1))

    def likeness(self, vectors: np.ndarray, count: int) -> np.ndarray:
        """Return for each vector (rows, D) its cosine with the nearest example of each intent, (rows, K)."""
        likeness = np.full((len(vectors), count), NOTHING_LIKE, np.float32)
        nearest = np.maximum.reduceat(vectors @ self.vectors.T, self.starts, axis=1)
        likeness[:, self.intents[self.starts]] = nearest
        return likeness


@dataclass(frozen=True)
class Trust:
    """A logistic regression over `signs_of`; an intent is taken from `threshold` on.

    `promised`: a test says, with 95 % confidence, that at most so large a share of what is taken is wrong;
    None where there was too little to test.
    """

    weights: np.ndarray
    bias: float
    threshold: float
    promised: float | None

    def sure(self, mixed: np.ndarray, margins: np.ndarray, likeness: np.ndarray) -> float:
        """Return the chance that the first intent is right."""
        signs = signs_of(mixed[None], margins[None], likeness[None])
        return float(probability(signs, self.weights, self.bias)[0])


def probability(signs: np.ndarray, weights: np.ndarray, bias: float) -> np.ndarray:
    """Return the chance of being right for each row of signs."""
    chance: np.ndarray = 1 / (1 + np.exp(-np.clip(signs @ weights + bias, -15, 15)))
    return chance


def signs_of(probabilities: np.ndarray, margins: np.ndarray, likeness: np.ndarray) -> np.ndarray:
    """Describe rows (n, K) of mixed probabilities, support vectors' margins and likeness, shape (n, 7).

    The log odds of the first intent and how far it is ahead; the largest margin and how far that is ahead;
    the cosine with the nearest example of the first intent, of any, and what other intents' best lacks of it.
    """
    first, second = _two_largest(probabilities)
    margin, next_margin = _two_largest(margins)
    rows, chosen = np.arange(len(probabilities)), probabilities.argmax(axis=-1)
    own, others = likeness[rows, chosen], likeness.copy()
    others[rows, chosen] = NOTHING_LIKE
    return np.stack(
        [
            np.log(first + LEAST) - np.log(1 - first + LEAST),
            np.log(first + LEAST) - np.log(second + LEAST),
            margin,
            margin - next_margin,
            own,
            likeness.max(axis=-1),
            own - others.max(axis=-1),
        ],
        axis=-1,
    )


def _two_largest(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    largest = np.partition(rows, -2, axis=-1)[..., -2:]
    return largest[..., 1], largest[..., 0]
