"""Figures of a ranking of outcomes by how sure one was: areas, and what can be answered at an error rate."""

from __future__ import annotations

import numpy as np

from knowledge.arrays import Doubles


def auroc(scores: Doubles, positive: Doubles) -> float | None:
    """Give the chance that a positive scores above a negative (Mann-Whitney U, ties half)."""
    ones = int(positive.sum())
    if not 0 < ones < len(positive):
        return None
    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    above = ranks[positive > 0].sum() - ones * (ones + 1) / 2
    return float(above / (ones * (len(positive) - ones)))


def coverage_at(error_rate: float, scores: Doubles, right: Doubles) -> float:
    """Give the largest share of all that can be answered, by falling score, with at most so many wrong."""
    order = np.argsort(-scores, kind="stable")
    wrong, answered = np.cumsum(right[order] == 0), np.arange(1, len(scores) + 1)
    whole = np.append(np.diff(scores[order]) != 0, True)  # equal scores are answered together or not at all
    kept = np.flatnonzero(whole & (wrong <= error_rate * answered + 1e-9))
    return float((kept[-1] + 1) / len(scores)) if len(kept) else 0.0


def curve(scores: Doubles, right: Doubles) -> list[tuple[float, float]]:
    """Give (share answered, share of these wrong) for each number answered, by falling score."""
    order = np.argsort(-scores, kind="stable")
    answered = np.arange(1, len(scores) + 1)
    wrong = np.cumsum(right[order] == 0) / answered
    return [(round(a / len(scores), 4), round(float(w), 4)) for a, w in zip(answered, wrong, strict=True)]
