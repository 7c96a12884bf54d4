"""Answer, suggest or abstain: a calibrated probability from how the searchers' scores look together."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.part import Part
from knowledge.search import Ranking
from nouns import Decision

Doubles = NDArray[np.float64]

FEATURES = (
    "body meaning", "heading meaning", "question meaning", "topic",  # raw scores of the first article
    "fused", "margin", "margin third",  # its fused score, and how far behind the next two are
    "share", "share three",  # log odds of the softmax share of the first, and of the first three
    "question margin", "agreement", "coverage", "rarest", "length",
)  # fmt: skip
SUGGESTED = 3
SUGGEST_FROM = 0.5  # offer when the right article is more likely than not among those offered


@dataclass(frozen=True)
class Logistic:
    """A logistic regression over FEATURES."""

    weights: tuple[float, ...]
    bias: float

    def probability(self, features: Doubles) -> float:
        """Turn features into the chance of being right."""
        return 1 / (1 + math.exp(-float(np.clip(features @ self.weights + self.bias, -30, 30))))


@dataclass(frozen=True)
class Judge:
    """What a part learned from its own known questions.

    `fusion`: the searchers' weights; `first`: the first article is right; `among`: one of the first three is;
    `curve`: (threshold, share of wrong answers from it on), measured on questions that the fit had not seen.
    """

    fusion: tuple[float, ...]
    first: Logistic
    among: Logistic
    curve: tuple[tuple[float, float], ...]

    def threshold(self, error_rate: float) -> float:
        """Find the lowest probability from which on at most `error_rate` of the answers are wrong."""
        return min((threshold for threshold, wrong in self.curve if wrong <= error_rate), default=1.0)

    def to_json(self) -> dict[str, Any]:
        """Describe the judge for a snapshot."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Judge:
        """Read a judge back."""
        first, among = (
            Logistic(tuple(told[name]["weights"]), told[name]["bias"]) for name in ("first", "among")
        )
        curve = tuple((threshold, wrong) for threshold, wrong in told["curve"])
        return cls(tuple(told["fusion"]), first, among, curve)


def shipped_judge(encoder: str) -> Judge:
    """Give the judge for a base too small to learn from; an unknown encoder's cosines are not looked at.

    Fitted once, like any base's own: `minilm` and `any` on the demo company's English articles and on the
    CDC pages of FeedbackQA (Li et al. 2022), `e5` on the demo's Chinese articles.
    """
    judges = json.loads(files("knowledge").joinpath("judges.json").read_text(encoding="utf-8"))
    return Judge.from_json(judges.get(encoder, judges["any"]))


def features_of(part: Part, ranking: Ranking, asked_of: int | None = None) -> Doubles:
    """Describe a ranking by FEATURES; `asked_of` is the article that the question itself was taken from."""
    order = [*ranking.order, ranking.order[-1], ranking.order[-1]]
    first, fused = order[0], ranking.fused[order].astype(np.float64)
    others = ranking.raw[4, ranking.order[1:]] if len(ranking.order) > 1 else np.zeros(1)
    best = ranking.standard[:, ranking.order].max(1)
    shares = np.exp(ranking.fused[ranking.order].astype(np.float64) - fused[0])
    shares /= shares.sum()
    return np.array([
        *ranking.raw[[0, 2, 4, 6], first],
        fused[0], fused[0] - fused[1], fused[0] - fused[2],
        _log_odds(shares[0]), _log_odds(shares[:3].sum()),
        ranking.raw[4, first] - others.max(),
        np.mean(ranking.standard[:, first] >= best - 1e-6),
        *_coverage(part, ranking.terms, first, 2 if first == asked_of else 1),
        math.log1p(len(ranking.terms)),
    ], dtype=np.float64)  # fmt: skip


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
