"""Answer, suggest or abstain: a calibrated probability from how the searchers' scores look together."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np

from knowledge.arrays import Doubles
from knowledge.features import FEATURES
from nouns import Decision, Ground

STRANGE_NAME_ODDS = -3.0  # or less: probes ask too seldom for another company's things to teach that much
SETTLED = (0.02, 0.95)  # below and from which on the first look decides
KNOWN = 0.98  # how sure it is that the article with that very question answers it
SUGGESTED = 3
SUGGEST_FROM = 0.5  # offer when the right article is more likely than not among those offered
CONFIDENCE = 0.95
THRESHOLDS = tuple(round(0.99 - 0.01 * step, 2) for step in range(70))
FEWEST_ANSWERED = 60  # with fewer, even none wrong proves no 5 %


@dataclass(frozen=True)
class Logistic:
    """A logistic regression over FEATURES; `usual` holds their means over what it was fitted on."""

    weights: tuple[float, ...]
    bias: float
    usual: tuple[float, ...]

    def probability(self, features: Doubles, less: float = 0.0) -> float:
        """Turn features into the chance of being right, by `less` log odds below what the fit gives."""
        odds = float(features @ self.weights + self.bias) - less
        return 1 / (1 + math.exp(-min(max(odds, -30.0), 30.0)))

    def shares(self, features: Doubles) -> Doubles:
        """Say by how many log odds each feature moves a question away from a usual one."""
        shares: Doubles = (features - self.usual) * self.weights
        return shares

    @property
    def usual_odds(self) -> float:
        """The log odds of a usual question."""
        return self.bias + math.fsum(w * u for w, u in zip(self.weights, self.usual, strict=True))


@dataclass(frozen=True)
class Look:
    """How a question is looked at: the searchers' weights, and the two decisions.

    `first`: the first article is right; `among`: one of the first three is.
    """

    fusion: tuple[float, ...]
    first: Logistic
    among: Logistic

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Look:
        """Read it back."""
        first, among = (
            Logistic(tuple(one["weights"]), one["bias"], tuple(one["usual"]))
            for one in (told["first"], told["among"])
        )
        return cls(tuple(told["fusion"]), first, among)


class Tried(NamedTuple):
    """A question tried in one of its ways: how sure an answer was, whether it is right, what this counts.

    What a question's ways count adds up to 1.
    """

    sure: float
    right: int
    weight: float
    question: int


class _Taken(NamedTuple):
    """What a threshold lets through: the weights answered, and each question's weight that is wrong."""

    threshold: float
    weights: Doubles
    wrong: Doubles

    @property
    def answered(self) -> float:
        """The weight answered."""
        return float(self.weights.sum())


@dataclass(frozen=True)
class Judge(Look):
    """What a part learned from questions of which the right article is known.

    `tried`: questions that the fit had not seen, with their articles and without; `overlap`: the share of
    "wrong" ones that are right after all, since articles overlap; `own`: learned from this very base, so that
    its outcomes stand for what customers will ask here; `again`: the second look, at what the first one is
    not sure of, where there is one.
    """

    tried: tuple[Tried, ...]
    overlap: float
    own: bool
    again: Look | None = None

    @property
    def looks(self) -> tuple[Look, ...]:
        """The first look, and the second where there is one."""
        return (self, self.again) if self.again else (self,)

    @property
    def questions(self) -> int:
        """How many questions were tried."""
        return len({each.question for each in self.tried})

    def threshold(self, error_rate: float) -> float:
        """Give the probability to answer from: the promised one, else a careful one."""
        promised = self.promised(error_rate)
        return promised if promised is not None else self.careful(error_rate)

    def promised(self, error_rate: float) -> float | None:
        """Find the lowest threshold from which at most `error_rate` are wrong, with 95 % confidence.

        Learn then Test (Angelopoulos et al. 2021, arXiv 2110.01052): each threshold's hypothesis "more are
        wrong" is tested by the upper bound of what is wrong, in a fixed sequence downwards that ends at the
        first one kept. None when no threshold passes, or when the outcomes are another base's.
        """
        passed = None
        for taken in self._taken() if self.own else ():
            if taken.answered >= FEWEST_ANSWERED:
                if (1 - self.overlap) * most(taken.wrong, taken.weights) > error_rate * taken.answered:
                    break
                passed = taken.threshold
        return passed

    def careful(self, error_rate: float) -> float:
        """Find the lowest threshold that has kept the rate so far; no promise."""
        kept = [
            taken.threshold
            for taken in self._taken()
            if taken.answered * error_rate >= max(1, (1 - self.overlap) * taken.wrong.sum())
        ]
        return min(kept, default=1.0)

    def answered(self, threshold: float) -> float:
        """Give the share of the questions tried that it answers."""
        answered = math.fsum(each.weight for each in self.tried if each.sure >= threshold)
        return answered / max(1, self.questions)

    def curve(self) -> list[dict[str, float]]:
        """Say what each threshold answers of the outcomes, and how much of that is wrong."""
        return [
            {
                "threshold": taken.threshold,
                "answered": round(taken.answered / self.questions, 4),
                "wrong": round((1 - self.overlap) * float(taken.wrong.sum()) / taken.answered, 4),
            }
            for taken in self._taken()
            if taken.answered
        ]

    def _taken(self) -> Iterator[_Taken]:
        """Give what each threshold lets through, from the strictest on."""
        sure, right, weight, question = np.array(self.tried, np.float64).reshape(-1, 4).T
        _, numbers = np.unique(question, return_inverse=True)
        for threshold in THRESHOLDS:
            taken = sure >= threshold
            wrong = np.bincount(numbers, weight * (taken & (right == 0)))
            yield _Taken(threshold, weight[taken], wrong.astype(np.float64))

    def to_json(self) -> dict[str, Any]:
        """Describe the judge for a snapshot."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Judge:
        """Read a judge back."""
        look, again = Look.from_json(told), told.get("again")
        tried = tuple(Tried(*each) for each in told["tried"])
        return cls(
            look.fusion, look.first, look.among, tried, told["overlap"], told["own"],
            Look.from_json(again) if again else None,
        )  # fmt: skip


def is_settled(first: float) -> bool:
    """Whether the first look's probability settles a question, so that it is not looked at again."""
    return first >= SETTLED[1] or first < SETTLED[0]


def most(counts: Doubles, weights: Doubles) -> float:
    """Bound what a sum of rare events of different weights stands for from above, with 95 % confidence.

    Fay and Feuer 1997 (Statistics in Medicine 16, 791-801): a gamma quantile with the sum's mean and
    variance, one more event among it; of the usual weight, as Tiwari, Clegg and Zou 2006 (Statistical Methods
    in Medical Research 15, 547-569). Of equal weights it is Garwood's exact bound of a Poisson count. Of
    questions drawn anew from the demo's outcomes, at thresholds from .6 to .95, up to 4.4 % were beyond it.
    """
    from scipy.stats import gamma

    mean, variance = counts.sum() + weights.mean(), (counts**2).sum() + (weights**2).mean()
    return float(gamma.ppf(CONFIDENCE, mean**2 / variance, scale=variance / mean))


def shipped_judge(encoder: str) -> Judge:
    """Give the judge for a base too small to learn from; an unknown encoder's cosines are not looked at.

    `firstline evaluate public --ship` fitted `minilm` and `any` on the help pages and questions of FeedbackQA
    (Li et al. 2022) and on the demo company's English articles, `e5` on the demo's Chinese ones.
    """
    judges = json.loads(files("knowledge").joinpath("judges.json").read_text(encoding="utf-8"))
    return Judge.from_json(judges.get(encoder, judges["any"]))


def grounds_of(model: Logistic, features: Doubles, less: float = 0.0) -> list[Ground]:
    """Say what a probability rests on: how much each feature moves it away from a usual question's."""
    told = zip(FEATURES, features, model.shares(features), strict=True)
    return [
        Ground("usual question", 1.0, model.usual_odds),
        *(Ground(feature, float(value), float(share)) for feature, value, share in told),
        *([Ground("untranslated", less, -less)] if less else []),
    ]


def decide(first: float, among: float, threshold: float, articles: int) -> Decision:
    """Answer when the first article is sure enough, suggest when one of three likely is right."""
    if first >= threshold:
        return Decision.ANSWER
    if among >= SUGGEST_FROM and articles > 1:
        return Decision.SUGGEST
    return Decision.ABSTAIN
