"""Starts the engine in its own Python, and starts it again when it dies."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import structlog

from bot.settings import CHECKOUT
from nouns import Problem

log = structlog.get_logger()

STOP_SECONDS = 10.0
LONGEST_PAUSE_SECONDS = 15.0


def engine_python() -> Path:
    """Return the Python of `.venv-engine`, or say how to make it."""
    python = CHECKOUT / ".venv-engine" / "bin" / "python"
    if not python.exists():
        raise Problem(
            "engine_missing", 500, "The engine's environment .venv-engine is not there.", "Run `make setup`."
        )
    return python


def engine_environment(**values: str) -> dict[str, str]:
    """Return the variables an engine process starts with: no secret of the app's, one thread per product."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    kept |= {name: value for name, value in os.environ.items() if name.startswith("OPENBLAS_")}
    return kept | {
        "PYTHONPATH": str(CHECKOUT),
        "RASA_TELEMETRY_ENABLED": "false",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        # a model that was swapped out leaves no holes: large arrays are pages of their own
        "MALLOC_ARENA_MAX": "1",
        "MALLOC_MMAP_THRESHOLD_": "131072",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        **values,
    }


def engine_variables(token: str, port: int, app: str, trackers: Path, models: str) -> dict[str, str]:
    """Return what an engine process is told; `app` is the address of the app's inner listener."""
    return engine_environment(
        FIRSTLINE_ENGINE_TOKEN=token,
        FIRSTLINE_ENGINE_PORT=str(port),
        FIRSTLINE_TEXT_URL=f"{app}/text",
        FIRSTLINE_ACTIONS_URL=f"{app}/actions/webhook",
        FIRSTLINE_TRACKERS=str(trackers),
        FIRSTLINE_MODEL=models,
    )


def end_left_behind(port: int, trackers: Path) -> None:
    """End the engine of an app that was killed: it would keep the port, and answer with an old model."""
    known = {"FIRSTLINE_ENGINE_PORT": str(port), "FIRSTLINE_TRACKERS": str(trackers)}
    for process in psutil.process_iter(["cmdline"]):
        if (process.info["cmdline"] or [])[-2:] != ["-m", "engine.serve"]:
            continue
        with suppress(psutil.Error):
            if known.items() <= process.environ().items():
                log.warning("ending an engine left behind", pid=process.pid)
                process.kill()
                process.wait(STOP_SECONDS)


@dataclass
class Supervisor:
    """Keeps one engine process alive; its environment is asked for at each start: the model may change."""

    environment: Callable[[], Mapping[str, str]]
    log_file: Path
    process: asyncio.subprocess.Process | None = None
    restarts: int = 0

    async def run(self) -> None:
        """Start the engine, wait for its end, start it again after a growing pause; until cancelled."""
        pause = 0.2
        try:
            while True:
                began = time.monotonic()
                await self._start()
                assert self.process is not None
                code = await self.process.wait()
                log.error("engine ended", code=code, log=str(self.log_file))
                self.restarts += 1
                pause = 0.2 if time.monotonic() - began > 60 else min(pause * 2, LONGEST_PAUSE_SECONDS)
                await asyncio.sleep(pause)
        finally:
            await self.stop()

    def last_words(self) -> str:
        """Return the last line of the engine's log."""
        said = self.log_file.read_text("utf-8", "replace").strip() if self.log_file.exists() else ""
        return said.rpartition("\n")[2][-300:] or "nothing."

    async def stop(self) -> None:
        """End the engine, gently at first."""
        if self.process is None or self.process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            self.process.terminate()
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await self.process.wait()
            except TimeoutError:
                self.process.kill()
                await self.process.wait()

    async def _start(self) -> None:
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        with self.log_file.open("ab") as output:
            self.process = await asyncio.create_subprocess_exec(
                str(engine_python()),
                "-m",
                "engine.serve",
                cwd=CHECKOUT,
                env={**self.environment(), "FIRSTLINE_ENGINE_STDIN": "app"},
                stdout=output,
                stderr=output,
                stdin=asyncio.subprocess.PIPE,  # closed however the app ends: then the engine ends too
            )
