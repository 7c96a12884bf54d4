"""Slack as the conformance suite meets it: a direct message, by Socket Mode or by HTTP."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI

from bot.app import jobs_of
from bot.workers import Sender, Worker
from connectors.slack.account import PATH
from connectors.slack.channel import DeskWork, Slack
from desk.relay import Relay
from nouns import Author
from platforms.slack.server import serving, stand_in
from platforms.slack.state import BOT_USER, Fault, Json
from records import conversations
from records.database import Database
from tests.connectors.mortal import Mortal
from tests.connectors.side import QUICK_PAUSE_SECONDS, Line
from tests.connectors.slack.conftest import UNDO_SECONDS, FixedArticles, account_of
from tests.connectors.telegram.town import at_work, served
from tests.world import ScriptedEngine, World, until

OLA = "U0OLA"
FAULTS = {
    "429": Fault("chat.postMessage", status=429, retry_after=1),
    "500": Fault("chat.postMessage", status=500),
    "no_answer": Fault("chat.postMessage", lost=True),
}


class SlackSide:
    """Ola, his Slack, and a desk that may go down."""

    pushes, writer = True, Author.CUSTOMER

    def __init__(self, database_url: str, files: Path, http: bool) -> None:
        self.database_url, self.files, self.http = database_url, files, http
        self.platform, self.engine = stand_in(), ScriptedEngine()
        self.platform.post.ack_seconds = 1.5
        self.platform.post.retry_seconds = 0.5
        self.direct = self.platform.workspace.direct(OLA)
        self.world: World
        self.mortal: Mortal
        self.port = 0
        self._ours, self._theirs = AsyncExitStack(), AsyncExitStack()
        self._beside: set[asyncio.Task[Any]] = set()

    async def says(self, text: str) -> Json:
        return self._tell(self._message(text))

    async def sends_file(self, name: str, content: bytes) -> None:
        self._begin(self.platform.play.direct(OLA, "", files=[(name, content)]))

    async def presses(self, title: str) -> None:
        for message in reversed(self._ours_said()):
            for action, shown in self.buttons(message).items():
                if shown == title:
                    self._begin(self.platform.play.press(OLA, self.direct.id, message["ts"], action))
                    return
        raise AssertionError(f"no button {title}")

    async def edits(self, delivered: Json, text: str) -> bool:
        await self.platform.play.edit(self.direct.id, delivered["ts"], text)
        return True

    async def comes_back(self) -> None:
        """Slack's customers are known by their account."""

    async def again(self, delivered: Json, times: int) -> None:
        await asyncio.gather(*(self.platform.post.event(delivered) for _ in range(times)))

    async def says_swapped(self, first: str, second: str) -> None:
        early, late = self._message(first), self._message(second)
        await self.platform.post.event(late)
        await self.platform.post.event(early)

    async def screen(self, count: int) -> list[Line]:
        async def enough() -> bool:
            return len(self._shown()) >= count

        await until(enough, 25)
        return self._shown()

    async def conversation(self) -> str:
        async def found() -> Any:
            async with self.world.database.read() as connection:
                return await conversations.latest_at(connection, "slack", self.direct.id)

        return str((await until(found)).id)

    async def forges(self) -> bool | None:
        if not self.http:
            return None
        body = json.dumps({"type": "event_callback", "event": self._message("forged")})
        headers = {**self.platform.post.headers(body), "X-Slack-Signature": "v0=00"}
        async with httpx2.AsyncClient(trust_env=False) as client:
            answer = await client.post(str(self.platform.post.request_url), content=body, headers=headers)
        return answer.status_code == 401

    async def stale(self) -> bool | None:
        if not self.http:
            return None
        body = json.dumps({"type": "event_callback", "event": self._message("stale")})
        headers = self.platform.post.headers(body, time.time() - 600)
        async with httpx2.AsyncClient(trust_env=False) as client:
            answer = await client.post(str(self.platform.post.request_url), content=body, headers=headers)
        return answer.status_code == 401

    async def garbage(self) -> None:
        if self.http:
            headers = {**self.platform.post.headers("{"), "Content-Type": "application/json"}
            async with httpx2.AsyncClient(trust_env=False) as client:
                await client.post(str(self.platform.post.request_url), content="{", headers=headers)
        for event in (
            {"type": "message"},
            {"type": "message", "channel_type": "im", "user": {}},
            {"type": "?"},
        ):
            self._begin(self.platform.post.event(dict(event)))

    def fails(self, kind: str) -> None:
        fault = FAULTS[kind]
        self.platform.workspace.faults.append(
            Fault(fault.method, 1, fault.status, None, fault.lost, fault.retry_after)
        )

    async def outage(self) -> None:
        await self._theirs.aclose()

    async def outage_over(self) -> None:
        address = await self._theirs.enter_async_context(serving(self.platform, self.port))
        self.port = int(address.rpartition(":")[2])

    async def down(self) -> None:
        await self._ours.aclose()

    async def kill(self) -> None:
        self.mortal.dies()
        await self.down()

    async def up(self) -> None:
        database = Database(self.database_url)
        self._ours.push_async_callback(database.close)
        self.world = World.of(database)
        self.world.engine = self.world.bot.engine = self.engine
        self.world.bot.owner = "app"
        relay = Relay(database, self.world.handoffs, self.files, undo_seconds=UNDO_SECONDS)
        more = {"app_token": None, "signing_secret": self.platform.workspace.signing_secret}
        account = account_of(self.platform, self.files, **(more if self.http else {}))
        desk = DeskWork(self.world.handoffs, self.world.tickets, relay, FixedArticles())
        slack = Slack(account, database, desk)
        world = self.world
        jobs = Worker(database, jobs_of(world.handoffs, world.reminders, world.daily, [slack]))
        self.mortal = Mortal(slack, self.world.bot)
        sender = Sender(database, self.mortal, QUICK_PAUSE_SECONDS)
        await self._ours.enter_async_context(at_work(world.bot, sender, jobs, slack, *self.beside()))
        if self.http:
            app = FastAPI()
            app.include_router(slack.routes())
            self.platform.post.request_url = await self._ours.enter_async_context(served(app)) + PATH
        else:
            await until(self._connected)

    def beside(self) -> list[Any]:
        """Return what else is there while our program is up."""
        return []

    async def _connected(self) -> bool:
        return bool(self.platform.post.sockets)

    def _message(self, text: str) -> Json:
        kept = self.platform.workspace.add(self.direct, {"user": OLA, "text": text.replace("&", "&amp;")})
        return {**kept, "channel": self.direct.id, "channel_type": "im", "event_ts": kept["ts"]}

    def _tell(self, event: Json) -> Json:
        self._begin(self.platform.post.event(event))
        return event

    def _begin(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.ensure_future(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    def _ours_said(self) -> list[Json]:
        return [one for one in self.direct.messages.values() if one.get("user") == BOT_USER]

    def _shown(self) -> list[Line]:
        return [Line(self.text(one), list(self.buttons(one).values())) for one in self._ours_said()]

    @classmethod
    @asynccontextmanager
    async def open(cls, database_url: str, files: Path, *, http: bool) -> AsyncIterator[SlackSide]:
        """Give it, up."""
        side = cls(database_url, files, http)
        async with side.opened():
            yield side

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Be up meanwhile."""
        try:
            await self.outage_over()
            await self.up()
            yield
        finally:
            await self.down()
            await self.outage()
            for task in self._beside:
                task.cancel()
            await asyncio.gather(*self._beside, return_exceptions=True)

    @staticmethod
    def text(message: Json) -> str:
        """The text of a message."""
        sections = [block for block in message.get("blocks", ()) if block["type"] == "section"]
        return " ".join(block["text"]["text"] for block in sections) or str(message["text"])

    @staticmethod
    def buttons(message: Json) -> dict[str, str]:
        """The buttons under a message: action id and title."""
        return {
            one["action_id"]: one["text"]["text"]
            for block in message["blocks"]
            if block["type"] == "actions"
            for one in block["elements"]
        }
