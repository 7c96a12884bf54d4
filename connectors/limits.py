"""How much one conversation and one address may send, and whose address it is behind a proxy."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Collection
from dataclasses import dataclass, field

from starlette.requests import HTTPConnection

from nouns import Problem

WINDOW_SECONDS = 60.0


class TooFastError(Problem):
    """More messages than the limit allows; says when to go on."""

    def __init__(self, retry_after_seconds: int) -> None:
        wait = "a second" if retry_after_seconds == 1 else f"{retry_after_seconds} seconds"
        super().__init__("rate_limited", 429, "That was a lot at once.", f"Please go on in {wait}.")
        self.retry_after_seconds = retry_after_seconds


@dataclass(frozen=True)
class Limits:
    """The limits, messages a minute."""

    of_conversation: int
    of_address: int
    trusted_proxies: Collection[str] = ()
    _window: MovingWindow = field(default_factory=lambda: MovingWindow())

    async def check(self, conversation: str | None, address: str) -> None:
        """Count one message, or refuse it."""
        for amount, key in ((self.of_conversation, conversation), (self.of_address, address)):
            wait_seconds = self._window.hit(key, amount) if key else 0.0
            if wait_seconds:
                raise TooFastError(max(1, round(wait_seconds)))

    def address_of(self, connection: HTTPConnection) -> str:
        """Return whose request it is; X-Forwarded-For counts from trusted proxies alone."""
        peer = connection.client.host if connection.client else "unknown"
        hops = [
            hop.strip() for hop in connection.headers.get("x-forwarded-for", "").split(",") if hop.strip()
        ]
        while hops and peer in self.trusted_proxies:
            peer = hops.pop()
        return peer


@dataclass
class MovingWindow:
    """How often each key was seen in the last minute; what was not seen for so long is forgotten."""

    _seen: OrderedDict[str, deque[float]] = field(default_factory=OrderedDict)

    def hit(self, key: str, amount: int) -> float:
        """Count one and return 0, or return the seconds until the next one is let through."""
        now = time.monotonic()
        self._forget(now - WINDOW_SECONDS)
        times = self._seen.get(key, deque())
        while times and times[0] <= now - WINDOW_SECONDS:
            times.popleft()
        if len(times) >= amount:
            return times[0] + WINDOW_SECONDS - now if times else WINDOW_SECONDS
        times.append(now)
        self._seen[key] = times
        self._seen.move_to_end(key)
        return 0.0

    def _forget(self, before: float) -> None:
        """Drop the keys seen longest ago; they stand first."""
        while self._seen:
            key, times = next(iter(self._seen.items()))
            if times[-1] > before:
                return
            del self._seen[key]
