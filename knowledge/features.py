"""What the decision looks at: how the searchers' scores lie, and what of a question its article holds."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from knowledge.arrays import Doubles
from knowledge.part import SEARCHERS, Part, is_cjk_language
from knowledge.search import Ranking
from reading.tokens import is_name, is_thing, pieces

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
    "refused",  # how much nearer the first article's questions are than those that nothing may answer
    "strange name",  # as "stranger", of proper names alone
)  # fmt: skip
QUESTION_MEANING = SEARCHERS.index("question meaning")
NO_TERM = -1  # the number of one that no article holds
RIVALS = 2  # articles behind the first, whose coverage is compared with its own
STRANGER_SHARE = 0.25  # of a question's rarity, from which on it is about things that no article names


def features_of(part: Part, ranking: Ranking, asked_of: int | None = None) -> Doubles:
    """Describe a ranking by FEATURES; `asked_of` is the article that the question itself was taken from."""
    order, first = np.array(ranking.order), ranking.order[0]
    fused = ranking.fused[order].astype(np.float64)
    second, third = (fused[min(place, len(fused) - 1)] for place in (1, 2))
    others = np.take(ranking.raw, order[1:], 1) if len(order) > 1 else np.zeros((len(SEARCHERS), 1))
    best = np.take(ranking.standard, order, 1).max(1)
    shares = np.exp(fused - fused[0])
    shares /= shares.sum()
    asked = _Asked(part, list(dict.fromkeys(ranking.terms)), asked_of)
    return np.array([
        *ranking.raw[[0, 2, 4, 6], first],
        fused[0], fused[0] - second, fused[0] - third,
        _log_odds(shares[0]), _log_odds(shares[:3].sum()),
        np.mean(ranking.standard[:, first] >= best - 1e-6),
        *asked.coverage(first),
        math.log1p(len(ranking.terms)),
        *(ranking.raw[:, first] - others.max(1)),
        asked.unheard(), asked.is_strange(is_thing),
        asked.elsewhere(first), asked.lead(ranking.order[: 1 + RIVALS]),
        ranking.raw[QUESTION_MEANING, first] - ranking.refused if len(part.refused) else 0.0,
        asked.is_strange(is_name),
    ], dtype=np.float64)  # fmt: skip


def _log_odds(share: float) -> float:
    return math.log((share + 1e-4) / (1 - share + 1e-4))


class _Asked:
    """A question's terms, by rarity, and which of them articles hold; `_whole`: no other one contains it."""

    def __init__(self, part: Part, once: Sequence[str], asked_of: int | None) -> None:
        self._part, self._asked_of, self._terms, self._unheard = part, asked_of, once, _unheard(part)
        self._rarity = [part.rarity.get(term, self._unheard) for term in once]
        self._new = self._rarity  # as if the question were not known
        if asked_of is not None:
            self._new = [_rarity(part, term, asked_of) for term in once]
        self._whole = [not any(term in other != term for other in once) for term in once]
        self._total = math.fsum(compress(self._rarity, self._whole)) or 1.0
        self._held: dict[int, list[bool]] = {}
        self._numbers: NDArray[np.int32] | None = None

    def unheard(self) -> float:
        """Give the share of the question, by rarity, that stands in no article."""
        return self._new.count(self._unheard) * self._unheard / (math.fsum(self._new) or 1.0)

    def is_strange(self, counts: Callable[[str], bool]) -> float:
        """Say 1 when terms that count, and that no article holds, are a good part of the question, else 0.

        "星巴克礼品卡能用多久" is a known question but for the name. Chinese alone is looked at, whose words
        are told apart by kind; an English word in a Chinese question may well be a word.
        """
        whole = [each for each, is_whole in zip(self._terms, self._whole, strict=True) if is_whole]
        things = list(filter(counts, whole))
        strange = sum(map(self._is_strange, things))
        asked = math.fsum(compress(self._new, self._whole))
        return float(bool(things) and strange * self._unheard >= STRANGER_SHARE * asked)

    def _is_strange(self, thing: str) -> bool:
        each = (thing, *pieces(thing))
        return all(_rarity(self._part, one, self._asked_of) == self._unheard for one in each)

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
