"""The app's account: what the settings say of it, and the client made from that."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from slack_sdk.web.async_client import AsyncWebClient

from connectors.port import Surroundings
from nouns import Problem

CHANNEL = "slack"
OFFICIAL = "https://slack.com/api/"
CALL_SECONDS = 15
PATH = "/webhooks/slack"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What the settings say. With an app token events come by Socket Mode, else by HTTP, signed."""

    bot_token: str
    files: Path
    upload_max_bytes: int
    languages: Collection[str]
    app_token: str | None = None
    signing_secret: str | None = None
    team_channel: str | None = None
    base_url: str | None = None
    desk_url: str = ""
    api_url: str = OFFICIAL
    undo_seconds: float = 3.0

    @classmethod
    def of(cls, around: Surroundings) -> Account | None:
        """Return the app that the settings name."""
        bot_token = around.setting("SLACK_BOT_TOKEN")
        if not bot_token:
            return None
        return cls(
            bot_token=bot_token,
            app_token=around.setting("SLACK_APP_TOKEN"),
            signing_secret=around.setting("SLACK_SIGNING_SECRET"),
            team_channel=around.setting("SLACK_TEAM_CHANNEL"),
            base_url=around.base_url,
            desk_url=around.desk_url,
            files=around.files,
            upload_max_bytes=around.upload_max_bytes,
            languages=around.languages,
            api_url=around.setting("SLACK_API_URL") or OFFICIAL,
            undo_seconds=float(around.setting("UNDO_SECONDS") or 0),
        )

    def __post_init__(self) -> None:
        """Refuse tokens that can't be some, and an app that nobody can reach."""
        if not self.bot_token.startswith("xoxb-"):
            raise Problem(
                "slack_bot_token",
                500,
                "SLACK_BOT_TOKEN is not a bot's token.",
                "Copy the one that begins with xoxb- from the app's page, OAuth & Permissions.",
            )
        if not (self.app_token or self.signing_secret):
            raise Problem(
                "slack_events",
                500,
                "Slack has no way to tell Firstline of events.",
                "Set SLACK_APP_TOKEN (Socket Mode), or SLACK_SIGNING_SECRET (HTTP, needs BASE_URL).",
            )

    @property
    def language(self) -> str:
        """The language of the team and, until they write, of customers."""
        return next(iter(self.languages))

    def may_fetch(self, address: str) -> bool:
        """Tell whether the token may be shown to this address: Slack's own, or the stand-in's."""
        asked, api = urlsplit(address), urlsplit(self.api_url)
        if (asked.scheme, asked.netloc) == (api.scheme, api.netloc):
            return True
        return asked.scheme == "https" and (asked.hostname or "").endswith(".slack.com")


def client_of(account: Account) -> AsyncWebClient:
    """Return a client of the Web API; it repeats nothing by itself, since a repeat may double a message."""
    return AsyncWebClient(
        token=account.bot_token,
        base_url=account.api_url.rstrip("/") + "/",
        timeout=CALL_SECONDS,
        retry_handlers=[],
        trust_env_in_session=False,
    )
