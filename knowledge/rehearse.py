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
from knowledge.decide import STRANGER_ODDS, Doubles, Judge, Logistic, features_of, shipped_judge
from knowledge.part import Part
from knowledge.search import Scores, Shown, rank, score, score_known
from nouns import Article
from reading.tokens import terms

ENOUGH = 60  # questions; with fewer known ones the shipped judge serves, with fewer probes the known decide
MOST = 1500  # known questions rehearsed; of more, every second, third, …
FOLDS = 5
STRENGTH, FULL = 0.1, 2000  # inverse regularisation of the logistic regressions, from so many rows on
SEED = 0
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
    """A row each time a question was asked: FEATURES, right first, right among three, weight, own article.

    `questions` numbers the questions; two rows of one number are the two ways that it was asked.
    """

    features: Doubles
    first: Doubles
    among: Doubles
    weights: Doubles
    articles: Doubles
    questions: Doubles

    @classmethod
    def together(cls, several: Sequence[Outcomes]) -> Outcomes:
        """Put the outcomes of several bases together; questions keep their own numbers."""
        starts = np.cumsum([0, *(len(one.questions) for one in several)])[:-1]
        return cls(
            np.concatenate([one.features for one in several]),
            np.concatenate([one.first for one in several]),
            np.concatenate([one.among for one in several]),
            np.concatenate([one.weights for one in several]),
            np.concatenate([one.articles for one in several]),
            np.concatenate([one.questions + start for one, start in zip(several, starts, strict=True)]),
        )


def rehearse(part: Part, questions: Floats, probes: Floats, asked: Ints) -> Judge:
    """Fit fusion and decision; the vectors are those of the question field and of the probes, in order.

    `asked`: the articles whose questions are asked; the others only compete.
    """
    shipped = shipped_judge(part.encoder)
    known, new = list(_known(part, questions, asked)), list(probed(part, probes, asked))
    tries, mix = (new, OF_PROBES) if len(new) >= ENOUGH else (known, OF_KNOWN)
    if len(tries) < ENOUGH:
        return shipped
    fusion = fit_fusion(part, [*known, *new], np.array(shipped.fusion, np.float32))
    return judge_of([outcomes_of(part, tries, fusion, mix)], fusion, mix.overlap)


def judge_of(tried: Sequence[Outcomes], fusion: Floats, overlap: float = 0.0, *, own: bool = True) -> Judge:
    """Fit the decision on outcomes, of one base or of several."""
    both = Outcomes.together(tried)
    weighed = unseen(both)
    return Judge(
        tuple(round(float(weight), 4) for weight in fusion),
        fit_logistic(both.features, both.first, both.weights, STRANGER_ODDS),
        fit_logistic(both.features, both.among, both.weights, 0.0),
        drawn_of(weighed, both.questions),
        overlap,
        own,
        weighed,
    )


def probes_of(articles: Sequence[Article]) -> list[str]:
    """List the probes, article after article."""
    return [probe for article in articles for probe in article.probes]


def probed(part: Part, vectors: Floats, tried: Ints) -> Iterator[Try]:
    """Ask every probe of the articles `tried`; the vectors are those of `probes_of`, in order."""
    chosen, rows = _shown(part) & np.isin(np.arange(len(part.articles)), tried), iter(vectors)
    for number, article in enumerate(part.articles):
        for probe, vector in zip(article.probes, rows, strict=False):
            if chosen[number]:
                yield Try(number, score(part, vector, terms(probe)), known=False)


def _known(part: Part, questions: Floats, tried: Ints) -> Iterator[Try]:
    shown = _shown(part)
    places = [
        (article, row, text)
        for article in map(int, tried)
        if shown[article]
        for row, text in enumerate(part.articles[article].questions, int(part.question_starts[article]))
    ]
    for article, row, text in places[:: 1 + len(places) // MOST]:
        yield Try(article, score_known(part, questions[row], terms(text), row, article), known=True)


def _shown(part: Part) -> Shown:
    return np.array(part.public)


def fit_fusion(part: Part, tries: list[Try], shipped: Floats) -> Floats:
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
    rows: list[tuple[Doubles, bool, bool, float, int, int]] = []
    for number, each in enumerate(tries):
        shown = _shown(part)
        ranking = rank(part, each.scores, fusion, shown)
        right, near = ranking.order[0] == each.article, each.article in ranking.order[:3]
        own = each.article if each.known else None
        rows.append((features_of(part, ranking, own), right, near, 1.0, each.article, number))
        shown[each.article] = False
        features = features_of(part, rank(part, each.scores, fusion, shown))
        weight = mix.uncovered / (1 - mix.uncovered)
        rows.append((features, False, False, weight, each.article, number))
    features = np.stack([row[0] for row in rows])
    return Outcomes(features, *(np.array([row[n] for row in rows], np.float64) for n in range(1, 6)))


def outcomes_of_labelled(part: Part, tries: Sequence[Try], fusion: Floats) -> Outcomes:
    """Ask questions whose article is known (-1: none covers it), as they are."""
    shown, rows = _shown(part), []
    for number, each in enumerate(tries):
        ranking = rank(part, each.scores, fusion, shown)
        right, near = ranking.order[0] == each.article, each.article in ranking.order[:3]
        rows.append((features_of(part, ranking), right, near, 1.0, each.article, number))
    features = np.stack([row[0] for row in rows])
    return Outcomes(features, *(np.array([row[n] for row in rows], np.float64) for n in range(1, 6)))


def fit_logistic(features: Doubles, right: Doubles, weights: Doubles, stranger: float) -> Logistic:
    """Fit a logistic regression on standardised features, and give it back for plain ones.

    `stranger`: the weight of the last feature. It is set, and nothing is learned from rows that have it.
    """
    from sklearn.linear_model import LogisticRegression

    usual = features[:, -1] == 0
    plain = features[usual, :-1]
    mean, spread = plain.mean(0), plain.std(0) + 1e-9
    strength = STRENGTH * min(1.0, len(right) / FULL)
    model = LogisticRegression(C=strength, max_iter=500).fit(
        (plain - mean) / spread, right[usual], sample_weight=weights[usual]
    )
    slopes = model.coef_[0] / spread
    slope = float(model.intercept_[0] - slopes @ mean)
    return Logistic((*_rounded(slopes), stranger), round(slope, 5), (*_rounded(mean), 0.0))


def _rounded(numbers: Doubles) -> tuple[float, ...]:
    return tuple(round(float(number), 5) for number in numbers)


def unseen(tried: Outcomes) -> tuple[tuple[float, int, float], ...]:
    """Say of every row how sure a fit without its article's questions is, whether it is right, its weight.

    The weights of a question's two ways add up to one.
    """
    probabilities = np.empty(len(tried.first))
    for fold in range(FOLDS):
        out = tried.articles % FOLDS == fold
        if out.any():
            judge = fit_logistic(tried.features[~out], tried.first[~out], tried.weights[~out], STRANGER_ODDS)
            probabilities[out] = [judge.probability(row) for row in tried.features[out]]
    _, numbers = np.unique(tried.questions, return_inverse=True)
    weights = tried.weights / np.bincount(numbers, tried.weights)[numbers]
    rows = zip(probabilities, tried.first, weights, strict=True)
    return tuple((round(float(sure), 4), int(right), round(float(weight), 4)) for sure, right, weight in rows)


def drawn_of(
    weighed: Sequence[tuple[float, int, float]], questions: Doubles
) -> tuple[tuple[float, int], ...]:
    """Let every question count once: which way it was asked is drawn by the weights."""
    weights, chance, drawn = np.array([row[2] for row in weighed]), np.random.default_rng(SEED), []
    for question in np.unique(questions):
        rows = np.flatnonzero(questions == question)
        drawn.append(int(chance.choice(rows, p=weights[rows] / weights[rows].sum())))
    return tuple(weighed[row][:2] for row in drawn)
