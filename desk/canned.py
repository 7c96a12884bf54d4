"""Canned replies by the rules: a name, a text in one language at least, the names of people filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nouns import Agent, CannedReply, Problem
from records import canned, conversations, customers
from records.database import Database

NAME_LENGTH = 80
TEXT_LENGTH = 3000  # what a window in Slack can hold
CUSTOMER, AGENT = "{customer}", "{agent}"


@dataclass(frozen=True, slots=True)
class CannedReplies:
    """What the team writes often; anybody of the team may change it."""

    database: Database

    async def listed(self) -> list[CannedReply]:
        """Return all, by name."""
        async with self.database.read() as connection:
            return await canned.listed(connection)

    async def keep(self, agent: Agent, id: str | None, name: str, texts: Mapping[str, str]) -> str:
        """Store a new one, or what was made of one."""
        name = " ".join(name.split())
        texts = {language: text.strip() for language, text in texts.items() if text.strip()}
        if not name or not texts:
            raise Problem("empty", 422, "There is nothing written.", "Give it a name and a text.")
        if len(name) > NAME_LENGTH or any(len(text) > TEXT_LENGTH for text in texts.values()):
            raise Problem(
                "too_long",
                422,
                f"A name has {NAME_LENGTH} characters at most, a text {TEXT_LENGTH}.",
                "Make it shorter.",
            )
        async with self.database.write() as writing:
            return await canned.keep(writing, id, name, texts, agent.id)

    async def drop(self, id: str) -> None:
        """Remove one."""
        async with self.database.write() as writing:
            await canned.drop(writing, id)

    async def filled(self, id: str, conversation: str, agent: Agent) -> str:
        """Return the text for a conversation: in its language, `{customer}` and `{agent}` filled in."""
        async with self.database.read() as connection:
            reply = await canned.by_id(connection, id)
            held = await conversations.by_id(connection, conversation)
            name = (await customers.by_id(connection, held.customer)).name
        return fill(reply.text(held.language), name, agent)


def fill(text: str, customer: str | None, agent: Agent) -> str:
    """Put names into a text; a customer without one leaves no gap: "Hello {customer}," is "Hello,"."""
    if not customer:
        text = text.replace(f" {CUSTOMER}", "")
    return text.replace(CUSTOMER, customer or "").replace(AGENT, agent.name)
