"""Which texts to label next: those the model is least sure of, spread over what people say.

Method: margin sampling (Scheffer, Decomain and Wrobel 2001: the gap between the two best intents) made
diverse by clusters as in Cluster-Margin (Citovsky et al. 2021, "Batch Active Learning at Scale"): the
most uncertain are gathered, then taken in turns from their clusters, the smallest cluster first, the most
uncertain of each first. In the queue a cluster is a group of like texts that one keypress judges whole.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

GATHERED = 4  # times as many uncertain texts are gathered as are chosen


def margin_of(confidences: Sequence[float]) -> float:
    """Return the gap between the two best confidences; 1 when there is nothing to confuse."""
    best = sorted(confidences, reverse=True)[:2]
    return best[0] - best[1] if len(best) == 2 else 1.0


def choose(margins: Sequence[float], cluster: Sequence[int], count: int) -> list[int]:
    """Choose `count` places: of the narrowest margins, in turns from each cluster."""
    order = np.argsort(np.asarray(margins), kind="stable")[: max(count, count * GATHERED)]
    members: dict[int, deque[int]] = {}
    for place in order:
        members.setdefault(cluster[place], deque()).append(int(place))
    waiting = deque(sorted(members.values(), key=len))
    chosen: list[int] = []
    while waiting and len(chosen) < count:
        group = waiting.popleft()
        chosen.append(group.popleft())
        if group:
            waiting.append(group)
    return chosen


def spread_out(
    usefulness: Sequence[float],
    vectors: Sequence[NDArray[np.float32]],
    kinds: Sequence[str],
    likeness: float = 0.5,
) -> list[int]:
    """Order groups by usefulness, each lessened by its likeness to those before it in the order.

    Maximal marginal relevance (Carbonell and Goldstein 1998): the top of the queue is not one matter in ten
    wordings. `kinds` names each vector's encoder; vectors of two encoders are alike in nothing.
    """
    worth, names = np.asarray(usefulness, np.float64), np.asarray(kinds)
    rows = {kind: np.flatnonzero(names == kind) for kind in set(kinds)}
    matrices = {kind: np.stack([vectors[int(place)] for place in places]) for kind, places in rows.items()}
    closest, left = np.zeros(len(worth)), np.ones(len(worth), bool)
    ordered: list[int] = []
    for _ in range(len(worth)):
        at = int(np.argmax(np.where(left, worth - likeness * closest, -np.inf)))
        left[at] = False
        ordered.append(at)
        same = rows[kinds[at]]
        closest[same] = np.maximum(closest[same], np.clip(matrices[kinds[at]] @ vectors[at], 0, 1) ** 2)
    return ordered


def weigh(signals: Mapping[str, float]) -> float:
    """Return how useful a text is: the chance that at least one of its signals is right (noisy or)."""
    return 1 - float(np.prod([1 - weight for weight in signals.values()])) if signals else 0.0
