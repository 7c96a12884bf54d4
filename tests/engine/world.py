"""What the tests' stories are told with: an engine in this process or its own, and a customer."""

import asyncio
import os
import signal
import subprocess
import sys
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp

from engine.actionendpoint import ActionEndpoint
from engine.eventlog import EventLog
from engine.loading import load_model
from engine.turns import Engine, Turn
from tests.engine.textservice import read

ROOT = Path(__file__).parents[2]
TOKEN = "token-of-the-tests"
numbers = count(1)


def message(text: str, conversation: str = "c_1", **other: Any) -> dict[str, Any]:
    """Return the JSON of POST /ask."""
    language = other.pop("language", None)
    return {
        "message_id": f"m_{next(numbers)}",
        "conversation": conversation,
        "text": text,
        "reading": read(text, language),
        "button": None,
        **other,
    }


def endpoint_of(port: int, **other: Any) -> ActionEndpoint:
    """Return the way to a scripted action server."""
    headers = {"X-Engine-Token": TOKEN}
    url = f"http://127.0.0.1:{port}/webhook"
    return ActionEndpoint(url, headers=headers, enable_selective_domain=True, **other)


class InProcess:
    """An engine in the test's own process."""

    def __init__(self, model: Path, trackers: str, endpoint: ActionEndpoint) -> None:
        log = EventLog(trackers)
        self.engine = Engine(load_model(model, log, endpoint), log, endpoint)

    async def ask(self, text: str, conversation: str = "c_1", **other: Any) -> dict[str, Any]:
        """Say something and return the engine's answer."""
        return await self.engine.ask(Turn.from_json(message(text, conversation, **other)))

    async def say(self, *texts: str, conversation: str = "c_1") -> list[str]:
        """Say things one after the other and return what was answered to the last."""
        answer: dict[str, Any] = {}
        for text in texts:
            answer = await self.ask(text, conversation)
        return [utterance["text"] for utterance in answer["utterances"]]


class Served:
    """An engine started by `python -m engine.serve`."""

    def __init__(self, model: Path, trackers: Path, actions_port: int) -> None:
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "FIRSTLINE_ENGINE_TOKEN": TOKEN,
            "FIRSTLINE_ENGINE_PORT": "0",
            "FIRSTLINE_ACTIONS_URL": f"http://127.0.0.1:{actions_port}/webhook",
            "FIRSTLINE_TRACKERS": str(trackers),
            "FIRSTLINE_MODEL": str(model),
        }

    async def start(self) -> "Served":
        """Start it, and wait until it says that it answers."""
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "engine.serve"),
            cwd=ROOT,
            env=self.environment,
            stderr=asyncio.subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
        said = []
        while b"answers on" not in (line := await self.process.stderr.readline()):
            said.append(line.decode())
            assert line, "".join(said)
        self.url = "http://127.0.0.1:" + line.decode().strip().rpartition(":")[2]
        self.session = aiohttp.ClientSession(headers={"X-Engine-Token": TOKEN})
        return self

    async def call(self, method: str, path: str, data: Any = None, **other: Any) -> tuple[int, Any]:
        """Call the engine and return status and JSON."""
        async with self.session.request(method, self.url + path, json=data, **other) as answer:
            return answer.status, await answer.json(content_type=None) if answer.status != 204 else None

    async def say(self, text: str, **other: Any) -> dict[str, Any]:
        """Say something and return the answer, which must be one."""
        status, answer = await self.call("POST", "/ask", message(text, **other))
        assert status == 200, answer
        return answer

    async def stop(self, how: int = signal.SIGTERM) -> int:
        """End the process."""
        await self.session.close()
        if self.process.returncode is None:
            self.process.send_signal(how)
        return await self.process.wait()
