"""The team's buttons, windows and the slash command: who presses is checked, then the desk does it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from connectors.slack import modals
from connectors.slack.account import CHANNEL, Account
from connectors.slack.calls import Calls
from desk.articles import Articles, find_public, text_to_send
from desk.canned import CannedReplies
from desk.handoff import Handoffs
from desk.relay import Relay
from desk.room import TeamRoom
from desk.room_texts import tell
from desk.tickets import Tickets
from nouns import Agent, Handoff, HandoffState, Problem
from records import agents, conversations, handoffs, tickets
from records.database import Database

SHOWN_ARTICLES = 4
Body = dict[str, Any]
Act = Callable[[Agent, Handoff, Body], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class Presses:
    """What linked agents can do from Slack; each act returns what to tell the one who pressed alone."""

    account: Account
    calls: Calls
    database: Database
    handoffs: Handoffs
    tickets: Tickets
    relay: Relay
    room: TeamRoom
    articles: Articles

    def acts(self) -> dict[str, Act]:
        """Return what a hand-off's buttons do, by their stable ids."""
        return {
            "take": self.take,
            "not_now": self.not_now,
            "open_ticket": self.open_ticket,
            "give_back": self.give_back,
            "resolve": self.resolve,
            "assign": self.ask_whom,
            "send_article": self.ask_article,
            "canned": self.ask_canned,
            "change_ticket": self.ask_ticket,
        }

    async def press(self, name: str, body: Body) -> str | None:
        """Do what a button says."""
        agent = await self.who(str(body["user"]["id"]))
        handoff = await self._handoff(str(body["actions"][0]["value"]))
        try:
            return await self.acts()[name](agent, handoff, body)
        except Problem as problem:
            if problem.code != "already_taken":
                raise
            return await self._standing(handoff.id)

    async def who(self, user: str) -> Agent:
        """Return the agent who somebody is, or refuse."""
        return await self.relay.person(CHANNEL, user, (await self.calls.person(user)).standing)

    async def take(self, agent: Agent, handoff: Handoff, body: Body) -> str | None:
        """Take the hand-off; the second who presses is told who was first."""
        await self.handoffs.take(handoff.id, agent)
        return None

    async def not_now(self, agent: Agent, handoff: Handoff, body: Body) -> str | None:
        """Say that somebody can't now."""
        await self.room.decline(handoff.id, agent.name)
        return tell("declined_you", self.account.language)

    async def open_ticket(self, agent: Agent, handoff: Handoff, body: Body) -> str | None:
        """Make a ticket of it."""
        number = await self.handoffs.to_ticket(handoff.id, agent)
        return tell("ticket_opened", self.account.language, ticket=number)

    async def give_back(self, agent: Agent, handoff: Handoff, body: Body) -> str | None:
        """Let the bot answer again."""
        await self.handoffs.give_back(handoff.conversation, agent)
        return None

    async def resolve(self, agent: Agent, handoff: Handoff, body: Body) -> str | None:
        """Close the conversation."""
        await self.handoffs.resolve(handoff.conversation, agent)
        return None

    async def ask_whom(self, agent: Agent, handoff: Handoff, body: Body) -> str | None:
        """Open the window to assign it."""
        async with self.database.read() as connection:
            team = [one for one in await agents.listed(connection) if one.id != agent.id]
        if not team:
            return tell("nobody_linked", self.account.language)
        await self._open(body, modals.assign(handoff.id, team, self.account.language))
        return None

    async def ask_article(self, agent: Agent, handoff: Handoff, body: Body) -> str | None:
        """Open the window to find an article."""
        await self._open(body, modals.search(handoff.id, self.account.language))
        return None

    async def ask_canned(self, agent: Agent, handoff: Handoff, body: Body) -> str | None:
        """Open the window to choose a canned reply."""
        replies = await CannedReplies(self.database).listed()
        if not replies:
            return tell("canned_none", self.account.language, address=f"{self.account.desk_url}/desk/replies")
        await self._open(body, modals.canned(handoff.id, replies, self.account.language))
        return None

    async def ask_ticket(self, agent: Agent, handoff: Handoff, body: Body) -> str | None:
        """Open the window to change its ticket."""
        async with self.database.read() as connection:
            known = await tickets.by_number(connection, str(handoff.ticket))
        await self._open(body, modals.ticket(known, self.account.language))
        return None

    async def assign(self, agent: Agent, handoff: str, colleague: str) -> str:
        """Pass it on."""
        held = await self._handoff(handoff)
        to = await self.handoffs.assign(held.conversation, agent, colleague)
        return tell("assigned", self.account.language, agent=to.name)

    async def found(self, handoff: str, question: str) -> Body:
        """Return the window with the articles that a question finds."""
        language = self.account.language
        async with self.database.read() as connection:
            held = await conversations.by_id(connection, (await self._handoff(handoff)).conversation)
        public = await find_public(self.articles, question, held.language, SHOWN_ARTICLES)
        return modals.found(handoff, public, question, language)

    async def send_article(self, agent: Agent, handoff: str, passage: str) -> str:
        """Send an article's passage to the customer, with its source."""
        found, text = text_to_send(self.articles, passage, self.account.base_url)
        held = await self._handoff(handoff)
        await self.handoffs.write(held.conversation, agent, text)
        return tell("article_sent", self.account.language, title=found.title)

    async def canned(self, agent: Agent, handoff: str, reply: str) -> Body:
        """Return the window with a canned reply as the customer would get it, to be changed and sent."""
        held = await self._handoff(handoff)
        text = await CannedReplies(self.database).filled(reply, held.conversation, agent)
        return modals.canned_text(handoff, text, self.account.language)

    async def send_text(self, agent: Agent, handoff: str, text: str) -> None:
        """Send what stands in a window to the customer."""
        if not text.strip():
            raise Problem("empty", 422, "There is nothing written.", "Write a text.")
        await self.handoffs.write((await self._handoff(handoff)).conversation, agent, text.strip())

    async def change_ticket(self, agent: Agent, number: str, status: str, priority: str) -> str:
        """Set a ticket's status and priority; what is empty or stays is left alone."""
        async with self.database.read() as connection:
            known = await tickets.by_number(connection, number)
        for field, value in (("priority", priority), ("status", status)):
            if value and value != getattr(known, field):
                known = await self.tickets.change(known.number, agent, field, value)
        return tell(
            "ticket_changed",
            self.account.language,
            ticket=known.number,
            status=known.status.replace("_", " "),
            priority=known.priority,
        )

    async def mine(self, agent: Agent) -> Handoff:
        """Return the one conversation that an agent has, or say that there is none, or more."""
        async with self.database.read() as connection:
            taken = await handoffs.listed(connection, HandoffState.TAKEN)
        own = [one for one in taken if one.agent == agent.id]
        if len(own) != 1:
            words = "which" if own else "nothing_taken"
            raise Problem(words, 409, tell(words, self.account.language))
        return own[0]

    async def _standing(self, id: str) -> str:
        """Say how a hand-off stands that somebody came too late for: who has taken it, above all."""
        known = await self._handoff(id)
        async with self.database.read() as connection:
            agent = await agents.by_id(connection, known.agent) if known.agent else None
        return tell(
            f"state_{known.state}",
            self.account.language,
            agent=agent.name if agent else "",
            ticket=known.ticket or "",
        )

    async def _handoff(self, id: str) -> Handoff:
        async with self.database.read() as connection:
            known = await handoffs.by_id(connection, id)
        if known is None:
            raise Problem("handoff_unknown", 404, "There is no such hand-off.", "Look at the queue.")
        return known

    async def _open(self, body: Body, view: Body) -> None:
        await self.calls.client.views_open(trigger_id=body["trigger_id"], view=view)
