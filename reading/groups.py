"""Texts that mean about the same, put together: for questions that nothing answers and for the review."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reading.encoders import BOTH, MINILM_SHARE, Vectors

# Mean cosine within a group. On the demo's own questions, pairs of one article and of two part about here;
# e5's cosines all lie between .8 and 1.
CLOSE = 0.57
CLOSE_BY_ENCODER = {"minilm": CLOSE, "e5": 0.91, BOTH: MINILM_SHARE * CLOSE + (1 - MINILM_SHARE) * 0.91}
MOST_TEXTS = 3000  # distances of all pairs are held at once: 36 MB


@dataclass(frozen=True, slots=True)
class Group:
    """Texts that belong together: `name` is the most central one, `members` are their places in the list."""

    name: str
    texts: tuple[str, ...]
    members: tuple[int, ...]


def groups_of(texts: Sequence[str], vectors: Vectors, close: float = CLOSE) -> list[Group]:
    """Group n texts by n × d unit vectors of one encoder, the largest group first.

    Average-linkage clustering on cosines: groups join while their mean cosine is at least `close`, which
    `CLOSE_BY_ENCODER` names for the shipped encoders. Of more than MOST_TEXTS the last ones are grouped.
    """
    first = max(0, len(texts) - MOST_TEXTS)
    vectors = vectors[first:]
    found: dict[int, list[int]] = defaultdict(list)
    for place, label in enumerate(_labels(vectors, close)):
        found[label].append(place)
    groups = [_group(texts[first:], vectors, places, first) for places in found.values()]
    return sorted(groups, key=lambda group: (-len(group.members), group.members[0]))


def _labels(vectors: Vectors, close: float) -> list[int]:
    from sklearn.cluster import AgglomerativeClustering

    if len(vectors) < 2:
        return list(range(len(vectors)))
    distances = np.clip(1 - vectors @ vectors.T, 0, 2)
    clusters = AgglomerativeClustering(
        n_clusters=None, metric="precomputed", linkage="average", distance_threshold=1 - close
    )
    return [int(label) for label in clusters.fit_predict(distances)]


def _group(texts: Sequence[str], vectors: Vectors, places: list[int], first: int) -> Group:
    own = vectors[places]
    central = places[int(np.argmax(own @ own.mean(0)))]
    return Group(
        texts[central],
        tuple(texts[place] for place in places),
        tuple(first + place for place in places),
    )
