"""The Telegram channel: what is needed put together; by webhook when BASE_URL is set, else by polling."""

from __future__ import annotations

import asyncio

import structlog
from fastapi import APIRouter, Request
from telegram import User
from telegram.error import TelegramError

from connectors.port import Surroundings
from connectors.telegram.account import OFFICIAL, Account, bot_of
from connectors.telegram.files import Keeper
from connectors.telegram.intake import Intake
from connectors.telegram.polling import Poller, cure_of
from connectors.telegram.sending import Dispatch
from connectors.telegram.texts import COMMANDS
from connectors.telegram.updates import CHANNEL
from connectors.telegram.webhook import PATH, Webhook
from desk.linking import Linking
from nouns import Delivery, Problem
from records.database import Database

log = structlog.get_logger()

CHECK_SECONDS = 60.0
LONGEST_PAUSE_SECONDS = 30.0


class Telegram:
    """Telegram as a channel."""

    channel = CHANNEL

    def __init__(self, account: Account, database: Database) -> None:
        self.account, self.bot = account, bot_of(account)
        self.me: User | None = None
        self.dispatch = Dispatch(self.bot, database, account.files, account.base_url, self.way_in)
        keeper = Keeper(self.bot, database, account.files, account.upload_max_bytes)
        self.intake = Intake(account, self.bot, database, keeper, self.dispatch, Linking(database))
        self.poller = Poller(self.bot, database, self.intake)
        self.webhook = Webhook(account, self.bot)

    @classmethod
    def of(cls, around: Surroundings) -> Telegram | None:
        """Return the channel, if the settings name a bot."""
        account = Account.of(around)
        return cls(account, around.database) if account else None

    async def send(self, delivery: Delivery) -> str | None:
        """Deliver to a chat."""
        return await self.dispatch.send(delivery)

    async def run(self) -> None:
        """Receive until cancelled; a Telegram that can't be reached is tried again, for ever."""
        failures = 0
        try:
            while True:
                try:
                    await self._receive()
                except TelegramError as error:
                    failures += 1
                    told = f"{type(error).__name__}: {error}"
                    log.error("not reached", channel=CHANNEL, error=told, cure=cure_of(error))
                    await asyncio.sleep(min(2.0**failures / 4, LONGEST_PAUSE_SECONDS))
        finally:
            self.intake.stop()
            await self.bot.shutdown()

    def way_in(self, secret: str) -> str | None:
        """Return the deep link that opens the bot with a payload; the stand-in's page takes it too."""
        if self.me is None:
            return None
        if self.account.api_url != OFFICIAL:
            return f"{self.account.api_url}/?start={secret}"
        return f"https://t.me/{self.me.username}?start={secret}"

    def routes(self) -> APIRouter:
        """Return where Telegram calls when BASE_URL is set."""
        routes = APIRouter(include_in_schema=False)

        @routes.post(PATH)
        async def update(request: Request) -> dict[str, bool]:
            number, update = await self.webhook.read(request)
            if self.me is None:
                raise Problem("not_ready", 503, "The bot is still starting.", "Send it again.")
            if update is None:
                await self.intake.leave(number)
            else:
                await self.intake.take(update, self.me)
            return {"ok": True}

        return routes

    async def _receive(self) -> None:
        await self.bot.initialize()
        self.me = me = self.bot.bot
        await self._tell_commands()
        if self.account.base_url and await self.webhook.register():
            while True:
                await asyncio.sleep(CHECK_SECONDS)
                await self.webhook.register()
        await self.webhook.remove()
        await self.poller.run(me)

    async def _tell_commands(self) -> None:
        """List the commands: in each language that is spoken, the first one for everybody else."""
        for number, language in enumerate(self.account.languages):
            listed = [(word, texts.get(language, texts["en"])) for word, texts in COMMANDS.items()]
            known = await self.bot.get_my_commands(language_code=language)
            if [(one.command, one.description) for one in known] != listed:
                await self.bot.set_my_commands(listed, language_code=language)
                if number == 0:
                    await self.bot.set_my_commands(listed)
