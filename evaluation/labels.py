"""How many labels choosing saves: those needed until all labels' F1 less a point, chosen and at random.

Simulated as usual in active learning (Settles 2009, section 5): the labels are known but hidden, a batch of
texts is chosen, labelled, and a model is fitted anew. The model is a linear one on sentence vectors and on
word and character n-grams, a light relation of the engine's: it is fitted some hundred times.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.settings import Settings
from learning.choose import choose
from learning.nlufile import NluFile, files_in
from nouns import Problem, Reading
from reading.reader import Reader

Floats = NDArray[np.float32]
Tell = Callable[[int, int], None]

LESS = 0.01
FIRST_SHARE, STEP_SHARE = 0.025, 0.02  # of all texts: labelled at the start, and in each round
GRAMS, SVD_SIZE = 20_000, 256
GRAM_WEIGHT, RIDGE = 0.7, 0.3
TEXTS_A_CLUSTER = 10
FEWEST = 200


@dataclass(frozen=True, slots=True)
class Pool:
    """Texts as features (n, D), their intents as numbers, and the same of the test; `cluster` by text."""

    features: Floats
    intents: NDArray[np.int64]
    test: Floats
    gold: NDArray[np.int64]
    cluster: NDArray[np.int64]
    count: int


async def bench_labels(
    settings: Settings,
    reader: Reader,
    files: tuple[Sequence[Path], Sequence[Path]] | None,
    seeds: int,
    tell: Tell = lambda done, total: None,
) -> dict[str, Any]:
    """Simulate labelling the company's examples, or other Rasa NLU files: to choose from, to test on."""
    data, golden = files or ([settings.nlu_dir], [settings.golden_dir])
    train = _rows(data)
    intents = {intent for _, intent in train}
    test = [row for row in _rows(golden) if row[1] in intents]
    readings = [await reader.read_many([text for text, _ in rows]) for rows in (train, test)]
    pool = await asyncio.to_thread(pool_of, train, test, (readings[0], readings[1]))
    return await asyncio.to_thread(labels_saved, pool, seeds, tell)


def _rows(paths: Sequence[Path]) -> list[tuple[str, str]]:
    """Read each example once, with its intent."""
    files = [file for path in paths for file in ([NluFile.read(path)] if path.is_file() else files_in(path))]
    return list(dict.fromkeys((one.text, intent) for file in files for intent, one in file.examples()))


def pool_of(
    train: Sequence[tuple[str, str]],
    test: Sequence[tuple[str, str]],
    readings: tuple[Sequence[Reading], Sequence[Reading]],
) -> Pool:
    """Turn labelled texts into features, and cluster those to choose from; labels play no part in either."""
    from sklearn.cluster import MiniBatchKMeans

    if len(train) < FEWEST or not test:
        cure = "Name a larger file with --data, such as HWU64's train.yml."
        raise Problem("too_few_texts", 422, f"{len(train)} labelled texts are too few to simulate on.", cure)
    names = sorted({intent for _, intent in [*train, *test]})
    vectors, test_vectors = _dense(readings[0], readings[1])
    grams, test_grams = _grams([text for text, _ in train], [text for text, _ in test])
    clusters = max(2, len(train) // TEXTS_A_CLUSTER)
    found = MiniBatchKMeans(clusters, random_state=0, n_init=1).fit_predict(vectors)
    return Pool(
        _with_one(vectors, grams),
        np.array([names.index(intent) for _, intent in train]),
        _with_one(test_vectors, test_grams),
        np.array([names.index(intent) for _, intent in test]),
        found.astype(np.int64),
        len(names),
    )


def labels_saved(pool: Pool, seeds: int, tell: Tell = lambda done, total: None) -> dict[str, Any]:
    """Return the labels needed, chosen and at random, each the mean over seeds, and the share saved."""
    everything = np.arange(len(pool.intents))
    goal = macro_f1(pool, fit(pool, everything)) - LESS
    needed: dict[str, list[int]] = {"chosen": [], "random": []}
    for seed in range(seeds):
        for place, (way, counts) in enumerate(needed.items()):
            counts.append(labels_needed(pool, goal, chosen=way == "chosen", seed=seed))
            tell(2 * seed + place + 1, 2 * seeds)
    chosen, at_random = (float(np.mean(counts)) for counts in needed.values())
    return {
        "labels_saved_percent": round(100 * (1 - chosen / at_random), 1),
        "labels": len(everything),
        "f1_of_all": round(goal + LESS, 4),
        "needed_chosen": needed["chosen"],
        "needed_random": needed["random"],
    }


def labels_needed(pool: Pool, goal: float, *, chosen: bool, seed: int) -> int:
    """Label batch after batch until the goal is reached; return how many labels that took."""
    random = np.random.default_rng(seed)
    total = len(pool.intents)
    order = random.permutation(total)
    have = list(order[: max(pool.count, int(total * FIRST_SHARE))])
    step = max(10, int(total * STEP_SHARE))
    while len(have) < total:
        weights = fit(pool, np.array(have))
        if macro_f1(pool, weights) >= goal:
            break
        left = np.setdiff1d(order, have, assume_unique=True) if chosen else order[len(have) :]
        have += [int(row) for row in (_choose(pool, weights, left, step) if chosen else left[:step])]
    return len(have)


def fit(pool: Pool, rows: NDArray[np.int64]) -> Floats:
    """Fit a ridge regression on one column an intent; return its weights, D × K."""
    known, wanted = pool.features[rows], np.zeros((len(rows), pool.count), np.float32)
    wanted[np.arange(len(rows)), pool.intents[rows]] = 1
    gram = known.T @ known + RIDGE * np.eye(known.shape[1], dtype=np.float32)
    weights: Floats = np.linalg.solve(gram, known.T @ wanted)
    return weights


def macro_f1(pool: Pool, weights: Floats) -> float:
    """Return the mean F1 over the test's intents."""
    from sklearn.metrics import f1_score

    said = (pool.test @ weights).argmax(1)
    return float(f1_score(pool.gold, said, labels=np.unique(pool.gold), average="macro", zero_division=0))


def _choose(pool: Pool, weights: Floats, left: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    scores = np.partition(pool.features[left] @ weights, -2, axis=1)
    margins = scores[:, -1] - scores[:, -2]
    picked = choose(margins.tolist(), pool.cluster[left].tolist(), min(count, len(left)))
    chosen: NDArray[np.int64] = left[picked]
    return chosen


def _dense(train: Sequence[Reading], test: Sequence[Reading]) -> tuple[Floats, Floats]:
    """Place each vector in its encoder's own columns, less that encoder's mean."""
    sizes = {one.encoder: len(one.vector) // 4 for one in train}
    starts = dict(zip(sizes, np.cumsum([0, *sizes.values()]), strict=False))
    placed = []
    for readings in (train, test):
        rows = np.zeros((len(readings), sum(sizes.values())), np.float32)
        for row, one in zip(rows, readings, strict=True):
            if one.encoder in sizes:
                start = starts[one.encoder]
                row[start : start + sizes[one.encoder]] = np.frombuffer(one.vector, "<f4")
        placed.append(rows)
    for encoder, size in sizes.items():
        own = slice(starts[encoder], starts[encoder] + size)
        used = np.abs(placed[0][:, own]).sum(1) > 0
        mean = placed[0][used][:, own].mean(0)
        for rows in placed:
            rows[np.abs(rows[:, own]).sum(1) > 0, own] -= mean
    return placed[0], placed[1]


def _grams(train: Sequence[str], test: Sequence[str]) -> tuple[Floats, Floats]:
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline, make_union

    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, max_features=GRAMS)
    letters = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True, min_df=2, max_features=GRAMS
    )
    folded = make_pipeline(make_union(words, letters), TruncatedSVD(SVD_SIZE, n_iter=2, random_state=0))
    return folded.fit_transform(train).astype(np.float32), folded.transform(test).astype(np.float32)


def _with_one(vectors: Floats, grams: Floats) -> Floats:
    one = np.ones((len(vectors), 1), np.float32)
    return np.hstack([vectors, GRAM_WEIGHT * grams, one]).astype(np.float32)
