"""A reader that never gets done, to be killed while it encodes."""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager, nullcontext
from typing import Any


class SlowReader:
    """Says that it encodes, then waits."""

    encoders = {"minilm": 384, "e5": 384}  # noqa: RUF012 - stands in for a property

    multilingual = "e5"

    article_encoders = encoders

    def article_encoder_of(self, text: str) -> str:
        return self.encoder_of(text)

    def first_of(self, encoder_name: str) -> None:
        return None

    def encoder_of(self, text: str) -> str:
        return "minilm"

    def all_hands(self) -> AbstractContextManager[None]:
        return nullcontext()

    async def encode_passages(self, *_: Any) -> None:
        print("encoding", flush=True)  # noqa: T201 - told to the test
        await asyncio.sleep(60)
