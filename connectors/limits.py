"""How much one conversation and one address may send, and whose address it is behind a proxy."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass, field

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter
from starlette.requests import HTTPConnection

from nouns import Problem


class TooFastError(Problem):
    """More messages than the limit allows; says when to go on."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(
            "rate_limited", 429, "That was a lot at once.", f"Please go on in {retry_after_seconds} seconds."
        )
        self.retry_after_seconds = retry_after_seconds


@dataclass(frozen=True)
class Limits:
    """The limits, messages a minute."""

    of_conversation: int
    of_address: int
    trusted_proxies: Collection[str] = ()
    _windows: MovingWindowRateLimiter = field(
        default_factory=lambda: MovingWindowRateLimiter(MemoryStorage())
    )

    async def check(self, conversation: str | None, address: str) -> None:
        """Count one message, or refuse it."""
        for amount, key in ((self.of_conversation, conversation), (self.of_address, address)):
            limit = RateLimitItemPerMinute(amount)
            if key and not await self._windows.hit(limit, key):
                reset, _ = await self._windows.get_window_stats(limit, key)
                raise TooFastError(max(1, round(reset - time.time())))

    def address_of(self, connection: HTTPConnection) -> str:
        """Return whose request it is; X-Forwarded-For counts from trusted proxies alone."""
        peer = connection.client.host if connection.client else "unknown"
        hops = [
            hop.strip() for hop in connection.headers.get("x-forwarded-for", "").split(",") if hop.strip()
        ]
        while hops and peer in self.trusted_proxies:
            peer = hops.pop()
        return peer
