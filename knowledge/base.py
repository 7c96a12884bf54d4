"""The knowledge base as the rest of the program sees it: ask it, and look an article up."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from knowledge.across import offered
from knowledge.arrays import Floats
from knowledge.follow import Topic, Ways, follow
from knowledge.index import Snapshot, open_snapshot
from knowledge.looking import Question, Served, look_at
from knowledge.part import is_cjk_language
from knowledge.promise import Promise, promises_of
from knowledge.store import Store
from nouns import Answer, Article, Decision, Hit, Passage, Reading
from reading.reader import Reader
from reading.script import clean, is_cjk
from reading.tokens import terms


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
        asked = Question(served, store, question, terms(question), limit, audience)
        vector = await self._vector(store, question, reading)
        first = store.first
        look = await self._reader.work(lambda: look_at(asked, first.asks(vector) if first else vector))
        if look.again is None:
            return look.answer
        both, again = await self._reader.encode_again(question, vector), look.again
        return await self._reader.work(lambda: again(both))

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
        encoder = store.first.encoder if store.first else store.encoder
        if reading.encoder == encoder:
            return np.frombuffer(reading.vector, "<f4")
        return await self._reader.encode_question(question, encoder)


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
