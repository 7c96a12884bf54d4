"""More hands for a build: each encodes batches in a thread of its own, with an encoder of its own."""

from __future__ import annotations

import asyncio
import logging
import os
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

from reading.encoders import Encoder, Vectors

HELP_AFTER = 2.0  # seconds: loading an encoder again takes about as long
MOST = 8  # each holds some 100 MB

log = logging.getLogger(__name__)

Keep = Callable[[Encoder, Sequence[str]], Vectors]


class Hands:
    """The hands beside the reader's own, called for while a build lasts; none of them before."""

    def __init__(self, load: Callable[[str], Encoder]) -> None:
        self._load, self._wanted = load, 0
        self._copies: list[dict[str, Encoder]] = []

    def call(self) -> None:
        """Let each core encode from now on."""
        self._wanted = min(MOST, len(os.sched_getaffinity(0))) - 1
        self._copies = [{} for _ in range(self._wanted)]

    def dismiss(self) -> None:
        """Go on alone, and forget the copies."""
        self._wanted, self._copies = 0, []

    async def share(
        self,
        texts: Sequence[Sequence[str]],
        own: Callable[[Sequence[str]], Awaitable[Vectors]],
        encoder: Encoder,
        keep: Keep,
        progress: Callable[[int], None] | None,
    ) -> list[Vectors]:
        """Encode batches of texts, in order: `own` one after the other, each other hand by `keep`.

        The others begin when it takes longer than a moment, so that a small edit loads nothing again. One
        that fails gives its batch back, and is missed no more than that.
        """
        left, done, over = deque(enumerate(texts)), dict[int, Vectors](), asyncio.Event()

        async def work(encode: Callable[[Sequence[str]], Awaitable[Vectors]]) -> None:
            while left:
                number, batch = left.popleft()
                try:
                    done[number] = await encode(batch)
                except Exception:
                    left.appendleft((number, batch))
                    raise
                if progress:
                    progress(len(batch))

        async def help(copies: dict[str, Encoder]) -> None:
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), HELP_AFTER)
                return
            apart, loop = ThreadPoolExecutor(1, thread_name_prefix="hand"), asyncio.get_running_loop()
            try:
                if encoder.name not in copies:
                    copies[encoder.name] = await loop.run_in_executor(apart, self._load, encoder.name)
                copy = copies[encoder.name]
                await work(lambda batch: loop.run_in_executor(apart, partial(keep, copy, batch)))
            except Exception:
                log.warning("A core stops helping to encode; the others go on.", exc_info=True)
            finally:
                apart.shutdown(wait=False)

        helpers = self._copies if encoder.single_threaded else []
        tasks = [asyncio.create_task(help(copies)) for copies in helpers]
        try:
            await work(own)
            over.set()
            await asyncio.gather(*tasks)
            await work(own)
        finally:
            for task in tasks:
                task.cancel()
        return [done[number] for number in range(len(texts))]
