"""The team's Slack as the conformance suite meets it: Astrid has taken a hand-off, and a customer answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nouns import Agent, Author, Reading, Reason
from platforms.slack.state import TEAM, TEAM_CHANNEL, Json
from records import agents
from records.conversations import topic
from records.threads import Line as Written
from records.threads import by_anchor, lines_in
from tests.connectors.side import Line
from tests.connectors.slack.side import SlackSide
from tests.world import ScriptedEngine, World, until

ASTRID = "U0ASTRID"
CUSTOMER = "💬"


@dataclass
class Customer:
    """Somebody on the web whom the script of an engine lets answer every colleague's message, once."""

    world: World
    engine: ScriptedEngine
    conversation: str

    async def run(self) -> None:
        """Answer until cancelled; what was answered before a restart is a repeat."""
        answered: set[str] = set()
        async with self.world.database.wakes.listening([topic(self.conversation)]) as queue:
            while True:
                for said in await self.world.said(self.conversation):
                    if said.author is Author.AGENT and said.id not in answered:
                        answered.add(said.id)
                        for place, reply in enumerate((await self._think(said)).replies):
                            await self.writes(reply.text, f"{said.id}:{place}")
                await queue.get()

    async def _think(self, said: Any) -> Any:
        return await self.engine.ask(said, Reading("en", "scripted", b"\0" * 8), "en")

    async def writes(self, text: str, id: str) -> None:
        """Write."""
        await self.world.writes(text, self.conversation, client_id=id)


class SlackTeamSide(SlackSide):
    """Astrid in a hand-off's thread, which events reach by HTTP or Socket Mode."""

    writer = Author.AGENT

    def __init__(self, database_url: str, files: Path, *, http: bool) -> None:
        super().__init__(database_url, files, http=http)
        self.anchor = self.taken = ""
        self.astrid: Agent

    async def begins(self) -> None:
        """Let a customer ask for a person, and Astrid take it."""
        self.astrid = await self.world.agent("Astrid")
        async with self.world.database.write() as writing:
            await agents.link(writing, self.astrid.id, "slack", ASTRID)
        self.taken = (await self.world.waiting()).conversation
        await self.takes()
        self.engine.asked.clear()
        self.engine.thinking.clear()
        self._begin(self._customer().run())

    async def asks_for_a_person(self, origin: str) -> None:
        """Let the customer be handed over, once more."""
        await self.world.handoffs.hand_over(self.taken, Reason.ASKED_FOR_HUMAN, origin)

    async def takes(self, times: int = 1) -> None:
        """Let Astrid press Take on the newest hand-off; the press arrives so many times at once."""
        ts = await until(self._newest)
        await asyncio.gather(
            *(self.platform.play.press(ASTRID, TEAM_CHANNEL, ts, "take") for _ in range(times))
        )
        await self.shows(ts, "Taken by Astrid")
        self.anchor = ts

    async def presses(self, title: str) -> None:
        message = self._messages()[self.anchor]
        action = next(id for id, shown in self.buttons(message).items() if shown == title)
        await self.platform.play.press(ASTRID, TEAM_CHANNEL, self.anchor, action)

    async def shows(self, ts: str, words: str) -> None:
        """Wait until a message of the channel shows something."""

        async def shown() -> bool:
            return words in str(self._messages()[ts])

        await until(shown)

    async def thread_says(self, words: str) -> None:
        """Wait until something stands in the thread."""

        async def said() -> bool:
            return any(words in str(one["text"]) for one in self._thread())

        await until(said)

    async def lines(self) -> list[Written]:
        """What colleagues wrote in the thread, as it is stored."""
        async with self.world.database.read() as connection:
            thread = await by_anchor(connection, "slack", TEAM_CHANNEL, self.anchor)
            return await lines_in(connection, thread.id) if thread else []

    async def deletes(self, delivered: Json) -> None:
        """Let Astrid delete what she wrote."""
        await self.platform.play.delete(TEAM_CHANNEL, delivered["ts"])

    async def sends_file(self, name: str, content: bytes) -> None:
        await self.platform.play.write(ASTRID, TEAM_CHANNEL, "", thread=self.anchor, files=[(name, content)])

    async def edits(self, delivered: Json, text: str) -> bool:
        await self.platform.play.edit(TEAM_CHANNEL, delivered["ts"], text)
        return True

    async def conversation(self) -> str:
        return self.taken

    def files_shown(self) -> list[str]:
        """The names of files in the thread."""
        return [file["name"] for one in self._thread() for file in one.get("files", ())]

    def beside(self) -> list[Any]:
        return [self._customer()] if self.taken else []

    def _customer(self) -> Customer:
        return Customer(self.world, self.engine, self.taken)

    def _message(self, text: str) -> Json:
        channel = self.platform.workspace.channels[TEAM_CHANNEL]
        message = {"user": ASTRID, "user_team": TEAM, "thread_ts": self.anchor}
        kept = self.platform.workspace.add(channel, {**message, "text": text.replace("&", "&amp;")})
        return {**kept, "channel": channel.id, "channel_type": "channel", "event_ts": kept["ts"]}

    def _messages(self) -> dict[str, Json]:
        return self.platform.workspace.channels[TEAM_CHANNEL].messages

    def _thread(self) -> list[Json]:
        return self.platform.workspace.thread(TEAM_CHANNEL, self.anchor)

    def _shown(self) -> list[Line]:
        said = [Line(self.text(one)) for one in self._thread()]
        return [Line(one.text.removeprefix(f"{CUSTOMER} ")) for one in said if one.text.startswith(CUSTOMER)]

    async def _newest(self) -> str | None:
        """The newest hand-off's message, once it is there."""
        cards = [ts for ts, one in self._messages().items() if one.get("thread_ts", ts) == ts]
        return cards[-1] if cards and cards[-1] != self.anchor else None

    @classmethod
    @asynccontextmanager
    async def team(cls, database_url: str, files: Path, *, http: bool) -> AsyncIterator[SlackTeamSide]:
        """Give it, a hand-off taken."""
        side = cls(database_url, files, http=http)
        async with side.opened():
            await side.begins()
            yield side
