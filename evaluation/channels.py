"""`firstline bench channels`: how soon a reply is handed to Telegram and Slack, and whether a burst is whole.

Both platforms are the local stand-ins, in this process; the program runs aside, with its real engine.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from bot.settings import Settings
from evaluation.aside import Program, program
from evaluation.channels_check import check, waiting
from evaluation.figures import Spread, machine, told
from evaluation.questions import mixed
from nouns import Problem
from platforms.slack import server as slack_server
from platforms.slack.state import BOT_USER
from platforms.telegram import server as telegram_server

WAIT_SECONDS = 60.0
BURST_LOOKS, BURST_LOOK_SECONDS = 600, 1.0
LOOK_SECONDS = 0.001
WARM_UP = 10
FIRST_CHAT = 5000
Step = Callable[[str, int, int | None], None]
Beat = Callable[[int, int], None]


class Crowd(Protocol):
    """The customers of a channel, as many as wanted; each is known by a number."""

    channel: str

    def address(self, who: int) -> str:
        """Return where the program answers somebody."""
        ...

    def says(self, who: int, text: str) -> None:
        """Let somebody write."""
        ...

    def shown(self, who: int) -> int:
        """Count what the program has shown somebody."""
        ...


@dataclass
class OnTelegram:
    """People on Telegram."""

    platform: Any
    channel: str = "telegram"

    def address(self, who: int) -> str:
        """Return the chat."""
        return str(FIRST_CHAT + who)

    def says(self, who: int, text: str) -> None:
        """Write to the bot."""
        self.platform.says(self.platform.person(FIRST_CHAT + who, f"Customer {who}"), text)

    def shown(self, who: int) -> int:
        """Count the bot's messages."""
        chat = self.platform.chats.get(FIRST_CHAT + who)
        return sum(one["from"]["is_bot"] for one in chat.messages) if chat else 0


class OnSlack:
    """People in a Slack workspace; what they write is told in the order in which it was written."""

    channel = "slack"

    def __init__(self, platform: Any) -> None:
        self.platform = platform
        self._telling: dict[int, asyncio.Task[None]] = {}

    def _direct(self, who: int) -> Any:
        user = f"U1C{who:05d}"
        self.platform.workspace.person(user, f"Customer {who}")
        return self.platform.workspace.direct(user)

    def address(self, who: int) -> str:
        """Return the direct message's channel."""
        return str(self._direct(who).id)

    def says(self, who: int, text: str) -> None:
        """Write to the app, after what was written before."""
        before = self._telling.get(who)
        user = self._direct(who).user

        async def tell() -> None:
            if before:
                await before
            await self.platform.play.direct(user, text)

        self._telling[who] = asyncio.create_task(tell())

    def shown(self, who: int) -> int:
        """Count the app's messages."""
        return sum(one.get("user") == BOT_USER for one in self._direct(who).messages.values())


def bench_channels(settings: Settings, messages: int, burst: tuple[int, int], step: Step) -> dict[str, Any]:
    """Measure both channels, one after the other on one program; `burst`: updates, and from how many."""
    return asyncio.run(_bench(settings, messages, burst, step))


async def _bench(settings: Settings, messages: int, burst: tuple[int, int], step: Step) -> dict[str, Any]:
    texts = mixed(settings.articles_dir, messages)["en"]
    before = machine()
    figures: dict[str, Any] = {}
    step("Starting Firstline aside", 0, None)
    async with _town(settings) as (running, crowds):
        for crowd in crowds:
            await _ask(crowd, texts[:WARM_UP])
            waits = await _ask(crowd, texts, partial(step, f"Asking on {crowd.channel}"))
            step(f"A burst on {crowd.channel}", 0, None)
            figures[crowd.channel] = {
                "received_to_handed_over": told(Spread.of(waits)),
                "burst": await _burst(crowd, running, *burst),
            }
    return {**figures, "machine": {**before, "load_average_1min_after": machine()["load_average_1min"]}}


@asynccontextmanager
async def _town(settings: Settings) -> AsyncIterator[tuple[Program, Sequence[Crowd]]]:
    telegram, slack = telegram_server.stand_in(), slack_server.stand_in()
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(telegram_server.serving(telegram))
        await stack.enter_async_context(slack_server.serving(slack))
        channels = {
            "TELEGRAM_API_URL": api,
            "TELEGRAM_BOT_TOKEN": telegram.token,
            "SLACK_API_URL": slack.api_url,
            "SLACK_BOT_TOKEN": slack.workspace.bot_token,
            "SLACK_APP_TOKEN": slack.workspace.app_token,
        }
        running = program(settings, channels)
        aside = await asyncio.to_thread(running.__enter__)
        stack.push_async_callback(asyncio.to_thread, running.__exit__, None, None, None)
        await _when(lambda: telegram.poll and slack.post.sockets, WAIT_SECONDS)
        yield aside, (OnTelegram(telegram), OnSlack(slack))


async def _ask(crowd: Crowd, texts: Sequence[str], beat: Beat = lambda done, total: None) -> list[float]:
    """Let one customer ask one thing after the other; return how many milliseconds each waited."""
    waits: list[float] = []
    for number, text in enumerate(texts, 1):
        seen, began = crowd.shown(0), time.perf_counter()
        crowd.says(0, text)
        await _when(partial(_more, crowd, seen), WAIT_SECONDS)
        waits.append((time.perf_counter() - began) * 1000)
        await _quiet(crowd)
        beat(number, len(texts))
    return waits


def _more(crowd: Crowd, seen: int) -> bool:
    return crowd.shown(0) > seen


async def _quiet(crowd: Crowd) -> None:
    """Let the rest of an answer come, so that it is not taken for the next one."""
    seen = -1
    while crowd.shown(0) != seen:
        seen = crowd.shown(0)
        await asyncio.sleep(0.05)


async def _burst(crowd: Crowd, running: Program, updates: int, customers: int) -> dict[str, Any]:
    """Let many write at once, several things each; then look into the records and at the screens."""
    said: dict[str, list[str]] = {}
    began = time.perf_counter()
    for number in range(updates):
        who = 1 + number % customers
        text = f"Where is my order LO-{10000 + number}?"
        said.setdefault(crowd.address(who), []).append(text)
        crowd.says(who, text)
    shown = {crowd.address(who): partial(crowd.shown, who) for who in range(1, customers + 1)}
    for _ in range(BURST_LOOKS):
        await asyncio.sleep(BURST_LOOK_SECONDS)
        if not await waiting(running.database, crowd.channel, list(said), updates):
            break
    seconds = round(time.perf_counter() - began, 1)
    counted = await check(running.database, crowd.channel, said, shown)
    return {"updates": updates, "customers": customers, "seconds": seconds, **counted}


async def _when(fact: Callable[[], Any], seconds: float) -> None:
    until = time.perf_counter() + seconds
    while not fact():
        if time.perf_counter() > until:
            raise Problem("no_reply", 500, f"Nothing came within {seconds:.0f} seconds.", "Look at run.log.")
        await asyncio.sleep(LOOK_SECONDS)
