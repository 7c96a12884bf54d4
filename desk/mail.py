"""Mails that the desk writes; they leave through the outbox, on the channel `email`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from nouns import Conversation, Handoff, Ticket
from records import agents, outbox
from records.database import Writing

CHANNEL = "email"
LINK_DAYS = 30
LINK_PURPOSE = "ticket"

SUBJECTS = {
    "opened": {
        "en": "[{number}] We have your request: {subject}",
        "zh": "[{number}] 已收到您的请求：{subject}",
    },
    "answered": {
        "en": "[{number}] An answer for you: {subject}",
        "zh": "[{number}] 您的工单有新回复：{subject}",
    },
}
BODIES = {
    "opened": {
        "en": "Hello,\n\nthank you for writing to {company}. Your ticket is {number}: {subject}\n\n"
        "Read it and write to us here: {link}\nThe link shows who you are, so keep it to yourself."
        "\n\n{company}",
        "zh": "您好：\n\n感谢联系 {company}。您的工单编号是 {number}：{subject}\n\n"
        "在这里查看和回复：{link}\n该链接可证明您的身份，请勿转发。\n\n{company}",
    },
    "answered": {
        "en": "Hello,\n\n{text}\n\nTo go on, follow this link: {link}\nIt shows who you are, so keep it to "
        "yourself.\n\n{company}",
        "zh": "您好：\n\n{text}\n\n请通过此链接继续沟通：{link}\n"
        "该链接可证明您的身份，请勿转发。\n\n{company}",
    },
}


@dataclass(frozen=True, slots=True)
class Post:
    """Writes mails, when there is a server to send them; `on` False: nobody asks for or promises e-mail."""

    on: bool
    company: str
    base_url: str
    team: str | None = None

    async def ticket(
        self, writing: Writing, what: str, ticket: Ticket, language: str, key: str, text: str = ""
    ) -> None:
        """Tell the customer of their ticket (`opened`, `answered`), with a link that proves who they are."""
        if not (self.on and ticket.email):
            return
        secret = await agents.make_link(writing, LINK_PURPOSE, ticket.number, timedelta(days=LINK_DAYS))
        words = {
            "company": self.company,
            "number": ticket.number,
            "subject": ticket.subject,
            "text": text,
            "link": f"{self.base_url}/t/{secret}",
        }
        language = language if language in BODIES[what] else "en"
        payload = {
            "subject": " ".join(SUBJECTS[what][language].format(**words).split()),
            "text": BODIES[what][language].format(**words),
        }
        await outbox.post(writing, (CHANNEL, ticket.email), key=key, payload=payload)

    async def handoff_waits(self, writing: Writing, handoff: Handoff, conversation: Conversation) -> None:
        """Tell the team that somebody waits."""
        if not (self.on and self.team):
            return
        last = next((line["text"] for line in reversed(handoff.packet.get("transcript", ()))), "")
        payload = {
            "subject": f"A customer waits ({handoff.reason.replace('_', ' ')})",
            "text": f"Channel: {conversation.channel}\nLast words: {last[:500]}\n\n"
            f"Take it: {self.base_url}/desk/conversations/{conversation.id}\n",
        }
        await outbox.post(writing, (CHANNEL, self.team), key=f"waits:{handoff.id}", payload=payload)

    async def handoff_still_waits(self, writing: Writing, handoff: Handoff, text: str) -> None:
        """Remind the team of somebody who waits."""
        if not (self.on and self.team):
            return
        link = f"{self.base_url}/desk/conversations/{handoff.conversation}"
        payload = {"subject": text, "text": f"{text}\n\n{link}\n"}
        key = f"waits:{handoff.id}:{handoff.reminders}"
        await outbox.post(writing, (CHANNEL, self.team), key=key, payload=payload)
