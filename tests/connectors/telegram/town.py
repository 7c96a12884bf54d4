"""A town with Telegram in it: the stand-in, the channel, a desk with a scripted engine, and people."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from fastapi import FastAPI

from bot.workers import Sender
from connectors.telegram.account import Account
from connectors.telegram.channel import Telegram as Channel
from connectors.telegram.webhook import SECRET_HEADER
from nouns import Problem
from pages.shell import Shell
from platforms.telegram.server import serving, stand_in
from platforms.telegram.state import Chat, Json, Telegram
from records import facts
from records.database import Database
from tests.connectors.mortal import Mortal
from tests.connectors.side import QUICK_PAUSE_SECONDS
from tests.world import World, until

UPLOAD_LIMIT = 100_000
SECONDS = 15.0


@dataclass
class Town:
    """The platform on one side, the desk on the other, and what stands between."""

    platform: Telegram
    world: World
    channel: Channel
    database: Database
    files: Path
    base_url: str | None
    mortal: Mortal

    @property
    def kari(self) -> Chat:
        return self.platform.chats[11]

    @property
    def ming(self) -> Chat:
        return self.platform.chats[22]

    @property
    def group(self) -> Chat:
        return self.platform.chats[-33]

    async def when(self, fact: Callable[[], Any]) -> Any:
        """Wait until something holds on the platform, and return it."""
        async with asyncio.timeout(SECONDS):
            with self.platform.listening() as changed:
                while not (found := fact()):
                    changed.clear()
                    with suppress(TimeoutError):
                        async with asyncio.timeout(0.1):
                            await changed.wait()
                return found

    async def shown(self, chat: Chat, count: int = 1) -> list[Json]:
        """Wait until the bot has shown so many messages in a chat; return them all."""
        return list(await self.when(lambda: len(found := from_bot(chat)) >= count and found))

    async def conversation(self, chat: Chat) -> str:
        """The conversation that the chat holds now."""
        from records import conversations

        async def find() -> str | None:
            async with self.database.read() as connection:
                found = await conversations.latest_at(connection, "telegram", str(chat.id))
                return found.id if found else None

        return str(await until(find))

    async def facts(self, kind: str) -> list[Any]:
        """What happened, of a kind."""
        from sqlalchemy import select

        from records.tables import facts as table

        async with self.database.read() as connection:
            return list(await connection.execute(select(table).where(table.c.kind == kind)))

    async def post(self, body: Any, secret: str | None = None) -> httpx2.Response:
        """Call the webhook, with the right secret unless another is given."""
        given = self.channel.account.webhook_secret if secret is None else secret
        headers = {SECRET_HEADER.encode(): given.encode()}
        async with httpx2.AsyncClient(base_url=str(self.base_url), trust_env=False) as client:
            if isinstance(body, bytes):
                return await client.post("/webhooks/telegram", content=body, headers=headers)
            return await client.post("/webhooks/telegram", json=body, headers=headers)


def from_bot(chat: Chat) -> list[Json]:
    """What the bot has shown in a chat."""
    return [message for message in chat.messages if message["from"]["is_bot"]]


def buttons(message: Json) -> list[Json]:
    """The buttons under a message."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", ())
    return [button for row in rows for button in row]


@asynccontextmanager
async def at_work(*workers: Any) -> AsyncIterator[None]:
    """Let workers run meanwhile."""
    tasks = [asyncio.create_task(worker.run()) for worker in workers]
    try:
        yield
    finally:
        for task in reversed(tasks):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await _end(*(task for worker in workers for task in getattr(worker, "_at_work", {}).values()))


async def _end(*under_way: asyncio.Task[Any]) -> None:
    """Let what is being answered come to its end, but not wait long for it."""
    if under_way:
        _, late = await asyncio.wait(under_way, timeout=2)
        for task in late:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


@asynccontextmanager
async def served(app: Any) -> AsyncIterator[str]:
    """Serve an app on 127.0.0.1 meanwhile."""
    config = uvicorn.Config(app, "127.0.0.1", 0, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    task = asyncio.create_task(server.main_loop())
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
        await server.shutdown()


@asynccontextmanager
async def town(
    database_url: str,
    files: Path,
    *,
    webhook: bool = False,
    platform: Telegram | None = None,
    api_url: str | None = None,
    base_url: str | None = None,
    read_seconds: float = 15.0,
    running: bool = True,
) -> AsyncIterator[Town]:
    """Build it, run it, take it down; `api_url` when the platform is served already."""
    platform = platform or stand_in()
    async with AsyncExitStack() as stack:
        api_url = api_url or await stack.enter_async_context(serving(platform))
        app = FastAPI()
        app.add_exception_handler(Problem, Shell.of("Lumen & Oak").on_problem)
        if webhook:
            base_url = await stack.enter_async_context(served(app))
        database = Database(database_url)
        stack.push_async_callback(database.close)
        account = Account(
            platform.token, "a secret", base_url, files, UPLOAD_LIMIT, ["en", "zh"], api_url, read_seconds
        )
        channel = Channel(account, database)
        app.include_router(channel.routes())
        world = World.of(database)
        mortal = Mortal(channel, world.bot)
        if running:
            await stack.enter_async_context(
                at_work(world.bot, Sender(database, mortal, QUICK_PAUSE_SECONDS), channel)
            )
        yield Town(platform, world, channel, database, files, base_url, mortal)


__all__ = ["Town", "at_work", "buttons", "facts", "from_bot", "served", "town"]
