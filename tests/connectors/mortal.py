"""A connector whose process may be killed while it sends: what it was about to note is never noted."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from bot.conversation import Conversations
from connectors.port import Connector
from nouns import Delivery


@dataclass
class Mortal:
    """Sends by the real connector; `dies` cuts off what is being sent and answered, as `kill -9` does."""

    connector: Connector
    bot: Conversations
    _sending: set[asyncio.Task[object]] = field(default_factory=set)

    @property
    def channel(self) -> str:
        """The real connector's."""
        return self.connector.channel

    async def send(self, delivery: Delivery) -> str | None:
        """Send, unless it dies meanwhile."""
        task = asyncio.current_task()
        assert task
        self._sending.add(task)
        try:
            return await self.connector.send(delivery)
        finally:
            self._sending.discard(task)

    async def run(self) -> None:
        """The real connector runs by itself."""

    def dies(self) -> None:
        """Cut it off."""
        for task in (*self._sending, *self.bot._at_work.values()):
            task.cancel()
        self.bot._again.clear()
