"""Mail, outwards: what stands in the outbox for the channel `email` leaves by SMTP."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from connectors.port import NotSentError, Surroundings
from nouns import Delivery, Problem

SECONDS = 30
PORTS = {"smtp": 25, "smtps": 465}


class Mail:
    """Sends mails by SMTP. The Message-ID is the delivery's key, so a repeat is recognised."""

    channel = "email"

    def __init__(self, url: str, sender: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname:
            raise Problem(
                "smtp_url",
                500,
                "SMTP_URL cannot be read.",
                "Write it like smtp://user:password@host:587?starttls=1.",
            )
        self._sender = sender
        self._server: dict[str, Any] = {
            "hostname": parts.hostname,
            "port": parts.port or PORTS[parts.scheme],
            "username": unquote(parts.username) if parts.username else None,
            "password": unquote(parts.password) if parts.password else None,
            "use_tls": parts.scheme == "smtps",
            "start_tls": parse_qs(parts.query).get("starttls") == ["1"] or None
            if parts.scheme == "smtp"
            else False,
            "timeout": SECONDS,
        }

    @classmethod
    def of(cls, around: Surroundings) -> Mail | None:
        """Return the channel, if there is a server to send mails by."""
        url = around.setting("SMTP_URL")
        return cls(url, around.setting("MAIL_FROM") or "") if url else None

    async def run(self) -> None:
        """Mail is only sent from here."""

    async def send(self, delivery: Delivery) -> str | None:
        """Send one mail; a refusal by the server (5xx) is for good, everything else is tried again."""
        mail = self._mail(delivery)
        try:
            await aiosmtplib.send(mail, **self._server)
        except aiosmtplib.SMTPAuthenticationError as error:  # a wrong setting: mails wait until it is right
            raise NotSentError(f"{error.code} {error.message}") from error
        except aiosmtplib.SMTPResponseException as error:
            raise NotSentError(f"{error.code} {error.message}", for_good=error.code >= 500) from error
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise NotSentError(
                str(error), for_good=all(one.code >= 500 for one in error.recipients)
            ) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise NotSentError(str(error) or type(error).__name__) from error
        return str(mail["Message-ID"])

    def _mail(self, delivery: Delivery) -> EmailMessage:
        mail = EmailMessage()
        mail["From"], mail["To"] = self._sender, delivery.address
        mail["Subject"] = delivery.payload["subject"]
        mail["Date"] = formatdate()
        host = self._sender.rpartition("@")[2].strip(">") or "localhost"
        mail["Message-ID"] = f"<{delivery.key.replace(':', '.')}@{host}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(delivery.payload["text"])
        return mail
