"""Fits how far intents can be trusted, by examples that were held out and by intents that were withheld.

Nobody labels what is out of scope. But an example whose whole intent was withheld from a fit is out of that
fit's scope: to take any intent for it is wrong. The threshold is then tested as that of the answers is.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import gamma
from sklearn.linear_model import LogisticRegression

from engine.nlu.trust import probability

UNCOVERED = 0.05  # the share of messages taken to be of no intent; most of what is asked is `ask_question`
WEIGHED = 0.25  # the same while slopes are fitted: were it as small, they would hardly look at these
CONFIDENCE = 0.95
THRESHOLDS = np.round(np.arange(0.99, 0.29, -0.01), 2)
FEWEST_TAKEN = 60  # with fewer, even none wrong proves no 5 %
FEWEST = 100  # examples, held out and withheld together: with fewer nothing is fitted
FOLDS, SEED = 5, 0


@dataclass(frozen=True)
class Outcomes:
    """A row for each example: its signs, whether the first intent is right, whether its own was withheld."""

    signs: np.ndarray
    right: np.ndarray
    withheld: np.ndarray

    def weights(self, uncovered: float) -> np.ndarray:
        """Count the withheld ones as such a share of all messages."""
        share = uncovered / (1 - uncovered) * (~self.withheld).sum() / max(1, self.withheld.sum())
        return np.where(self.withheld, share, 1.0)


@dataclass(frozen=True)
class Rule:
    """A logistic regression over signs, the threshold from which on intents are taken, and its promise."""

    weights: np.ndarray
    bias: float
    threshold: float
    promised: float | None


def fit_rule(outcomes: Outcomes, error_rate: float, careful: float) -> Rule | None:
    """Fit on all outcomes, and test thresholds on what is said of each by a fit that had not seen it.

    `careful`: the threshold where none can be promised. None where there is too little to fit.
    """
    rows, withheld = len(outcomes.right), int(outcomes.withheld.sum())
    if rows < FEWEST or not 0 < withheld < rows or len(np.unique(outcomes.right)) < 2:
        return None
    folds, unseen = np.random.default_rng(SEED).integers(0, FOLDS, rows), np.zeros(rows)
    for fold in range(FOLDS):
        out = folds == fold
        if len(np.unique(outcomes.right[~out])) < 2:
            return None
        unseen[out] = probability(outcomes.signs[out], *_fit(outcomes, ~out))
    counted = outcomes.weights(UNCOVERED)
    threshold = promised(unseen, outcomes.right.astype(bool), counted, error_rate)
    weights, bias = _fit(outcomes, np.ones(rows, bool))
    if threshold is None:
        return Rule(weights, bias, careful, None)
    return Rule(weights, bias, threshold, error_rate)


def promised(sure: np.ndarray, right: np.ndarray, weights: np.ndarray, error_rate: float) -> float | None:
    """Return the lowest threshold from which at most `error_rate` are wrong, with 95 % confidence.

    Learn then Test (Angelopoulos et al. 2021, arXiv 2110.01052): each threshold's hypothesis "more are wrong"
    is tested by an upper bound of the weight that is wrong, from the strictest downwards, up to the first one
    that can not be refuted.
    """
    passed = None
    for threshold in THRESHOLDS:
        taken = sure >= threshold
        answered = weights[taken]
        if answered.sum() >= FEWEST_TAKEN:
            if _most(weights[taken & ~right], answered) > error_rate * answered.sum():
                break
            passed = float(threshold)
    return passed


def _most(counts: np.ndarray, weights: np.ndarray) -> float:
    """Bound what a sum of rare events of different weights stands for from above.

    Fay and Feuer 1997 (Statistics in Medicine 16, 791-801): a gamma quantile with the sum's mean and
    variance, one more event among it; of the usual weight, as Tiwari, Clegg and Zou 2006 (Statistical Methods
    in Medical Research 15, 547-569). Of equal weights it is Garwood's exact bound of a Poisson count.
    """
    mean, variance = counts.sum() + weights.mean(), (counts**2).sum() + (weights**2).mean()
    return float(gamma.ppf(CONFIDENCE, mean**2 / variance, scale=variance / mean))


def _fit(outcomes: Outcomes, rows: np.ndarray) -> tuple[np.ndarray, float]:
    """Fit a logistic regression on signs: slopes that tell strangers apart, then their scale and the bias."""
    signs, right = outcomes.signs[rows], outcomes.right[rows]
    spread = signs.std(axis=0) + 1e-9
    apart = LogisticRegression(max_iter=500)
    apart.fit(signs / spread, right, sample_weight=outcomes.weights(WEIGHED)[rows])
    slopes = apart.coef_[0] / spread
    scaled = LogisticRegression(max_iter=500)
    scaled.fit((signs @ slopes)[:, None], right, sample_weight=outcomes.weights(UNCOVERED)[rows])
    scale = float(scaled.coef_[0, 0])
    return slopes * scale, float(scaled.intercept_[0])
