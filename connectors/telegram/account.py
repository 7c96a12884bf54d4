"""The bot's account: what the settings say of it, and the client made from that."""

from __future__ import annotations

import hmac
import os
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from telegram import Bot
from telegram.error import RetryAfter
from telegram.request import HTTPXRequest

from connectors.port import Surroundings
from nouns import Problem

OFFICIAL = "https://api.telegram.org"
READ_SECONDS = 15.0
CONNECT_SECONDS = 10.0
POOL_SECONDS = 60.0
CONNECTIONS = 32


@dataclass(frozen=True, slots=True)
class Account:
    """What the settings say. `secret_key` signs; `base_url` turns the webhook on."""

    token: str
    secret_key: str
    base_url: str | None
    files: Path
    upload_max_bytes: int
    languages: Collection[str]
    api_url: str = OFFICIAL
    read_seconds: float = READ_SECONDS

    @classmethod
    def of(cls, around: Surroundings) -> Account | None:
        """Return the bot that the settings name."""
        token = around.setting("TELEGRAM_BOT_TOKEN")
        if not token:
            return None
        return cls(
            token=token,
            secret_key=around.secret_key,
            base_url=around.base_url,
            files=around.files,
            upload_max_bytes=around.upload_max_bytes,
            languages=around.languages,
            api_url=around.setting("TELEGRAM_API_URL") or OFFICIAL,
        )

    def __post_init__(self) -> None:
        """Refuse a token that can't be one."""
        number, colon, rest = self.token.partition(":")
        if not (number.isdigit() and colon and rest):
            raise Problem(
                "telegram_token",
                500,
                "TELEGRAM_BOT_TOKEN is not a bot's token.",
                "Copy it from @BotFather; it looks like 123456:AA….",
            )

    @property
    def webhook_secret(self) -> str:
        """The secret that Telegram repeats with each update, made from SECRET_KEY and the token."""
        words = f"telegram webhook of {self.token}".encode()
        return hmac.new(self.secret_key.encode(), words, "sha256").hexdigest()

    def language(self, hint: str | None) -> str:
        """Return the language of somebody whose Telegram speaks `hint`, such as zh-hans."""
        word = (hint or "").lower()[:2]
        return word if word in self.languages else next(iter(self.languages))


def bot_of(account: Account) -> Bot:
    """Return a client of the Bot API; a stand-in on this machine is reached without a proxy."""
    os.environ.setdefault("PTB_TIMEDELTA", "true")  # else the library warns at each 429
    address = urlsplit(account.api_url)
    local = address.hostname in ("127.0.0.1", "localhost", "::1")
    kwargs = {"trust_env": not local, "verify": address.scheme == "https"}

    def requests(connections: int) -> HTTPXRequest:
        return HTTPXRequest(
            connection_pool_size=connections,
            connect_timeout=CONNECT_SECONDS,
            read_timeout=account.read_seconds,
            write_timeout=account.read_seconds,
            pool_timeout=POOL_SECONDS,
            httpx_kwargs=kwargs,
        )

    api = account.api_url.rstrip("/")
    return Bot(
        account.token,
        base_url=f"{api}/bot",
        base_file_url=f"{api}/file/bot",
        request=requests(CONNECTIONS),
        get_updates_request=requests(2),
    )


def wait_of(error: RetryAfter) -> float:
    """Return how many seconds Telegram wants to be left alone."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
