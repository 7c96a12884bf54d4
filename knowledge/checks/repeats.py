"""What stands twice: passages that are nearly the same, and questions that several articles claim."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from knowledge.checks.probes import same_article
from knowledge.split import passages_of, plain
from nouns import Article, Passage
from reading.tokens import terms

SHINGLE = 4  # terms in a row
ALIKE = 0.6  # of the shorter passage's shingles stand in the other too
LEAST = 12  # shingles; what is shorter is not worth telling
COMMON = 25  # a phrase in more passages than this tells nothing


@dataclass(frozen=True)
class Repeat:
    """Two passages of one language of which most stands in both; `share` of the shorter one's phrases."""

    article: str
    anchor: str
    other: str
    other_anchor: str
    share: float
    text: str


@dataclass(frozen=True)
class Duplicate:
    """A known question that several articles of one language claim; `articles` may hold it as a probe."""

    question: str
    articles: tuple[str, ...]


def repeats_in(articles: Sequence[Article]) -> list[Repeat]:
    """Find near-duplicate passages by the phrases they share, the most alike first."""
    passages = [passage for article in articles for passage in passages_of(article)]
    phrases = [_phrases(passage) for passage in passages]
    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, own in enumerate(phrases):
        for phrase in own:
            holders[phrase].append(number)
    shared = Counter(
        pair for numbers in holders.values() if len(numbers) <= COMMON for pair in combinations(numbers, 2)
    )
    found = []
    for (one, other), count in shared.items():
        share = count / max(LEAST, min(len(phrases[one]), len(phrases[other])))
        if share >= ALIKE and passages[one].language == passages[other].language:
            found.append(_repeat(passages[one], passages[other], share))
    return sorted(found, key=lambda repeat: -repeat.share)


def duplicates_in(articles: Sequence[Article]) -> list[Duplicate]:
    """Find known questions of the same words in several articles of one language; probes may be shared."""
    claims: dict[tuple[str, tuple[str, ...]], dict[str, str]] = defaultdict(dict)
    known = set()
    for article in articles:
        known |= {(article.language, terms(question)) for question in article.questions}
        for question in (*article.questions, *article.probes):
            claims[article.language, terms(question)].setdefault(article.id, question)
    return [
        Duplicate(next(iter(who.values())), tuple(who))
        for claim, who in claims.items()
        if claim in known and len(who) > 1 and not all(same_article(id, next(iter(who))) for id in who)
    ]


def _phrases(passage: Passage) -> set[tuple[str, ...]]:
    words = terms(plain(passage.text))
    return {words[start : start + SHINGLE] for start in range(len(words) - SHINGLE + 1)}


def _repeat(one: Passage, other: Passage, share: float) -> Repeat:
    anchors = [passage.id.partition("#")[2].partition(".")[0] for passage in (one, other)]
    return Repeat(one.article, anchors[0], other.article, anchors[1], round(share, 2), plain(one.text)[:300])
