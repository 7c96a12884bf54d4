"""The channel of lines as the conformance suite meets it."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from bot.workers import Sender
from connectors import connectors_of
from nouns import Author
from records import conversations
from records.database import Database
from tests.connectors.around import around
from tests.connectors.lines.channel import Lines
from tests.connectors.lines.network import PASSWORD, Network
from tests.connectors.mortal import Mortal
from tests.connectors.side import QUICK_PAUSE_SECONDS, Line
from tests.connectors.telegram.town import at_work
from tests.world import ScriptedEngine, World, until

NICK = "kari"


class LinesSide:
    """Kari on a network of lines, and a desk that may go down."""

    pushes, writer = True, Author.CUSTOMER

    def __init__(self, database_url: str, files: Path) -> None:
        self.database_url, self.files = database_url, files
        self.network, self.engine = Network(), ScriptedEngine()
        self.world: World
        self.mortal: Mortal
        self._ours = AsyncExitStack()

    async def says(self, text: str) -> str:
        return self.network.says(NICK, text)

    async def sends_file(self, name: str, content: bytes) -> None:
        self.network.says(NICK, f"{name} {b64encode(content).decode()}", "FILE")

    async def presses(self, title: str) -> None:
        offered = [line.buttons for line in self._shown() if line.buttons][-1]
        self.network.says(NICK, str(list(offered).index(title) + 1))

    async def edits(self, delivered: str, text: str) -> bool:
        self.network.says(NICK, text, "EDIT", delivered.split(" ")[1])
        return True

    async def comes_back(self) -> None:
        """A nick is enough."""

    async def again(self, delivered: str, times: int) -> None:
        for _ in range(times):
            self.network.tells(delivered)

    async def says_swapped(self, first: str, second: str) -> None:
        self.network.says(NICK, second, id="102")
        self.network.says(NICK, first, id="101")

    def _shown(self) -> list[Line]:
        """Join the pieces of each message, and take its offers apart."""
        whole: dict[str, str] = {}
        for key, piece in self.network.screens.get(NICK, {}).items():
            message = key.rpartition("/")[0]
            whole[message] = whole.get(message, "") + piece
        return [_line(text) for text in whole.values()]

    async def screen(self, count: int) -> list[Line]:
        async def enough() -> bool:
            return len(self._shown()) >= count

        await until(enough, 25)
        return self._shown()

    async def conversation(self) -> str:
        async def found() -> Any:
            async with self.world.database.read() as connection:
                return await conversations.latest_at(connection, "lines", NICK)

        return str((await until(found)).id)

    async def forges(self) -> bool | None:
        return None  # we call, nobody calls us

    async def stale(self) -> bool | None:
        return None

    async def garbage(self) -> None:
        for line in ("", "MSG", "MSG 7", "MSG 7 kari", "OK nothing", "?? \x07 \x00"):
            self.network.tells(line)

    def fails(self, kind: str) -> None:
        self.network.faults.append(kind)

    async def outage(self) -> None:
        await self.network.closes()

    async def outage_over(self) -> None:
        await self.network.opens()

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
        settings = {"LINES_SERVER": f"127.0.0.1:{self.network.port}", "LINES_PASSWORD": PASSWORD}
        (lines,) = connectors_of(around(database, self.files, **settings), [Lines.of])
        self.mortal = Mortal(lines, self.world.bot)
        sender = Sender(database, self.mortal, QUICK_PAUSE_SECONDS)
        await self._ours.enter_async_context(at_work(self.world.bot, sender, lines))

    @classmethod
    @asynccontextmanager
    async def open(cls, database_url: str, files: Path) -> AsyncIterator[LinesSide]:
        """Give it, up."""
        side: Any = cls(database_url, files)
        try:
            await side.outage_over()
            await side.up()
            yield side
        finally:
            await side.down()
            await side.outage()


def _line(escaped: str) -> Line:
    text = re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], escaped)
    lines = text.split("\n")
    offers = [found[1] for line in lines if (found := re.match(r"\d+\) (.*)", line))]
    said = [line for line in lines if not re.match(r"\d+\) ", line)]
    return Line("\n".join(said), offers)
