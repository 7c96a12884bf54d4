"""Texts of the log that mean about the same stand together, and each group gets a name of a few words.

Groups: HDBSCAN (Campello, Moulavi and Sander 2013; scikit-learn's) over the sentence vectors, each encoder's
apart, since two encoders are two spaces. Names: class-based TF-IDF (Grootendorst 2022, BERTopic): words that
are frequent within a group and rare in the others.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from reading.script import CJK
from reading.tokens import terms

Floats = NDArray[np.float32]

SMALLEST = 2
# Centres nearer than this are one group; e5's cosines all lie high.
CLOSE = {"e5": 0.93}
CLOSE_ELSE = 0.62
NAME_WORDS = 3
WORDS = re.compile(rf"[{CJK}]+|[^\W_{CJK}]+(?:['’-][^\W_{CJK}]+)*")
# fmt: off
EMPTY_WORDS = frozenset([
    "about", "all", "after", "again", "also", "am", "as", "at", "before", "did", "he", "here",
    "him", "more", "she", "than", "them", "then", "these", "those", "what's",
    "com", "example", "http", "name", "lo", "sam", "小明",
    "a", "an", "and", "any", "are", "be", "been", "but", "by", "can", "could", "do", "does", "for",
    "from", "get", "got", "had", "has", "have", "how", "i", "i'm", "if", "in", "is", "it", "it's",
    "its", "just", "me", "my", "no", "not", "of", "on", "or", "please", "so", "that", "the",
    "there", "they", "this", "to", "too", "up", "was", "we", "what", "when", "where", "which",
    "who", "why", "will", "with", "would", "you", "your", "的", "了", "吗", "呢", "我", "你", "您",
    "是", "在", "有", "要", "怎么", "什么", "可以", "不", "能", "请", "请问", "和", "就", "都",
    "还", "这", "那", "啊", "吧", "想", "会", "给", "到", "没", "没有", "一下",
])
# fmt: on


def groups_of(vectors: Sequence[bytes], encoders: Sequence[str]) -> list[list[int]]:
    """Return the groups as places in the list, the largest first; what is like nothing else stands alone."""
    by_encoder: dict[str, list[int]] = defaultdict(list)
    for place, encoder in enumerate(encoders):
        by_encoder[encoder].append(place)
    groups: list[list[int]] = []
    for encoder, places in by_encoder.items():
        matrix = np.stack([np.frombuffer(vectors[place], "<f4") for place in places])
        groups += [[places[row] for row in rows] for rows in clusters(matrix, CLOSE.get(encoder, CLOSE_ELSE))]
    return sorted(groups, key=lambda group: (-len(group), group[0]))


def clusters(vectors: Floats, close: float = CLOSE_ELSE) -> list[list[int]]:
    """Cluster n × d unit vectors: HDBSCAN's leaves, then those joined whose centres are nearer than `close`.

    The leaves alone part what is one matter where few texts are, and leave a pair of likes unjoined.
    """
    leaves = [part for leaf in _leaves(vectors) for part in _split(vectors, leaf, close)]
    if len(leaves) < 2:
        return leaves
    from sklearn.cluster import AgglomerativeClustering

    centres = np.stack([_centre(vectors[leaf]) for leaf in leaves])
    joined = AgglomerativeClustering(
        n_clusters=None, metric="cosine", linkage="average", distance_threshold=1 - close
    ).fit_predict(centres)
    rows: dict[int, list[int]] = defaultdict(list)
    for leaf, label in zip(leaves, joined, strict=True):
        rows[int(label)] += leaf
    return [sorted(group) for group in rows.values()]


def _leaves(vectors: Floats) -> list[list[int]]:
    if len(vectors) <= SMALLEST:
        return [[row] for row in range(len(vectors))]
    from sklearn.cluster import HDBSCAN

    found = HDBSCAN(
        min_cluster_size=SMALLEST, min_samples=1, cluster_selection_method="leaf", copy=True
    ).fit_predict(vectors.astype(np.float64))
    rows: dict[int, list[int]] = defaultdict(list)
    for row, label in enumerate(found):
        rows[int(label) if label >= 0 else -1 - row].append(row)
    return list(rows.values())


def _split(vectors: Floats, group: list[int], close: float) -> list[list[int]]:
    """Part a chain whose ends mean different things: what is far from the others' centre stands apart."""
    if len(group) == 1:
        return [group]
    own = vectors[group]
    others = own.sum(0) - own
    others /= np.maximum(np.linalg.norm(others, axis=1, keepdims=True), 1e-9)
    near = (own * others).sum(1) >= close
    inside = [row for row, keep in zip(group, near, strict=True) if keep]
    alone = [[row] for row, keep in zip(group, near, strict=True) if not keep]
    return [inside, *alone] if inside else alone


def _centre(own: Floats) -> Floats:
    total = own.mean(0)
    centre: Floats = total / (np.linalg.norm(total) or 1)
    return centre


def names_of(groups: Sequence[Sequence[str]]) -> list[str]:
    """Name each group of texts by its most telling words."""
    counted = [_words(texts) for texts in groups]
    spread: Counter[str] = Counter()
    for words in counted:
        spread.update(words)
    mean = sum(spread.values()) / max(1, len(groups))
    return [_name(words, spread, mean) for words in counted]


def _name(words: Counter[str], spread: Mapping[str, int], mean: float) -> str:
    total = sum(words.values()) or 1
    weight = {word: count / total * math.log(1 + mean / spread[word]) for word, count in words.items()}
    best = sorted(weight, key=lambda word: (-weight[word], word))
    return " · ".join(best[:NAME_WORDS])


def _words(texts: Sequence[str]) -> Counter[str]:
    """Count the words of texts, each form under its stem's most frequent one, empty words left out."""
    forms: dict[str, Counter[str]] = defaultdict(Counter)
    for text in texts:
        for run in WORDS.findall(text.lower()):
            for stem in terms(run):
                form = stem if re.match(f"[{CJK}]", run) else run
                if form not in EMPTY_WORDS and stem not in EMPTY_WORDS and not form.isdigit():
                    forms[stem][form] += 1
    return Counter({each.most_common(1)[0][0]: each.total() for each in forms.values()})
