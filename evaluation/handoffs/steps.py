"""One task at a time goes on to its next stop, so that a schedule alone decides what happens when.

A task stops before each of its transactions and at each call to the world outside (engine, platforms): these
are all the places at which others can come between. What is killed there has lost all that it had in memory.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation.handoffs.inline import Inline, inline_engine
from records.database import Clock, Database, Writing
from records.wakes import Wakes

STUCK_SECONDS = 60.0


@dataclass(eq=False)
class Actor:
    """A task under way; `at` is where it stopped."""

    name: str
    work: Coroutine[Any, Any, object]
    at: str = "begin"
    error: BaseException | None = None
    turn: asyncio.Event = field(default_factory=asyncio.Event)
    resting: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None


_actor: ContextVar[Actor | None] = ContextVar("actor", default=None)


class Steps:
    """The tasks under way, each at a stop."""

    def __init__(self) -> None:
        self.actors: list[Actor] = []

    def begin(self, name: str, work: Coroutine[Any, Any, object]) -> Actor:
        """Put a task beside the others; it has done nothing yet."""
        actor = Actor(name, work)
        actor.task = asyncio.create_task(self._run(actor))
        self.actors.append(actor)
        return actor

    async def go_on(self, actor: Actor) -> None:
        """Let a task go on until it stops again, or ends."""
        actor.resting.clear()
        actor.turn.set()
        async with asyncio.timeout(STUCK_SECONDS):
            await actor.resting.wait()
        if actor.at == "ended":
            self.actors.remove(actor)
            if actor.error:
                raise actor.error

    async def to_the_end(self, actor: Actor) -> None:
        """Let a task go on until it ends."""
        while actor in self.actors:
            await self.go_on(actor)

    async def stop(self, where: str) -> None:
        """Stop here until it is this task's turn; tasks of nobody's don't stop."""
        actor = _actor.get()
        if actor:
            actor.at = where
            actor.turn.clear()
            actor.resting.set()
            await actor.turn.wait()

    async def kill(self) -> None:
        """Drop every task where it stands."""
        killed, self.actors = self.actors, []
        tasks = [one.task for one in killed if one.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for actor in killed:
            actor.work.close()

    def named(self, name: str) -> bool:
        """Tell whether a task of this name is under way."""
        return any(one.name == name for one in self.actors)

    async def _run(self, actor: Actor) -> None:
        _actor.set(actor)
        try:
            await actor.turn.wait()
            await actor.work
        except Exception as error:  # noqa: BLE001 a task's edge: whoever let it go on is told
            actor.error = error
        finally:
            actor.at = "ended"
            actor.resting.set()


class Heard(Wakes):
    """Wakes that are remembered until somebody looks: (topic, word)."""

    def __init__(self) -> None:
        super().__init__()
        self.told: set[tuple[str, str]] = set()

    def tell(self, topic: str, word: str = "") -> None:
        """Remember it."""
        self.told.add((topic, word))

    def look(self) -> set[tuple[str, str]]:
        """Return what was told since the last look."""
        told, self.told = self.told, set()
        return told


class SteppedDatabase(Database):
    """A database at whose transactions tasks stop; `cut`: also before they commit, to be killed there."""

    def __init__(self, url: str, clock: Clock, steps: Steps) -> None:
        self.heard = Heard()
        super().__init__(url, self.heard, clock)
        self.steps, self.cut = steps, False
        self.here = inline_engine(url)
        self.aside = sqlite3.connect(str(make_url(url).database), isolation_level=None)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Writing]:
        """Give a transaction when it is this task's turn."""
        await self.steps.stop("write")
        async with super().write() as writing:
            yield writing
            if self.cut:
                await self.steps.stop("commit")

    def has(self, query: str) -> bool:
        """Tell whether there is a row, at little cost: most looks find none."""
        return self.aside.execute(query).fetchone() is not None

    def script(self, statements: Sequence[str]) -> None:
        """Execute many statements, in one transaction."""
        self.aside.executescript(";".join(("BEGIN", *statements, "COMMIT")))

    async def close(self) -> None:
        """Close every connection."""
        self.aside.close()
        self.here.dispose()
        await super().close()

    def _connect(self) -> AsyncConnection:
        return Inline(self.here)

    def _count(self) -> None:
        """SQLite copies its log by itself: nothing may go on aside."""
