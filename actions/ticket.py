"""The ticket form, the ticket it opens, and what became of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.answering import Answering, kept_of
from actions.asked import Asked, asked_of, utter
from actions.person import FORM_SLOTS
from actions.question import vote
from desk.packet import as_text, transcript
from desk.texts import joined, say
from desk.tickets import Tickets
from nouns import Author, Customer, Decision, Kind, Problem, Reply, Ticket
from records import conversations, customers, messages, tickets
from records.database import Database

Events = list[dict[str, Any]]
NONE = "none"
LOOK_BACK = 20
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]{2,}")
ASKING = re.compile(
    r"[?？]|^\W*(wait|by the way|btw|what|when|where|how|who|which|why|do|does|can|could|is|are)\b"
    r"|吗|什么|怎么|多少|几点|哪",
    re.IGNORECASE,
)


@dataclass
class ValidateTicketForm(Action):
    """Checks what the form was given and says what is asked next; questions on the way are answered."""

    database: Database
    answering: Answering
    mail: bool

    def name(self) -> str:
        """Return the action's name in domain.yml."""
        return "validate_ticket_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        """Validate the slots that this message filled, then choose the next one."""
        asked = asked_of(tracker)
        given = {slot: value for slot, value in tracker.slots_to_validate().items() if slot in FORM_SLOTS}
        if not given:
            return []  # a digression that Rasa's rules answer: any slot event would count as an answer
        filled = {slot: asked.slots.get(slot) for slot in FORM_SLOTS}
        for slot, value in given.items():
            if value is not None:
                filled[slot] = await self._checked(dispatcher, asked, slot, str(value))
        if not filled["ticket_order"] and (order := asked.entities.get("order_number")):
            filled["ticket_order"] = order
        if not filled["ticket_email"] and asked.text.strip() == asked.entities.get("email"):
            filled["ticket_email"] = asked.text.strip().lower()
        if not filled["ticket_email"] and not self._asks_email(await self._customer(asked)):
            filled["ticket_email"] = NONE  # said here, or Rasa asks for it after a digression
        wanted = [slot for slot in FORM_SLOTS if not filled[slot]]
        return [
            *(SlotSet(slot, value) for slot, value in filled.items()),
            SlotSet("requested_slot", wanted[0] if wanted else None),
        ]

    def _asks_email(self, customer: Customer) -> bool:
        return self.mail and not customer.email

    async def _checked(
        self, dispatcher: CollectingDispatcher, asked: Asked, slot: str, value: str
    ) -> str | None:
        if "passage" in asked.entities:
            await self._pressed(dispatcher, asked)
            return None
        alone = (asked.entities.get("email"), asked.entities.get("order_number"))
        if slot == "ticket_subject" and value.strip() in alone:
            utter(dispatcher, Reply(say("noted_value", asked.language, value=value.strip()), Kind.FORM))
            return None  # an address or a number alone is no problem, but is kept for its own question
        good = {"ticket_email": _email, "ticket_order": _order}.get(slot, _subject)(asked, value)
        if good is None or (slot == "ticket_subject" and ASKING.search(value)):
            answered = await self._digression(dispatcher, asked, slot)
            good = None if answered else good
            if not answered and good is None:
                key = "email_wrong" if slot == "ticket_email" else "order_wrong"
                utter(dispatcher, Reply(say(key, asked.language), Kind.FORM))
        return good

    async def _digression(self, dispatcher: CollectingDispatcher, asked: Asked, slot: str) -> bool:
        """Answer a question that came instead; as the subject counts what has no answer, or comes again."""
        if asked.intent not in ("ask_question", "nlu_fallback") or not ASKING.search(asked.text):
            return False
        answer = await self.answering.decide(asked)
        about_subject = slot == "ticket_subject"
        enough = (Decision.ANSWER,) if about_subject else (Decision.ANSWER, Decision.SUGGEST)
        if answer.decision not in enough or (about_subject and await self._asked_before(asked)):
            return False
        utter(dispatcher, _aside(self.answering.reply(answer, asked.language)), kept_of(answer))
        return True

    async def _asked_before(self, asked: Asked) -> bool:
        """Tell whether what was said last is an answer, and the form's question again."""
        async with self.database.read() as connection:
            message = await messages.by_id(connection, asked.message)
            since = message.seq - LOOK_BACK if message else 0
            said = await messages.since(connection, asked.conversation, since)
        earlier = (one for one in reversed(said) if message and one.seq < message.seq)
        last = {one.kind for one in takewhile(lambda one: one.author is not Author.CUSTOMER, earlier)}
        return {Kind.ANSWER, Kind.FORM} <= last

    async def _pressed(self, dispatcher: CollectingDispatcher, asked: Asked) -> None:
        """Take a button under an answer or suggestion for what it is, whatever the form asks for."""
        chosen = self.answering.search.passage(asked.entities["passage"])
        if chosen and asked.intent == "ask_question":
            utter(dispatcher, _aside(self.answering.show(chosen, 1.0, asked.language)))
        elif await vote(self.database, asked, helpful=asked.intent == "affirm"):
            utter(dispatcher, Reply(say("rated", asked.language)))

    async def _customer(self, asked: Asked) -> Customer:
        async with self.database.read() as connection:
            held = await conversations.by_id(connection, asked.conversation)
            return await customers.by_id(connection, held.customer)


@dataclass
class OpenTicket(Action):
    """Opens the ticket that the form describes, once for the message that completed it."""

    database: Database
    tickets: Tickets

    def name(self) -> str:
        """Return the action's name in domain.yml."""
        return "action_open_ticket"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        """Open it, tell its number, and empty the form."""
        asked = asked_of(tracker)
        subject, email, order = (asked.slots.get(slot) for slot in FORM_SLOTS)
        async with self.database.write() as writing:
            held = await conversations.by_id(writing.connection, asked.conversation)
            if email not in (None, NONE):
                await customers.note_email(writing, held.customer, str(email))
            said = await messages.since(writing.connection, held.id)
            text = f"{subject or ''}\n\n{as_text(transcript(said[-20:]))}"
            values = {"text": text, "order_number": None if order in (None, NONE) else str(order)}
            origin = f"form:{asked.message}"
            ticket = await self.tickets.open(writing, origin, held, str(subject or asked.text), values)
        utter(dispatcher, Reply(self._words(ticket, asked.language), Kind.TICKET, ticket=ticket.number))
        return [SlotSet(slot, None) for slot in FORM_SLOTS]

    def _words(self, ticket: Ticket, language: str) -> str:
        mailed = self.tickets.post.on and ticket.email
        how = say("by_email", language, email=ticket.email) if mailed else say("come_back_here", language)
        return joined(language, say("ticket_opened", language, ticket=ticket.number), how)


@dataclass
class TicketStatus(Action):
    """Tells customers of their own tickets; a stranger with a number learns nothing at all."""

    database: Database

    def name(self) -> str:
        """Return the action's name in domain.yml."""
        return "action_ticket_status"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        """Show the ticket that was named, or else the newest ones."""
        asked = asked_of(tracker)
        number = asked.entities.get("ticket_number")
        mine = await self._mine(asked, number)
        if mine:
            text = "\n\n".join(_status(ticket, asked.language) for ticket in mine[:3])
            utter(dispatcher, Reply(text, Kind.TICKET, ticket=mine[0].number))
        else:
            key = "ticket_not_yours" if number else "ticket_none"
            utter(dispatcher, Reply(say(key, asked.language, ticket=number)))
        return []

    async def _mine(self, asked: Asked, number: str | None) -> list[Ticket]:
        async with self.database.read() as connection:
            held = await conversations.by_id(connection, asked.conversation)
            try:
                return await tickets.seen_from(connection, held, number)
            except Problem:
                return []


def _aside(reply: Reply) -> Reply:
    """Return a reply as the form shows it: a yes or no would be taken for the form's."""
    return replace(reply, buttons=[button for button in reply.buttons if button.intent == "ask_question"])


def _email(asked: Asked, value: str) -> str | None:
    email = asked.entities.get("email") or value.strip()
    return email.lower() if EMAIL.fullmatch(email) else None


def _order(asked: Asked, value: str) -> str | None:
    if asked.intent == "deny" or value == NONE:
        return NONE
    if order := asked.entities.get("order_number"):
        return order
    no = re.search(r"\b(no|not|none|don'?t|haven'?t|without|nope)\b|没|不|无|沒", value, re.IGNORECASE)
    return NONE if no else None


def _subject(asked: Asked, value: str) -> str | None:
    return value.strip() or None


def _status(ticket: Ticket, language: str) -> str:
    return say(
        "ticket_status",
        language,
        ticket=ticket.number,
        subject=ticket.subject,
        status=say(f"status_{ticket.status}", language),
        opened=f"{ticket.created_at:%Y-%m-%d}",
        changed=f"{ticket.updated_at:%Y-%m-%d %H:%M} UTC",
    )
