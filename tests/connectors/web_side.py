"""The web as the conformance suite meets it: a simple client over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI

from connectors.limits import Limits
from connectors.web import Front
from connectors.web_http import web_routes
from nouns import Author, Problem
from pages.shell import Shell
from records import conversations
from records.database import Database
from records.ids import new_id
from tests.connectors.side import Line
from tests.connectors.telegram.town import at_work
from tests.world import ScriptedEngine, World, until


class WebSide:
    """A customer's browser, as far as HTTP goes."""

    pushes, writer = False, Author.CUSTOMER

    def __init__(self, database_url: str, files: Path) -> None:
        self.database = Database(database_url)
        self.engine = ScriptedEngine()
        front = Front(
            self.database,
            Limits(1000, 1000),
            files,
            100_000,
            [],
            "Lumen & Oak",
            "#0f766e",
            ["en", "zh"],
            False,
            10.0,
        )
        app = FastAPI()
        app.add_exception_handler(Problem, Shell.of("Lumen & Oak").on_problem)
        app.include_router(web_routes(front))
        self.client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://desk.test")
        self.world: World
        self.known: dict[str, str] = {}
        self._ours = AsyncExitStack()
        self._posts: set[asyncio.Task[httpx2.Response]] = set()

    async def begin(self) -> None:
        """Open the chat."""
        self.known = (await self.client.post("/api/conversations", json={"language": "en"})).json()

    async def _send(self, **said: Any) -> dict[str, Any]:
        body = {**self.known, "client_id": new_id("x"), **said}
        before = len(await self._said())
        self._post(body)

        async def stored() -> bool:
            return len(await self._said()) > before or await self.conversation() != self.known["conversation"]

        await until(stored)
        return body

    def _post(self, body: dict[str, Any]) -> asyncio.Task[httpx2.Response]:
        task = asyncio.create_task(self.client.post("/api/messages", json=body))
        self._posts.add(task)
        return task

    async def _said(self) -> list[Any]:
        said = await self.world.said(self.known["conversation"])
        return [line for line in said if line.author is Author.CUSTOMER]

    async def says(self, text: str) -> dict[str, Any]:
        return await self._send(text=text)

    async def sends_file(self, name: str, content: bytes) -> None:
        files = {"file": (name, content)}
        headers = {"Authorization": f"Bearer {self.known['token']}"}
        query = {"conversation": self.known["conversation"]}
        stored = await self.client.post("/api/files", params=query, files=files, headers=headers)
        await self._send(attachments=[stored.json()["id"]])

    async def presses(self, title: str) -> None:
        offered = [
            button for line in await self._ours_said() for button in line.buttons if button.title == title
        ]
        await self._send(button=offered[-1].id)

    async def edits(self, delivered: dict[str, Any], text: str) -> bool:
        return False  # what was said in the widget can't be changed

    async def comes_back(self) -> None:
        await self.begin()

    async def again(self, delivered: dict[str, Any], times: int) -> None:
        await asyncio.gather(*(self._post(delivered) for _ in range(times)))

    async def says_swapped(self, first: str, second: str) -> None:
        await self.says(second)
        await self.says(first)

    async def _ours_said(self) -> list[Any]:
        said = await self.world.said(self.known["conversation"])
        return [line for line in said if line.author is not Author.CUSTOMER]

    async def screen(self, count: int) -> list[Line]:
        async def seen() -> list[Any]:
            said = await self._ours_said()
            return said if len(said) >= count else []

        return [Line(one.text, [button.title for button in one.buttons]) for one in await until(seen)]

    async def conversation(self) -> str:
        async with self.database.read() as connection:
            held = await conversations.by_id(connection, self.known["conversation"])
            return (await conversations.of_customer(connection, held.customer))[0].id

    async def forges(self) -> bool | None:
        body = {**self.known, "token": "wrong", "text": "forged"}
        return (await self.client.post("/api/messages", json=body)).status_code == 401

    async def stale(self) -> bool | None:
        return None  # nothing is signed

    async def garbage(self) -> None:
        assert (await self.client.post("/api/messages", content=b"{")).status_code == 422

    async def down(self) -> None:
        await self._ours.aclose()

    async def kill(self) -> None:
        for task in self.world.bot._at_work.values():
            task.cancel()
        await self.down()

    async def up(self) -> None:
        self.world = World.of(self.database)
        self.world.engine = self.world.bot.engine = self.engine
        self.world.bot.owner = "app"
        await self._ours.enter_async_context(at_work(self.world.bot))

    @classmethod
    @asynccontextmanager
    async def open(cls, database_url: str, files: Path) -> AsyncIterator[Any]:
        """Give it, up."""
        side = cls(database_url, files)
        try:
            await side.up()
            await side.begin()
            yield side
        finally:
            await side.down()
            for task in side._posts:
                task.cancel()
            await asyncio.gather(*side._posts, return_exceptions=True)
            await side.client.aclose()
            await side.database.close()
