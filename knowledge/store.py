"""One language of a snapshot, mapped from its folder: looked up in, and narrowed to what is near."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from knowledge.across import Across
from knowledge.arrays import Floats, Ints, Owners, bounds, mapped, ranges
from knowledge.cut import FIELDS
from knowledge.field import FLAT, Asked, Field, Scored, Some
from knowledge.part import SAME, Held, Known, Part, Rarity
from knowledge.stock import Each, Stock
from knowledge.topic import Topic, Topics
from knowledge.words import Said, Vocabulary, hash_of
from nouns import Article, Passage
from reading.encoders import First, own_of

FIRST = 6  # of the rows that a searcher brings forward, ranked in any case
SAMPLE = 128  # articles that tell what scores are usual, so that those found can be standardised


class Depth(NamedTuple):
    """Of up to `rows` passages, how many rows a searcher brings forward, and how many articles are ranked."""

    rows: float
    found: int
    ranked: int


DEPTHS = (  # measured: bench
    Depth(20_000, 256, 192), Depth(60_000, 384, 192), Depth(300_000, 2048, 768),
    Depth(float("inf"), 1024, 384),
)  # fmt: skip


@dataclass(frozen=True)
class MadeBy:
    """The encoder of a store's vectors, and what a first look goes by where they are of two."""

    encoder: str
    first: First | None = None

    @classmethod
    def read(cls, path: Path) -> MadeBy:
        """Read it back."""
        told = json.loads(path.read_text(encoding="utf-8"))
        return cls(told["encoder"], First(**told["first"]) if told["first"] else None)


class Store:
    """Everything that was made of one language's articles."""

    def __init__(self, folder: Path) -> None:
        made_by = MadeBy.read(folder / "store.json")
        self.folder, self.language = folder, folder.name
        self.encoder, self.first = made_by.encoder, made_by.first
        self.keys: NDArray[np.uint64] = mapped(folder / "keys.npy")
        self.stock = Stock(folder)
        self.passage_bounds: Ints = self.stock.passage_bounds
        self.question_bounds: Ints = mapped(folder / "question_bounds.npy")
        self._of_passages, self._of_questions = map(
            Owners.within, (self.passage_bounds, self.question_bounds)
        )
        self.asked: NDArray[np.uint64] = mapped(folder / "asked.npy")
        self.probes: NDArray[np.float32] = mapped(folder / "probes.npy")
        self.probe_bounds: Ints = mapped(folder / "probe_bounds.npy")
        self.vocabulary = Vocabulary(mapped(folder / "vocabulary.npy"))
        self.fields = {name: Field.open(folder / name, self.vocabulary, self.first) for name in FIELDS}
        self._ids: NDArray[np.uint64] = mapped(folder / "ids.npy")
        self._id_order: NDArray[np.int32] = mapped(folder / "id_order.npy")
        self.across = Across.open(folder)
        self.whole = self._whole(folder)
        self._depth = next(each for each in DEPTHS if len(self.stock.passages) <= each.rows)
        self._sample = self._sampled()

    def number(self, id: str) -> int | None:
        """Give an article's number."""
        hash = np.uint64(hash_of(id))
        place = int(np.searchsorted(self._ids, hash))
        if place == len(self._ids) or self._ids[place] != hash:
            return None
        return int(self._id_order[place])

    def article(self, id: str) -> Article | None:
        """Look an article up."""
        number = self.number(id)
        return None if number is None else self.stock.articles[number]

    def passage(self, id: str) -> Passage | None:
        """Look a passage up."""
        number = self.number(id.partition("#")[0])
        passages = self.stock.passages_of(number) if number is not None else ()
        return next((passage for passage in passages if passage.id == id), None)

    @property
    def is_small(self) -> bool:
        """Whether every question is asked of all articles."""
        return self._sample is None

    @property
    def sample(self) -> Ints:
        """The articles that tell what scores are usual; none of a small base."""
        return np.empty(0, np.int64) if self._sample is None else self._sample_numbers

    def question_vectors(self, numbers: Ints | None = None) -> Floats:
        """Give the vectors of the known questions, of some articles or of all."""
        rows = slice(None) if numbers is None else self._rows("question", numbers)
        return np.asarray(self.fields["question"].vectors[rows], np.float32)

    def near(self, vector: Floats, terms: tuple[str, ...], fusion: Floats) -> Part:
        """Give the articles to rank for a question: those that a searcher found, and a sample of the others.

        A small base is ranked whole. Every article given has its true scores. `fusion`: the weights of the
        searchers.
        """
        if self._sample is None:
            return self.whole
        known = self.whole.known.get(tuple(sorted(terms)))
        said = self._said(terms)
        usual = {name: each.usual(self._owners(name), self.whole.public) for name, each in said.items()}
        found = self._candidates(vector, said, fusion / self._spreads(usual), known)
        return self._asked(found, known, len(vector), terms, said, usual)

    def again(self, part: Part) -> Part:
        """Give the articles that a first look ranked, to be ranked by whole vectors."""
        if part.numbers is None or self._sample is None:
            return part
        fields, laid = {}, self._laid(part.numbers)
        for name, field in self.fields.items():
            asked, sample = part.fields[name], self._sample.fields[name]
            assert isinstance(asked, Asked) and isinstance(sample, Some)
            rows = laid[name][len(sample.vectors) :]
            fields[name] = replace(asked, groups=(sample.vectors, field.vectors_of(rows)))
        return replace(part, fields=fields)

    def found(self, vector: Floats, terms: tuple[str, ...], rows: int) -> Ints:
        """Give the articles of the rows that each searcher puts first."""
        lists = self._lists(vector, self._said(terms), rows)
        return np.unique(np.concatenate([articles for articles, _ in lists]))

    def _said(self, terms: tuple[str, ...]) -> dict[str, Said]:
        return {name: field.words.said(terms) for name, field in self.fields.items()}

    def _candidates(
        self, vector: Floats, said: Mapping[str, Said], weights: Floats, known: int | None
    ) -> Ints:
        """Choose the articles to rank: each searcher's first, and those with the most of all together.

        The `known` one is among them; those of the sample are not, which are ranked in any case. An article
        that a list lacks has no more than the list's lowest score, and counts as if it had that.
        """
        firsts = [np.array([] if known is None else [known], np.int64)]
        together, one = np.zeros(len(self.keys), np.float32), np.empty(len(self.keys), np.float32)
        lists = self._lists(vector, said, self._depth.found)
        for weight, (numbers, scores) in zip(weights, lists, strict=False):  # the topic brings none forward
            if not len(numbers):
                continue
            rising = np.argsort(scores)
            one[numbers[rising]] = scores[rising]  # an article's best row speaks for it: it is written last
            together[numbers] += weight * (one[numbers] - scores[rising[0]])  # once, however many rows it has
            firsts.append(numbers[rising[: -FIRST - 1 : -1]])
        found = np.flatnonzero(together > 0)
        if len(found) > self._depth.ranked:
            found = found[np.argpartition(-together[found], self._depth.ranked)[: self._depth.ranked]]
        chosen = np.zeros(len(self.keys), bool)
        chosen[np.concatenate([found, *firsts])] = True
        chosen[self._sample_numbers] = False
        return np.flatnonzero(chosen)

    def _lists(self, vector: Floats, said: Mapping[str, Said], rows: int) -> Iterator[tuple[Ints, Floats]]:
        """Give, for each searcher, the articles of its first rows, and the rows' scores."""
        for name, field in self.fields.items():
            for places, scores in (field.nearest(vector, rows), said[name].best(rows)):
                yield self._owners(name).of[places].astype(np.int64), scores

    def _spreads(self, usual: Mapping[str, tuple[float, float]]) -> Floats:
        """Tell how far each searcher's scores spread: by words for this question, else usually."""
        each = [spread for name in FIELDS for spread in (self._meant[name], usual[name][1])]
        return np.array([*each, 1.0], np.float32) + np.float32(1e-6)

    def _bounds(self, name: str) -> Ints:
        return self._owners(name).bounds

    def _owners(self, name: str) -> Owners:
        return self._of_questions if name == "question" else self._of_passages

    def view(self, numbers: Ints) -> Part:
        """Give some articles, with everything that ranking asks of them."""
        rows = self._laid(numbers)
        fields = {name: self.fields[name].of(rows[name]) for name in FIELDS}
        return self._part(numbers, rows["body"], fields, {"known": {}})

    def _whole(self, folder: Path) -> Part:
        size = len(self.keys)
        rarity = Rarity(self.vocabulary, mapped(folder / "holding.npy"), size)
        known = Known(mapped(folder / "known.npy"), mapped(folder / "known_articles.npy"))
        public: NDArray[np.bool_] = mapped(folder / "public.npy")
        return Part(
            self.language, self.encoder, self.stock.articles, self.stock.passages,
            public, self.passage_bounds[:-1], self.question_bounds[:-1], self.fields,
            self._topics(folder), rarity, Each(size, self._held), known, self._refused(public), size,
        )  # fmt: skip

    def _topics(self, folder: Path) -> Topics:
        first = Topic.open(folder / "topic_first") if self.first else None
        return Topics(Topic.open(folder / "topic"), first, self.first)

    def _refused(self, public: NDArray[np.bool_]) -> Floats:
        """Give the vectors of the probes that internal articles alone hold."""
        is_public = np.repeat(public, np.diff(self.probe_bounds))
        answered, others = self.probes[is_public], self.probes[~is_public]
        return others[[not (answered @ each > SAME).any() for each in others]]

    def _sampled(self) -> Part | None:
        if max(len(self.stock.passages), len(self.asked)) <= FLAT:
            return None
        every = np.random.default_rng(0).permutation(len(self.keys))
        self._sample_numbers: Ints = np.sort(every[:SAMPLE]).astype(np.int64)
        sample = self.view(self._sample_numbers)
        self._meant = {name: _spread(sample.fields[name], self.first) for name in FIELDS}
        return sample

    def _asked(
        self,
        found: Ints,
        known: int | None,
        dimension: int,
        terms: tuple[str, ...],
        said: Mapping[str, Said],
        usual: Mapping[str, tuple[float, float]],
    ) -> Part:
        """Give the sample's articles and those found, as one question sees them."""
        assert self._sample is not None
        numbers = np.concatenate([self._sample_numbers, found])
        fields, laid = {}, self._laid(numbers)
        for name, field in self.fields.items():
            sample = self._sample.fields[name]
            assert isinstance(sample, Some)
            rows = laid[name]  # the sample's first, whose vectors are at hand
            vectors = field.vectors_of(rows[len(sample.vectors) :], dimension)
            by_words = field.words.some(rows, terms, said[name], sample.words)
            fields[name] = Asked((sample.vectors, vectors), by_words)
        others = (len(self.keys) - len(found)) / len(self._sample_numbers)
        told = {2 * place + 1: usual[name] for place, name in enumerate(FIELDS)}
        standing = np.where(np.arange(len(numbers)) < len(self._sample_numbers), others, 1.0)
        places = {} if known is None else {tuple(sorted(terms)): int(np.flatnonzero(numbers == known)[0])}
        more = {"standing": standing.astype(np.float32), "usual": told, "known": places}
        return self._part(numbers, laid["body"], fields, more)

    def _rows(self, name: str, numbers: Ints) -> Ints:
        starts = self._bounds(name)
        return ranges(starts[numbers], starts[numbers + 1] - starts[numbers])

    def _laid(self, numbers: Ints) -> dict[str, Ints]:
        """Give the rows of some articles in each field; a passage's body and heading are in the same one."""
        passages, questions = self._rows("body", numbers), self._rows("question", numbers)
        return {name: questions if name == "question" else passages for name in FIELDS}

    def _part(
        self,
        numbers: Ints,
        passages: Ints,
        fields: dict[str, Some] | dict[str, Asked],
        more: Mapping[str, Any],
    ) -> Part:
        starts = [
            bounds(each[numbers + 1] - each[numbers])[:-1]
            for each in (self.passage_bounds, self.question_bounds)
        ]
        return replace(
            self.whole,
            articles=self.stock.articles.chosen(numbers), passages=self.stock.passages.chosen(passages),
            public=self.whole.public[numbers], passage_starts=starts[0], question_starts=starts[1],
            fields=fields, topic=self.whole.topic.of(numbers), numbers=numbers,
            vocabulary=Each(len(numbers), lambda place: self._held(int(numbers[place]))), **more,
        )  # fmt: skip

    def _held(self, number: int) -> Held:
        terms = []
        for name in ("body", "question"):
            texts, rows = self.fields[name].words.rows, self._bounds(name)
            terms.append(texts.terms[texts.starts[rows[number]] : texts.starts[rows[number + 1]]])
        return Held(self.vocabulary, np.concatenate(terms))


def _spread(field: Scored, first: First | None) -> float:
    """Tell how far the cosines of a field's texts with each other spread."""
    assert isinstance(field, Some)
    vectors = own_of(field.vectors, first)
    return float((vectors @ vectors.T).std())
