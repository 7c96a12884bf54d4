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
from reading.encoders import First

FORMAT = 15  # of the files of a snapshot and of what stands in them; raise it when either changes
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
    """The same n texts twice: unit vectors (n × d; those near a question by FAISS) and terms in BM25.

    Where the leading numbers belong to an encoder of their own (`first`), a question may have as few: then it
    is looked at by that encoder alone. FAISS holds these.
    """

    vectors: NDArray[Any]
    words: Words
    near: Any | None
    first: First | None

    def by_meaning(self, vector: Floats) -> Floats:
        """Score every text by cosine."""
        return np.asarray(self.vectors[:, : len(vector)], np.float32) @ vector

    def by_words(self, terms: Sequence[str]) -> Floats:
        """Score every text by BM25 (Lucene's variant; Kamphuis et al. 2020)."""
        return self.words.every(terms)

    def nearest(self, vector: Floats, k: int) -> tuple[Ints, Floats]:
        """Find about the k rows that are nearest in meaning at the first look, with their scores."""
        if self.near is not None:
            return nearest(self.near, vector if self.first is None else self.first.unasked(vector), k)
        scores = self.by_meaning(vector)
        rows = np.argsort(-scores, kind="stable")[:k]
        return rows, scores[rows]

    def of(self, rows: Ints) -> Some:
        """Give some of the texts, to be scored by themselves."""
        return Some(self.vectors_of(rows), self.words.of(rows))

    def vectors_of(self, rows: Ints, numbers: int | None = None) -> Floats:
        """Give the vectors of some texts, or so many of their numbers, a part of them that is alike in size.

        `take` is four times faster than an index on a mapped array, if that is in one piece.
        """
        dimension = self.vectors.shape[1]
        if numbers is None or numbers == dimension:
            vectors = np.take(self.vectors, rows, 0)
        else:
            parts = dimension // numbers
            vectors = np.take(self.vectors.reshape(-1, numbers), rows * parts, 0)
        return _singles(vectors) if vectors.dtype == np.float16 else np.asarray(vectors, np.float32)

    @classmethod
    def open(cls, folder: Path, vocabulary: Vocabulary, first: First | None) -> Field:
        """Map a field."""
        near = folder / "near.faiss"
        return cls(
            mapped(folder / "vectors.npy"),
            Words.open(folder, vocabulary),
            open_near(near) if near.exists() else None,
            first,
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
        return self.vectors[:, : len(vector)] @ vector

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
        return np.concatenate([group[:, : len(vector)] @ vector for group in self.groups])

    def by_words(self, _terms: Sequence[str]) -> Floats:
        """Give what the question's terms have said of every one."""
        return self.said
