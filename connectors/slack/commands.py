"""The slash command `/firstline`: what the buttons do, for the one conversation somebody has taken."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from connectors.slack import modals
from connectors.slack.account import CHANNEL
from connectors.slack.markup import escape, mentions
from connectors.slack.presses import Presses
from desk.canned import CannedReplies
from desk.room_texts import tell
from nouns import Agent, HandoffState, Problem
from records import agents, conversations, customers, handoffs, tickets

TICKET = re.compile(r"[Tt]-?\d+")
STATUSES = frozenset(str(status) for status in modals.STATUSES)
Body = dict[str, Any]
Command = Callable[[Agent, str, Body], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Commands:
    """Reads the command's words; returns what its writer alone is told."""

    presses: Presses

    def table(self) -> dict[str, Command]:
        """Return what can be written after `/firstline`, beside `link`."""
        return {
            "queue": self.queue,
            "back": self.back,
            "resolve": self.resolve,
            "assign": self.assign,
            "article": self.article,
            "reply": self.reply,
            "ticket": self.ticket,
        }

    async def run(self, body: Body) -> str:
        """Do what was written."""
        user = str(body["user_id"])
        word, _, rest = str(body.get("text") or "").strip().partition(" ")
        if word == "link":
            return await self.link(user, rest.strip())
        command = self.table().get(word)
        if command is None:
            return tell("usage", self._language)
        return await command(await self.presses.who(user), rest.strip(), body)

    async def link(self, user: str, secret: str) -> str:
        """Link the writer with the desk account that the secret was made for."""
        standing = (await self.presses.calls.person(user)).standing
        agent = await self.presses.relay.link(CHANNEL, user, standing, secret)
        return tell("linked", self._language, agent=agent.name)

    async def queue(self, agent: Agent, rest: str, body: Body) -> str:
        """List who waits."""
        async with self.presses.database.read() as connection:
            lines = []
            for waiting in await handoffs.listed(connection, HandoffState.WAITING, limit=20):
                held = await conversations.by_id(connection, waiting.conversation)
                name = (await customers.by_id(connection, held.customer)).name
                who = name or tell("customer", self._language)
                lines.append(f"• {escape(who)} · {held.channel} · {waiting.created_at:%H:%M} UTC")
        return "\n".join(lines) or tell("queue_empty", self._language)

    async def back(self, agent: Agent, rest: str, body: Body) -> str:
        """Give back to the bot."""
        await self.presses.give_back(agent, await self.presses.mine(agent), body)
        return tell("done", self._language)

    async def resolve(self, agent: Agent, rest: str, body: Body) -> str:
        """Resolve."""
        await self.presses.resolve(agent, await self.presses.mine(agent), body)
        return tell("done", self._language)

    async def assign(self, agent: Agent, rest: str, body: Body) -> str:
        """Assign to a colleague, by mention or by the address of their account."""
        mine = await self.presses.mine(agent)
        async with self.presses.database.read() as connection:
            named = mentions(rest)
            to = (
                await agents.by_identity(connection, CHANNEL, named[0])
                if named
                else await agents.by_email(connection, rest)
            )
        if to is None:
            raise Problem("agent_unknown", 422, "There is nobody like that on the team.", "Choose again.")
        return await self.presses.assign(agent, mine.id, to.id)

    async def article(self, agent: Agent, rest: str, body: Body) -> str:
        """Show what a question finds, to send one of it."""
        mine = await self.presses.mine(agent)
        view = await self.presses.found(mine.id, rest) if rest else modals.search(mine.id, self._language)
        await self.presses.calls.client.views_open(trigger_id=body["trigger_id"], view=view)
        return ""

    async def reply(self, agent: Agent, rest: str, body: Body) -> str:
        """Show a canned reply by its name, to be changed and sent; without one, the list to choose from."""
        mine = await self.presses.mine(agent)
        known = await CannedReplies(self.presses.database).listed()
        named = [one for one in known if one.name.casefold() == rest.casefold()]
        if not named:
            return await self.presses.ask_canned(agent, mine, body) or ""
        view = await self.presses.canned(agent, mine.id, named[0].id)
        await self.presses.calls.client.views_open(trigger_id=body["trigger_id"], view=view)
        return ""

    async def ticket(self, agent: Agent, rest: str, body: Body) -> str:
        """Say or change a ticket's status and priority; without a number, that of the own conversation."""
        words = rest.split()
        number = next((word.upper() for word in words if TICKET.fullmatch(word)), "")
        number = number or await self._own_ticket(agent)
        status = next((word for word in words if word in STATUSES), "")
        priority = next((word for word in words if word in ("low", "normal", "high", "urgent")), "")
        return await self.presses.change_ticket(agent, number, status, priority)

    async def _own_ticket(self, agent: Agent) -> str:
        mine = await self.presses.mine(agent)
        if mine.ticket:
            return mine.ticket
        async with self.presses.database.read() as connection:
            held = await conversations.by_id(connection, mine.conversation)
            known = await tickets.of_customer(connection, held.customer)
        if not known:
            raise Problem("ticket_unknown", 404, "There is no ticket yet.", "Press “Open ticket”.")
        return known[0].number

    @property
    def _language(self) -> str:
        return self.presses.account.language
