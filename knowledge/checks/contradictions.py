"""Articles that state different numbers, dates or prices of the same thing.

Two statements of one language contradict each other when they give a different value in the same unit, and
when they are about the same thing: a logistic regression over how much of their words, titles and headings
they share and how much each has for itself. It was fitted on the demo company's articles, which agree with
each other: pairs that state the same value are what a contradiction looks like before the value is changed,
pairs that state another one are what must not be reported.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np

from knowledge.checks.quantities import Quantity
from knowledge.checks.statements import Statement, statements_of
from knowledge.split import plain
from nouns import Article
from reading.tokens import terms

WEIGHTS = (0.9, 1.0, -1.3, -1.7, -1.5, 3.5, -1.05, -1.6)  # of what `_features` gives
BIAS = 1.0
SURE = 0.75
SURER = 0.97  # when one of the two articles states both values, and so may tell apart what they are of
OF_TWO = 1.5  # titles and headings each with a term this rare that the other side lacks name two things …
SAYS_ALL = (0.85, 0.6, 2.05)  # … unless the statements say by themselves what they are about

CONTRASTS = (
    "first second third fourth last next", "spring summer autumn winter", "minimum maximum", "small large",
    "monday tuesday wednesday thursday friday saturday sunday weekend", "monthly yearly weekly daily",
    "free paid", "before after", "morning afternoon evening", "adult child",
    "第一 第二 第三", "春季 夏季 秋季 冬季", "周一 周二 周三 周四 周五 周六 周日",
    "月付 年付", "以前 以后 之前 之后",
)  # fmt: skip
LEAST_SHARED = 0.3  # of two statements' own words, before the pair is looked at
ROWS_AT_ONCE = 500
FEW = 30  # articles; in a smaller company every word would seem common

Key = tuple[str, str]  # a unit and a role


@dataclass(frozen=True)
class Contradiction:
    """Two statements that can't both hold; `score` is how sure it is that they are about one thing."""

    article: str
    anchor: str
    says: str
    value: str
    other: str
    other_anchor: str
    other_says: str
    other_value: str
    score: float


class Rarity:
    """How much a term tells, from 0.1 (in most articles) to 5 (in one): inverse document frequency."""

    def __init__(self, articles: Sequence[Article]) -> None:
        self._counts = Counter(
            term for article in articles for term in set(terms(plain(f"{article.title}\n{article.body}")))
        )
        self._all = max(FEW, len(articles))
        self._most = math.log(2 * (self._all + 1))

    def of(self, term: str) -> float:
        """Weigh a term."""
        told = math.log((self._all + 1) / (self._counts[term] + 0.5))
        return max(0.1, 5 * told / self._most)

    def sum(self, some: frozenset[str]) -> float:
        """Weigh several terms."""
        return sum(map(self.of, some))

    def most(self, some: frozenset[str]) -> float:
        """Weigh the rarest of several terms."""
        return max(map(self.of, some), default=0.0)


def contradictions_in(articles: Sequence[Article], of: str | None = None) -> list[Contradiction]:
    """Find what contradicts, within each language, the surest first; one for each two articles and unit.

    `of` looks for those of one article alone.
    """
    found: dict[tuple[str, str, str], Contradiction] = {}
    for language in sorted({article.language for article in articles}):
        own = [article for article in articles if article.language == language]
        rarity = Rarity(own)
        statements = [statement for article in own for statement in statements_of(article)]
        stated = _stated(statements)
        for one, other, key in _candidates(statements, rarity):
            if of not in (None, one.article, other.article):
                continue
            conflict = _conflict(one, other, key)
            if conflict is None:
                continue
            score = same_thing(one, other, rarity)
            least = SURER if _knows_both(stated, one, other, conflict) else SURE
            pair = (min(one.article, other.article), max(one.article, other.article), key[0])
            if score >= least and (pair not in found or score > found[pair].score):
                found[pair] = _told(one, other, conflict, score)
    return sorted(found.values(), key=lambda each: -each.score)


@lru_cache(maxsize=5000)
def _words(title: str, body: str) -> frozenset[str]:
    return frozenset(terms(plain(f"{title}\n{body}")))


def same_thing(one: Statement, other: Statement, rarity: Rarity) -> float:
    """Estimate the chance that two statements are about the same thing."""
    features = _features(one, other, rarity)
    says_all = all(
        is_so >= least for is_so, least in zip((features[0], features[1], features[5]), SAYS_ALL, strict=True)
    )
    if _contrast(one, other) or (features[6] >= OF_TWO and not says_all):
        return 0.0
    return 1 / (1 + math.exp(-(float(np.dot(WEIGHTS, features)) + BIAS)))


@cache
def _contrasts() -> list[frozenset[str]]:
    return [frozenset(terms(words)) for words in CONTRASTS]


def _contrast(one: Statement, other: Statement) -> bool:
    """Whether each has a word that the other has the opposite of: the first and the second."""
    mine, theirs = one.own - other.own - other.about, other.own - one.own - one.about
    return any(mine & words and theirs & words for words in _contrasts())


def _features(one: Statement, other: Statement, rarity: Rarity) -> tuple[float, ...]:
    """Give shares of own and of all words in common, what each has for itself (logs), and "one article"."""
    all_one, all_other = one.own | one.about, other.own | other.about
    shared = rarity.sum(one.own & other.own)
    apart = rarity.sum(all_one - all_other), rarity.sum(all_other - all_one)
    own_apart = rarity.sum(one.own - all_other), rarity.sum(other.own - all_one)
    return (
        2 * shared / (rarity.sum(one.own) + rarity.sum(other.own) + 1e-6),
        2 * rarity.sum(all_one & all_other) / (rarity.sum(all_one) + rarity.sum(all_other) + 1e-6),
        math.log1p(min(apart)),
        math.log1p(min(own_apart)),
        math.log1p(max(own_apart)),
        math.log1p(shared),
        min(rarity.most(one.about - all_other), rarity.most(other.about - all_one)),
        float(one.article == other.article),
    )


def _candidates(
    statements: Sequence[Statement], rarity: Rarity
) -> Iterator[tuple[Statement, Statement, Key]]:
    """Give the pairs that state something in the same unit and share words, by sparse products."""
    by_key: dict[Key, list[Statement]] = defaultdict(list)
    for statement in statements:
        for key in {(quantity.unit, quantity.role) for quantity in statement.quantities}:
            by_key[key].append(statement)
    for key, group in by_key.items():
        matrix = _matrix(group, rarity)
        for start in range(0, len(group), ROWS_AT_ONCE):
            alike = (matrix[start : start + ROWS_AT_ONCE] @ matrix.T).tocoo()
            for row, column, likeness in zip(alike.row, alike.col, alike.data, strict=True):
                one, other = group[start + int(row)], group[int(column)]
                if (
                    start + row < column
                    and likeness >= LEAST_SHARED
                    and not (one.table and one.table == other.table)
                ):
                    yield one, other, key


def _matrix(statements: Sequence[Statement], rarity: Rarity) -> Any:
    """Make a row of unit length for each statement, of its own words."""
    from scipy.sparse import csr_matrix

    places: dict[str, int] = {}
    rows, columns, weights = [], [], []
    for row, statement in enumerate(statements):
        length = math.sqrt(sum(rarity.of(term) ** 2 for term in statement.own)) or 1.0
        for term in statement.own:
            rows.append(row)
            columns.append(places.setdefault(term, len(places)))
            weights.append(rarity.of(term) / length)
    return csr_matrix((weights, (rows, columns)), shape=(len(statements), max(1, len(places))))


def _conflict(one: Statement, other: Statement, key: Key) -> tuple[Quantity, Quantity] | None:
    """Return two values that disagree, when none of that unit and role agree."""
    mine, theirs = _of_key(one, key), _of_key(other, key)
    if any(first.agrees(second) for first in mine for second in theirs):
        return None
    return mine[0], theirs[0]


def _of_key(statement: Statement, key: Key) -> list[Quantity]:
    return [quantity for quantity in statement.quantities if (quantity.unit, quantity.role) == key]


def _stated(statements: Sequence[Statement]) -> Mapping[tuple[str, str, str], set[tuple[float, float]]]:
    stated: dict[tuple[str, str, str], set[tuple[float, float]]] = defaultdict(set)
    for statement in statements:
        for quantity in statement.quantities:
            stated[statement.article, quantity.unit, quantity.role].add((quantity.low, quantity.high))
    return stated


def _knows_both(
    stated: Mapping[tuple[str, str, str], set[tuple[float, float]]],
    one: Statement,
    other: Statement,
    conflict: tuple[Quantity, Quantity],
) -> bool:
    """Whether one of two articles states both values."""
    both = {(quantity.low, quantity.high) for quantity in conflict}
    unit, role = conflict[0].unit, conflict[0].role
    return one.article != other.article and any(
        both <= stated[article, unit, role] for article in (one.article, other.article)
    )


def _told(
    one: Statement, other: Statement, conflict: tuple[Quantity, Quantity], score: float
) -> Contradiction:
    return Contradiction(
        one.article, one.anchor, one.text, conflict[0].text.strip(),
        other.article, other.anchor, other.text, conflict[1].text.strip(), round(score, 3),
    )  # fmt: skip
