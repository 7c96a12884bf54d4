"""One module per channel: payload to noun, noun to payload; `connectors_of` lists what exists."""

from __future__ import annotations

from connectors.mail import Mail
from connectors.port import Connector


def connectors_of(smtp_url: str | None, mail_from: str) -> list[Connector]:
    """Return the connectors that the settings switch on; the web's clients come by routes, not from here."""
    found: list[Connector] = []
    if smtp_url:
        found.append(Mail(smtp_url, mail_from))
    return found
