"""`firstline bench team`: how soon a customer's message stands in the team's thread (local Slack)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot.workers import Sender
from connectors.slack.account import Account
from connectors.slack.channel import DeskWork, Slack
from desk.handoff import Handoffs
from desk.hours import OfficeHours
from desk.mail import Post
from desk.relay import Relay
from desk.tickets import Tickets
from evaluation.figures import Spread, machine, told
from nouns import Hit, Incoming, Passage, Reason, Role
from platforms.slack.server import serving, stand_in
from platforms.slack.state import TEAM_CHANNEL, Workspace
from records import agents, handoffs, inbox, schema
from records.database import Database, sqlite_address

LOOK_SECONDS, LOOKS = 0.001, 60_000
PAUSE_SECONDS = 0.02
Beat = Callable[[int, int], None]


class NoArticles:
    """Nothing is sent here."""

    async def find(self, question: str, language: str) -> list[Hit]:
        """Find nothing."""
        return []

    def passage(self, id: str) -> Passage | None:
        """Know nothing."""
        return None


def bench_team(messages: int, beat: Beat) -> dict[str, Any]:
    """Let a customer write to a person; time each message from its arrival to the thread."""
    before = machine()
    with TemporaryDirectory(prefix="firstline-team-") as folder:
        waits = asyncio.run(_bench(Path(folder), messages, beat))
    return {"messages": messages, "to_the_thread": told(Spread.of(waits)), "machine": before}


async def _bench(folder: Path, messages: int, beat: Beat) -> list[float]:
    waits = []
    async with _office(folder) as (database, platform, conversation):
        workspace = platform.workspace
        anchor = await _look(lambda: next(iter(workspace.channels[TEAM_CHANNEL].messages), None))
        for number in range(messages):
            beat(number, messages)
            text = f"message {number} of the customer"
            began = time.perf_counter()
            await inbox.take(database, Incoming("web", f"e{number}", "", text, conversation), "en")
            await _look(partial(_stands, workspace, anchor, text))
            waits.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(PAUSE_SECONDS)
    return waits


def _stands(workspace: Workspace, anchor: str, text: str) -> bool:
    return any(text in line["text"] for line in workspace.thread(TEAM_CHANNEL, anchor)[-3:])


async def _look(fact: Callable[[], Any]) -> Any:
    for _ in range(LOOKS):
        if found := fact():
            return found
        await asyncio.sleep(LOOK_SECONDS)
    raise TimeoutError("nothing came")


@asynccontextmanager
async def _office(folder: Path) -> AsyncIterator[tuple[Database, Any, str]]:
    """Give a desk on a local Slack, and a conversation that somebody has taken."""
    database, platform = Database(sqlite_address(folder)), stand_in()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        await schema.upgrade(database)
        await stack.enter_async_context(serving(platform))
        slack, desk = _slack(database, platform, folder)
        tasks = [asyncio.create_task(worker.run()) for worker in (slack, Sender(database, slack))]
        stack.push_async_callback(_stop, tasks)
        first = await inbox.take(database, Incoming("web", "first", "", "A person, please"), "en")
        await desk.hand_over(first.conversation, Reason.ASKED_FOR_HUMAN, first.message)
        async with database.write() as writing:
            agent = await agents.add(writing, "Astrid", "astrid@desk.test", Role.AGENT)
            handoff = await handoffs.open_in(writing.connection, first.conversation)
        if handoff:
            await desk.take(handoff.id, agent)
        yield database, platform, first.conversation


def _slack(database: Database, platform: Any, folder: Path) -> tuple[Slack, Handoffs]:
    post = Post(False, "Lumen & Oak", "http://desk.test")
    tickets, hours = Tickets(database, post), OfficeHours.parse("always", "UTC")
    desk = Handoffs(database, tickets, hours, timedelta(minutes=15), post)
    account = Account(
        bot_token=platform.workspace.bot_token,
        app_token=platform.workspace.app_token,
        team_channel=TEAM_CHANNEL,
        files=folder / "files",
        upload_max_bytes=1_000_000,
        languages=("en",),
        api_url=platform.api_url,
    )
    relay = Relay(database, desk, folder / "files")
    return Slack(account, database, DeskWork(desk, tickets, relay, NoArticles())), desk


async def _stop(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
