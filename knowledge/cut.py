"""What one article gives to an index: its passages, what each field compares, the terms of all that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.split import passages_of, plain
from knowledge.words import Counted, hash_of
from nouns import Article, Passage
from reading.tokens import terms

FIELDS = ("body", "heading", "question")


@dataclass(frozen=True)
class Cut:
    """An article, cut. `key` names the article as it was written; `texts` and `counts` go by field."""

    key: int
    article: Article
    passages: tuple[Passage, ...]
    texts: dict[str, list[str]]
    counts: dict[str, list[Counted]]
    asked: tuple[int, ...]

    @classmethod
    def of(cls, key: int, article: Article) -> Cut:
        """Cut an article."""
        passages = tuple(passages_of(article))
        texts = {
            "body": ["\n".join([one.title, *one.headings[-1:], plain(one.text)]) for one in passages],
            "heading": headings_of(passages),
            "question": questions_of(article),
        }
        words = {name: list(map(terms, each)) for name, each in texts.items()}
        counts = {
            name: [Counted.of(Counter(map(hash_of, row))) for row in rows] for name, rows in words.items()
        }
        return cls(key, article, passages, texts, counts, tuple(map(asked_of, words["question"])))


def headings_of(passages: Sequence[Passage]) -> list[str]:
    """Say what each passage stands below, its title first."""
    return [" – ".join([one.title, *one.headings]) for one in passages]


def questions_of(article: Article) -> list[str]:
    """List what an article answers: its known questions, its title last."""
    return [*article.questions, article.title]


def asked_of(terms: Sequence[str]) -> int:
    """Name a question by its words, in whatever order."""
    return hash_of("\0".join(sorted(terms)))


def _counted(terms: Sequence[str]) -> Counted:
    return Counted.of(Counter(map(hash_of, terms)))
