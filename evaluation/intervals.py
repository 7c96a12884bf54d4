"""How sure a figure is: 95 % intervals of shares and of anything that can be resampled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

Row = TypeVar("Row")

CONFIDENCE = 0.95
RESAMPLES = 500
SEED = 0


def of_share(hits: int, n: int) -> tuple[float, float]:
    """Give the exact interval of a share of n (Clopper and Pearson 1934)."""
    from scipy.stats import beta

    tail = (1 - CONFIDENCE) / 2
    low = float(beta.ppf(tail, hits, n - hits + 1)) if hits else 0.0
    high = float(beta.ppf(1 - tail, hits + 1, n - hits)) if hits < n else 1.0
    return round(low, 4), round(high, 4)


def of_resampled(statistic: Callable[[Sequence[Row]], float | None], rows: Sequence[Row]) -> list[float]:
    """Give the interval of a statistic over rows drawn anew with replacement (Efron 1979, percentiles)."""
    chance = np.random.default_rng(SEED)
    values = []
    for _ in range(RESAMPLES):
        value = statistic([rows[i] for i in chance.integers(0, len(rows), len(rows))])
        if value is not None:
            values.append(value)
    if not values:
        return []
    tail = 100 * (1 - CONFIDENCE) / 2
    return [round(float(value), 4) for value in np.percentile(values, [tail, 100 - tail])]
