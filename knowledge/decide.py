"""Answer, suggest or abstain: a calibrated probability from how the searchers' scores look together."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.part import SEARCHERS, Part
from knowledge.search import Ranking
from nouns import Decision, Ground

Doubles = NDArray[np.float64]

FEATURES = (
    "body meaning", "heading meaning", "question meaning", "topic",  # raw scores of the first article
    "fused", "margin", "margin third",  # its fused score, and how far behind the next two are
    "share", "share three",  # log odds of the softmax share of the first, and of the first three
    "agreement", "coverage", "rarest", "length",
    *(f"{searcher} lead" for searcher in SEARCHERS),  # its raw score above the best of all others
)  # fmt: skip
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

    def probability(self, features: Doubles) -> float:
        """Turn features into the chance of being right."""
        return 1 / (1 + math.exp(-float(np.clip(features @ self.weights + self.bias, -30, 30))))

    @property
    def usual_odds(self) -> float:
        """The log odds of a usual question."""
        return self.bias + math.fsum(w * u for w, u in zip(self.weights, self.usual, strict=True))


@dataclass(frozen=True)
class Judge:
    """What a part learned from questions of which the right article is known.

    `fusion`: the searchers' weights; `first`: the first article is right; `among`: one of the first three is;
    `asked`: (probability, right) of questions that the fit had not seen, a share of them with their article
    withheld; `overlap`: the share of "wrong" ones that are right after all, since articles overlap;
    `own`: learned from this very base, so that its outcomes stand for what customers will ask here.
    """

    fusion: tuple[float, ...]
    first: Logistic
    among: Logistic
    asked: tuple[tuple[float, int], ...]
    overlap: float
    own: bool

    def threshold(self, error_rate: float) -> float:
        """Give the probability to answer from: the promised one, else a careful one."""
        promised = self.promised(error_rate)
        return promised if promised is not None else self.careful(error_rate)

    def promised(self, error_rate: float) -> float | None:
        """Find the lowest threshold from which at most `error_rate` are wrong, with 95 % confidence.

        Learn then Test (Angelopoulos et al. 2021, arXiv 2110.01052): each threshold's hypothesis "more are
        wrong" is tested by the binomial tail, in a fixed sequence downwards that ends at the first one kept.
        None when no threshold passes, or when the outcomes are another base's.
        """
        from scipy.stats import binom

        passed = None
        for threshold, answered, wrong in self._sequence() if self.own else ():
            if answered >= FEWEST_ANSWERED:
                if binom.cdf(wrong, answered, error_rate / (1 - self.overlap)) > 1 - CONFIDENCE:
                    break
                passed = threshold
        return passed

    def careful(self, error_rate: float) -> float:
        """Find a threshold that has kept the rate so far, with room for one more wrong answer; no promise."""
        kept = [
            threshold
            for threshold, answered, wrong in self._sequence()
            if (1 - self.overlap) * (wrong + 1) <= error_rate * (answered + 1)
        ]
        return min(kept, default=1.0)

    def curve(self) -> list[dict[str, float]]:
        """Say what each threshold answers of the outcomes, and how much of that is wrong."""
        return [
            {
                "threshold": threshold,
                "answered": round(answered / len(self.asked), 4),
                "wrong": round((1 - self.overlap) * wrong / answered, 4),
            }
            for threshold, answered, wrong in self._sequence()
            if answered
        ]

    def _sequence(self) -> Iterator[tuple[float, int, int]]:
        """Give each threshold from the strictest on, with the number answered and the number wrong."""
        outcomes = np.array(self.asked, np.float64).reshape(-1, 2)
        for threshold in THRESHOLDS:
            taken = outcomes[:, 0] >= threshold
            yield threshold, int(taken.sum()), int((taken & (outcomes[:, 1] == 0)).sum())

    def to_json(self) -> dict[str, Any]:
        """Describe the judge for a snapshot."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Judge:
        """Read a judge back."""
        first, among = (
            Logistic(tuple(told[name]["weights"]), told[name]["bias"], tuple(told[name]["usual"]))
            for name in ("first", "among")
        )
        asked = tuple((probability, right) for probability, right in told["asked"])
        return cls(tuple(told["fusion"]), first, among, asked, told["overlap"], told["own"])


def shipped_judge(encoder: str) -> Judge:
    """Give the judge for a base too small to learn from; an unknown encoder's cosines are not looked at.

    `firstline evaluate public --ship` fitted `minilm` and `any` on the help pages and questions of FeedbackQA
    (Li et al. 2022) and on the demo company's English articles, `e5` on the demo's Chinese ones.
    """
    judges = json.loads(files("knowledge").joinpath("judges.json").read_text(encoding="utf-8"))
    return Judge.from_json(judges.get(encoder, judges["any"]))


def features_of(part: Part, ranking: Ranking, asked_of: int | None = None) -> Doubles:
    """Describe a ranking by FEATURES; `asked_of` is the article that the question itself was taken from."""
    order = [*ranking.order, ranking.order[-1], ranking.order[-1]]
    first, fused = order[0], ranking.fused[order].astype(np.float64)
    others = ranking.raw[:, ranking.order[1:]] if len(ranking.order) > 1 else np.zeros((len(SEARCHERS), 1))
    best = ranking.standard[:, ranking.order].max(1)
    shares = np.exp(ranking.fused[ranking.order].astype(np.float64) - fused[0])
    shares /= shares.sum()
    return np.array([
        *ranking.raw[[0, 2, 4, 6], first],
        fused[0], fused[0] - fused[1], fused[0] - fused[2],
        _log_odds(shares[0]), _log_odds(shares[:3].sum()),
        np.mean(ranking.standard[:, first] >= best - 1e-6),
        *_coverage(part, ranking.terms, first, 2 if first == asked_of else 1),
        math.log1p(len(ranking.terms)),
        *(ranking.raw[:, first] - others.max(1)),
    ], dtype=np.float64)  # fmt: skip


def grounds_of(model: Logistic, features: Doubles) -> list[Ground]:
    """Say what a probability rests on: how much each feature moves it away from a usual question's."""
    shares = (features - model.usual) * model.weights
    told = zip(FEATURES, features, shares, strict=True)
    return [
        Ground("usual question", 1.0, model.usual_odds),
        *(Ground(feature, float(value), float(share)) for feature, value, share in told),
    ]


def decide(first: float, among: float, threshold: float, articles: int) -> Decision:
    """Answer when the first article is sure enough, suggest when one of three likely is right."""
    if first >= threshold:
        return Decision.ANSWER
    if among >= SUGGEST_FROM and articles > 1:
        return Decision.SUGGEST
    return Decision.ABSTAIN


def _log_odds(share: float) -> float:
    return math.log((share + 1e-4) / (1 - share + 1e-4))


def _coverage(part: Part, terms: Sequence[str], article: int, texts: int) -> tuple[float, float]:
    """Give the share of the question's rare words that the article holds, and whether it holds the rarest.

    A term counts as held when at least `texts` texts of the article hold it.
    """
    unseen = math.log1p(2 * part.size + 1)
    rarity = {term: part.rarity.get(term, unseen) for term in terms}
    total = sum(rarity.values())
    if not total:
        return 0.0, 0.0
    vocabulary = part.vocabulary[article]
    held = sum(weight for term, weight in rarity.items() if vocabulary[term] >= texts)
    return held / total, float(vocabulary[max(rarity, key=rarity.__getitem__)] >= texts)
