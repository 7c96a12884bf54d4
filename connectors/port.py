"""What a connector is to the rest of Firstline: it takes messages in, and delivers what the outbox holds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol, runtime_checkable

from fastapi import APIRouter

from nouns import Delivery


class NotSentError(Exception):
    """A delivery that failed: to be tried again, when the channel said so if it did, or never.

    `unknown`: the channel took it and its answer was lost; the next try is told so by `Delivery.unknown`.
    """

    def __init__(
        self,
        why: str,
        *,
        for_good: bool = False,
        retry_after_seconds: float | None = None,
        unknown: bool = False,
    ) -> None:
        super().__init__(why)
        self.for_good, self.retry_after_seconds, self.unknown = for_good, retry_after_seconds, unknown


class Connector(Protocol):
    """One channel."""

    channel: str

    async def send(self, delivery: Delivery) -> str | None:
        """Deliver, and return the channel's own id of it; raise NotSentError when that failed."""
        ...

    async def run(self) -> None:
        """Receive until cancelled; channels that are called by HTTP return at once."""
        ...


@runtime_checkable
class CalledByHttp(Protocol):
    """A connector that its channel calls, at routes below `/webhooks`."""

    def routes(self) -> APIRouter:
        """Return them."""
        ...


@runtime_checkable
class HasJobs(Protocol):
    """A connector that has something to do at a time."""

    def jobs(self) -> Mapping[str, Callable[[Mapping[str, str]], Awaitable[None]]]:
        """Return what there is to do, by the job's kind."""
        ...
