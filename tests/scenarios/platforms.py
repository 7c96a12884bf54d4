"""A Telegram and a Slack on this machine, beside the test: they may be away, and know what was shown."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any, TypeVar

from platforms.slack import server as slack_server
from platforms.slack.state import BOT_USER
from platforms.telegram import server as telegram_server

Result = TypeVar("Result")
OLA = "U0OLA"
KARI = 11


class Platforms:
    """Both platforms, in a thread of their own; Kari is on Telegram, Ola on Slack."""

    def __init__(self) -> None:
        self.telegram, self.slack = telegram_server.stand_in(), slack_server.stand_in()
        self.ports = {"telegram": 0, "slack": 0}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._open = AsyncExitStack()

    def __enter__(self) -> Platforms:
        self._thread.start()
        self.come()
        return self

    def __exit__(self, *_: object) -> None:
        self.go()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    @property
    def settings(self) -> dict[str, str]:
        """What the program is told of them."""
        return {
            "TELEGRAM_API_URL": f"http://127.0.0.1:{self.ports['telegram']}",
            "TELEGRAM_BOT_TOKEN": self.telegram.token,
            "SLACK_API_URL": self.slack.api_url,
            "SLACK_BOT_TOKEN": self.slack.workspace.bot_token,
            "SLACK_APP_TOKEN": self.slack.workspace.app_token,
        }

    def come(self) -> None:
        """Be there, at the same addresses as before."""
        self._do(self._come())

    def go(self) -> None:
        """Be away."""
        self._do(self._open.aclose())

    def write(self, text: str) -> None:
        """Let both write the same."""
        self._call(lambda: self.telegram.says(self.telegram.chats[KARI], text))
        asyncio.run_coroutine_threadsafe(self.slack.play.direct(OLA, text), self._loop)

    def shown(self) -> tuple[list[str], list[str]]:
        """What the bot has shown Kari, and Ola."""
        return self._call(self._shown)

    def connected(self) -> bool:
        """Tell whether the program listens on both."""
        return bool(self.telegram.poll and self.slack.post.sockets)

    def _shown(self) -> tuple[list[str], list[str]]:
        chat, direct = self.telegram.chats[KARI], self.slack.workspace.direct(OLA)
        return (
            [one["text"] for one in chat.messages if one["from"]["is_bot"]],
            [one["text"] for one in direct.messages.values() if one.get("user") == BOT_USER],
        )

    async def _come(self) -> None:
        for name, served in (
            ("telegram", telegram_server.serving(self.telegram, self.ports["telegram"])),
            ("slack", slack_server.serving(self.slack, self.ports["slack"])),
        ):
            address = await self._open.enter_async_context(served)
            self.ports[name] = int(address.rpartition(":")[2])

    def _call(self, act: Callable[[], Result]) -> Result:
        async def acting() -> Result:
            return act()

        return self._do(acting())

    def _do(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)
