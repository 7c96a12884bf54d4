"""What a connector is to the rest of Firstline: it takes messages in, and delivers what the outbox holds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from fastapi import APIRouter

from desk.articles import Articles
from desk.handoff import Handoffs
from nouns import Delivery
from records.database import Database


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The program around a channel, as far as it may use it.

    `setting` returns a setting by its name, such as TELEGRAM_BOT_TOKEN; None when it is not set.
    """

    setting: Callable[[str], str | None]
    database: Database
    handoffs: Handoffs
    articles: Articles
    secret_key: str
    files: Path
    upload_max_bytes: int
    languages: Sequence[str]
    base_url: str | None
    desk_url: str


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
class LinksVisitors(Protocol):
    """A connector on which a web visitor can become known as the same customer."""

    def way_in(self, secret: str) -> str | None:
        """Return the address that a visitor opens with a link's secret; None while there is none."""
        ...


@runtime_checkable
class HasJobs(Protocol):
    """A connector that has something to do at a time."""

    def jobs(self) -> Mapping[str, Callable[[Mapping[str, str]], Awaitable[None]]]:
        """Return what there is to do, by the job's kind."""
        ...


@runtime_checkable
class HasTeam(Protocol):
    """A connector on which the team has a room of its own."""

    def team_place(self) -> str | None:
        """Return where the room is on the channel; None when the settings name none."""
        ...
