"""A reader that encodes the first texts, and moves their vectors a little for all the others."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, TypeVar

import numpy as np

from evaluation.made_up import PASSAGES
from knowledge.arrays import Floats, Ints
from nouns import Reading
from reading.encoders import First
from reading.reader import Reader

Result = TypeVar("Result")

TEXTS = PASSAGES  # of an article, in each field: as many questions, the title with them, as passages
BLOCK = 50_000
AWAY = 0.6  # length of the move; the cosine with the real vector is about .86
TURNS_SEED = 11
SHARED = 0.45  # of its square, that all texts of an article have in common: its product's name stands in each


class Perturbing:
    """Stands in for a Reader where encoding a million texts would take a day.

    An article's vectors lie around those of one really encoded article made of the same source, text by text,
    so that its fields and its words belong together as they do in a real one. `sources`: how many take turns.

    Of 24 sources with eight made-up names each, really encoded, two texts of one article lie away from their
    siblings' mean in directions whose correlation is .27 (questions) to .58 (headings), .45 in the mean.
    """

    def __init__(self, reader: Reader, real: int, sources: int) -> None:
        self._reader, self._sources = reader, sources
        self._real = -(-max(real, sources * TEXTS) // TEXTS) * TEXTS  # whole articles, of each source one
        self._pools: dict[str, Floats] = {}
        self._seconds: dict[str, float] = {}
        self._texts: dict[str, int] = {}
        self.asked: dict[str, Floats] = {}

    @property
    def encoders(self) -> dict[str, int]:
        """The encoders' names and dimensions."""
        return self._reader.encoders

    @property
    def multilingual(self) -> str | None:
        """The encoder that tells texts of one script near those of another."""
        return self._reader.multilingual

    @property
    def article_encoders(self) -> dict[str, int]:
        """The names and dimensions of those that read articles."""
        return self._reader.article_encoders

    def encoder_of(self, text: str) -> str:
        """Name the encoder that reads this text."""
        return self._reader.encoder_of(text)

    def article_encoder_of(self, text: str) -> str:
        """Name the encoder that reads the articles for such a text."""
        return self._reader.article_encoder_of(text)

    def first_of(self, encoder_name: str) -> First | None:
        """Say what a first look goes by."""
        return self._reader.first_of(encoder_name)

    async def encode_again(self, text: str, first: Floats) -> Floats:
        """Give the vector in `asked`: encoding is not what is measured."""
        return self.asked[text]

    async def read(self, text: str, language: str | None = None) -> Reading:
        """Read one text, really."""
        return await self._reader.read(text, language)

    async def encode_question(self, text: str, encoder: str) -> Floats:
        """Encode one question, really."""
        return await self._reader.encode_question(text, encoder)

    async def work(self, job: Callable[[], Result]) -> Result:
        """Run a job in the reader's worker."""
        return await self._reader.work(job)

    def all_hands(self) -> AbstractContextManager[None]:
        """Encode by all cores meanwhile, as a build does."""
        return self._reader.all_hands()

    async def encode_questions(
        self, texts: Sequence[str], encoder: str, progress: Callable[[int], None] | None = None
    ) -> Floats:
        """Give vectors of questions."""
        return await self._vectors(f"{encoder} question", texts, encoder, self._reader.encode_questions)

    async def encode_passages(
        self, texts: Sequence[str], encoder: str, progress: Callable[[int], None] | None = None
    ) -> Floats:
        """Give vectors of passages; how long the real ones took is kept."""
        role = "body" if texts and "\n" in texts[0] else "heading"
        return await self._vectors(f"{encoder} {role}", texts, encoder, self._reader.encode_passages)

    def told(self, seconds: float) -> dict[str, Any]:
        """Sum a build up: what was measured, and how long encoding everything takes at these rates."""
        rates = {role: len(self._pools[role]) / spent for role, spent in self._seconds.items()}
        encoding = sum(self._texts[role] / rate for role, rate in rates.items())
        rest = seconds - sum(self._seconds.values())
        return {
            "seconds_without_encoding": round(rest, 2),
            "really_encoded": sum(map(len, self._pools.values())),
            "texts_a_second": {role: round(rate, 1) for role, rate in rates.items()},
            "minutes_with_all_encoded": round((encoding + rest) / 60, 1),
        }

    @property
    def perturbed(self) -> bool:
        """Whether some vectors are not real."""
        return any(size > len(self._pools[role]) for role, size in self._texts.items())

    async def _vectors(self, role: str, texts: Sequence[str], encoder: str, encode: Any) -> Floats:
        """Encode really what comes first, and all that comes after a first build; by each of two encoders."""
        if parts := self._reader.parts_of(encoder):
            kind = role.split()[-1]
            return self._reader.joined(
                [await self._vectors(f"{part} {kind}", texts, part, encode) for part in parts]
            )
        if role in self._pools or not texts:
            return np.asarray(await encode(texts, encoder))
        began = time.perf_counter()
        self._pools[role] = await encode(texts[: self._real], encoder)
        self._seconds[role] = time.perf_counter() - began
        self._texts[role] = len(texts)
        return np.concatenate([self._pools[role], self._moved(role, len(texts) - len(self._pools[role]))])

    def _moved(self, role: str, size: int) -> Floats:
        draw, pool = np.random.default_rng(len(role.split()[-1])), self._pools[role]
        out = np.empty((size, pool.shape[1]), np.float32)
        for start in range(0, size, BLOCK):
            some = out[start : start + BLOCK]
            rows = np.arange(len(pool) + start, len(pool) + start + len(some))
            own = draw.standard_normal(some.shape, np.float32)
            away = SHARED**0.5 * _of_articles(rows // TEXTS, pool.shape[1]) + (1 - SHARED) ** 0.5 * own
            some[:] = pool[self._alike(rows, len(pool))] + away * (AWAY / np.sqrt(pool.shape[1]))
            some /= np.linalg.norm(some, axis=1, keepdims=True)
        return out

    def _alike(self, rows: Ints, pool: int) -> Ints:
        """Choose for each text one of the pool: of an article of its source, the same one in every field."""
        articles, places = np.divmod(rows, TEXTS)
        turns = np.random.default_rng(TURNS_SEED).integers(0, 2**31, articles[-1] + 1)[articles]
        source = articles % self._sources
        own = -(-(pool // TEXTS - source) // self._sources)  # really encoded articles of this source
        alike: Ints = (source + turns % own * self._sources) * TEXTS + places
        return alike


def _of_articles(articles: Ints, dimension: int) -> Floats:
    """Draw a direction for each article, the same one in every field."""
    every, places = np.unique(articles, return_inverse=True)
    drawn = [np.random.default_rng([7, int(one)]).standard_normal(dimension, np.float32) for one in every]
    return np.stack(drawn)[places]
