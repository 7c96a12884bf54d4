"""One module per channel: payload to noun, noun to payload; `connectors_of` lists what exists."""

from __future__ import annotations

from connectors.mail import Mail
from connectors.port import Connector
from connectors.slack.account import Account as SlackAccount
from connectors.slack.channel import DeskWork, Slack
from connectors.telegram.account import Account
from connectors.telegram.channel import Telegram
from records.database import Database


def connectors_of(
    database: Database,
    mail: tuple[str, str] | None = None,
    telegram: Account | None = None,
    slack: tuple[SlackAccount, DeskWork] | None = None,
) -> list[Connector]:
    """Return the connectors that the settings switch on; the web's clients come by routes, not from here.

    `mail`: SMTP_URL and the sender. `slack`: the app's account, and what of the desk is done from there.
    """
    found: list[Connector] = []
    if mail:
        found.append(Mail(*mail))
    if telegram:
        found.append(Telegram(telegram, database))
    if slack:
        found.append(Slack(slack[0], database, slack[1]))
    return found
