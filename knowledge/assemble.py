"""Write a store from an older one and what changed: rows are copied, only new texts were cut and encoded."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.arrays import Floats, Hashes, Ints, blocks, bounds, mapped, picked, ranges, write_picked
from knowledge.cut import FIELDS, Cut
from knowledge.field import FLAT
from knowledge.near import near_of, open_near, save_near
from knowledge.stock import line_of, write_lines
from knowledge.store import MadeBy, Store
from knowledge.topic import Topic
from knowledge.words import Rows, Vocabulary, hash_of, rows_of, words_of
from reading.encoders import First

HALVED = 100_000  # rows from which on vectors are kept in half precision (cosines off by less than .0005)


@dataclass(frozen=True)
class New:
    """Cut articles, the vectors of their texts by field, and those of their probes."""

    cuts: Sequence[Cut]
    vectors: Mapping[str, Floats]
    probes: Floats


@dataclass(frozen=True)
class Pool:
    """What there is to pick from: the old articles or rows, then the new ones; each begins somewhere."""

    starts: Ints
    sizes: Ints

    @classmethod
    def of(cls, old: Ints, new: Ints) -> Pool:
        """Join two lists of bounds."""
        starts = np.concatenate([old[:-1], new[:-1] + old[-1]])
        return cls(starts, np.concatenate([np.diff(old), np.diff(new)]))

    def places(self, chosen: Ints) -> Ints:
        """Give the places of everything that belongs to the chosen."""
        return ranges(self.starts[chosen], self.sizes[chosen])

    def bounds(self, chosen: Ints) -> Ints:
        """Give the bounds of the chosen in their new order."""
        return bounds(self.sizes[chosen])


def write_store(
    folder: Path, made_by: MadeBy, old: Store | None, kept: Sequence[tuple[str, int]], new: New
) -> None:
    """Write one language: `kept` names the old articles that stay, with their numbers."""
    folder.mkdir()
    writing = _Writing(folder, old, kept, new, made_by.first)
    writing.articles()
    vocabulary = writing.words()
    for name in FIELDS:
        writing.vectors(name)
    writing.lookups(vocabulary)
    starts = {name: mapped(folder / f"{_unit(name)}_bounds.npy")[:-1] for name in FIELDS}
    fields = [(mapped(folder / name / "vectors.npy"), starts[name]) for name in FIELDS]
    Topic.learn(fields).save(folder / "topic")
    if made_by.first:
        Topic.learn(fields, made_by.first).save(folder / "topic_first")
    (folder / "store.json").write_text(json.dumps(asdict(made_by)), encoding="utf-8")


class _Writing:
    """A store while it is written; `order` gives each article's number among the old ones, then the new."""

    def __init__(
        self,
        folder: Path,
        old: Store | None,
        kept: Sequence[tuple[str, int]],
        new: New,
        first: First | None,
    ) -> None:
        self.folder, self.old, self.new, self.first = folder, old, new, first
        before = len(old.keys) if old else 0
        named = [*kept, *((cut.article.id, before + k) for k, cut in enumerate(new.cuts))]
        named.sort()
        self.ids = [id for id, _ in named]
        self.order = np.array([number for _, number in named], np.int64)
        self.pools = {name: self._pool(name) for name in FIELDS}

    def articles(self) -> None:
        """Write articles, passages and all that goes by article."""
        old, cuts = self.old, self.new.cuts
        write_lines(self.folder, self._lines())
        for name in ("body", "question"):
            np.save(self.folder / f"{_unit(name)}_bounds.npy", self.pools[name].bounds(self.order))
        keys, public = _u64(cut.key for cut in cuts), np.array([c.article.audience == "public" for c in cuts])
        self._save("keys", old.keys if old else _u64(()), keys, self.order)
        public_before = old.whole.public if old else np.empty(0, bool)
        self._save("public", public_before, public.astype(bool), self.order)
        probes = Pool.of(
            old.probe_bounds if old else bounds([]), bounds([len(cut.article.probes) for cut in cuts])
        )
        np.save(self.folder / "probe_bounds.npy", probes.bounds(self.order))
        before = old.probes if old else self.new.probes[:0]
        self._save("probes", before, self.new.probes, probes.places(self.order))
        hashes = _u64(map(hash_of, self.ids))
        np.save(self.folder / "ids.npy", np.sort(hashes))
        np.save(self.folder / "id_order.npy", np.argsort(hashes).astype(np.int32))

    def words(self) -> Vocabulary:
        """Write the vocabulary, and each field's words."""
        laid = {name: rows_of([row for cut in self.new.cuts for row in cut.counts[name]]) for name in FIELDS}
        before = self.old.vocabulary.hashes if self.old else _u64(())
        vocabulary = Vocabulary(np.unique(np.concatenate([before, *(each[1] for each in laid.values())])))
        np.save(self.folder / "vocabulary.npy", vocabulary.hashes)
        moved = np.searchsorted(vocabulary.hashes, before).astype(np.int32)
        for name, each in laid.items():
            (self.folder / name).mkdir()
            words_of(vocabulary, self._rows(name, vocabulary, moved, each)).save(self.folder / name)
        return vocabulary

    def vectors(self, name: str) -> None:
        """Write a field's vectors, and from FLAT on their approximate index."""
        places, new = self.pools[name].places(self.order), self.new.vectors[name]
        if len(places) > HALVED:
            new = new.astype(np.float16)  # read back as float32
        before = self.old.fields[name] if self.old else None
        path = self.folder / name / "vectors.npy"
        write_picked(path, before.vectors if before else new[:0], new, places)
        if len(places) > FLAT:
            known = self.old.folder / name / "near.faiss" if self.old else None
            trained = open_near(known, mapped=False) if known and known.exists() else None
            save_near(near_of(mapped(path), trained, self.first), self.folder / name / "near.faiss")

    def lookups(self, vocabulary: Vocabulary) -> None:
        """Write which questions are known, and how many articles hold each term."""
        asked_before = self.old.asked if self.old else _u64(())
        asked_new = _u64(one for cut in self.new.cuts for one in cut.asked)
        asked = picked(asked_before, asked_new, self.pools["question"].places(self.order))
        np.save(self.folder / "asked.npy", asked)
        sizes = np.diff(mapped(self.folder / "question_bounds.npy"))
        owners = np.repeat(np.arange(len(self.order), dtype=np.int32), sizes)
        hashes, articles = _claims(asked, owners, mapped(self.folder / "public.npy"))
        np.save(self.folder / "known.npy", hashes)
        np.save(self.folder / "known_articles.npy", articles)
        np.save(self.folder / "holding.npy", self._holding(len(vocabulary)))

    def _pool(self, name: str) -> Pool:
        old = self.old
        before = bounds([])
        if old:
            before = old.question_bounds if name == "question" else old.passage_bounds
        return Pool.of(before, bounds([len(cut.texts[name]) for cut in self.new.cuts]))

    def _lines(self) -> Iterator[bytes]:
        before = len(self.old.keys) if self.old else 0
        for number in self.order:
            if number < before:
                assert self.old is not None
                yield self.old.stock.line(int(number))
            else:
                cut = self.new.cuts[number - before]
                yield line_of(cut.article, cut.passages)

    def _rows(
        self,
        name: str,
        vocabulary: Vocabulary,
        moved: NDArray[np.int32],
        laid: tuple[Ints, Hashes, NDArray[np.uint16]],
    ) -> Rows:
        starts, hashes, counts = laid
        terms = np.searchsorted(vocabulary.hashes, hashes).astype(np.int32)
        texts = self.pools[name].places(self.order)
        if self.old is None:
            pool, old_terms, old_counts = Pool.of(bounds([]), starts), terms[:0], counts[:0]
        else:
            rows = self.old.fields[name].words.rows
            pool, old_terms, old_counts = Pool.of(rows.starts, starts), moved[rows.terms], rows.counts
        places = pool.places(texts)
        return Rows(pool.bounds(texts), picked(old_terms, terms, places), picked(old_counts, counts, places))

    def _holding(self, terms: int) -> NDArray[np.int32]:
        """Count the articles that hold each term, in a body or a question."""
        holding = np.zeros(terms, np.int64)
        pairs = [self._pairs(name) for name in ("body", "question")]
        for some in blocks(len(self.order)):
            cut = [each[slice(*np.searchsorted(each[:, 0], [some.start, some.stop]))] for each in pairs]
            both = np.concatenate(cut)
            keys = np.sort(both[:, 0].astype(np.int64) * terms + both[:, 1])
            once = keys[np.diff(keys, prepend=-1) > 0]  # np.unique hashes: ten times slower here
            holding += np.bincount(once % terms, minlength=terms) if terms else 0
        return holding.astype(np.int32)

    def _pairs(self, name: str) -> NDArray[np.int32]:
        """List (article, term) for every entry of a field."""
        starts, terms = mapped(self.folder / name / "starts.npy"), mapped(self.folder / name / "terms.npy")
        firsts = starts[mapped(self.folder / f"{_unit(name)}_bounds.npy")]
        owners = np.repeat(np.arange(len(self.order), dtype=np.int32), np.diff(firsts))
        return np.stack([owners, terms], axis=1)

    def _save(self, name: str, old: NDArray[Any], new: NDArray[Any], places: Ints) -> None:
        write_picked(self.folder / f"{name}.npy", old, new, places)


def _claims(
    asked: Hashes, owners: NDArray[np.int32], public: NDArray[np.bool_]
) -> tuple[Hashes, NDArray[np.int32]]:
    """Map known questions to the one article that claims them; internal articles claim nothing."""
    claims = np.unique(
        np.array(
            list(zip(asked[public[owners]], owners[public[owners]], strict=True)), [("q", "u8"), ("a", "i4")]
        )
    )
    _, firsts, counts = np.unique(claims["q"], return_index=True, return_counts=True)
    sole = claims[firsts[counts == 1]]
    return sole["q"].astype(np.uint64), sole["a"].astype(np.int32)


def _unit(name: str) -> str:
    return "question" if name == "question" else "passage"


def _u64(values: Any) -> Hashes:
    return np.array(list(values), np.uint64)
