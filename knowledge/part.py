"""The articles that are ranked for a question: all of a small base, of a large one those that came near."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.arrays import Floats, Ints
from knowledge.cut import FIELDS, asked_of
from knowledge.field import Scored
from knowledge.topic import Topics
from knowledge.words import Vocabulary
from nouns import Article, Passage
from reading.script import CJK_LANGUAGES

__all__ = ["FIELDS", "SEARCHERS", "Part", "is_cjk_language"]

SAME = 0.9999  # cosine, from which on two vectors are of one text

SEARCHERS = (*(f"{name} {way}" for name in FIELDS for way in ("meaning", "words")), "topic")


@dataclass(frozen=True)
class Part:
    """Articles of one language with their passages, and the three fields over them.

    `passage_starts[i]` is the first passage of article i, `question_starts[i]` its first known question;
    a title stands as the last question of its article, so that none is without. `vocabulary[i]` counts in how
    many texts of article i a term stands, `rarity` weighs a term by how few articles of the base hold it,
    `known` gives the article of a known question by its sorted terms, `size` counts the base's articles.
    `numbers[i]`: article i's number in the base, where the part does not hold all.
    `standing[i]`: how many articles of the base article i stands for, in a part of a large one; `usual`: mean
    and spread of a searcher's scores over the base, for those of which they are known. `refused`: vectors of
    the base's questions that no article may answer, the probes of internal articles alone.
    """

    language: str
    encoder: str
    articles: Sequence[Article]
    passages: Sequence[Passage]
    public: NDArray[np.bool_]
    passage_starts: Ints
    question_starts: Ints
    fields: Mapping[str, Scored]
    topic: Topics
    rarity: Mapping[str, float]
    vocabulary: Sequence[Held]
    known: Mapping[tuple[str, ...], int]
    refused: Floats
    size: int
    numbers: Ints | None = None
    standing: Floats | None = None
    usual: Mapping[int, tuple[float, float]] = field(default_factory=dict)

    def near_refused(self, vector: Floats, *, itself: bool = True) -> float:
        """Give the cosine with the nearest refused question, `itself` among them or not; 0 without any."""
        near = self.refused[:, : len(vector)] @ vector
        return float(np.max(near if itself else near[near < SAME], initial=0.0))


@dataclass(frozen=True)
class Rarity(Mapping[str, float]):
    """Weighs a term by how few articles hold it (inverse document frequency as in BM25)."""

    vocabulary: Vocabulary
    holding: NDArray[np.int32]
    size: int

    def __getitem__(self, term: str) -> float:
        numbers = self.vocabulary.numbers([term])
        if not numbers:
            raise KeyError(term)
        holding = int(self.holding[numbers[0]])
        return math.log1p((self.size - holding + 0.5) / (holding + 0.5))

    def __iter__(self) -> Iterator[str]:
        return iter(())  # terms are kept as hashes: they can be looked up, not listed

    def __len__(self) -> int:
        return len(self.vocabulary)


@dataclass(frozen=True)
class Held(Mapping[str, int]):
    """Counts in how many texts of an article a term stands, given all its texts' terms end to end."""

    vocabulary: Vocabulary
    numbers: NDArray[Any]

    def __getitem__(self, term: str) -> int:
        number = self.vocabulary.numbers([term])
        return int(np.count_nonzero(self.numbers == number[0])) if number else 0

    def often(self, asked: NDArray[np.int32]) -> list[int]:
        """Count several terms at once, given their numbers in a column (k, 1)."""
        counted: list[int] = np.count_nonzero(self.numbers == asked, axis=1).tolist()
        return counted

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return len(np.unique(self.numbers))


@dataclass(frozen=True)
class Known(Mapping[tuple[str, ...], int]):
    """Known questions that one public article alone claims, by their sorted terms."""

    hashes: NDArray[np.uint64]
    articles: NDArray[np.int32]

    def __getitem__(self, words: tuple[str, ...]) -> int:
        hash = np.uint64(asked_of(words))
        place = int(np.searchsorted(self.hashes, hash))
        if place == len(self.hashes) or self.hashes[place] != hash:
            raise KeyError(words)
        return int(self.articles[place])

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        return iter(())

    def __len__(self) -> int:
        return len(self.hashes)


def is_cjk_language(language: str) -> bool:
    """Whether articles of this language go to the encoder for Han, kana and hangul."""
    return language.split("-")[0].lower() in CJK_LANGUAGES
