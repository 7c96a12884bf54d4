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
# Unit vectors nearer than this are one group however dense their surroundings; e5's cosines all lie high.
CLOSE = {"e5": 0.93}
CLOSE_ELSE = 0.72
NAME_WORDS = 3
WORDS = re.compile(rf"[{CJK}]+|[^\W_{CJK}]+(?:['’-][^\W_{CJK}]+)*")
# fmt: off
EMPTY_WORDS = frozenset([
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
    """Cluster n × d unit vectors; `close` is the cosine above which two of them are never parted."""
    if len(vectors) < SMALLEST + 1:
        return _few(vectors, close)
    from sklearn.cluster import HDBSCAN

    found = HDBSCAN(
        min_cluster_size=SMALLEST,
        min_samples=1,
        cluster_selection_method="leaf",
        cluster_selection_epsilon=math.sqrt(2 - 2 * close),
        copy=True,
    ).fit_predict(vectors.astype(np.float64))
    rows: dict[int, list[int]] = defaultdict(list)
    alone: list[list[int]] = []
    for row, label in enumerate(found):
        if label < 0:
            alone.append([row])
        else:
            rows[int(label)].append(row)
    return [part for group in rows.values() for part in _split(vectors, group, close)] + alone


def _few(vectors: Floats, close: float) -> list[list[int]]:
    alike = len(vectors) == SMALLEST and float(vectors[0] @ vectors[1]) >= close
    return [[0, 1]] if alike else [[row] for row in range(len(vectors))]


def _split(vectors: Floats, group: list[int], close: float) -> list[list[int]]:
    """Part a chain whose ends mean different things: what is far from the centre stands apart."""
    own = vectors[group]
    central = own[int(np.argmax(own @ own.mean(0)))]
    near = own @ central >= close - 0.12
    inside = [row for row, keep in zip(group, near, strict=True) if keep]
    return [inside, *([row] for row, keep in zip(group, near, strict=True) if not keep)]


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
