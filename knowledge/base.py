"""The knowledge base as the rest of the program sees it: ask it, and look an article up."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from knowledge.across import less_odds, offered
from knowledge.arrays import Floats
from knowledge.decide import KNOWN, decide, grounds_of
from knowledge.features import features_of
from knowledge.follow import Topic, Ways, follow
from knowledge.index import Snapshot, open_snapshot
from knowledge.part import SEARCHERS, is_cjk_language
from knowledge.promise import Promise, promises_of
from knowledge.search import best_passage, rank, score
from knowledge.sentence import best_sentence
from knowledge.store import Store
from nouns import Answer, Article, Decision, Hit, Passage, Reading
from reading.reader import Reader
from reading.script import clean, is_cjk
from reading.tokens import terms


@dataclass(frozen=True)
class Served:
    """A snapshot and its thresholds: swapped as one, so that no answer mixes two.

    `less`: by how many log odds a language's questions are covered less often than its judge supposes.
    """

    snapshot: Snapshot
    thresholds: Mapping[str, float]
    less: Mapping[str, float]

    @classmethod
    def of(cls, snapshot: Snapshot, error_rate: float) -> Served:
        """Prepare a snapshot for being served."""
        thresholds = {language: judge.threshold(error_rate) for language, judge in snapshot.judges.items()}
        less = {language: less_odds(snapshot.stores.values(), language) for language in snapshot.stores}
        return cls(snapshot, thresholds, less)


class KnowledgeBase:
    """The current snapshot, and the decision on every question. `audience` "internal" sees everything."""

    def __init__(self, snapshot: Snapshot, index_dir: Path, reader: Reader, error_rate: float = 0.05) -> None:
        self._index_dir, self._reader, self._error_rate = index_dir, reader, error_rate
        self._served = Served.of(snapshot, error_rate)

    @classmethod
    def open(
        cls, index_dir: Path, articles_dir: Path, reader: Reader, error_rate: float = 0.05
    ) -> KnowledgeBase:
        """Open the current snapshot; `error_rate` is the largest share of wrong answers aimed at."""
        return cls(open_snapshot(index_dir, reader), index_dir, reader, error_rate)

    async def reload(self) -> None:
        """Swap in the current snapshot, in whole; searches under way end on the old one."""
        self.serve(await asyncio.to_thread(open_snapshot, self._index_dir, self._reader))

    def serve(self, snapshot: Snapshot) -> None:
        """Answer from this snapshot from now on; searches under way end on the old one."""
        self._served = Served.of(snapshot, self._error_rate)

    @property
    def snapshot(self) -> Snapshot:
        """What is served now."""
        return self._served.snapshot

    def with_snapshot(self, snapshot: Snapshot) -> KnowledgeBase:
        """Give another base, with the same settings, that serves this snapshot."""
        return KnowledgeBase(snapshot, self._index_dir, self._reader, self._error_rate)

    @property
    def version(self) -> str:
        """The hash of what the index was made of."""
        return self._served.snapshot.version

    @property
    def promises(self) -> list[Promise]:
        """What the answers of each language may be relied on for."""
        return promises_of(self._served.snapshot.judges, self._error_rate)

    def article(self, id: str, audience: str = "public") -> Article | None:
        """Look an article up; an internal one is not there for the public."""
        found = (store.article(id) for store in self._served.snapshot.stores.values())
        article = next(filter(None, found), None)
        return article if article and _may_see(article.audience, audience) else None

    def articles(self, language: str | None = None, audience: str = "public") -> list[Article]:
        """List the articles, of one language or of all."""
        return [
            store.stock.articles[int(number)]
            for store in self._served.snapshot.stores.values()
            if language in (None, store.language)
            for number in np.flatnonzero(store.whole.public | (audience == "internal"))
        ]

    def passage(self, id: str, audience: str = "public") -> Passage | None:
        """Look a passage up; an internal one is not there for the public."""
        found = (store.passage(id) for store in self._served.snapshot.stores.values())
        passage = next(filter(None, found), None)
        return passage if passage and _may_see(passage.audience, audience) else None

    async def search(
        self,
        question: str,
        reading: Reading,
        *,
        language: str | None = None,
        limit: int = 5,
        audience: str = "public",
        after: Topic | None = None,
    ) -> Answer:
        """Find the passages that may answer, one an article, and decide what to do with them.

        `after` is what was answered before: a question that can't stand alone is completed by it.
        """

        async def ask(text: str) -> Answer:
            return await self._alone(text, await self._reader.read(text), language, limit, audience)

        answer = await self._alone(question, reading, language, limit, audience)
        if after is not None:
            answer = await follow(question, answer, after, Ways(ask, self._holds, self._reader))
        return await self._with_across(answer, question, reading)

    async def _alone(
        self, question: str, reading: Reading, language: str | None, limit: int, audience: str
    ) -> Answer:
        served, question = self._served, clean(question)
        store = self._store(served.snapshot, question, language or reading.language)
        if store is None:
            return Answer(Decision.ABSTAIN, 0.0, (), served.snapshot.version)
        vector = await self._vector(store, question, reading)
        return await self._reader.work(lambda: self._answer(served, store, vector, question, limit, audience))

    def _holds(self, id: str, words: Sequence[str]) -> bool:
        """Whether an article holds at least half of some terms."""
        for store in self._served.snapshot.stores.values():
            if (number := store.number(id)) is not None:
                held = store.whole.vocabulary[number]
                return sum(held[word] > 0 for word in words) >= len(words) / 2
        return False

    async def _with_across(self, answer: Answer, question: str, reading: Reading) -> Answer:
        """Add to an abstention what articles that exist only in the other script's languages may hold."""
        text, encoder = clean(answer.completed or question), self._reader.multilingual
        stores = [
            store
            for store in self.snapshot.stores.values()
            if store.across and is_cjk_language(store.language) != is_cjk(text)
        ]
        if answer.decision is not Decision.ABSTAIN or not (stores and encoder and terms(text)):
            return answer
        if answer.completed is None and reading.encoder == encoder:
            vector = np.frombuffer(reading.vector, "<f4")
        else:
            vector = await self._reader.encode_question(text, encoder)
        return replace(answer, across=await self._reader.work(lambda: _across(stores, vector)))

    def _store(self, snapshot: Snapshot, question: str, language: str) -> Store | None:
        """Choose the articles of the question's language: the asked-for one, unless the script denies it.

        Without any of its script those of another are searched, unless they can be offered as such.
        """
        own = (
            language
            if is_cjk_language(language) == is_cjk(question)
            else ("zh" if is_cjk(question) else "en")
        )
        if own in snapshot.stores:
            return snapshot.stores[own]
        stores = list(snapshot.stores.values())
        alike = [store for store in stores if is_cjk_language(store.language) == is_cjk(question)]
        if not alike and any(store.across for store in stores):
            return None
        return max(alike or stores, key=lambda store: len(store.keys))

    async def _vector(self, store: Store, question: str, reading: Reading) -> Floats:
        if reading.encoder == store.encoder:
            return np.frombuffer(reading.vector, "<f4")
        return await self._reader.encode_question(question, store.encoder)

    def _answer(
        self, served: Served, store: Store, vector: Floats, question: str, limit: int, audience: str
    ) -> Answer:
        snapshot = served.snapshot
        words = terms(question)
        fusion = np.array(snapshot.judges[store.language].fusion, np.float32)
        part = store.near(vector, words, fusion)
        shown = part.public | (audience == "internal")
        if not words or not shown.any():
            return Answer(Decision.ABSTAIN, 0.0, (), snapshot.version)
        judge, scores = snapshot.judges[part.language], score(part, vector, words)
        ranking = rank(part, scores, fusion, shown)
        features, less = features_of(part, ranking), served.less[part.language]
        first, among = judge.first.probability(features, less), judge.among.probability(features, less)
        known = part.known.get(tuple(sorted(words)))
        if known is not None:
            ranking, first = ranking.led_by(known), max(first, KNOWN)
        threshold = served.thresholds[part.language]
        hits = [
            Hit(
                part.passages[best_passage(part, scores, article, fusion)],
                float(ranking.fused[article]),
                _by_searcher(ranking.raw[:, article]),
                _by_searcher(fusion * ranking.standard[:, article]),
            )
            for article in ranking.order[:limit]
        ]
        decision = decide(first, among, threshold, len(ranking.order))
        if decision is Decision.ANSWER:
            hits[0] = replace(hits[0], best=best_sentence(hits[0].passage.text, words, part.rarity))
        return Answer(
            decision,
            first,
            hits,
            snapshot.version,
            threshold=threshold,
            grounds=grounds_of(judge.first, features, less),
            known=known is not None,
        )


def _may_see(article_audience: str, audience: str) -> bool:
    return article_audience == "public" or audience == "internal"


def _across(stores: Sequence[Store], vector: Floats) -> list[Hit]:
    return offered(
        [
            (store.stock.passages_of(near.number)[near.passage], near.score)
            for store in stores
            if store.across
            for near in store.across.nearest(vector)
        ]
    )


def _by_searcher(numbers: Floats) -> Mapping[str, float]:
    return dict(zip(SEARCHERS, numbers.tolist(), strict=True))
