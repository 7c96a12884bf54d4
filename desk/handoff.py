"""Hand-off: a conversation goes to a human and back, in states that timers and crashes can't break."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from desk import reminders
from desk.hours import OfficeHours
from desk.mail import Post
from desk.packet import as_text, packet_of
from desk.room import NOTICE, post
from desk.texts import joined, say
from desk.tickets import Tickets, check_private
from nouns import (
    Agent,
    Author,
    Button,
    Conversation,
    Handoff,
    HandoffState,
    Kind,
    Mode,
    Problem,
    Reason,
    Reply,
    TicketType,
)
from records import (
    agents,
    attachments,
    conversations,
    facts,
    handoffs,
    jobs,
    messages,
    outbox,
    threads,
    tickets,
)
from records.database import Database, Writing
from records.ids import new_id

EXPIRES = "handoff_expires"
COMING = {Reason.COMPLAINT: "coming_after_complaint", Reason.REPEATED_FAILURE: "coming_after_failure"}


@dataclass(frozen=True, slots=True)
class Handoffs:
    """What may happen to a hand-off. Every change is one transaction; two people can't take one."""

    database: Database
    tickets: Tickets
    hours: OfficeHours
    wait: timedelta
    post: Post
    remind_every: timedelta | None = None

    async def hand_over(
        self, conversation: str, reason: Reason, origin: str, understood: Mapping[str, Any] | None = None
    ) -> Reply:
        """Put the conversation in the queue, or open a ticket when nobody is there; return what to tell.

        `origin` is the message that asked, so that a repeat of it opens no second hand-off.
        """
        async with self.database.write() as writing:
            held = await conversations.by_id(writing.connection, conversation)
            if held.mode is Mode.HUMAN:
                return Reply(say("already_here", held.language), Kind.HANDOFF)
            packet = await packet_of(writing.connection, conversation, understood)
            waits = await handoffs.open_in(writing.connection, conversation)
            if not (waits or self.hours.open_at(writing.now)):
                once = f"outside:{conversation}:{writing.now.date()}"  # however often they ask that day
                return await self._ticket_instead(writing, held, packet, once, "outside_hours")
            handoff, new = await handoffs.open_once(
                writing, origin, conversation, reason, packet, writing.now + self.wait
            )
            if new:
                await self._begin_waiting(writing, held, handoff)
            place = await handoffs.position(writing.connection, conversation)
        key = COMING.get(reason, "coming") if new else "still_coming"
        return Reply(say(key, held.language, position=place or 1), Kind.HANDOFF, buttons=[_stop(held)])

    async def take(self, handoff: str, agent: Agent) -> Handoff:
        """Give the conversation to a person; the second who tries is told who was first."""
        async with self.database.write() as writing:
            return await self._take(writing, handoff, agent)

    async def begin(self, conversation: str, agent: Agent) -> Handoff:
        """Let a person step into a conversation that nobody handed over."""
        async with self.database.write() as writing:
            held = await conversations.by_id(writing.connection, conversation)
            check_private(held)
            if held.mode is Mode.CLOSED:
                raise Problem("conversation_closed", 409, "This conversation is closed.", "Open a ticket.")
            packet = await packet_of(writing.connection, conversation)
            handoff, _ = await handoffs.open_once(
                writing, new_id("step_in"), conversation, Reason.ASKED_FOR_HUMAN, packet, None
            )
            return await self._take(writing, handoff.id, agent)

    async def give_back(self, conversation: str, agent: Agent) -> None:
        """Let the bot answer again."""
        await self._end(conversation, agent, HandoffState.GIVEN_BACK, Mode.BOT, "given_back")

    async def resolve(self, conversation: str, agent: Agent) -> None:
        """Close the conversation; what the customer writes next opens a new one."""
        await self._end(conversation, agent, HandoffState.RESOLVED, Mode.CLOSED, "resolved")

    async def withdraw(self, conversation: str) -> Reply | None:
        """Leave the queue at the customer's wish; None when they were not in it."""
        async with self.database.write() as writing:
            held = await conversations.by_id(writing.connection, conversation)
            handoff = await handoffs.open_in(writing.connection, conversation)
            if handoff is None or handoff.state is not HandoffState.WAITING:
                return None
            await handoffs.move(writing, handoff.id, HandoffState.WAITING, HandoffState.WITHDRAWN)
            await conversations.set_mode(writing, conversation, Mode.BOT, only_from=[Mode.WAITING])
            await _stop_timers(writing, handoff)
            await facts.note(writing, "handoff_withdrawn", conversation, {"handoff": handoff.id})
        return Reply(say("withdrawn", held.language), Kind.HANDOFF)

    async def expire(self, handoff: str) -> None:
        """End a wait that was too long: a ticket with the transcript, and the customer is told."""
        async with self.database.write() as writing:
            ended = await handoffs.move(writing, handoff, HandoffState.WAITING, HandoffState.EXPIRED)
            if ended is None:
                return
            held = await conversations.by_id(writing.connection, ended.conversation)
            await conversations.set_mode(writing, held.id, Mode.BOT, only_from=[Mode.WAITING])
            await _stop_timers(writing, ended)
            packet = await packet_of(writing.connection, held.id)
            reply = await self._ticket_instead(writing, held, packet, f"expired:{handoff}", "expired")
            await handoffs.note_ticket(writing, handoff, str(reply.ticket))
            await outbox.say(writing, held.id, [reply], only_if=outbox.ANY)
            await facts.note(writing, "handoff_expired", held.id, {"handoff": handoff})

    async def write(self, conversation: str, agent: Agent, text: str, files: list[str] | None = None) -> str:
        """Send a person's message to the customer; only who took the conversation may."""
        async with self.database.write() as writing:
            return await self.write_in(writing, conversation, agent, text, files)

    async def write_in(
        self, writing: Writing, conversation: str, agent: Agent, text: str, files: list[str] | None = None
    ) -> str:
        """Send a person's message, as part of a larger change."""
        held = await conversations.by_id(writing.connection, conversation)
        if held.mode is not Mode.HUMAN or held.agent != agent.id:
            raise Problem("not_yours", 409, "You have not taken this conversation.", "Take it first.")
        message, _ = await messages.add(writing, conversation, Author.AGENT, Reply(text), agent=agent.id)
        await attachments.attach(writing, conversation, files or [], message)
        await outbox.push(writing, conversation, message)
        await facts.note(writing, "agent_wrote", conversation, {"agent": agent.id})
        return message

    async def assign(self, conversation: str, agent: Agent, colleague: str) -> Agent:
        """Pass a taken conversation on to a colleague, and tell the customer who is there now."""
        async with self.database.write() as writing:
            handoff = await self._own(writing, conversation, agent)
            to = await agents.by_id(writing.connection, colleague)
            if to is None:
                raise Problem("agent_unknown", 422, "There is nobody like that on the team.", "Choose again.")
            if to.id == agent.id:
                return to
            held = await conversations.by_id(writing.connection, conversation)
            await handoffs.pass_to(writing, handoff.id, to.id)
            for thread in await threads.all_of_handoff(writing.connection, handoff.id):
                told = {"kind": NOTICE, "words": "passed_on", "agent": agent.name, "colleague": to.id}
                await post(writing, thread, f"passed_on:{to.id}:{writing.now.timestamp()}", told)
            await conversations.set_mode(writing, conversation, Mode.HUMAN, agent=to.id)
            await self._announce(writing, held, "taken", to)
            data = {"handoff": handoff.id, "from": agent.id, "to": to.id}
            await facts.note(writing, "handoff_assigned", conversation, data)
        return to

    async def to_ticket(self, handoff: str, agent: Agent) -> str:
        """Open a ticket of the agent's instead of making the customer wait; return its number.

        A conversation that somebody has taken goes on beside the ticket.
        """
        async with self.database.write() as writing:
            known = await handoffs.by_id(writing.connection, handoff)
            if known is None or known.state not in handoffs.OPEN:
                raise await self._not_waiting(writing, handoff)
            held = await conversations.by_id(writing.connection, known.conversation)
            packet = await packet_of(writing.connection, held.id)
            reply = await self._ticket_instead(writing, held, packet, f"asked:{handoff}", "ticket_instead")
            number = str(reply.ticket)
            await tickets.change(writing, number, "assignee", agent.id, agent.name)
            await handoffs.note_ticket(writing, handoff, number)
            if known.state is HandoffState.WAITING:
                await handoffs.move(writing, handoff, HandoffState.WAITING, HandoffState.EXPIRED)
                await conversations.set_mode(writing, held.id, Mode.BOT, only_from=[Mode.WAITING])
                await _stop_timers(writing, known)
                await outbox.say(writing, held.id, [reply], only_if=outbox.ANY)
        return number

    async def note(self, conversation: str, agent: Agent, text: str) -> str:
        """Write something that only the team sees."""
        async with self.database.write() as writing:
            message, _ = await messages.add(writing, conversation, Author.NOTE, Reply(text), agent=agent.id)
        return message

    async def _take(self, writing: Writing, handoff: str, agent: Agent) -> Handoff:
        taken = await handoffs.move(
            writing, handoff, HandoffState.WAITING, HandoffState.TAKEN, agent=agent.id
        )
        if taken is None:
            raise await self._not_waiting(writing, handoff)
        held = await conversations.by_id(writing.connection, taken.conversation)
        await conversations.set_mode(writing, held.id, Mode.HUMAN, agent=agent.id)
        await _stop_timers(writing, taken)
        await self._announce(writing, held, "taken", agent)
        await facts.note(writing, "handoff_taken", held.id, {"handoff": handoff, "agent": agent.id})
        return taken

    async def _begin_waiting(self, writing: Writing, held: Conversation, handoff: Handoff) -> None:
        await conversations.set_mode(writing, held.id, Mode.WAITING, only_from=[Mode.BOT])
        if handoff.expires_at:
            key = f"{EXPIRES}:{handoff.id}"
            await jobs.put(writing, EXPIRES, key, handoff.expires_at, {"handoff": handoff.id})
        await reminders.plan(writing, handoff, self.remind_every)
        await self.post.handoff_waits(writing, handoff, held)
        data = {"handoff": handoff.id, "reason": handoff.reason}
        await facts.note(writing, "handed_over", held.id, data)

    async def _ticket_instead(
        self, writing: Writing, held: Conversation, packet: Mapping[str, Any], origin: str, key: str
    ) -> Reply:
        said = packet["transcript"]
        subject = next((row["text"] for row in reversed(said) if row["author"] == Author.CUSTOMER), "")
        values = {"text": as_text(said), "conversation": held.id, "type": TicketType.QUESTION}
        ticket = await self.tickets.open(writing, origin, held, subject, values)
        follow = (
            say("by_email", held.language, email=ticket.email)
            if self.post.on and ticket.email
            else say("come_back_here", held.language)
        )
        text = joined(held.language, say(key, held.language, ticket=ticket.number), follow)
        return Reply(text, Kind.TICKET, ticket=ticket.number)

    async def _end(self, conversation: str, agent: Agent, state: HandoffState, mode: Mode, key: str) -> None:
        async with self.database.write() as writing:
            handoff = await self._own(writing, conversation, agent)
            held = await conversations.by_id(writing.connection, conversation)
            await handoffs.move(writing, handoff.id, HandoffState.TAKEN, state)
            await self._announce(writing, held, key, agent)
            await conversations.set_mode(writing, conversation, mode)
            await facts.note(writing, f"handoff_{state}", conversation, {"handoff": handoff.id})

    async def _own(self, writing: Writing, conversation: str, agent: Agent) -> Handoff:
        handoff = await handoffs.open_in(writing.connection, conversation)
        if handoff is None or handoff.state is not HandoffState.TAKEN or handoff.agent != agent.id:
            raise Problem("not_yours", 409, "You have not taken this conversation.", "Take it first.")
        return handoff

    async def _announce(self, writing: Writing, held: Conversation, key: str, agent: Agent) -> None:
        reply = Reply(say(key, held.language, agent=agent.name), Kind.HANDOFF)
        await outbox.say(writing, held.id, [reply], only_if=outbox.ANY)

    async def _not_waiting(self, writing: Writing, handoff: str) -> Problem:
        known = await handoffs.by_id(writing.connection, handoff)
        if known is None:
            return Problem("handoff_unknown", 404, "There is no such hand-off.", "Look at the queue.")
        taker = await agents.by_id(writing.connection, known.agent) if known.agent else None
        who = f"{taker.name} took it." if taker else f"It is {known.state.replace('_', ' ')}."
        return Problem("already_taken", 409, f"This hand-off does not wait any more: {who}", "Take another.")


async def _stop_timers(writing: Writing, handoff: Handoff) -> None:
    await jobs.cancel(writing, f"{EXPIRES}:{handoff.id}")
    await reminders.cancel(writing, handoff)


def _stop(held: Conversation) -> Button:
    return Button(new_id("b"), say("keep_waiting", held.language), "cancel")
