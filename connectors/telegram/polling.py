"""Long polling: our own loop, so that Telegram forgets an update only after it is committed here."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import structlog
from telegram import Bot, Update, User
from telegram.error import Conflict, InvalidToken, NetworkError, RetryAfter, TelegramError

from connectors.telegram.account import wait_of
from connectors.telegram.intake import Intake
from connectors.telegram.updates import ALLOWED, CHANNEL, chat_of
from records import leases
from records.database import Database
from records.ids import new_id

log = structlog.get_logger()

POLL_SECONDS = 25
LEASE = "telegram:poller"
LEASE_SECONDS = 15.0
LONGEST_PAUSE_SECONDS = 30.0
TOKEN_PAUSE_SECONDS = 60.0
CURES = {
    Conflict: "Another program asks for this bot's messages: stop it, or make a bot for Firstline alone "
    "with @BotFather and set its token as TELEGRAM_BOT_TOKEN.",
    InvalidToken: "Telegram does not know this token: copy it anew from @BotFather into TELEGRAM_BOT_TOKEN.",
    NetworkError: "Is the network up, and TELEGRAM_API_URL right? It is tried again by itself.",
}


@dataclass
class Poller:
    """Asks for updates, in one process at a time."""

    bot: Bot
    database: Database
    intake: Intake
    seconds: int = POLL_SECONDS
    lease_seconds: float = LEASE_SECONDS
    owner: str = field(
        default_factory=lambda: f"{socket.gethostname()[:20]}:{os.getpid()}:{new_id('p')[:12]}"
    )
    trouble: str | None = None

    async def run(self, me: User) -> None:
        """Poll whenever the lease is ours, until cancelled."""
        while True:
            if await self._hold():
                await self._poll_while_held(me)
            else:
                await asyncio.sleep(self.lease_seconds / 3)

    async def _poll_while_held(self, me: User) -> None:
        polling = asyncio.create_task(self._poll(me))
        try:
            while await self._hold() and not polling.done():
                await asyncio.wait([polling], timeout=self.lease_seconds / 3)
        finally:
            polling.cancel()
            with suppress(asyncio.CancelledError):
                await polling
            await leases.let_go(self.database, LEASE, self.owner)

    async def _hold(self) -> bool:
        return await leases.hold(self.database, LEASE, self.owner, self.lease_seconds)

    async def _poll(self, me: User) -> None:
        offset: int | None = None
        failures = 0
        while True:
            try:
                updates = await self._ask(offset)
            except TelegramError as error:
                failures += 1
                await self._wait(error, failures)
                continue
            except Exception:  # one update of them can't be read at all: they are looked at one by one
                log.exception("updates not read", channel=CHANNEL)
                offset = await self._take_one_by_one(offset, me)
                continue
            failures, self.trouble = 0, None
            await self._take(updates, me)
            # An empty answer says that the offset is known; numbers may start anywhere after a quiet week.
            offset = updates[-1].update_id + 1 if updates else None

    async def _ask(self, offset: int | None) -> tuple[Update, ...]:
        return await self.bot.get_updates(offset, timeout=self.seconds, allowed_updates=ALLOWED)

    async def _take(self, updates: Sequence[Update], me: User) -> None:
        chats: dict[int, list[Update]] = {}
        for update in updates:
            chats.setdefault(chat_of(update), []).append(update)
        await asyncio.gather(*(self._take_in_order(some, me) for some in chats.values()))

    async def _take_in_order(self, updates: Sequence[Update], me: User) -> None:
        for update in updates:
            await self.intake.take(update, me)

    async def _take_one_by_one(self, offset: int | None, me: User) -> int | None:
        # Written like this the library takes it as any method and returns plain JSON; case means nothing.
        raw = await self.bot.do_api_request(
            "GETUPDATES", {"offset": offset or 0, "timeout": 0, "allowed_updates": list(ALLOWED)}
        )
        for one in raw:
            offset = int(one["update_id"]) + 1
            try:
                update = Update.de_json(one, self.bot)
            except (TypeError, ValueError, KeyError, AttributeError):
                await self.intake.leave(one["update_id"])
            else:
                await self.intake.take(update, me)
        return offset

    async def _wait(self, error: TelegramError, failures: int) -> None:
        """Report trouble once, with its cure, and wait; nothing ends the polling."""
        told, self.trouble = self.trouble, f"{type(error).__name__}: {error}"
        if self.trouble != told:
            log.error("polling failed", channel=CHANNEL, error=self.trouble, cure=cure_of(error))
        if isinstance(error, Conflict) and "webhook" in str(error):
            with suppress(TelegramError):
                await self.bot.delete_webhook()
        seconds = min(2.0**failures / 4, LONGEST_PAUSE_SECONDS)
        if isinstance(error, RetryAfter):
            seconds = wait_of(error)
        elif isinstance(error, InvalidToken):
            seconds = TOKEN_PAUSE_SECONDS
        await asyncio.sleep(seconds)


def cure_of(error: TelegramError) -> str:
    """Return what whoever reads the log can do about an error."""
    return next((cure for kind, cure in CURES.items() if isinstance(error, kind)), "")
