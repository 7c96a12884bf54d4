"""Answering questions, and what follows: the votes on an answer, asking again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.answering import TOPIC, Answering, kept_of, topic_of, ways_on
from actions.asked import Asked, asked_of, utter
from desk.handoff import Handoffs
from desk.texts import say
from nouns import Decision, Kind, Message, Reason, Reply
from records import messages, votes
from records.database import Database

FAILURES_TO_HAND_OVER = 2
Events = list[dict[str, Any]]


@dataclass
class AnswerQuestion(Action):
    """Answers from the articles; the second failure in a row hands the conversation over."""

    answering: Answering
    handoffs: Handoffs

    def name(self) -> str:
        """Return the action's name in domain.yml."""
        return "action_answer_question"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        """Show the passage that a button names, or search for what was asked."""
        asked = asked_of(tracker)
        chosen = self.answering.search.passage(asked.entities.get("passage", ""))
        if chosen:
            utter(dispatcher, self.answering.show(chosen, 1.0, asked.language))
            return [SlotSet(TOPIC, topic_of(asked.text, chosen))]
        answer = await self.answering.decide(asked)
        if answer.decision is Decision.ABSTAIN and not answer.across:
            return await fail(self.handoffs, dispatcher, asked, kept_of(answer))
        utter(dispatcher, self.answering.reply(answer, asked.language, asked.text), kept_of(answer))
        if answer.decision is not Decision.ANSWER:
            return []
        topic = topic_of(answer.completed or asked.text, answer.hits[0].passage)
        return [SlotSet("failed_answers", 0), SlotSet(TOPIC, topic)]


@dataclass
class Affirm(Action):
    """A yes: to an answer (a vote), to the offer of a person, or to nothing."""

    database: Database
    handoffs: Handoffs

    def name(self) -> str:
        """Return the action's name in domain.yml."""
        return "action_affirm"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        """Look at what was said last, and take the yes as meant for it."""
        asked = asked_of(tracker)
        async with self.database.read() as connection:
            last, _ = await messages.last_offers(connection, asked.conversation)
        if last and (last.kind is Kind.ABSTAIN or _offers_person(last)):
            reply = await self.handoffs.hand_over(
                asked.conversation, Reason.NO_ANSWER, asked.message, asked.understood
            )
            utter(dispatcher, reply)
            return [SlotSet("failed_answers", 0)]
        helped = await vote(self.database, asked, helpful=True)
        utter(dispatcher, Reply(say("helpful" if helped else "yes_to_nothing", asked.language)))
        return [SlotSet("failed_answers", 0)]


@dataclass
class Deny(Action):
    """A no: to an answer or to all suggestions (a failure), or to an offer (then nothing more is offered)."""

    database: Database
    handoffs: Handoffs

    def name(self) -> str:
        """Return the action's name in domain.yml."""
        return "action_deny"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        """Look at what was said last, and take the no as meant for it."""
        asked = asked_of(tracker)
        async with self.database.read() as connection:
            last, _ = await messages.last_offers(connection, asked.conversation)
        voted = await vote(self.database, asked, helpful=False)
        if voted or (last and last.kind is Kind.SUGGESTIONS):
            return await fail(self.handoffs, dispatcher, asked, {}, "not_helpful")
        utter(dispatcher, Reply(say("no_to_nothing", asked.language)))
        return []


def _offers_person(message: Message) -> bool:
    return any(button.intent == "ask_human" for button in message.buttons)


async def vote(database: Database, asked: Asked, *, helpful: bool) -> bool:
    """Store a vote on the answer that the button, or else the last message, belongs to; False if none."""
    async with database.write() as writing:
        said = await messages.since(writing.connection, asked.conversation)
        answers = [message for message in said if message.kind is Kind.ANSWER]
        if passage := asked.entities.get("passage"):
            offered = [m for m in answers if any(b.entities.get("passage") == passage for b in m.buttons)]
        else:
            before = [m for m in said if m.kind is not Kind.MESSAGE or m.author == "bot"]
            offered = answers[-1:] if before and before[-1].kind is Kind.ANSWER else []
        if not offered:
            return False
        article = offered[-1].sources[0].article if offered[-1].sources else None
        await votes.cast(writing, asked.conversation, offered[-1].id, helpful, article)
    return True


async def fail(
    handoffs: Handoffs,
    dispatcher: CollectingDispatcher,
    asked: Asked,
    knowledge: dict[str, Any],
    words: str = "abstain",
) -> Events:
    """Admit that there is no answer: once with ways on, the second time in a row with a person."""
    failures = int(asked.slots.get("failed_answers") or 0) + 1
    if failures >= FAILURES_TO_HAND_OVER:
        understood = {**asked.understood, "knowledge": knowledge}
        reply = await handoffs.hand_over(
            asked.conversation, Reason.REPEATED_FAILURE, asked.message, understood
        )
        utter(dispatcher, reply, knowledge)
        return [SlotSet("failed_answers", 0)]
    subject = asked.text if words == "abstain" else ""
    buttons = ways_on(asked.language, subject)
    utter(dispatcher, Reply(say(words, asked.language), Kind.ABSTAIN, buttons=buttons), knowledge)
    return [SlotSet("failed_answers", failures)]
