"""From the settings to the channels that they switch on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.secret_files import Secrets
from bot.settings import Settings
from connectors import connectors_of
from connectors.port import Connector
from connectors.slack.account import Account as SlackAccount
from connectors.slack.channel import DeskWork
from connectors.telegram.account import Account as TelegramAccount
from desk.handoff import Handoffs
from desk.relay import Relay
from knowledge.base import KnowledgeBase
from nouns import Hit, Passage
from reading.reader import Reader


@dataclass(frozen=True, slots=True)
class Articles:
    """The public articles, for agents to send."""

    reader: Reader
    knowledge: KnowledgeBase

    async def find(self, question: str, language: str) -> Sequence[Hit]:
        """Return public passages, best first."""
        reading = await self.reader.read(question)
        return (await self.knowledge.search(question, reading, language=language)).hits

    def passage(self, id: str) -> Passage | None:
        """Return a public passage."""
        return self.knowledge.passage(id)


def connectors_for(
    settings: Settings, secrets: Secrets, handoffs: Handoffs, articles: Articles, desk_url: str
) -> list[Connector]:
    """Return the channels that the settings switch on."""
    smtp_url, mail, slack = settings.smtp_url, None, None
    if smtp_url:
        mail = (smtp_url.get_secret_value(), settings.mail_from)
    if settings.slack_bot_token:
        account = slack_account(settings, settings.slack_bot_token.get_secret_value(), desk_url)
        slack = (account, desk_work(settings, handoffs, articles))
    return connectors_of(handoffs.database, mail, telegram_account(settings, secrets), slack)


def telegram_account(settings: Settings, secrets: Secrets) -> TelegramAccount | None:
    """Return the Telegram bot that the settings name."""
    if not settings.telegram_bot_token:
        return None
    return TelegramAccount(
        token=settings.telegram_bot_token.get_secret_value(),
        secret_key=secrets.secret_key,
        base_url=settings.base_url,
        files=settings.data_dir / "files",
        upload_max_bytes=settings.upload_max_bytes,
        languages=settings.languages,
        api_url=settings.telegram_api_url,
    )


def slack_account(settings: Settings, bot_token: str, desk_url: str) -> SlackAccount:
    """Return the Slack app that the settings name."""
    app_token, secret = settings.slack_app_token, settings.slack_signing_secret
    return SlackAccount(
        bot_token=bot_token,
        app_token=app_token.get_secret_value() if app_token else None,
        signing_secret=secret.get_secret_value() if secret else None,
        team_channel=settings.slack_team_channel,
        base_url=settings.base_url,
        desk_url=desk_url,
        files=settings.data_dir / "files",
        upload_max_bytes=settings.upload_max_bytes,
        languages=settings.languages,
        api_url=settings.slack_api_url,
        undo_seconds=settings.undo_seconds,
    )


def desk_work(settings: Settings, handoffs: Handoffs, articles: Articles) -> DeskWork:
    """Return what of the desk can be done from a channel of the team."""
    relay = Relay(
        handoffs.database,
        handoffs,
        settings.data_dir / "files",
        settings.upload_max_bytes,
        settings.undo_seconds,
        next(iter(settings.languages)),
    )
    return DeskWork(handoffs, handoffs.tickets, relay, articles)
