"""Two models on the same texts: F1 with confidence intervals, and the paired difference, by bootstrap.

Texts are drawn with replacement, both models answering each draw (Efron and Tibshirani 1993, chapter 16;
paired as in Koehn 2004), so that what both get right or wrong alike widens nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

DRAWS = 1000
SEED = 20
LOWER, UPPER = 0.05, 0.95


@dataclass(frozen=True, slots=True)
class Difference:
    """F1 of both models on `n` texts; `lower`: the one-sided 95 % bound of the gain."""

    n: int
    live: float
    live_between: tuple[float, float]
    candidate: float
    candidate_between: tuple[float, float]
    gain: float
    lower: float
    upper: float

    def to_json(self) -> dict[str, Any]:
        """Return the figures, rounded."""
        return {
            name: [round(one, 4) for one in value] if isinstance(value, tuple) else round(value, 4)
            for name, value in asdict(self).items()
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """The difference over all texts (macro-F1), and on each intent."""

    overall: Difference
    intents: Mapping[str, Difference]


def compare(gold: Sequence[str], live: Sequence[str], candidate: Sequence[str]) -> Comparison:
    """Compare two models' intents with the true ones."""
    if not gold:
        return Comparison(Difference(0, 0.0, (0.0, 1.0), 0.0, (0.0, 1.0), 0.0, -1.0, 1.0), {})
    intents = sorted(set(gold))
    counts = np.random.default_rng(SEED).multinomial(len(gold), [1 / len(gold)] * len(gold), size=DRAWS)
    draws = np.concatenate([np.ones((1, len(gold))), counts])  # the first row is the set as it is
    true = _flags(gold, intents)
    both = [_f1(draws, true, _flags(said, intents)) for said in (live, candidate)]
    sizes = true.sum(axis=0)
    overall = _difference(len(gold), *(f1.mean(axis=1) for f1 in both))
    each = {
        intent: _difference(int(sizes[place]), *(f1[:, place] for f1 in both))
        for place, intent in enumerate(intents)
    }
    return Comparison(overall, each)


def _flags(labels: Sequence[str], intents: Sequence[str]) -> Flags:
    return np.array([[label == intent for intent in intents] for label in labels])


def _f1(draws: Floats, true: Flags, said: Flags) -> Floats:
    """Return F1 for each draw and intent: 2 TP / (2 TP + FP + FN); an intent not drawn counts as 1."""
    hits = draws @ (true & said)
    total = draws @ true + draws @ said
    return np.where(total > 0, 2 * hits / np.maximum(total, 1), 1.0)


def _difference(n: int, live: Floats, candidate: Floats) -> Difference:
    gains = candidate - live
    bounds = [
        (float(np.quantile(f1[1:], LOWER)), float(np.quantile(f1[1:], UPPER))) for f1 in (live, candidate)
    ]
    return Difference(
        n=n,
        live=float(live[0]),
        live_between=bounds[0],
        candidate=float(candidate[0]),
        candidate_between=bounds[1],
        gain=float(gains[0]),
        lower=float(np.quantile(gains[1:], LOWER)),
        upper=float(np.quantile(gains[1:], UPPER)),
    )
