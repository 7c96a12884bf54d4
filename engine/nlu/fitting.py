"""Fits the heads with scikit-learn and mixes them by what they say of examples they have not seen."""

import os
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, hstack
from sklearn.decomposition import TruncatedSVD
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import StratifiedKFold
from sklearn.neural_network import MLPClassifier
from sklearn.svm import LinearSVC

from engine.nlu.heads import (
    Layers,
    LikenessHead,
    LinearHead,
    Mixture,
    NetworkHead,
    Scale,
    TextFeatures,
    softmax,
)
from engine.nlu.promise import Outcomes, fit_rule
from engine.nlu.trust import NOTHING_LIKE, Remembered, Trust, signs_of

SEED = 0
# All numbers were chosen by cross-validation on public training sets.
MARGIN_C = 0.5  # how much an example on the wrong side costs
DENSE_GAIN = 1.5  # how much a centred vector counts beside the grams
NETWORKS, HIDDEN_UNITS, DECAY, LEARNING_RATE, BATCH = 4, 512, 0.1, 3e-4, 128
FEWEST_EPOCHS, FEWEST_STEPS = 20, 600
FOLDED = 300  # numbers that the grams are folded to for the networks
LARGEST = 4  # an intent counts at most as much as this many intents of middling size
FEWEST_ROWS = 40  # an encoder with fewer examples gets no network
FOLDS = 5
TRAINED_FOR_MIXING = 3_000  # examples fitted again to mix by: a small set affords, and needs, all parts
BLOCK = 512  # examples whose cosines are taken at once
FEWEST_TO_WITHHOLD = 10  # intents; of fewer none is withheld
UNSEEN_SCORE = -30.0  # of an intent that an encoder has no example of
EPSILON = 1e-12
WEIGHED = (0.0, 50.0)  # a head's weight; examples that it tells apart without fault would make it endless

Heads = tuple[LinearHead, NetworkHead, LikenessHead]


@dataclass(frozen=True)
class Examples:
    """Training texts as features: grams (n, G), vectors and encoders by row, intents as numbers below K."""

    grams: csr_matrix
    vectors: list[np.ndarray]
    encoders: np.ndarray
    intents: np.ndarray
    count: int

    def take(self, rows: np.ndarray) -> "Examples":
        """Return some of the examples."""
        vectors = [self.vectors[i] for i in rows]
        return Examples(self.grams[rows], vectors, self.encoders[rows], self.intents[rows], self.count)

    def text(self, row: int) -> TextFeatures:
        """Return one example as the heads see it."""
        grams = self.grams[row]
        return TextFeatures(grams.indices, grams.data, self.encoders[row], self.vectors[row])

    def dense(self, encoder: str, rows: np.ndarray | None = None) -> np.ndarray:
        """Return the vectors of one encoder, shape (rows, D)."""
        rows = np.flatnonzero(self.encoders == encoder) if rows is None else rows
        return np.stack([self.vectors[i] for i in rows]).astype("float32")


@dataclass(frozen=True)
class Unseen:
    """Each head's scores (n, K) of examples that it was not fitted on; `withheld`: nor on their intent.

    `likeness`: the cosine with the nearest example of each intent, of those that the heads were fitted on.
    """

    scores: list[np.ndarray]
    truth: np.ndarray
    withheld: np.ndarray
    likeness: np.ndarray


def fit_mixture(examples: Examples, error_rate: float = 0.10, careful: float = 0.35) -> Mixture:
    """Fit all heads on all examples; mix them, and learn how far to trust them, by held-out parts.

    `error_rate`: the largest share of wrong ones among the intents taken; `careful`: the probability to take
    one from when there is too little to promise that.
    """
    folding = fold(examples.grams)  # knows no intent, so the held-out parts may share it
    heads = fit_heads(examples, folding)
    unseen = _held_out(examples, folding)
    known, truth = ~unseen.withheld, unseen.truth[~unseen.withheld]
    scores = np.stack(unseen.scores)
    weights = _weights(scores[:, known], truth)
    mixed = softmax(np.tensordot(weights, scores, 1))
    right = (mixed.argmax(axis=1) == unseen.truth) & known
    signs = signs_of(mixed, unseen.scores[0], unseen.likeness)
    rule = fit_rule(Outcomes(signs, right, unseen.withheld), error_rate, careful)
    return Mixture(*heads, weights, Trust(**vars(rule)) if rule else None, careful)


def fit_heads(examples: Examples, folding: np.ndarray) -> Heads:
    """Fit support vectors on grams and vectors, networks on vectors and folded grams; remember examples."""
    scales, near = scales_of(examples), _remembered(examples)
    spreads = {encoder: _cosines_spread(remembered.vectors) for encoder, remembered in near.items()}
    likeness = LikenessHead(near, spreads, examples.count)
    return fit_linear(examples, scales), _networks(examples, scales, folding), likeness


def scales_of(examples: Examples) -> dict[str, Scale]:
    """Return centre and spread of each encoder's vectors."""
    return {encoder: spread_of(examples.dense(encoder)) for encoder in np.unique(examples.encoders)}


def spread_of(vectors: np.ndarray) -> Scale:
    """Return centre and spread of vectors (n, D)."""
    return Scale(vectors.mean(axis=0), max(float(vectors.std(axis=0).mean()), 1e-6))


def _shares(intents: np.ndarray, count: int) -> np.ndarray:
    """Return for each intent how much an example of it counts: less where it would swallow the others."""
    sizes = np.maximum(np.bincount(intents, minlength=count), 1)
    return np.minimum(1, LARGEST * np.median(sizes) / sizes)


def fit_linear(examples: Examples, scales: dict[str, Scale]) -> LinearHead:
    """Fit one-against-all support vectors; columns of its own give each encoder a head of its own."""
    blocks, starts, start = [examples.grams], {}, examples.grams.shape[1]
    for encoder, scale in scales.items():
        rows = np.flatnonzero(examples.encoders == encoder)
        # Unit spread would drown the grams; a gain on vectors of about unit length keeps them level.
        block = np.zeros((len(examples.vectors), len(scale.centre)), dtype="float32")
        block[rows] = scale(examples.dense(encoder)) * (DENSE_GAIN * scale.spread)
        starts[encoder], start = start, start + block.shape[1]
        blocks.append(csr_matrix(block))
    weights = dict(enumerate(_shares(examples.intents, examples.count)))
    machine = LinearSVC(C=MARGIN_C, class_weight=weights, random_state=SEED)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # near enough: the mixture is what is measured
        machine.fit(hstack(blocks).tocsr(), examples.intents)
    coefficients, bias = _all_intents(machine, examples.count)
    dense = {
        encoder: coefficients[starts[encoder] : starts[encoder] + len(scale.centre)]
        * (DENSE_GAIN * scale.spread)
        for encoder, scale in scales.items()
    }
    return LinearHead(coefficients[: examples.grams.shape[1]], bias, dense, scales)


def _all_intents(machine: LinearSVC, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return coefficients (features, K) and bias (K); of two intents scikit-learn keeps one row alone."""
    rows, bias = machine.coef_, machine.intercept_
    if len(machine.classes_) == 2:
        rows, bias = np.concatenate([-rows, rows]), np.concatenate([-bias, bias])
    coefficients = np.zeros((rows.shape[1], count), dtype="float32")
    coefficients[:, machine.classes_] = rows.T
    full_bias = np.full(count, -1.0, dtype="float32")
    full_bias[machine.classes_] = bias
    return coefficients, full_bias


def _networks(examples: Examples, scales: dict[str, Scale], folding: np.ndarray) -> NetworkHead:
    folded, networks = (examples.grams @ folding).astype("float32"), {}
    for encoder, scale in scales.items():
        rows = np.flatnonzero(examples.encoders == encoder)
        intents = examples.intents[rows]
        if len(rows) >= FEWEST_ROWS and len(np.unique(intents)) > 1:
            features = np.hstack([scale(examples.dense(encoder)), folded[rows]])
            fit = partial(_layers, features, intents, examples.count)
            with warnings.catch_warnings(), ThreadPoolExecutor(os.cpu_count()) as beside:
                warnings.simplefilter("ignore", ConvergenceWarning)  # stopped early on purpose
                networks[encoder] = list(beside.map(fit, range(SEED, SEED + NETWORKS)))
    return NetworkHead(folding.astype("float16"), networks, scales)


def fold(grams: csr_matrix) -> np.ndarray:
    """Return a matrix (G, R) that folds grams to their main directions, scaled to unit spread."""
    rank = min(FOLDED, min(grams.shape) - 1)
    svd = TruncatedSVD(rank, n_iter=3, random_state=SEED).fit(grams)
    directions = svd.components_.T.astype("float32")
    return directions / float((grams @ directions).std())


def _layers(features: np.ndarray, intents: np.ndarray, count: int, seed: int) -> Layers:
    # scikit-learn's network takes no weights: a part of a large intent's examples is left out instead.
    chance = np.random.default_rng(seed).random(len(intents))
    rows = np.flatnonzero(chance < _shares(intents, count)[intents])
    epochs = max(FEWEST_EPOCHS, FEWEST_STEPS * BATCH // len(rows))
    network = MLPClassifier(
        (HIDDEN_UNITS,),
        alpha=DECAY,
        learning_rate_init=LEARNING_RATE,
        max_iter=epochs,
        batch_size=min(BATCH, len(rows)),
        random_state=seed,
    )
    network.fit(features[rows], intents[rows])
    return _of_all_intents(network, count)


def _of_all_intents(network: MLPClassifier, count: int) -> Layers:
    (inner, outer), (inner_bias, outer_bias) = network.coefs_, network.intercepts_
    if len(network.classes_) == 2:  # one logistic output: the first intent scores nothing
        outer, outer_bias = np.hstack([np.zeros_like(outer), outer]), np.array([0.0, outer_bias[0]])
    full = np.zeros((len(inner_bias), count), dtype="float32")
    full[:, network.classes_] = outer
    full_bias = np.full(count, UNSEEN_SCORE, dtype="float32")
    full_bias[network.classes_] = outer_bias
    return Layers(inner.astype("float32"), inner_bias.astype("float32"), full, full_bias)


def _held_out(examples: Examples, folding: np.ndarray) -> Unseen:
    """Ask heads that saw a part of the examples the others, and those of intents that were withheld."""
    n, intents = len(examples.intents), examples.intents
    parts = min(FOLDS, int(np.bincount(intents).max()))
    if parts < 2:  # one example of each intent: nothing can be held out
        scores, _ = _asked(fit_heads(examples, folding), examples)
        return Unseen(scores, intents, np.zeros(n, bool), np.zeros_like(scores[0]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # an intent with few examples is not in every part
        splitter = StratifiedKFold(parts, shuffle=True, random_state=SEED)
        folds = list(splitter.split(np.zeros(n), intents))
    used, asked = folds[: max(1, min(parts, TRAINED_FOR_MIXING // n))], []
    for gone, (seen, unseen) in zip(_withheld(examples.count, parts), used, strict=False):
        taught = examples.take(seen[~gone[intents[seen]]])
        rows = np.union1d(unseen, np.flatnonzero(gone[intents]))
        new = examples.take(rows)
        scores, likeness = _asked(fit_heads(taught, folding), new)
        scores = [np.where(gone, UNSEEN_SCORE, each) for each in scores]
        asked.append(Unseen(scores, intents[rows], gone[intents[rows]], likeness))
    return Unseen(
        [np.concatenate(each) for each in zip(*(one.scores for one in asked), strict=True)],
        np.concatenate([one.truth for one in asked]),
        np.concatenate([one.withheld for one in asked]),
        np.concatenate([one.likeness for one in asked]),
    )


def _remembered(examples: Examples) -> dict[str, Remembered]:
    every = {
        encoder: np.flatnonzero(examples.encoders == encoder) for encoder in np.unique(examples.encoders)
    }
    return {
        str(encoder): Remembered.of(examples.dense(encoder, rows), examples.intents[rows])
        for encoder, rows in every.items()
    }


def _likeness(head: LikenessHead, new: Examples) -> np.ndarray:
    """Return the cosines of new examples with the nearest of each intent (n, K), block by block."""
    likeness = np.full((len(new.intents), new.count), NOTHING_LIKE, np.float32)
    for encoder, remembered in head.remembered.items():
        rows = np.flatnonzero(new.encoders == encoder)
        for start in range(0, len(rows), BLOCK):
            some = rows[start : start + BLOCK]
            likeness[some] = remembered.likeness(new.dense(encoder, some), new.count)
    return likeness


def _withheld(count: int, parts: int) -> list[np.ndarray]:
    """Choose the intents (a mask of K) that each part withholds; each is withheld by one of them."""
    if count < FEWEST_TO_WITHHOLD:
        return [np.zeros(count, bool)] * parts
    groups = np.random.default_rng(SEED).permutation(count) % parts
    return [groups == part for part in range(parts)]


def _asked(heads: Heads, examples: Examples) -> tuple[list[np.ndarray], np.ndarray]:
    """Return each head's scores of the examples, (n, K), and how like the examples are what was taught."""
    linear, networks, near = heads
    likeness = _likeness(near, examples)
    spreads = np.array([near.spreads.get(encoder, np.inf) for encoder in examples.encoders])
    return [*scores_of((linear, networks), examples), near.scaled(likeness, spreads[:, None])], likeness


def scores_of(heads: Sequence[LinearHead | NetworkHead], examples: Examples) -> list[np.ndarray]:
    """Return each head's scores of the examples, (n, K); 0 where it knows nothing of one."""
    texts = [examples.text(row) for row in range(len(examples.intents))]
    nothing = np.zeros(examples.count)
    return [
        np.stack([nothing if (s := head.scores(text)) is None else s for text in texts]) for head in heads
    ]


def _weights(scores: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return the weights of the heads that make the truth likeliest, of their scores (heads, n, K)."""
    rows = np.arange(len(truth))

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        chances = softmax(np.tensordot(weights, scores, 1))
        true = scores[:, rows, truth]
        slopes = (np.einsum("hnk,nk->hn", scores, chances) - true).mean(axis=1)
        return float(-np.log(chances[rows, truth] + EPSILON).mean()), slopes

    found = minimize(loss, np.ones(len(scores)), jac=True, method="L-BFGS-B", bounds=[WEIGHED] * len(scores))
    weights: np.ndarray = found.x
    return weights


def _cosines_spread(vectors: np.ndarray) -> float:
    some = vectors[np.random.default_rng(SEED).permutation(len(vectors))[:BLOCK]]
    return max(float((some @ some.T).std()), 1e-3)
