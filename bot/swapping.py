"""Swaps the model in the running engine, through its restarts, and sees to it that it stays swapped."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from bot.engine import Engine, EngineSilentError
from learning.models import Models
from nouns import Problem

log = structlog.get_logger()

SWAP_SECONDS = 120.0
ABSENT_SECONDS = 3.0
PAUSE_SECONDS = 0.3
LOOK_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class EngineSwap:
    """The engine as learning sees it. `expected`: one should be running, so a silent one is waited for."""

    engine: Engine
    expected: bool = True

    async def use(self, model: Path) -> bool:
        """Serve a model; a swap that a restart of the engine interrupts is asked for again."""
        until = time.monotonic() + (SWAP_SECONDS if self.expected else ABSENT_SECONDS)
        while True:
            try:
                await self.engine.use_model(str(model.resolve()))
                return True
            except EngineSilentError as refusal:
                raise Problem(
                    "model_refused",
                    422,
                    f"The engine does not take {model.name}: {refusal.reason}",
                    "The model before goes on answering.",
                ) from refusal
            except OSError as error:  # nobody listens, or it died in the midst of it
                if time.monotonic() > until:
                    if not self.expected:
                        return False
                    raise Problem(
                        "engine_away", 503, "The engine does not answer.", "Try again when it is back."
                    ) from error
                log.warning("engine away in a swap", error=type(error).__name__)
                await asyncio.sleep(PAUSE_SECONDS)


@dataclass
class Steady:
    """A worker: the engine serves the live model, also when it was restarted in the midst of a swap.

    Who swaps says so to the engine first and writes it down then, so only what is seen twice is set right.
    """

    models: Models
    engine: Engine
    look_seconds: float = LOOK_SECONDS
    strange: tuple[str, str | None] | None = None

    async def run(self) -> None:
        """Look, until cancelled."""
        while True:
            await asyncio.sleep(self.look_seconds)
            with suppress(EngineSilentError):  # it starts just now
                await self.look(str((await self.engine.status())["model"]))

    async def look(self, served: str) -> None:
        """Compare what is served with what is live."""
        live = self.models.shelf.live()
        seen = (served, live) if served != live else None
        if seen and seen == self.strange:
            await self.models.settle(served)
            seen = None
        self.strange = seen
