"""Wake-ups inside one process: whoever waits on a topic is told at once that its rows changed."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

QUEUE_LENGTH = 1000


class Wakes:
    """Topics such as `inbox`, `desk` and `conversation:<id>`; rows are the truth, a wake is a hint."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, set[asyncio.Queue[str]]] = defaultdict(set)

    def tell(self, topic: str, word: str = "") -> None:
        """Wake all who listen to `topic`; a full queue already holds a wake-up, so this one may be lost."""
        for queue in tuple(self._waiting.get(topic, ())):
            if not queue.full():
                queue.put_nowait(word)

    @asynccontextmanager
    async def listening(self, topics: Iterable[str]) -> AsyncIterator[asyncio.Queue[str]]:
        """Give a queue that receives the words told to any of `topics` meanwhile."""
        queue: asyncio.Queue[str] = asyncio.Queue(QUEUE_LENGTH)
        topics = tuple(topics)
        for topic in topics:
            self._waiting[topic].add(queue)
        try:
            yield queue
        finally:
            for topic in topics:
                self._waiting[topic].discard(queue)
                if not self._waiting[topic]:
                    del self._waiting[topic]
