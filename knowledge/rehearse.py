"""Learn a judge from a base's own questions, asked with and without what would answer them.

Each known question is asked twice: with itself forgotten (its article should still come first), and with its
whole article hidden (nothing should be answered). Probes, which the index never holds, are asked the same two
ways and are nearer to what customers write: with enough of them, they decide. A probe that several articles
hold is answered by each of them, and one of an internal article alone by none. No other label is needed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from knowledge.arrays import Doubles, Floats, Ints
from knowledge.decide import STRANGE_NAME_ODDS, Judge, Logistic, Look, Tried, is_settled, shipped_judge
from knowledge.features import features_of
from knowledge.part import Part
from knowledge.search import Ranking, Scores, Shown, rank, score, score_known
from nouns import Article
from reading.encoders import First
from reading.tokens import terms

ENOUGH = 60  # questions; with fewer known ones the shipped judge serves, with fewer probes the known decide
MOST = 1500  # known questions rehearsed; of more, every second, third, …
FOLDS = 10
STRENGTH, FULL = 1.0, 2000  # inverse regularisation of the logistic regressions, from so many rows on
KEPT = 20.0  # how strongly the fusion holds on to the shipped weights
LEAST_GAINED = 0.01  # of the questions, by a second look, which costs half of them 10 ms
LEAST_WITHHELD = 0.25  # of the uncovered questions, at least: covered ones whose articles are hidden

_Row = tuple[Doubles, bool, bool, float, int, int]


@dataclass(frozen=True)
class Mix:
    """How a rehearsal stands for real questions.

    `uncovered`: the share of questions taken to have no article. `overlap`: the share of "wrong" rehearsals
    that are answers after all, because articles overlap (of the demo's 50 surest, read singly, half were).
    """

    uncovered: float
    overlap: float

    def withheld(self, tries: Sequence[Try]) -> float:
        """Weigh a question whose articles are hidden against the same one as it is.

        Questions that no article answers count in full; hidden ones make up what `uncovered` wants besides.
        """
        covered = sum(bool(each.articles) for each in tries)
        share = self.uncovered - (1 - self.uncovered) * (len(tries) - covered) / max(1, covered)
        share = max(share, LEAST_WITHHELD * self.uncovered)
        return share / (1 - share)


OF_KNOWN = Mix(uncovered=0.15, overlap=0.5)
OF_PROBES = Mix(uncovered=0.25, overlap=0.0)


@dataclass(frozen=True)
class Try:
    """A question asked as if it were new, and what articles answer it; `known` when the index holds it."""

    articles: tuple[int, ...]
    scores: Scores
    known: bool


@dataclass(frozen=True)
class Outcomes:
    """A row each time a question was asked: FEATURES, right first, right among three, weight, own article.

    `questions` numbers the questions; two rows of one number are the two ways that it was asked. Where no
    article answers, `articles` holds a negative number of the question's own.
    """

    features: Doubles
    first: Doubles
    among: Doubles
    weights: Doubles
    articles: Doubles
    questions: Doubles

    @cached_property
    def sure(self) -> Doubles:
        """How sure a fit that has not seen a row's article is of it."""
        return _unseen(self)

    @property
    def settled(self) -> NDArray[np.bool_]:
        """The rows that a first look settles, if this is one."""
        return np.array([is_settled(each) for each in self.sure], bool)

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


@dataclass(frozen=True)
class Rehearsal:
    """How the questions of one base or of several came out at one look, by these weights of the searchers."""

    outcomes: Outcomes
    fusion: Floats

    @property
    def look(self) -> Look:
        """Fit the decision."""
        tried = self.outcomes
        return Look(
            tuple(round(float(weight), 4) for weight in self.fusion),
            fit_logistic(tried.features, tried.first, tried.weights, STRANGE_NAME_ODDS),
            fit_logistic(tried.features, tried.among, tried.weights, 0.0),
        )


def rehearse(part: Part, questions: Floats, probes: Floats, asked: Ints, first: First | None = None) -> Judge:
    """Fit fusion and decision; the vectors are those of the question field and of the probes, in order.

    `asked`: the articles whose questions are asked; the others only compete. `first`: what a first look goes
    by, where the vectors are for the second.
    """
    shipped = shipped_judge(first.encoder if first else part.encoder)
    looks = [(first.asked(questions), first.asked(probes))] if first else []
    rehearsals, overlap = list[Rehearsal](), 0.0
    for known_as, asked_as in [*looks, (questions, probes)]:
        weights = shipped.looks[min(len(rehearsals), len(shipped.looks) - 1)]
        known, new = list(_known(part, known_as, asked)), list(probed(part, asked_as, asked))
        covered = [each for each in new if each.articles]
        tries, mix = (new, OF_PROBES) if len(covered) >= ENOUGH else (known, OF_KNOWN)
        if len(tries) < ENOUGH:
            return shipped
        fusion = fit_fusion(part, [*known, *covered], np.array(weights.fusion, np.float32))
        rehearsals.append(Rehearsal(outcomes_of(part, tries, fusion, mix), fusion))
        overlap = mix.overlap
    return judge_of(rehearsals, overlap)


def judge_of(rehearsals: Sequence[Rehearsal], overlap: float = 0.0, *, own: bool = True) -> Judge:
    """Fit the decision on outcomes of the first look, and of the second if there is one, row for row.

    A base's own judge takes no second look that does not pay: known questions may have said it all.
    """
    outcomes = [each.outcomes for each in rehearsals]
    if own and len(outcomes) > 1 and gained(*outcomes) < LEAST_GAINED:
        rehearsals, outcomes = rehearsals[:1], outcomes[:1]
    look, *again = (each.look for each in rehearsals)
    return Judge(
        look.fusion, look.first, look.among, unseen(outcomes), overlap, own, again[0] if again else None
    )


def gained(first: Outcomes, again: Outcomes) -> float:
    """Say of how many more of the questions, as a share, the second look puts a right article first."""
    more = np.where(first.settled, 0.0, again.first - first.first)
    return float(more[first.weights == 1].mean())


def probes_of(articles: Sequence[Article]) -> list[str]:
    """List the probes, article after article."""
    return [probe for article in articles for probe in article.probes]


def probed(part: Part, vectors: Floats, tried: Ints) -> Iterator[Try]:
    """Ask every probe of the articles `tried` once; the vectors are those of `probes_of`, in order."""
    shown, held, vector_of = _shown(part), defaultdict[str, list[int]](list), dict[str, Floats]()
    held_by = [(probe, number) for number, one in enumerate(part.articles) for probe in one.probes]
    for (probe, number), vector in zip(held_by, vectors, strict=True):
        held[probe].append(number)
        vector_of[probe] = vector
    for probe, numbers in held.items():
        if np.isin(numbers, tried).any():
            answering = tuple(number for number in numbers if shown[number])
            scores = score(part, vector_of[probe], terms(probe), is_refused=not answering)
            yield Try(answering, scores, known=False)


def _known(part: Part, questions: Floats, tried: Ints) -> Iterator[Try]:
    shown = _shown(part)
    places = [
        (article, row, text)
        for article in map(int, tried)
        if shown[article]
        for row, text in enumerate(part.articles[article].questions, int(part.question_starts[article]))
    ]
    for article, row, text in places[:: 1 + len(places) // MOST]:
        yield Try((article,), score_known(part, questions[row], terms(text), row, article), known=True)


def _shown(part: Part) -> Shown:
    return np.array(part.public)


def fit_fusion(part: Part, tries: list[Try], shipped: Floats) -> Floats:
    """Fit the searchers' weights by softmax over articles, held near the shipped weights."""
    from scipy.optimize import minimize

    shown = _shown(part)
    stacks = [rank(part, each.scores, shipped, shown).standard[:, shown] for each in tries]
    places = np.cumsum(shown) - 1
    targets = [places[list(each.articles)] for each in tries]

    def loss(weights: Doubles) -> tuple[float, Doubles]:
        total, slope = KEPT * float(((weights - shipped) ** 2).sum()), 2 * KEPT * (weights - shipped)
        for stack, target in zip(stacks, targets, strict=True):
            logits = weights @ stack
            shares = np.exp(logits - logits.max())
            shares /= shares.sum()
            held = shares[target] + 1e-12
            total -= float(np.log(held.sum()))
            slope = slope + stack @ shares - stack[:, target] @ (held / held.sum())
        return total, slope

    found = minimize(loss, shipped, jac=True, method="L-BFGS-B", bounds=[(0, None)] * len(shipped))
    return np.asarray(found.x, np.float32)


def outcomes_of(part: Part, tries: list[Try], fusion: Floats, mix: Mix) -> Outcomes:
    """Ask every question both ways, and once those that no article answers."""
    weight, rows = mix.withheld(tries), list[_Row]()
    for number, each in enumerate(tries):
        shown = _shown(part)
        rows.append(_row(part, each, rank(part, each.scores, fusion, shown), number))
        shown[list(each.articles)] = False
        if each.articles and shown.any():
            features = features_of(part, rank(part, each.scores, fusion, shown))
            rows.append((features, False, False, weight, each.articles[0], number))
    return _outcomes(rows)


def outcomes_of_labelled(part: Part, tries: Sequence[Try], fusion: Floats) -> Outcomes:
    """Ask questions of which it is known what answers them, as they are."""
    shown = _shown(part)
    return _outcomes(
        [
            _row(part, each, rank(part, each.scores, fusion, shown), number)
            for number, each in enumerate(tries)
        ]
    )


def _row(part: Part, each: Try, ranking: Ranking, number: int) -> _Row:
    own = each.articles[0] if each.articles else -1 - number
    right = ranking.order[0] in each.articles
    near = any(article in each.articles for article in ranking.order[:3])
    return features_of(part, ranking, own if each.known else None), right, near, 1.0, own, number


def _outcomes(rows: Sequence[_Row]) -> Outcomes:
    features = np.stack([row[0] for row in rows])
    return Outcomes(features, *(np.array([row[n] for row in rows], np.float64) for n in range(1, 6)))


def fit_logistic(features: Doubles, right: Doubles, weights: Doubles, strange_name: float) -> Logistic:
    """Fit a logistic regression on standardised features, and give it back for plain ones.

    `strange_name`: the most that the last feature may weigh.
    """
    from sklearn.linear_model import LogisticRegression

    mean, spread = features.mean(0), features.std(0) + 1e-9
    strength = STRENGTH * min(1.0, len(right) / FULL) ** 2
    model = LogisticRegression(C=strength, max_iter=500).fit(
        (features - mean) / spread, right, sample_weight=weights
    )
    slopes = model.coef_[0] / spread
    bias = float(model.intercept_[0] - slopes @ mean)
    slopes[-1] = min(slopes[-1], strange_name)
    return Logistic(_rounded(slopes), round(bias, 5), _rounded(mean))


def _rounded(numbers: Doubles) -> tuple[float, ...]:
    return tuple(round(float(number), 5) for number in numbers)


def unseen(looks: Sequence[Outcomes]) -> tuple[Tried, ...]:
    """Say of every row how sure a fit without its article's questions is, whether it is right, its weight.

    What the first look does not settle, the second says.
    """
    tried, sure, right = looks[0], looks[0].sure, looks[0].first
    for again in looks[1:]:
        sure = np.where(tried.settled, sure, again.sure)
        right = np.where(tried.settled, right, again.first)
    _, numbers = np.unique(tried.questions, return_inverse=True)
    weights = tried.weights / np.bincount(numbers, tried.weights)[numbers]
    rows = zip(sure, right, weights, numbers, strict=True)
    return tuple(
        Tried(round(float(sure), 4), int(right), round(float(weight), 4), int(question))
        for sure, right, weight, question in rows
    )


def _unseen(tried: Outcomes) -> Doubles:
    probabilities = np.empty(len(tried.first))
    for fold in range(FOLDS):
        out = tried.articles % FOLDS == fold
        if out.any():
            judge = fit_logistic(
                tried.features[~out], tried.first[~out], tried.weights[~out], STRANGE_NAME_ODDS
            )
            probabilities[out] = [judge.probability(row) for row in tried.features[out]]
    return probabilities
