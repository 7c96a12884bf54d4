"""Learn a judge from a base's own known questions, asked with and without what would answer them.

Each known question is asked twice: with itself forgotten (its article should still come first), and with its
whole article hidden (nothing should be answered). No label beyond the articles is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from knowledge.decide import Doubles, Judge, Logistic, features_of, shipped_judge
from knowledge.field import Floats
from knowledge.part import Part
from knowledge.search import Scores, Shown, rank, score_known
from reading.tokens import terms

ENOUGH = 60  # known questions; below it the shipped judge serves
UNCOVERED = 0.25  # share of questions taken to have no article
FOLDS = 5
STRENGTH = 0.1  # inverse regularisation of the logistic regressions
KEPT = 20.0  # how strongly the fusion holds on to the shipped weights


@dataclass(frozen=True)
class Try:
    """A known question asked as if it were not known, and the article it belongs to."""

    article: int
    scores: Scores


def rehearse(part: Part, questions: Floats) -> Judge:
    """Fit fusion and decision; `questions` are the vectors of the question field, in its order."""
    shipped = shipped_judge(part.encoder)
    tries = list(_tries(part, questions))
    if len(tries) < ENOUGH:
        return shipped
    fusion = _fit_fusion(part, tries, np.array(shipped.fusion, np.float32))
    features, first, among, weights, groups = _outcomes(part, tries, fusion)
    return Judge(
        tuple(map(float, fusion)),
        _fit_logistic(features, first, weights),
        _fit_logistic(features, among, weights),
        _rehearsed(features, first, weights, groups),
    )


def _tries(part: Part, questions: Floats) -> Iterator[Try]:
    shown = _shown(part)
    for article, start in enumerate(part.question_starts):
        asked = part.articles[article].questions if shown[article] else ()
        for row, text in enumerate(asked, int(start)):
            yield Try(article, score_known(part, questions[row], terms(text), row, article))


def _shown(part: Part) -> Shown:
    return np.array([article.audience == "public" for article in part.articles])


def _fit_fusion(part: Part, tries: list[Try], shipped: Floats) -> Floats:
    """Fit the searchers' weights: softmax over articles of the weighted sum, held near the shipped weights."""
    from scipy.optimize import minimize

    shown = _shown(part)
    stacks = [rank(part, each.scores, shipped, shown).standard[:, shown] for each in tries]
    places = np.cumsum(shown) - 1
    targets = [int(places[each.article]) for each in tries]

    def loss(weights: Doubles) -> tuple[float, Doubles]:
        total, slope = KEPT * float(((weights - shipped) ** 2).sum()), 2 * KEPT * (weights - shipped)
        for stack, target in zip(stacks, targets, strict=True):
            logits = weights @ stack
            shares = np.exp(logits - logits.max())
            shares /= shares.sum()
            total -= float(np.log(shares[target] + 1e-12))
            slope = slope + stack @ shares - stack[:, target]
        return total, slope

    found = minimize(loss, shipped, jac=True, method="L-BFGS-B", bounds=[(0, None)] * len(shipped))
    return np.asarray(found.x, np.float32)


def _outcomes(part: Part, tries: list[Try], fusion: Floats) -> tuple[Doubles, Doubles, Doubles, Doubles, Doubles]:
    """Give features, right first, right among three, weight and article of every question, asked both ways."""
    rows = []
    share = UNCOVERED / (1 - UNCOVERED)
    for each in tries:
        shown = _shown(part)
        ranking = rank(part, each.scores, fusion, shown)
        rows.append((features_of(part, ranking, each.article), ranking.order[0] == each.article, each.article in ranking.order[:3], 1.0, each.article))
        shown[each.article] = False
        ranking = rank(part, each.scores, fusion, shown)
        rows.append((features_of(part, ranking), False, False, share, each.article))
    features, *others = zip(*rows, strict=True)
    first, among, weights, groups = (np.array(column, np.float64) for column in others)
    return np.stack(features), first, among, weights, groups


def _fit_logistic(features: Doubles, right: Doubles, weights: Doubles) -> Logistic:
    from sklearn.linear_model import LogisticRegression

    mean, spread = features.mean(0), features.std(0) + 1e-9
    model = LogisticRegression(C=STRENGTH, max_iter=500).fit((features - mean) / spread, right, sample_weight=weights)
    slopes = model.coef_[0] / spread
    return Logistic(tuple(map(float, slopes)), float(model.intercept_[0] - slopes @ mean))


def _rehearsed(features: Doubles, right: Doubles, weights: Doubles, groups: Doubles) -> tuple[tuple[float, int, float], ...]:
    """Judge every question by a fit that saw no question of its article."""
    found = []
    for fold in range(FOLDS):
        out = groups % FOLDS == fold
        judge = _fit_logistic(features[~out], right[~out], weights[~out])
        found += [
            (judge.probability(row), int(hit), float(weight))
            for row, hit, weight in zip(features[out], right[out], weights[out], strict=True)
        ]
    return tuple(found)
