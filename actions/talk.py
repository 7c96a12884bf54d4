"""Small talk that needs memory: ratings, repeating, the language, and data handed over unasked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.answering import ways_on
from actions.asked import Asked, asked_of, utter
from actions.question import AnswerQuestion
from actions.ticket import TicketStatus
from desk.texts import say
from nouns import Author, Kind, Reply
from records import conversations, customers, facts, messages
from records.database import Database

Events = list[dict[str, Any]]
ALSO_A_QUESTION = 0.25
NAMES = {"zh": re.compile(r"chinese|mandarin|中文|汉语|漢語|国语|國語|普通话|普通話", re.IGNORECASE),
         "en": re.compile(r"english|英文|英语|英語", re.IGNORECASE)}  # fmt: skip


@dataclass
class Rate(Action):
    """Keeps a rating."""

    database: Database

    def name(self) -> str:
        """Return the action's name in domain.yml."""
        return "action_rate"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        """Store what was said; insights read the number out of it."""
        asked = asked_of(tracker)
        async with self.database.write() as writing:
            data = {"text": asked.text[:200], "message": asked.message}
            await facts.note(writing, "rated", asked.conversation, data)
        utter(dispatcher, Reply(say("rated", asked.language)))
        return []


@dataclass
class Repeat(Action):
    """Says again what was said last."""

    database: Database

    def name(self) -> str:
        """Return the action's name in domain.yml."""
        return "action_repeat"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        """Repeat the bot's last message, with its sources and offers."""
        asked = asked_of(tracker)
        async with self.database.read() as connection:
            last, offers = await messages.last_offers(connection, asked.conversation)
        if last is None or last.author is not Author.BOT:
            utter(dispatcher, Reply(say("nothing_to_repeat", asked.language)))
        else:
            utter(dispatcher, Reply(last.text, last.kind, last.sources, offers, last.ticket))
        return []


@dataclass
class ChangeLanguage(Action):
    """Changes the language of the conversation, for good."""

    database: Database

    def name(self) -> str:
        """Return the action's name in domain.yml."""
        return "action_change_language"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        """Take the language that was named, else the other one."""
        asked = asked_of(tracker)
        named = [language for language, name in NAMES.items() if name.search(asked.text)]
        language = named[0] if named else {"en": "zh"}.get(asked.language, "en")
        async with self.database.write() as writing:
            await conversations.speak(writing, asked.conversation, language, pinned=True)
        utter(dispatcher, Reply(say("language_changed", language)))
        return [SlotSet("language", language)]


@dataclass
class Inform(Action):
    """Takes data that nobody asked for: an address, an order number, a ticket number."""

    database: Database
    ticket_status: TicketStatus
    answer_question: AnswerQuestion

    def name(self) -> str:
        """Return the action's name in domain.yml."""
        return "action_inform"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        """Note it, and ask what it is about."""
        asked = asked_of(tracker)
        if "ticket_number" in asked.entities:
            return await self.ticket_status.run(dispatcher, tracker, domain)
        if _asks_too(asked):
            return await self.answer_question.run(dispatcher, tracker, domain)
        if order := asked.entities.get("order_number"):
            text = say("noted_order", asked.language, order=order)
            utter(dispatcher, Reply(text, Kind.MESSAGE, buttons=ways_on(asked.language, order)))
        elif email := asked.entities.get("email"):
            async with self.database.write() as writing:
                held = await conversations.by_id(writing.connection, asked.conversation)
                await customers.note_email(writing, held.customer, email)
            utter(dispatcher, Reply(say("noted_email", asked.language, email=email)))
        else:
            utter(dispatcher, Reply(say("noted", asked.language)))
        return []


def _asks_too(asked: Asked) -> bool:
    """Tell whether "my lamp LO-12345 flickers" may as well be a question."""
    confidences = {ranked["name"]: ranked["confidence"] for ranked in asked.ranking}
    return bool(confidences.get("ask_question", 0.0) >= ALSO_A_QUESTION)
