"""The webhook: registered by itself when it differs, each update checked by its secret token."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from typing import Any

import structlog
from fastapi import Request
from telegram import Bot, Update
from telegram.error import BadRequest

from connectors.telegram.account import Account
from connectors.telegram.updates import ALLOWED, CHANNEL
from nouns import Problem

log = structlog.get_logger()

PATH = "/webhooks/telegram"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
LARGEST_BODY = 1_000_000


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Telegram calls us."""

    account: Account
    bot: Bot

    @property
    def url(self) -> str:
        """The address that is registered."""
        return f"{(self.account.base_url or '').rstrip('/')}{PATH}"

    async def register(self) -> bool:
        """Register the address unless it is; False when Telegram won't have it."""
        known = await self.bot.get_webhook_info()
        refused = "401" in (known.last_error_message or "")  # our own answer to another secret
        if known.url == self.url and set(known.allowed_updates or ()) == set(ALLOWED) and not refused:
            return True
        try:
            await self.bot.set_webhook(
                self.url, allowed_updates=ALLOWED, secret_token=self.account.webhook_secret
            )
        except BadRequest as error:
            log.error(
                "webhook refused",
                channel=CHANNEL,
                error=str(error),
                cure="BASE_URL must be https and reachable from outside; meanwhile Telegram is polled.",
            )
            return False
        log.info("webhook registered", channel=CHANNEL, url=self.url)
        return True

    async def remove(self) -> None:
        """Take a registered address back, so that polling may begin; what waits stays."""
        if (await self.bot.get_webhook_info()).url:
            await self.bot.delete_webhook()

    async def read(self, request: Request) -> tuple[int, Update | None]:
        """Return an update and its number after checking who sends it; None for one that can't be read."""
        given = request.headers.get(SECRET_HEADER, "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, self.account.webhook_secret.encode()):
            raise Problem("unauthorized", 401, "The secret token is missing or wrong.")
        content = await _json(request)
        if not isinstance(content, dict) or not isinstance(content.get("update_id"), int):
            raise Problem("malformed", 400, "That is no update.", "Send what the Bot API documents.")
        try:
            return content["update_id"], Update.de_json(content, self.bot)
        except (TypeError, ValueError, KeyError, AttributeError):
            log.exception("update not read", channel=CHANNEL)
            return content["update_id"], None


async def _json(request: Request) -> Any:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise Problem("too_large", 413, "No update is that large.")
    try:
        return json.loads(body)
    except ValueError as error:
        raise Problem("malformed", 400, "That is not JSON.", "Send what the Bot API documents.") from error
