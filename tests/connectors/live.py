"""The web channel on a real listener on loopback, with a scripted engine behind it."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from fastapi import FastAPI
from websockets.asyncio.client import ClientConnection, connect

from bot.health import health_routes
from bot.problems import tell_problems
from connectors.limits import Limits
from connectors.web import Front
from connectors.web_http import web_routes
from pages.shell import Shell
from records.database import Database
from tests.world import ScriptedEngine, World

SECONDS = 6


class Index:
    """A knowledge base that has a version."""

    version = "index-1"


class Line:
    """A customer's WebSocket, as the widget speaks it."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def send(self, **frame: Any) -> None:
        """Send a frame."""
        await self.socket.send(json.dumps(frame))

    async def write(self, text: str, client_id: str | None = None, **more: Any) -> str:
        """Send a message; return its client id."""
        client_id = client_id or str(uuid.uuid4())
        await self.send(type="send", client_id=client_id, text=text, **more)
        return client_id

    async def hears(self, kind: str, **wanted: Any) -> dict[str, Any]:
        """Wait for a frame of a kind; `wanted` are fields of it, or of its message."""
        async with asyncio.timeout(SECONDS):
            while True:
                frame = json.loads(await self.socket.recv())
                inside = {**frame, **frame.get("message", {})}
                if frame["type"] == kind and all(inside.get(name) == value for name, value in wanted.items()):
                    return dict(frame)

    async def closed(self) -> int | None:
        """Wait until the other side has closed; return its code."""
        async with asyncio.timeout(SECONDS):
            await self.socket.wait_closed()
        return self.socket.close_code


@dataclass
class Web:
    """A running web channel."""

    world: World
    front: Front
    url: str
    http: httpx2.AsyncClient

    @asynccontextmanager
    async def line(self, origin: str | None = None, **hello: Any) -> AsyncIterator[Line]:
        """Open a WebSocket and say hello."""
        address = self.url.replace("http", "ws") + "/api/chat"
        async with connect(address, proxy=None, origin=origin) as socket:
            line = Line(socket)
            await line.send(
                type="hello", **{"conversation": None, "token": None, "since": 0, "language": "en"} | hello
            )
            yield line

    async def ask(self, text: str | None = None, **more: Any) -> dict[str, Any]:
        """Ask over HTTP; return the answer."""
        answer = await self.http.post("/api/messages", json={"text": text, **more})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@asynccontextmanager
async def listening(app: FastAPI) -> AsyncIterator[str]:
    """Serve an app on a free port of loopback."""
    config = uvicorn.Config(
        app, "127.0.0.1", 0, proxy_headers=False, log_config=None, lifespan="off", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    server.capture_signals = _no_signals  # type: ignore[method-assign]
    serving = asyncio.create_task(server.serve())
    while not server.started:
        assert not serving.done()
        await asyncio.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


class _no_signals:  # noqa: N801 (stands in for uvicorn's context manager)
    def __enter__(self) -> None: ...

    def __exit__(self, *error: object) -> None: ...


@asynccontextmanager
async def web_of(database: Database, files: Path, limits: Limits | None = None) -> AsyncIterator[Web]:
    """Run the web channel and what answers behind it."""
    world = World.of(database)
    front = Front(
        database=database,
        limits=limits or Limits(60, 600),
        files=files,
        upload_max_bytes=1000,
        allowed_origins=["https://shop.test"],
        company="Lumen & Oak",
        colour="#0f766e",
        languages=["en", "zh"],
        mail=False,
        answer_seconds=10,
    )
    app = FastAPI()
    tell_problems(app, Shell.of("Lumen & Oak"))
    app.include_router(web_routes(front))
    app.include_router(health_routes(database, engine_as_client(world.engine), Index()))
    answering = asyncio.create_task(world.bot.run())
    async with (
        listening(app) as url,
        httpx2.AsyncClient(base_url=url, trust_env=False, timeout=SECONDS) as http,
    ):
        yield Web(world, front, url, http)
    answering.cancel()
    await asyncio.gather(answering, return_exceptions=True)


def engine_as_client(engine: ScriptedEngine) -> Any:
    """The scripted engine where the real one's client is wanted."""
    return engine
