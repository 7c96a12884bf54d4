"""Answer, suggest or abstain: a calibrated probability from how the searchers' scores look together."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.part import SEARCHERS, Part, is_cjk_language
from knowledge.search import Ranking
from nouns import Decision, Ground
from reading.tokens import is_name, is_thing, pieces

Doubles = NDArray[np.float64]

FEATURES = (
    "body meaning", "heading meaning", "question meaning", "topic",  # raw scores of the first article
    "fused", "margin", "margin third",  # its fused score, and how far behind the next two are
    "share", "share three",  # log odds of the softmax share of the first, and of the first three
    "agreement", "coverage", "rarest", "length",
    *(f"{searcher} lead" for searcher in SEARCHERS),  # its raw score above the best of all others
    "unheard",  # the share of the question, by rarity, that no article holds
    "stranger",  # a good part of it are names and nouns that no article holds: another company's things
    "elsewhere",  # the share of names and nouns in it that others hold and the first article lacks
    "coverage lead",  # how much more of it, by rarity, the first article holds than the best of the next
    "strange name",  # as "stranger", of proper names alone
)  # fmt: skip
STRANGE_NAME_ODDS = -3.0  # or less: probes ask too seldom for another company's things to teach that much
NO_TERM = -1  # the number of one that no article holds
RIVALS = 2  # articles behind the first, whose coverage is compared with its own
STRANGER_SHARE = 0.25  # of a question's rarity, from which on it is about things that no article names
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
    `own`: learned from this very base, so that its outcomes stand for what customers will ask here;
    `weighed`: (probability, right, weight) of these questions, each with its article and without.
    """

    fusion: tuple[float, ...]
    first: Logistic
    among: Logistic
    asked: tuple[tuple[float, int], ...]
    overlap: float
    own: bool
    weighed: tuple[tuple[float, int, float], ...] = ()

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
        for threshold, answered, wrong in self._drawn() if self.own else ():
            if answered >= FEWEST_ANSWERED:
                if binom.cdf(wrong, answered, error_rate / (1 - self.overlap)) > 1 - CONFIDENCE:
                    break
                passed = threshold
        return passed

    def careful(self, error_rate: float) -> float:
        """Find the lowest threshold that has kept the rate so far, on every question both ways; no promise.

        One draw of which questions are withheld moved it between .73 and 1 on the demo's Chinese.
        """
        outcomes = self.weighed or tuple((sure, right, 1.0) for sure, right in self.asked)
        kept = [
            threshold
            for threshold, answered, wrong in _sequence(outcomes)
            if (1 - self.overlap) * wrong <= error_rate * answered and answered * error_rate >= 1
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
            for threshold, answered, wrong in self._drawn()
            if answered
        ]

    def _drawn(self) -> Iterator[tuple[float, float, float]]:
        return _sequence([(sure, right, 1.0) for sure, right in self.asked])

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
        weighed = tuple((sure, right, weight) for sure, right, weight in told.get("weighed", ()))
        return cls(tuple(told["fusion"]), first, among, asked, told["overlap"], told["own"], weighed)


def _sequence(outcomes: Sequence[tuple[float, int, float]]) -> Iterator[tuple[float, float, float]]:
    """Give each threshold from the strictest on, with the weight answered and the weight wrong."""
    sure, right, weight = np.array(outcomes, np.float64).reshape(-1, 3).T
    for threshold in THRESHOLDS:
        taken = sure >= threshold
        yield threshold, float(weight[taken].sum()), float(weight[taken & (right == 0)].sum())


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
    rarity = {term: _rarity(part, term, asked_of) for term in dict.fromkeys(ranking.terms)}
    whole = [term for term in rarity if not any(term in other != term for other in rarity)]
    asked = _Asked(part, list(rarity), whole, asked_of)
    return np.array([
        *ranking.raw[[0, 2, 4, 6], first],
        fused[0], fused[0] - fused[1], fused[0] - fused[2],
        _log_odds(shares[0]), _log_odds(shares[:3].sum()),
        np.mean(ranking.standard[:, first] >= best - 1e-6),
        *asked.coverage(first),
        math.log1p(len(ranking.terms)),
        *(ranking.raw[:, first] - others.max(1)),
        _unheard_share(part, rarity), _stranger(part, rarity, whole, asked_of, is_thing),
        asked.elsewhere(first), asked.lead(ranking.order[: 1 + RIVALS]),
        _stranger(part, rarity, whole, asked_of, is_name),
    ], dtype=np.float64)  # fmt: skip


def grounds_of(model: Logistic, features: Doubles, less: float = 0.0) -> list[Ground]:
    """Say what a probability rests on: how much each feature moves it away from a usual question's."""
    shares = (features - model.usual) * model.weights
    told = zip(FEATURES, features, shares, strict=True)
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


def _log_odds(share: float) -> float:
    return math.log((share + 1e-4) / (1 - share + 1e-4))


def _unheard_share(part: Part, rarity: Mapping[str, float]) -> float:
    """Give the share of what is asked, by rarity, that stands in no article."""
    weights, unheard = list(rarity.values()), _unheard(part)
    return weights.count(unheard) * unheard / math.fsum(weights) if weights else 0.0


def _stranger(
    part: Part,
    rarity: Mapping[str, float],
    asked: Sequence[str],
    asked_of: int | None,
    counts: Callable[[str], bool],
) -> float:
    """Say 1 when terms that count, and that no article holds, are a good part of what is asked, else 0.

    "星巴克礼品卡能用多久" is a known question but for the name. Chinese alone is looked at, whose words
    are told apart by kind; an English word in a Chinese question may well be a word.
    """
    things = list(filter(counts, asked))
    if not things:
        return 0.0
    unheard = _unheard(part)
    strange = [
        thing
        for thing in things
        if rarity[thing] == unheard
        and all(_rarity(part, piece, asked_of) == unheard for piece in pieces(thing))
    ]
    return float(len(strange) * unheard >= STRANGER_SHARE * math.fsum(rarity[term] for term in asked))


class _Asked:
    """A question's terms, by rarity, and which of them articles hold; `_whole`: no other one contains it."""

    def __init__(self, part: Part, once: Sequence[str], whole: Sequence[str], asked_of: int | None) -> None:
        self._part, self._asked_of, self._terms, self._unheard = part, asked_of, once, _unheard(part)
        self._rarity = [part.rarity.get(term, self._unheard) for term in once]
        self._whole = [term in whole for term in once]
        self._total = math.fsum(compress(self._rarity, self._whole)) or 1.0
        self._held: dict[int, list[bool]] = {}
        self._numbers: NDArray[np.int32] | None = None

    def coverage(self, article: int) -> tuple[float, float]:
        """Give the share of the question that the article holds, and whether it holds the rarest term."""
        total, held = math.fsum(self._rarity), self._holds(article)
        if not total:
            return 0.0, 0.0
        rarest = max(range(len(self._terms)), key=self._rarity.__getitem__)
        return math.fsum(compress(self._rarity, held)) / total, float(held[rarest])

    def elsewhere(self, article: int) -> float:
        """Give the share of names and nouns that this article lacks and others hold.

        "微信号怎么改" is not answered by the page on changing one's address, though another one names 微信.
        Chinese alone is looked at, as for a stranger; a Latin word in it is a name.
        """
        if not is_cjk_language(self._part.language):
            return 0.0
        each = zip(self._terms, self._rarity, self._whole, self._holds(article), strict=True)
        lacks = (
            rarity
            for term, rarity, whole, held in each
            if whole and not held and rarity < self._unheard
            if is_thing(term) or (term.isascii() and term[:1].isalpha())
        )
        return math.fsum(lacks) / self._total

    def lead(self, ranked: Sequence[int]) -> float:
        """Give how much more the first of these articles holds than the best of the others."""
        shares = list(map(self._share, ranked))
        return (shares[0] - max(shares[1:], default=0.0)) / self._total

    def _share(self, article: int) -> float:
        each = zip(self._rarity, self._whole, self._holds(article), strict=True)
        return math.fsum(rarity for rarity, whole, held in each if whole and held)

    def _holds(self, article: int) -> list[bool]:
        """Tell of each term whether a text of the article holds it, other than the question itself."""
        if article not in self._held:
            least = 2 if article == self._asked_of else 1
            held = self._part.vocabulary[article]
            if self._numbers is None:
                numbers = [(held.vocabulary.numbers([term]) or [NO_TERM])[0] for term in self._terms]
                self._numbers = np.array(numbers, np.int32)[:, None]
            self._held[article] = [n >= least for n in held.often(self._numbers)]
        return self._held[article]


def _rarity(part: Part, term: str, asked_of: int | None) -> float:
    """Weigh a term; one that only the question itself, of article `asked_of`, brought in is unheard."""
    rarity = part.rarity.get(term, _unheard(part))
    alone = rarity >= math.log1p((part.size - 0.5) / 1.5) - 1e-6
    if asked_of is not None and alone and part.vocabulary[asked_of][term] == 1:
        return _unheard(part)
    return rarity


def _unheard(part: Part) -> float:
    """Weigh a term that no article holds."""
    return math.log1p(2 * part.size + 1)
