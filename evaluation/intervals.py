"""How sure a figure is: 95 % intervals of shares and of anything that can be resampled."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
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


def of_drawn(statistic: Callable[[Rows], float | None], n: int) -> list[float]:
    """Give the interval of a statistic over n rows, drawn anew with replacement (Efron 1979, percentiles)."""
    chance = np.random.default_rng(SEED)
    drawn = (statistic(chance.integers(0, n, n)) for _ in range(RESAMPLES))
    values = [value for value in drawn if value is not None]
    if not values:
        return []
    tail = 100 * (1 - CONFIDENCE) / 2
    return [round(float(value), 4) for value in np.percentile(values, [tail, 100 - tail])]
