"""What may happen to a ticket, and whom it is told to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from desk.mail import Post
from nouns import Agent, Author, Conversation, Mode, Problem, Reply, Ticket, TicketStatus
from records import agents, conversations, customers, facts, messages, outbox, tickets
from records.database import Database, Writing

SUBJECT_LENGTH = 120
ALLOWED = {
    "status": frozenset(status.value for status in TicketStatus if status is not TicketStatus.NEW),
    "priority": frozenset(("low", "normal", "high", "urgent")),
    "type": frozenset(("question", "incident", "problem", "task")),
}


@dataclass(frozen=True, slots=True)
class Tickets:
    """Tickets by the rules: numbered once, every change logged, closed ones never reopened."""

    database: Database
    post: Post

    async def open(
        self, writing: Writing, origin: str, held: Conversation, subject: str, values: Mapping[str, Any]
    ) -> Ticket:
        """Open the ticket of `origin` for a conversation's customer, once, and mail them when possible."""
        check_private(held)
        customer = await customers.by_id(writing.connection, held.customer)
        given = {"email": customer.email, "conversation": held.id, **values}
        subject = " ".join(subject.split())[:SUBJECT_LENGTH] or "…"
        ticket, new = await tickets.open_once(
            writing, origin, held.customer, subject, given, actor=customer.name or "customer"
        )
        if new:
            key = f"ticket-opened:{ticket.number}"
            await self.post.ticket(writing, "opened", ticket, held.language, key)
            await facts.note(writing, "ticket_opened", held.id, {"ticket": ticket.number})
        return ticket

    async def reply(self, number: str, agent: Agent, text: str) -> None:
        """Answer the customer: in the ticket, in the conversation it came from, and by mail."""
        text = _check_text(text)
        async with self.database.write() as writing:
            ticket = await tickets.by_number(writing.connection, number)
            if ticket.status is TicketStatus.CLOSED:
                raise Problem("ticket_closed", 409, f"{number} is closed.", "Open a follow-up.")
            await tickets.comment(writing, number, "reply", text, agent.name)
            language = "en"
            if ticket.conversation:
                held = await conversations.by_id(writing.connection, ticket.conversation)
                language = held.language
                message, _ = await messages.add(
                    writing, held.id, Author.AGENT, Reply(text, ticket=number), agent=agent.id
                )
                await outbox.push(writing, held.id, message)
            key = f"ticket-answered:{number}:{writing.now.isoformat()}"
            await self.post.ticket(writing, "answered", ticket, language, key, text)
            if ticket.status in (TicketStatus.NEW, TicketStatus.OPEN):
                await tickets.change(writing, number, "status", TicketStatus.PENDING, agent.name)

    async def note(self, number: str, agent: Agent, text: str) -> None:
        """Write something about the ticket that only the team sees."""
        async with self.database.write() as writing:
            await tickets.comment(writing, number, "note", _check_text(text), agent.name)

    async def change(self, number: str, agent: Agent, field: str, value: str | None) -> Ticket:
        """Set status, priority, type or assignee, if the value is one there is."""
        if field in ALLOWED and value not in ALLOWED[field]:
            raise Problem(
                "value_unknown",
                422,
                f"A ticket's {field} can't be {value!r}.",
                f"One of {sorted(ALLOWED[field])}.",
            )
        async with self.database.write() as writing:
            ticket = await tickets.by_number(writing.connection, number)
            if ticket.status is TicketStatus.CLOSED:
                raise Problem("ticket_closed", 409, f"{number} is closed.", "Open a follow-up.")
            if field == "assignee" and value and not await agents.by_id(writing.connection, value):
                raise Problem("agent_unknown", 422, "There is nobody like that on the team.", "Choose again.")
            return await tickets.change(writing, number, field, value, agent.name)

    async def follow_up(self, writing: Writing, held: Conversation, text: str) -> None:
        """Log what a customer writes to their pending or solved ticket, which opens it again."""
        for ticket in await tickets.of_customer(writing.connection, held.customer):
            waits = ticket.status in (TicketStatus.PENDING, TicketStatus.SOLVED)
            if waits and ticket.conversation == held.id and held.mode is not Mode.HUMAN:
                await tickets.comment(writing, ticket.number, "message", text, "customer")
                await tickets.change(writing, ticket.number, "status", TicketStatus.OPEN, "customer")
                return


def check_private(held: Conversation) -> None:
    """Refuse what is nobody's business but the customer's where others read along."""
    if held.shared:
        raise Problem(
            "conversation_shared", 409, "Others read this conversation.", "Write to the customer directly."
        )


def _check_text(text: str) -> str:
    if not text.strip():
        raise Problem("empty", 422, "There is nothing written.", "Write a text.")
    return text.strip()
