"""One field of an index (bodies, headings or known questions), searched by meaning and by words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge.arrays import Floats as Floats
from knowledge.arrays import Ints, mapped
from knowledge.near import nearest, open_near
from knowledge.words import Few, Vocabulary, Words

FORMAT = 14  # of the files of a snapshot and of what stands in them; raise it when either changes
FLAT = 4000  # up to so many rows all are looked at: the approximate index begins beyond


class Scored(Protocol):
    """Texts that can all be scored."""

    def by_meaning(self, vector: Floats) -> Floats:
        """Score every text by cosine."""
        ...

    def by_words(self, terms: Sequence[str]) -> Floats:
        """Score every text by BM25."""
        ...


@dataclass(frozen=True)
class Field:
    """The same n texts twice: unit vectors (n × d; those near a question by FAISS) and terms in BM25."""

    vectors: NDArray[Any]
    words: Words
    near: Any | None

    def by_meaning(self, vector: Floats) -> Floats:
        """Score every text by cosine."""
        return np.asarray(self.vectors, np.float32) @ vector

    def by_words(self, terms: Sequence[str]) -> Floats:
        """Score every text by BM25 (Lucene's variant; Kamphuis et al. 2020)."""
        return self.words.every(terms)

    def nearest(self, vector: Floats, k: int) -> tuple[Ints, Floats]:
        """Find about the k rows that are nearest in meaning, with their scores."""
        if self.near is not None:
            return nearest(self.near, vector, k)
        scores = self.by_meaning(vector)
        rows = np.argsort(-scores, kind="stable")[:k]
        return rows, scores[rows]

    def of(self, rows: Ints) -> Some:
        """Give some of the texts, to be scored by themselves."""
        return Some(self.vectors_of(rows), self.words.of(rows))

    def vectors_of(self, rows: Ints) -> Floats:
        """Give the vectors of some texts; `take` is four times faster than an index on a mapped array."""
        vectors = np.take(self.vectors, rows, 0)
        return _singles(vectors) if vectors.dtype == np.float16 else np.asarray(vectors, np.float32)

    @classmethod
    def open(cls, folder: Path, vocabulary: Vocabulary) -> Field:
        """Map a field."""
        near = folder / "near.faiss"
        return cls(
            mapped(folder / "vectors.npy"),
            Words.open(folder, vocabulary),
            open_near(near) if near.exists() else None,
        )


def _singles(halves: NDArray[np.float16]) -> Floats:
    """Widen vectors; torch does it by one instruction for eight numbers, 17 times faster than numpy."""
    import torch

    return np.asarray(torch.from_numpy(halves).float().numpy())


@dataclass(frozen=True)
class Some:
    """Some texts of a field."""

    vectors: Floats
    words: Few

    def by_meaning(self, vector: Floats) -> Floats:
        """Score every one by cosine."""
        return self.vectors @ vector

    def by_words(self, terms: Sequence[str]) -> Floats:
        """Score every one by BM25, with the rarities of the whole field."""
        return self.words.every(terms)


@dataclass(frozen=True)
class Asked:
    """Some texts of a field for one question, in groups end to end; their scores by words are known."""

    groups: tuple[Floats, ...]
    said: Floats

    def by_meaning(self, vector: Floats) -> Floats:
        """Score every one by cosine."""
        return np.concatenate([group @ vector for group in self.groups])

    def by_words(self, _terms: Sequence[str]) -> Floats:
        """Give what the question's terms have said of every one."""
        return self.said
