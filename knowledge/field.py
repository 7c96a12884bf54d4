"""One field of an index (bodies, headings or known questions), searched by meaning and by words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

FORMAT = 5  # of the files of a snapshot and of what stands in them; raise it when either changes
WIDE = 2000  # rows that FAISS scores; below it every row has its true score


class Field:
    """The same n texts twice: unit vectors in FAISS (inner product) and terms in BM25."""

    def __init__(self, size: int, vectors: Any, words: Any) -> None:
        self.size, self._vectors, self._words = size, vectors, words

    @classmethod
    def of(cls, vectors: Floats, terms: Sequence[Sequence[str]]) -> Field:
        """Index n texts given as n × d unit vectors and n lists of terms."""
        import bm25s
        import faiss

        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors)
        words = None
        if any(terms):
            words = bm25s.BM25(method="lucene")
            words.index([list(row) for row in terms], show_progress=False)
        return cls(len(terms), index, words)

    def by_meaning(self, vector: Floats) -> Floats:
        """Score all n texts by cosine; beyond the nearest WIDE they share the last one's score."""
        scores, rows = self._vectors.search(vector[None, :], min(self.size, WIDE))
        every = np.full(self.size, scores[0, -1], np.float32)
        every[rows[0]] = scores[0]
        return every

    def by_words(self, terms: Sequence[str]) -> Floats:
        """Score all n texts by BM25 (Lucene's variant; Kamphuis et al. 2020)."""
        known = [term for term in terms if self._words is not None and term in self._words.vocab_dict]
        if not known:
            return np.zeros(self.size, np.float32)
        return np.asarray(self._words.get_scores(known), np.float32)

    def save(self, folder: Path) -> None:
        """Write both indexes into a new folder."""
        import faiss

        folder.mkdir()
        faiss.write_index(self._vectors, str(folder / "vectors.faiss"))
        if self._words is not None:
            self._words.save(folder / "words", show_progress=False)
        (folder / "size.json").write_text(json.dumps(self.size))

    @classmethod
    def open(cls, folder: Path) -> Field:
        """Read both indexes whole, so that the folder may go away later."""
        import bm25s
        import faiss

        vectors = faiss.read_index(str(folder / "vectors.faiss"))
        words = bm25s.BM25.load(folder / "words") if (folder / "words").is_dir() else None
        return cls(json.loads((folder / "size.json").read_text()), vectors, words)
