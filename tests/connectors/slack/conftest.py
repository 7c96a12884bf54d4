"""A desk whose team and customers are on a local Slack, with everything running beside as in the app."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.app import jobs_of
from bot.workers import Sender, Worker
from connectors.slack.account import CHANNEL, Account
from connectors.slack.channel import DeskWork, Slack
from desk.relay import LINK_MINUTES, LINK_PURPOSE, Relay
from nouns import Agent, Hit, Passage
from platforms.slack.play import Play
from platforms.slack.server import Slack as Platform
from platforms.slack.server import serving, stand_in
from platforms.slack.state import TEAM_CHANNEL, Json, Workspace
from records import agents
from records.database import Database
from tests.world import NORWAY, World, until

UNDO_SECONDS = 0.15
ACK_SECONDS = 1.5
SECRET = Passage("refunds/limit", "refunds/limit", "Refund limits", (), "EUR 150.", "en", audience="internal")


class FixedArticles:
    """Finds one public article and an internal one, whatever is asked."""

    async def find(self, question: str, language: str) -> Sequence[Hit]:
        return [Hit(SECRET, 0.95), Hit(NORWAY, 0.9)] if "norway" in question.lower() else []

    def passage(self, id: str) -> Passage | None:
        return next((one for one in (NORWAY, SECRET) if one.id == id), None)


@dataclass
class Office:
    """The desk, its Slack, and the people there."""

    world: World
    slack: Slack
    platform: Platform
    relay: Relay
    stop_slack: Callable[[], Awaitable[None]]

    @property
    def workspace(self) -> Workspace:
        return self.platform.workspace

    @property
    def play(self) -> Play:
        return self.platform.play

    async def linked(self, user: str, name: str) -> Agent:
        """Somebody of the team whose Slack account is linked, by the one-time code."""
        agent = await self.world.agent(name)
        async with self.world.database.write() as writing:
            secret = await agents.make_link(writing, LINK_PURPOSE, agent.id, timedelta(minutes=LINK_MINUTES))
        said = await self.play.command(user, f"link {secret}")
        assert name in said
        return agent

    async def card(self, count: int = 1) -> Json:
        """The last hand-off's message in the team's channel, once it is there."""

        async def found() -> Any:
            cards = [one for one in self.workspace.channels[TEAM_CHANNEL].messages.values()
                     if not one.get("thread_ts") or one["thread_ts"] == one["ts"]]  # fmt: skip
            return cards if len(cards) >= count else None

        return dict((await until(found))[-1])

    async def shows(self, ts: str, words: str) -> Json:
        """A message of the team's channel, once it shows these words."""

        async def found() -> Any:
            message = self.workspace.channels[TEAM_CHANNEL].messages[ts]
            return message if words in str(message) else None

        return dict(await until(found))

    async def thread_says(self, anchor: str, words: str) -> Json:
        """A line of a thread, once somebody has written it."""

        async def found() -> Any:
            lines = self.workspace.thread(TEAM_CHANNEL, anchor)
            return next((one for one in lines if words in str(one["text"])), None)

        return dict(await until(found))

    async def hears(self, conversation: str, words: str) -> None:
        """Wait until the customer has been told something."""
        await until(lambda: self._said(conversation, words))

    async def notes(self, conversation: str, words: str) -> None:
        """Wait until a note with these words is kept."""

        async def found() -> Any:
            said = await self.world.said(conversation, notes=True)
            return any(words in one.text and one.author == "note" for one in said)

        await until(found)

    async def whispered(self, user: str, words: str) -> None:
        """Wait until somebody was told something alone."""

        async def found() -> Any:
            return any(words in str(one["text"]) and one["user"] == user for one in self.workspace.ephemerals)

        await until(found)

    async def reaction(self, ts: str, name: str) -> None:
        """Wait until a message bears a reaction."""

        async def found() -> Any:
            message = self.workspace.channels[TEAM_CHANNEL].messages[ts]
            return any(one["name"] == name for one in message.get("reactions", []))

        await until(found)

    async def taken(self, user: str = "U0ASTRID", name: str = "Astrid") -> tuple[str, str, Agent]:
        """A web customer's hand-off, taken in Slack: the conversation, the thread's anchor, the taker."""
        agent = await self.linked(user, name)
        handoff = await self.world.waiting("My parcel never came")
        anchor = str((await self.card())["ts"])
        await self.play.press(user, TEAM_CHANNEL, anchor, "take")
        await self.shows(anchor, f"Taken by {name}")
        return handoff.conversation, anchor, agent

    async def _said(self, conversation: str, words: str) -> bool:
        return any(words in text for text in await self.world.texts(conversation, "agent"))


Make = Callable[..., Awaitable[Office]]


@pytest.fixture
async def make_office(database: Database, tmp_path: Path) -> AsyncIterator[Make]:
    """Put an office together and let it run."""
    async with AsyncExitStack() as stack:
        tasks: list[asyncio.Task[None]] = []

        async def stop() -> None:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        async def make(**more: Any) -> Office:
            database.now = lambda: datetime.now(UTC)
            platform = stand_in()
            platform.post.ack_seconds = ACK_SECONDS
            theirs = await stack.enter_async_context(AsyncExitStack())
            await theirs.enter_async_context(serving(platform))
            stack.push_async_callback(stop)
            world = World.of(database, rooms=[(CHANNEL, TEAM_CHANNEL)])
            relay = Relay(database, world.handoffs, tmp_path / "files", undo_seconds=UNDO_SECONDS)
            account = account_of(platform, tmp_path / "files", **more)
            slack = Slack(account, database, DeskWork(world.handoffs, world.tickets, relay, FixedArticles()))
            jobs = jobs_of(world.handoffs, world.reminders, world.daily, [slack])
            for worker in (world.bot, Sender(database, slack), Worker(database, jobs), slack):
                tasks.append(asyncio.create_task(worker.run()))
            if account.app_token:
                await until(lambda: _linked(platform))
            return Office(world, slack, platform, relay, theirs.aclose)

        yield make


async def _linked(platform: Platform) -> bool:
    return bool(platform.post.sockets)


def account_of(platform: Platform, files: Path, **more: Any) -> Account:
    """The app's account on the stand-in."""
    values: dict[str, Any] = {
        "bot_token": platform.workspace.bot_token,
        "app_token": platform.workspace.app_token,
        "team_channel": TEAM_CHANNEL,
        "files": files,
        "upload_max_bytes": 1_000_000,
        "languages": ("en", "zh"),
        "desk_url": "http://desk.test",
        "api_url": platform.api_url,
        "undo_seconds": UNDO_SECONDS,
    }
    return Account(**{**values, **more})


@pytest.fixture
async def office(make_office: Make) -> Office:
    """An office on Socket Mode."""
    return await make_office()
