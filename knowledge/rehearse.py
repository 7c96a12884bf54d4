"""Learn a judge from a base's own questions, asked with and without what would answer them.

Each known question is asked twice: with itself forgotten (its article should still come first), and with its
whole article hidden (nothing should be answered). Probes, which the index never holds, are asked the same two
ways and are nearer to what customers write: with enough of them, they decide. No other label is needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from knowledge.arrays import Floats, Ints
from knowledge.decide import Doubles, Judge, Logistic, features_of, shipped_judge
from knowledge.part import Part
from knowledge.search import Scores, Shown, rank, score, score_known
from nouns import Article
from reading.tokens import terms

ENOUGH = 60  # questions; with fewer known ones the shipped judge serves, with fewer probes the known decide
FOLDS = 5
STRENGTH = 0.02  # inverse regularisation of the logistic regressions
THRESHOLDS = np.arange(0.3, 0.995, 0.01)
KEPT = 20.0  # how strongly the fusion holds on to the shipped weights


@dataclass(frozen=True)
class Mix:
    """How a rehearsal stands for real questions.

    `uncovered`: the share of questions taken to have no article. `overlap`: the share of "wrong" rehearsals
    that are answers after all, because articles overlap (of the demo's 50 surest, read singly, half were).
    """

    uncovered: float
    overlap: float


OF_KNOWN = Mix(uncovered=0.15, overlap=0.5)
OF_PROBES = Mix(uncovered=0.25, overlap=0.0)


@dataclass(frozen=True)
class Try:
    """A question asked as if it were new, and the article it belongs to; `known` when the index holds it."""

    article: int
    scores: Scores
    known: bool


@dataclass(frozen=True)
class Outcomes:
    """A row for each question asked: FEATURES, right first, right among three, weight, own article."""

    features: Doubles
    first: Doubles
    among: Doubles
    weights: Doubles
    articles: Doubles


def rehearse(part: Part, questions: Floats, probes: Floats, asked: Ints) -> Judge:
    """Fit fusion and decision; the vectors are those of the question field and of the probes, in order.

    `asked`: the articles whose questions are asked; the others only compete.
    """
    shipped = shipped_judge(part.encoder)
    known = list(_known(part, questions, asked))
    if len(known) < ENOUGH:
        return shipped
    fusion = _fit_fusion(part, known, np.array(shipped.fusion, np.float32))
    probed = list(_probed(part, probes, asked))
    tries, mix = (probed, OF_PROBES) if len(probed) >= ENOUGH else (known, OF_KNOWN)
    tried = outcomes_of(part, tries, fusion, mix)
    return Judge(
        tuple(map(float, fusion)),
        fit_logistic(tried.features, tried.first, tried.weights),
        fit_logistic(tried.features, tried.among, tried.weights),
        error_curve(tried, mix),
    )


def probes_of(articles: Sequence[Article]) -> list[str]:
    """List the probes, article after article."""
    return [probe for article in articles for probe in article.probes]


def _probed(part: Part, vectors: Floats, tried: Ints) -> Iterator[Try]:
    chosen, rows = _shown(part) & np.isin(np.arange(len(part.articles)), tried), iter(vectors)
    for number, article in enumerate(part.articles):
        for probe, vector in zip(article.probes, rows, strict=False):
            if chosen[number]:
                yield Try(number, score(part, vector, terms(probe)), known=False)


def _known(part: Part, questions: Floats, tried: Ints) -> Iterator[Try]:
    shown = _shown(part)
    for article in map(int, tried):
        start = part.question_starts[article]
        asked = part.articles[article].questions if shown[article] else ()
        for row, text in enumerate(asked, int(start)):
            yield Try(article, score_known(part, questions[row], terms(text), row, article), known=True)


def _shown(part: Part) -> Shown:
    return np.array(part.public)


def _fit_fusion(part: Part, tries: list[Try], shipped: Floats) -> Floats:
    """Fit the searchers' weights by softmax over articles, held near the shipped weights."""
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


def outcomes_of(part: Part, tries: list[Try], fusion: Floats, mix: Mix) -> Outcomes:
    """Ask every question both ways."""
    rows: list[tuple[Doubles, bool, bool, float, int]] = []
    for each in tries:
        shown = _shown(part)
        ranking = rank(part, each.scores, fusion, shown)
        right, near = ranking.order[0] == each.article, each.article in ranking.order[:3]
        own = each.article if each.known else None
        rows.append((features_of(part, ranking, own), right, near, 1.0, each.article))
        shown[each.article] = False
        features = features_of(part, rank(part, each.scores, fusion, shown))
        rows.append((features, False, False, mix.uncovered / (1 - mix.uncovered), each.article))
    features = np.stack([row[0] for row in rows])
    first, among, weights, articles = (np.array([row[n] for row in rows], np.float64) for n in range(1, 5))
    return Outcomes(features, first, among, weights, articles)


def fit_logistic(features: Doubles, right: Doubles, weights: Doubles) -> Logistic:
    """Fit a logistic regression on standardised features, and give it back for plain ones."""
    from sklearn.linear_model import LogisticRegression

    mean, spread = features.mean(0), features.std(0) + 1e-9
    model = LogisticRegression(C=STRENGTH, max_iter=500).fit(
        (features - mean) / spread, right, sample_weight=weights
    )
    slopes = model.coef_[0] / spread
    return Logistic(tuple(map(float, slopes)), float(model.intercept_[0] - slopes @ mean))


def error_curve(tried: Outcomes, mix: Mix) -> tuple[tuple[float, float], ...]:
    """Measure the share of wrong answers from each threshold on, unseen by the fit."""
    probabilities = np.empty(len(tried.first))
    for fold in range(FOLDS):
        out = tried.articles % FOLDS == fold
        judge = fit_logistic(tried.features[~out], tried.first[~out], tried.weights[~out])
        probabilities[out] = [judge.probability(row) for row in tried.features[out]]
    curve = []
    for threshold in THRESHOLDS:
        weights = tried.weights * (probabilities >= threshold)
        if weights.sum() > 0:
            wrong = (1 - mix.overlap) * float((weights * (1 - tried.first)).sum() / weights.sum())
            curve.append((round(float(threshold), 2), round(wrong, 4)))
    return tuple(curve)
