"""A small company whose articles are written at the desk, read by an encoder that needs no model."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np

from knowledge.base import KnowledgeBase
from knowledge.editing import Editor
from knowledge.index import build_folder
from knowledge.workshop import Workshop
from nouns import Reading
from reading.encoders import Vectors
from reading.reader import Reader
from reading.script import clean, is_cjk, language_of
from reading.tokens import terms
from tests.reading.loaded import finish

Result = TypeVar("Result")
DIMENSION = 256

NORWAY = """\
---
# the postal prices are reviewed every spring
title: Delivery to Norway
language: en
kind: faq
tags: [delivery, norway]
questions:
  - do you ship to norway   # the classic
  - delivery to oslo
probes:
  - "how long does a parcel to Norway take"
review_by: 2027-03-31
---

A parcel to Norway takes 3 working days and costs NOK 79.

## Where can I pick the parcel up?

At the parcel shop, for 14 days.
"""
ARTICLES = {
    "delivery/norway": NORWAY,
    "delivery/norway.zh": """\
---
title: 寄往挪威
language: zh
questions: [可以寄到挪威吗]
---
寄到挪威要 3 个工作日，运费 79 克朗。
""",
    "delivery/overview": """\
---
title: Parcels and their prices
language: en
questions: [what does a parcel cost]
probes: [list of parcel prices]
---
A parcel to Norway takes 3 working days and costs NOK 79.

See [Norway](norway.md#where-can-i-pick-the-parcel-up).
""",
    "returns": """\
---
title: Return a lamp
language: en
questions: [how do I send a lamp back]
probes: [send back a lamp that I do not like]
---
You have 60 days to return a lamp in its box.
""",
    "internal/vouchers": """\
---
title: Goodwill vouchers
language: en
audience: internal
questions: [which voucher may I give]
---
The goodwill code is GOODWILL15.
""",
}


class WordReader:
    """Reads as `Reader` does; a text's vector is the sum of its words' own, so that shared words are near."""

    encoders = {"minilm": DIMENSION, "e5": DIMENSION}  # noqa: RUF012 - stands in for a property

    multilingual = None  # words of one language are as far from another's as any

    article_encoders = encoders

    def article_encoder_of(self, text: str) -> str:
        return self.encoder_of(text)

    def first_of(self, encoder_name: str) -> None:
        return None

    def encoder_of(self, text: str) -> str:
        return "e5" if is_cjk(text) else "minilm"

    async def read(self, text: str, language: str | None = None) -> Reading:
        vector = self._encode([text])[0]
        language = language or language_of(text)
        return Reading(language, self.encoder_of(text), vector.astype("<f4").tobytes(), terms(clean(text)))

    async def read_many(self, texts: Sequence[str]) -> list[Reading]:
        return [await self.read(text) for text in texts]

    def all_hands(self) -> AbstractContextManager[None]:
        return nullcontext()

    async def encode_question(self, text: str, encoder_name: str) -> Vectors:
        return np.asarray(self._encode([text])[0], np.float32)

    async def encode_questions(
        self, texts: Sequence[str], encoder_name: str, progress: Any = None
    ) -> Vectors:
        return self._encode(texts)

    async def encode_passages(self, texts: Sequence[str], encoder_name: str, progress: Any = None) -> Vectors:
        return self._encode(texts)

    async def work(self, job: Callable[[], Result]) -> Result:
        return await asyncio.to_thread(job)

    def _encode(self, texts: Sequence[str]) -> Vectors:
        rows = [sum((_word(term) for term in terms(text)), np.full(DIMENSION, 1e-3)) for text in texts]
        vectors = np.array(rows, np.float32).reshape(len(rows), DIMENSION)
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def _word(term: str) -> np.ndarray[Any, Any]:
    seed = int.from_bytes(hashlib.sha256(term.encode()).digest()[:4])
    return np.random.default_rng(seed).normal(size=DIMENSION)


def workshop_in(folder: Path) -> Workshop:
    """Write the company's articles, index them, and open the workshop on them."""
    articles, index = folder / "articles", folder / "index"
    for id, text in ARTICLES.items():
        path = articles / f"{id}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    reader = cast(Reader, WordReader())
    finish(build_folder(articles, reader, index))
    editor = Editor(KnowledgeBase.open(index, articles, reader), articles, index, reader)
    return Workshop(editor, reader, articles, ["en", "zh"])
