"""A customer in the terminal: over HTTP when a server runs here, else with the whole program inside."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2

from bot.settings import Settings
from nouns import Problem

SECONDS = 60.0
CHANNELS = ("smtp_url", "telegram_bot_token", "slack_bot_token", "slack_app_token", "slack_signing_secret")


@dataclass
class Terminal:
    """One conversation, by `POST /api/messages`."""

    client: httpx2.AsyncClient
    language: str
    conversation: str | None = None
    token: str | None = None

    async def send(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """Send a text or a button press and return the answer."""
        known = {"conversation": self.conversation, "token": self.token, "language": self.language}
        answer = await self.client.post("/api/messages", json={**said, **known})
        content = dict(answer.json())
        if answer.status_code != 200:
            raise Problem(content["code"], answer.status_code, content["detail"])
        self.conversation, self.token = content["conversation"], content["token"]
        return content


@asynccontextmanager
async def terminal(settings: Settings, language: str) -> AsyncIterator[Terminal]:
    """Open a conversation with the running server, or with one started for this alone."""
    if await _runs(settings):
        async with _client(f"http://127.0.0.1:{settings.port}") as client:
            yield Terminal(client, language)
        return
    from bot.running import running

    with TemporaryDirectory() as folder:
        aside = settings.model_copy(
            update={
                "host": "127.0.0.1",
                "port": free_ports(),
                "database_url": f"sqlite:///{Path(folder) / 'ask.db'}",
                **dict.fromkeys(CHANNELS),
            }
        )
        async with (
            running(aside, lambda _: None) as parts,
            _client(f"http://127.0.0.1:{parts.settings.port}") as client,
        ):
            yield Terminal(client, language)


def free_ports() -> int:
    """Return a port that is free, as are the two after it."""
    while True:
        with socket.socket() as first, socket.socket() as second, socket.socket() as third:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            with suppress(OSError, OverflowError):
                second.bind(("127.0.0.1", port + 1))
                third.bind(("127.0.0.1", port + 2))
                return port


def _client(address: str) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=address, timeout=SECONDS, trust_env=False)


async def _runs(settings: Settings) -> bool:
    async with _client(f"http://127.0.0.1:{settings.port}") as client:
        try:
            answer = await client.get("/readyz", timeout=2)
        except httpx2.HTTPError:
            return False
        return answer.status_code == 200 and "checks" in answer.json()
