"""Search by words: BM25 over n texts, in arrays that are mapped and can be put together from older ones.

Lucene's variant (Kamphuis et al. 2020), as bm25s computes it, which serves as the tests' oracle: bm25s itself
counts terms in Python, two seconds for 10,000 passages at every edit, and scores every text of a million.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge.arrays import Floats, Hashes, Ints, Owners, bounds, fingerprint, mapped, ranges

K1, B = 1.5, 0.75
ASKED = 50_000  # terms whose numbers stay looked up
DENSE = 200_000  # texts up to which every one gets a score
CHAMPIONS = 32_000  # entries looked at for one question, shared by its terms; the sum needs sorting …
CHAMPIONS_DENSE = 200_000  # … and so many where it needs none
NOBODY, NOTHING = np.empty(0, np.int32), np.empty(0, np.float32)


@lru_cache(maxsize=200_000)
def hash_of(term: str) -> int:
    """Name a term by 64 bits: among a million terms two share a name once in 37 million bases."""
    return fingerprint(term.encode("utf-8", "ignore"))


@dataclass(frozen=True)
class Vocabulary:
    """The terms of a part, as sorted hashes; a term's number is its place. `asked`: those looked up."""

    hashes: Hashes
    asked: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.hashes)

    def numbers(self, terms: Iterable[str]) -> list[int]:
        """Give the numbers of the terms that are known, repeated as they are."""
        return [number for number in map(self._number, terms) if number >= 0]

    def _number(self, term: str) -> int:
        number = self.asked.get(term)
        if number is None:
            hash = np.uint64(hash_of(term))
            place = int(np.searchsorted(self.hashes, hash))
            number = place if place < len(self.hashes) and self.hashes[place] == hash else -1
            if len(self.asked) >= ASKED:
                self.asked.clear()
            self.asked[term] = number
        return number


@dataclass(frozen=True)
class Rows:
    """The terms of n texts: text i holds `terms[starts[i]:starts[i + 1]]`, each once, `counts` times."""

    starts: Ints
    terms: NDArray[np.int32]
    counts: NDArray[np.uint16]

    def take(self, rows: Ints) -> tuple[Ints, Ints]:
        """Give the places of some rows' entries, and the bounds of each row among them."""
        sizes = self.starts[rows + 1] - self.starts[rows]
        return ranges(self.starts[rows], sizes), np.concatenate([[0], np.cumsum(sizes)])


@dataclass(frozen=True)
class Words:
    """`weights`: each entry's part of the score, still without its term's rarity `idf`.

    Term t stands in the texts `holders[bounds[t]:bounds[t + 1]]`, those first in which it weighs most.
    """

    vocabulary: Vocabulary
    rows: Rows
    weights: Floats
    bounds: Ints
    holders: NDArray[np.int32]
    holder_weights: Floats
    idf: Floats

    def __len__(self) -> int:
        return len(self.rows.starts) - 1

    def every(self, terms: Sequence[str]) -> Floats:
        """Score every text."""
        scores = np.zeros(len(self), np.float32)
        for term in self.vocabulary.numbers(terms):
            held = slice(self.bounds[term], self.bounds[term + 1])
            scores[self.holders[held]] += self.idf[term] * self.holder_weights[held]
        return scores

    def said(self, terms: Sequence[str]) -> Said:
        """Score the texts that hold one of the terms; of a frequent term only champions are looked at.

        Champion lists: Manning, Raghavan, Schütze 2008, "Introduction to Information Retrieval", 7.1.3.
        """
        dense, numbers = len(self) <= DENSE, self.vocabulary.numbers(terms)
        each = (CHAMPIONS_DENSE if dense else CHAMPIONS) // max(1, len(numbers))
        lists = [slice(self.bounds[t], min(self.bounds[t + 1], self.bounds[t] + each)) for t in numbers]
        found = np.concatenate([NOBODY, *(self.holders[held] for held in lists)])
        weighed = [self.idf[t] * self.holder_weights[held] for t, held in zip(numbers, lists, strict=True)]
        weights = np.concatenate([NOTHING, *weighed])
        whole = all(self.bounds[t + 1] - self.bounds[t] <= each for t in numbers)
        if dense:
            return Dense(np.bincount(found, weights, len(self)).astype(np.float32), whole)
        return Sparse(*_added_up(found, weights), whole)

    def some(self, rows: Ints, terms: Sequence[str], said: Said, kept: Few) -> Floats:
        """Score some texts, of which the terms have said all or not; the first ones are `kept` at hand."""
        if said.whole:
            return said.of(rows)
        return np.concatenate([kept.every(terms), self.of(rows[len(kept) :]).every(terms)])

    def of(self, rows: Ints) -> Few:
        """Give some texts, to be scored by themselves."""
        places, starts = self.rows.take(rows)
        return Few(self, np.take(self.rows.terms, places), np.take(self.weights, places), starts)

    def save(self, folder: Path) -> None:
        """Write all arrays but the vocabulary."""
        for name, array in self._arrays().items():
            np.save(folder / f"{name}.npy", array)

    @classmethod
    def open(cls, folder: Path, vocabulary: Vocabulary) -> Words:
        """Map the arrays."""
        read = {name: mapped(folder / f"{name}.npy") for name in NAMES}
        rows = Rows(read["starts"], read["terms"], read["counts"])
        return cls(
            vocabulary, rows, read["weights"], read["bounds"], read["holders"], read["holder_weights"],
            read["idf"],
        )  # fmt: skip

    def _arrays(self) -> Mapping[str, NDArray[np.generic]]:
        return {
            "starts": self.rows.starts, "terms": self.rows.terms, "counts": self.rows.counts,
            "weights": self.weights, "bounds": self.bounds, "holders": self.holders,
            "holder_weights": self.holder_weights, "idf": self.idf,
        }  # fmt: skip


class Said(Protocol):
    """What a question's terms give the texts that hold one; `whole`: of no term any holder was left out."""

    whole: bool

    def best(self, k: int) -> tuple[Ints, Floats]:
        """Give the k best texts, in no order, and their scores."""
        ...

    def of(self, rows: Ints) -> Floats:
        """Give the scores of some texts, 0 where no term stands."""
        ...

    def usual(self, articles: Owners, counted: NDArray[np.bool_]) -> tuple[float, float]:
        """Give mean and spread of the articles' best scores."""
        ...


@dataclass
class Dense:
    """A score for every text."""

    scores: Floats
    whole: bool

    def best(self, k: int) -> tuple[Ints, Floats]:
        """Give the k best."""
        rows = (
            np.argpartition(-self.scores, k - 1)[:k] if k < len(self.scores) else np.arange(len(self.scores))
        )
        rows = rows[self.scores[rows] > 0]
        return rows, self.scores[rows]

    def of(self, rows: Ints) -> Floats:
        """Look them up."""
        return self.scores[rows]

    def usual(self, articles: Owners, counted: NDArray[np.bool_]) -> tuple[float, float]:
        """Take each article's best."""
        best = np.maximum.reduceat(self.scores, articles.bounds[:-1])[counted].astype(np.float64)
        return _mean_and_spread(best, len(best))


@dataclass
class Sparse:
    """The rows that have a score, rising, and their scores."""

    rows: Ints
    scores: Floats
    whole: bool

    def best(self, k: int) -> tuple[Ints, Floats]:
        """Give the k best."""
        if len(self.rows) <= k:
            return self.rows, self.scores
        kept = np.argpartition(-self.scores, k - 1)[:k]
        return self.rows[kept], self.scores[kept]

    def of(self, rows: Ints) -> Floats:
        """Search for them."""
        if not len(self.rows):
            return np.zeros(len(rows), np.float32)
        places = np.minimum(np.searchsorted(self.rows, rows), len(self.rows) - 1)
        return np.where(self.rows[places] == rows, self.scores[places], np.float32(0))

    def usual(self, articles: Owners, counted: NDArray[np.bool_]) -> tuple[float, float]:
        """Sum over the articles that have a score; the others' is 0."""
        owners = np.take(articles.of, self.rows)
        first = _firsts(owners)
        best = _best_of_runs(self.scores, owners, first)
        shown = best[np.take(counted, owners[first])].astype(np.float64)
        return _mean_and_spread(shown, int(np.count_nonzero(counted)))


def _added_up(rows: NDArray[np.int32], weights: Floats) -> tuple[Ints, Floats]:
    """Sum the weights of each row: the rows that occur, rising, and their sums.

    Row and weight are sorted as one number, in two thirds of the time of np.unique.
    """
    both = (rows.astype(np.uint64) << np.uint64(32)) | np.asarray(weights, np.float32).view(np.uint32)
    both.sort()
    rising = (both >> np.uint64(32)).astype(np.int32)
    first = _firsts(rising)
    sorted_weights = both.astype(np.uint32).view(np.float32)
    return rising[first].astype(np.int64), np.add.reduceat(sorted_weights, first) if len(first) else NOTHING


def _firsts(rising: NDArray[np.int32]) -> Ints:
    """Tell where each run of equal numbers begins."""
    new = np.ones(len(rising), bool)
    np.not_equal(rising[1:], rising[:-1], out=new[1:])
    return np.flatnonzero(new)


def _best_of_runs(scores: Floats, owners: NDArray[np.int32], first: Ints) -> Floats:
    """Give the highest score, of none below 0, of each run of equal owners; they begin at `first`.

    Each row takes over from the one a stride on: `np.maximum.reduceat` takes 20 ns for each of many runs.
    """
    longest, stride = int(np.diff(first, append=len(owners)).max(initial=1)), 1
    best = scores
    while stride < longest:
        later = best[stride:] * (owners[stride:] == owners[:-stride])
        best = np.concatenate([np.maximum(best[:-stride], later), best[-stride:]])
        stride *= 2
    return best[first]


def _mean_and_spread(values: NDArray[np.float64], size: int) -> tuple[float, float]:
    """Tell those of `size` numbers, of which the ones that are not given are 0."""
    mean = float(values.sum()) / max(1, size)
    return mean, math.sqrt(max(0.0, float(values @ values) / max(1, size) - mean**2))


NAMES = ("starts", "terms", "counts", "weights", "bounds", "holders", "holder_weights", "idf")


@dataclass(frozen=True)
class Few:
    """Some texts of Words, scored by themselves with the rarities of them all."""

    words: Words
    terms: NDArray[np.int32]
    weights: Floats
    starts: Ints

    def __len__(self) -> int:
        return len(self.starts) - 1

    def every(self, terms: Sequence[str]) -> Floats:
        """Score these texts."""
        asked = np.zeros(len(self.words.vocabulary) + 1, np.float32)
        for term in self.words.vocabulary.numbers(terms):
            asked[term] += self.words.idf[term]
        return _sums(np.take(asked, self.terms) * self.weights, self.starts)


def words_of(vocabulary: Vocabulary, rows: Rows) -> Words:
    """Weigh and turn round the terms of all texts."""
    size = len(rows.starts) - 1
    lengths = _sums(rows.counts.astype(np.float32), rows.starts)
    mean = float(lengths.mean()) if size else 1.0
    counts = rows.counts.astype(np.float32)
    owners = np.repeat(np.arange(size, dtype=np.int32), np.diff(rows.starts))
    norms = K1 * (1 - B + B * lengths / (mean or 1.0))
    weights = np.asarray(counts / (counts + norms[owners]), np.float32)
    order = np.lexsort((-weights, rows.terms))
    holding = np.bincount(rows.terms, minlength=len(vocabulary))
    idf = np.log1p((size - holding + 0.5) / (holding + 0.5)).astype(np.float32)
    return Words(vocabulary, rows, weights, bounds(holding), owners[order], weights[order], idf)


def _sums(entries: Floats, bounds: Ints) -> Floats:
    """Sum the entries between neighbouring bounds."""
    sums = np.add.reduceat(np.append(entries, np.float32(0)), bounds[:-1], dtype=np.float32)
    sums[bounds[1:] == bounds[:-1]] = 0
    return np.asarray(sums, np.float32)


class Counted(NamedTuple):
    """The terms of one text, each once, as hashes, and how often each stands: a quarter of a dict."""

    hashes: Hashes
    counts: NDArray[np.uint16]

    @classmethod
    def of(cls, counts: Mapping[int, int]) -> Counted:
        """Lay counts by hash out."""
        often = (min(count, 65535) for count in counts.values())
        return cls(np.fromiter(counts, np.uint64, len(counts)), np.fromiter(often, np.uint16, len(counts)))


def rows_of(texts: Sequence[Counted]) -> tuple[Ints, Hashes, NDArray[np.uint16]]:
    """Lay texts end to end: bounds, hashes, counts."""
    hashes = np.concatenate([np.empty(0, np.uint64), *(text.hashes for text in texts)])
    counts = np.concatenate([np.empty(0, np.uint16), *(text.counts for text in texts)])
    return bounds([len(text.hashes) for text in texts]), hashes, counts
