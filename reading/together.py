"""What waits to be read is read together: an encoder's weights then pass the processor once for all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from threading import Lock
from typing import Protocol

from nouns import Reading

AT_ONCE = 8
Text = tuple[str, str | None]  # a text, and its language if that is known


class Works(Protocol):
    """The worker thread."""

    def __call__(self, job: Callable[[], Sequence[Reading]], /) -> Awaitable[Sequence[Reading]]:
        """Run a job once those before it are done."""
        ...


class Batch:
    """Texts that one job of the worker will read; open until that job begins."""

    def __init__(self, work: Works, read: Callable[[Sequence[Text]], Sequence[Reading]]) -> None:
        self._read, self._texts, self._open, self._lock = read, list[Text](), True, Lock()
        self._readings = asyncio.ensure_future(work(self._do))

    def join(self, text: Text) -> int | None:
        """Add a text; return its place, None when it is too late, too full, or the worker refused."""
        with self._lock:
            if not self._open or len(self._texts) == AT_ONCE or self._readings.done():
                return None
            self._texts.append(text)
            return len(self._texts) - 1

    async def reading(self, place: int) -> Reading:
        """Return the reading of the text at a place; whoever stops waiting leaves the others theirs."""
        return (await asyncio.shield(self._readings))[place]

    def _do(self) -> Sequence[Reading]:
        with self._lock:
            self._open = False
        return self._read(self._texts)


class Together:
    """Reads single texts; those that come while the worker is busy share its next job."""

    def __init__(self, work: Works, read: Callable[[Sequence[Text]], Sequence[Reading]]) -> None:
        self._work, self._read = work, read
        self._batch: Batch | None = None

    async def read(self, text: Text) -> Reading:
        """Read one text."""
        place = self._batch.join(text) if self._batch else None
        if self._batch is None or place is None:
            self._batch = Batch(self._work, self._read)
            place = self._batch.join(text)
        assert place is not None  # a batch begins with room, and its job begins after this
        return await self._batch.reading(place)
