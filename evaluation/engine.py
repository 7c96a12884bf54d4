"""What is measured in the engine's own Python, with the app's text service beside it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from bot.secret_files import secrets_of
from bot.settings import CHECKOUT, Settings
from bot.supervisor import engine_python
from bot.training import rasa_environment, text_service
from nouns import Problem
from reading.reader import Reader

LAST_LINES = 12
STOP_SECONDS = 10.0
Hear = Callable[[str], None]


async def in_engine(
    settings: Settings, reader: Reader, words: Sequence[str], hear: Hear = lambda line: None
) -> dict[str, Any]:
    """Run `python -m engine.…` with the text service beside it and return the JSON of its last line."""
    token = secrets_of(settings).engine_token
    async with text_service(reader, token) as url:
        return await run_json(
            [str(engine_python()), "-m", *words], rasa_environment(settings.data_dir, url, token), hear
        )


async def run_json(command: Sequence[str], environment: dict[str, str], hear: Hear) -> dict[str, Any]:
    """Run a command to its end; `hear` gets its standard error, the last line out is the result."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=CHECKOUT,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=2**24,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None and process.stderr is not None
        output, said = await asyncio.gather(process.stdout.read(), _listen(process.stderr, hear))
        code = await process.wait()
    finally:
        await _stop(process)
    lines = [line for line in output.decode("utf-8", "replace").splitlines() if line.strip()]
    with suppress(IndexError, ValueError):
        if code == 0:
            return dict(json.loads(lines[-1]))
    told = "\n".join([*lines, *said][-LAST_LINES:])
    raise Problem("engine_command", 500, f"{Path(command[0]).name} ended with {code}.", f"It said:\n{told}")


async def _listen(stream: asyncio.StreamReader, hear: Hear) -> list[str]:
    said: list[str] = []
    async for line in stream:
        said.append(line.decode("utf-8", "replace").rstrip())
        hear(said[-1])
    return said[-LAST_LINES:]


async def _stop(process: asyncio.subprocess.Process) -> None:
    """End the command and what it started; they are a session of their own."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        if process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
