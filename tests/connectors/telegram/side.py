"""Telegram as the conformance suite meets it, polled or called."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from nouns import Author
from platforms.telegram.server import serving, stand_in
from platforms.telegram.state import Json
from tests.connectors.side import Line
from tests.connectors.telegram.town import Town, buttons, from_bot, town
from tests.world import ScriptedEngine, World

SECONDS = 2.0


class TelegramSide:
    """Kari, her Telegram, and a desk that may go down."""

    pushes, writer = True, Author.CUSTOMER

    def __init__(self, database_url: str, files: Path, webhook: bool) -> None:
        self.database_url, self.files, self.webhook = database_url, files, webhook
        self.platform, self.engine = stand_in(), ScriptedEngine()
        self.chat = self.platform.chats[11]
        self.town: Town
        self.api_url = "http://127.0.0.1:0"
        self._ours, self._theirs = AsyncExitStack(), AsyncExitStack()

    @property
    def world(self) -> World:
        return self.town.world

    async def says(self, text: str) -> Json:
        return self.platform.says(self.chat, text)

    async def sends_file(self, name: str, content: bytes) -> None:
        file = {**self.platform.upload(name, content), "file_name": name}
        self.platform.sends(self.chat, document=file)

    async def presses(self, title: str) -> None:
        message = [one for one in from_bot(self.chat) if buttons(one)][-1]
        (data,) = [one["callback_data"] for one in buttons(message) if one["text"] == title]
        self.platform.presses(self.chat, message["message_id"], data)

    async def edits(self, delivered: Json, text: str) -> bool:
        self.platform.edits(self.chat, delivered["message"]["message_id"], text)
        return True

    async def comes_back(self) -> None:
        """Telegram's customers are known by their account."""

    async def again(self, delivered: Json, times: int) -> None:
        if self.webhook:
            await asyncio.gather(*(self.town.post(delivered) for _ in range(times)))
        else:
            self.platform.pending.extend([delivered] * times)
            self.platform.tell()

    async def says_swapped(self, first: str, second: str) -> None:
        self.platform.says(self.chat, first)
        self.platform.says(self.chat, second)
        self.platform.pending.reverse()

    async def screen(self, count: int) -> list[Line]:
        shown = await self.town.shown(self.chat, count)
        return [Line(one.get("text", ""), [button["text"] for button in buttons(one)]) for one in shown]

    async def conversation(self) -> str:
        return await self.town.conversation(self.chat)

    async def forges(self) -> bool | None:
        if not self.webhook:
            return None
        message = {**self.chat.messages[0], "message_id": 99, "text": "forged"}
        return (await self.town.post({"update_id": 1, "message": message}, "wrong")).status_code == 401

    async def stale(self) -> bool | None:
        return None  # the Bot API signs nothing with a time

    async def garbage(self) -> None:
        if self.webhook:
            assert (await self.town.post(b"{")).status_code == 400
            await self.town.post({"update_id": 1, "message": {"nonsense": True}})
        else:
            self.platform.fails("garbage", method="getUpdates")
            self.platform.pending.append({"update_id": 1, "message": {"nonsense": True}})

    def fails(self, kind: str) -> None:
        self.platform.fails(kind, retry_after=1)

    async def outage(self) -> None:
        await self._theirs.aclose()

    async def outage_over(self) -> None:
        port = int(self.api_url.rpartition(":")[2])
        self.api_url = await self._theirs.enter_async_context(serving(self.platform, port))

    async def down(self) -> None:
        await self._ours.aclose()

    async def kill(self) -> None:
        self.town.mortal.dies()
        await self.down()

    async def up(self) -> None:
        made = town(
            self.database_url,
            self.files,
            webhook=self.webhook,
            platform=self.platform,
            api_url=self.api_url,
            read_seconds=SECONDS,
        )
        self.town = await self._ours.enter_async_context(made)
        self.world.engine = self.world.bot.engine = self.engine
        self.world.bot.owner = "app"
        if self.webhook:
            await self.town.when(
                lambda: self.platform.webhook.get("url", "").startswith(str(self.town.base_url))
            )

    @classmethod
    @asynccontextmanager
    async def open(cls, database_url: str, files: Path, *, webhook: bool) -> AsyncIterator[TelegramSide]:
        """Give it, up."""
        side: Any = cls(database_url, files, webhook)
        try:
            await side.outage_over()
            await side.up()
            yield side
        finally:
            await side.down()
            await side.outage()
