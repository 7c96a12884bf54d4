"""The Reader: every text that enters the program is read once, here, in a worker thread of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import gettempdir
from typing import TypeVar

import numpy as np

from nouns import Problem, Reading
from reading.cache import VectorCache, key_of
from reading.encoders import BOTH, Encoder, First, Pair, Vectors, load_encoders
from reading.entities import entities_of
from reading.hands import Hands
from reading.script import PASSAGE_CHARACTERS, clean, is_cjk, language_of
from reading.together import Text, Together
from reading.tokens import terms

Result = TypeVar("Result")
Encode = Callable[[Encoder, Sequence[str]], Vectors]

QUEUE = 64
MULTILINGUAL = "e5"
BATCH_OF_QUESTIONS = 16
BATCH_OF_PASSAGES = 4


class Reader:
    """Two encoders, chosen by script: one for Han, kana and hangul, one for everything else.

    Where MiniLM is the one and e5 the other, articles that MiniLM reads are read by e5 too: a question of
    which MiniLM alone is not sure can be looked at again by both.
    """

    def __init__(
        self,
        encoder: Encoder,
        encoder_cjk: Encoder,
        cache: VectorCache,
        again: Callable[[str], Encoder],
        both: Pair | None = None,
    ) -> None:
        """`again` loads an encoder once more, by its name; `both`: what encodes the articles of `encoder`."""
        self._encoder, self._encoder_cjk, self._cache, self._both = encoder, encoder_cjk, cache, both
        self._hands = Hands(again)
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="reader")
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="search")
        self._waiting = 0
        self._together = Together(self.encoding, self._read)

    @classmethod
    def load(
        cls,
        encoder: str = "minilm",
        encoder_cjk: str = "e5",
        cache: Path | None = None,
        *,
        second_look: bool = True,
    ) -> Reader:
        """Load both encoders (8 s, most of it importing torch); `cache` is a file that keeps vectors."""
        folder = (cache.parent if cache else Path(gettempdir()) / "firstline") / "encoders"
        names = [encoder, encoder_cjk]
        loaded = load_encoders([*names, BOTH] if second_look and names == BOTH.split("+") else names, folder)
        both = loaded[2] if len(loaded) > len(names) else None
        terms("Warm 暖")
        again = partial(_again, folder)
        return cls(loaded[0], loaded[1], VectorCache(cache), again, both if isinstance(both, Pair) else None)

    @property
    def encoders(self) -> dict[str, int]:
        """The encoders' names and their vectors' dimensions: those that read what people write."""
        return {encoder.name: encoder.dimension for encoder in (self._encoder, self._encoder_cjk)}

    @property
    def article_encoders(self) -> dict[str, int]:
        """The encoders' names and their vectors' dimensions: those that may read articles."""
        return self.encoders | ({self._both.name: self._both.dimension} if self._both else {})

    @property
    def multilingual(self) -> str | None:
        """Name the encoder that tells texts of one script near those of another, if it is loaded."""
        both = (self._encoder, self._encoder_cjk)
        loaded = {encoder.name for one in both for encoder in (one, *one.parts)}
        return MULTILINGUAL if MULTILINGUAL in loaded else None

    def encoder_of(self, text: str) -> str:
        """Name the encoder that reads this text."""
        return (self._encoder_cjk if is_cjk(text) else self._encoder).name

    def article_encoder_of(self, text: str) -> str:
        """Name what reads the articles that a text like this is looked up in, so that it can be twice."""
        return (self._encoder_cjk if is_cjk(text) else self._both or self._encoder).name

    def first_of(self, encoder_name: str) -> First | None:
        """Say what a first look goes by where articles were encoded so; None where there is but one look."""
        both = self._both
        return both.first if both and both.name == encoder_name else None

    def parts_of(self, encoder_name: str) -> Sequence[str]:
        """Name the encoders that a first and a second look go by; none where there is but one look."""
        both = self._both
        return [part.name for part in both.parts] if both and both.name == encoder_name else ()

    def joined(self, vectors: Sequence[Vectors]) -> Vectors:
        """Put the unit vectors of both end to end."""
        assert self._both is not None
        return self._both.joined(vectors)

    async def read(self, text: str, language: str | None = None) -> Reading:
        """Read one text. What customers write leaves no vector behind."""
        return await self._together.read((text, language))

    async def read_many(self, texts: Sequence[str]) -> list[Reading]:
        """Read many texts, in order; their vectors are kept for the next time."""
        readings: list[Reading] = []
        for start in range(0, len(texts), BATCH_OF_QUESTIONS):
            batch = texts[start : start + BATCH_OF_QUESTIONS]
            readings += await self.encoding(partial(self._read_batch, batch))
        return readings

    async def encode_question(self, text: str, encoder_name: str) -> Vectors:
        """Encode one question by a named encoder: d floats, unit length. Nothing is kept."""
        return np.asarray((await self.encode_words([text], encoder_name))[0], np.float32)

    async def encode_again(self, text: str, first: Vectors) -> Vectors:
        """Give a question's vector by both encoders, the first one's being there: d floats, unit length."""
        assert self._both is not None
        other = await self.encode_words([text], self._both.parts[1].name)
        return np.asarray(self.joined([first[None], other])[0], np.float32)

    async def encode_words(self, texts: Sequence[str], encoder_name: str) -> Vectors:
        """Encode a few short texts at once by a named encoder: n × d, unit length. Nothing is kept."""
        encoder = self._named(encoder_name)
        return await self.encoding(lambda: encoder.questions([clean(text) for text in texts]))

    async def encode_questions(
        self, texts: Sequence[str], encoder_name: str, progress: Callable[[int], None] | None = None
    ) -> Vectors:
        """Encode an article's known questions: n × d, unit length, kept for the next time."""
        return await self._encode(
            self._named(encoder_name), "question", [clean(text) for text in texts], progress
        )

    async def encode_passages(
        self, texts: Sequence[str], encoder_name: str, progress: Callable[[int], None] | None = None
    ) -> Vectors:
        """Encode passages of articles by a named encoder: n × d, unit length, kept for the next time."""
        cut = [clean(text, PASSAGE_CHARACTERS) for text in texts]
        return await self._encode(self._named(encoder_name), "passage", cut, progress)

    @contextmanager
    def all_hands(self) -> Iterator[None]:
        """Encode articles by all cores meanwhile: for a build during which nobody waits for an answer."""
        self._hands.call()
        try:
            yield
        finally:
            self._hands.dismiss()

    async def encoding(self, job: Callable[[], Result]) -> Result:
        """Run a job that encodes; one at a time."""
        return await self._run(self._worker, job)

    async def work(self, job: Callable[[], Result]) -> Result:
        """Run another job of the processor's beside the encoder: a search waits for no batch of texts."""
        return await self._run(self._beside, job)

    async def _run(self, worker: ThreadPoolExecutor, job: Callable[[], Result]) -> Result:
        """Run a job in a worker; refuse when too many wait already."""
        if self._waiting >= QUEUE:
            raise Problem(
                "busy", 503, "Too many texts are waiting to be read.", "Try again in a few seconds."
            )
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(worker, job)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Stop the workers once what they hold is done."""
        self._worker.shutdown()
        self._beside.shutdown()

    def _named(self, name: str) -> Encoder:
        for encoder in (self._encoder, self._encoder_cjk, self._both):
            for one in (encoder, *encoder.parts) if encoder else ():
                if one.name == name:
                    return one
        raise Problem(
            "encoder_unknown", 409, f"No encoder {name!r} is loaded.", "Run `firstline knowledge build`."
        )

    async def _encode(
        self, encoder: Encoder, role: str, texts: Sequence[str], progress: Callable[[int], None] | None
    ) -> Vectors:
        """Encode in small batches, so that a customer's question never waits long behind a build."""
        size = BATCH_OF_QUESTIONS if role == "question" else BATCH_OF_PASSAGES
        batches = [texts[start : start + size] for start in range(0, len(texts), size)]

        def keep(copy: Encoder, batch: Sequence[str]) -> Vectors:
            return self._kept(copy, role, batch)

        async def own(batch: Sequence[str]) -> Vectors:
            return await self.encoding(partial(keep, encoder, batch))

        done = await self._hands.share(batches, own, encoder, keep, progress)
        return np.concatenate([np.empty((0, encoder.dimension), np.float32), *done])

    def _read(self, texts: Sequence[Text]) -> list[Reading]:
        """Read what customers write."""
        return self._readings(texts, lambda encoder, group: encoder.questions(group))

    def _read_batch(self, texts: Sequence[str]) -> list[Reading]:
        return self._readings(
            [(text, None) for text in texts], lambda encoder, group: self._kept(encoder, "question", group)
        )

    def _readings(self, texts: Sequence[Text], encode: Encode) -> list[Reading]:
        """Read texts, those of an encoder at once."""
        cleaned = [clean(text) for text, _ in texts]
        names = [self.encoder_of(text) for text in cleaned]
        vectors: dict[str, Vectors] = {}
        for name in set(names):
            group = [text for text, its in zip(cleaned, names, strict=True) if its == name]
            vectors |= zip(group, encode(self._named(name), group), strict=True)
        return [
            _reading(text, bare, name, vectors[bare], language)
            for (text, language), bare, name in zip(texts, cleaned, names, strict=True)
        ]

    def _kept(self, encoder: Encoder, role: str, texts: Sequence[str]) -> Vectors:
        """Encode only what the cache does not know yet; of two encoders, each keeps its own."""
        if isinstance(encoder, Pair):
            return encoder.joined([self._kept(part, role, texts) for part in encoder.parts])
        keys = {key_of(encoder.kept_as, role, text): text for text in texts}
        known = self._cache.get(keys)
        new = [key for key in keys if key not in known]
        if new:
            encode = encoder.questions if role == "question" else encoder.passages
            fresh = encode([keys[key] for key in new])
            added = {key: vector.tobytes() for key, vector in zip(new, fresh, strict=True)}
            self._cache.put(added)
            known |= added
        rows = [np.frombuffer(known[key_of(encoder.kept_as, role, text)], np.float32) for text in texts]
        return np.stack(rows) if rows else np.empty((0, encoder.dimension), np.float32)


def _again(folder: Path, name: str) -> Encoder:
    return load_encoders([name], folder)[0]


def _reading(text: str, cleaned: str, encoder: str, vector: Vectors, language: str | None) -> Reading:
    return Reading(
        language=language or language_of(cleaned),
        encoder=encoder,
        vector=vector.astype("<f4").tobytes(),
        tokens=terms(cleaned),
        entities=entities_of(text[:5000]),
    )
