"""Reaching a human, and leaving the queue again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.asked import asked_of, utter
from desk.handoff import Handoffs
from desk.texts import say
from nouns import Reason, Reply

Events = list[dict[str, Any]]
FORM_SLOTS = ("ticket_subject", "ticket_email", "ticket_order")


@dataclass
class HandOver(Action):
    """Puts the customer in the queue for a human."""

    handoffs: Handoffs

    def name(self) -> str:
        """Return the action's name in domain.yml."""
        return "action_hand_over"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        """Hand over for the reason that the intent says."""
        asked = asked_of(tracker)
        reason = Reason.COMPLAINT if asked.intent == "complain" else Reason.ASKED_FOR_HUMAN
        utter(
            dispatcher,
            await self.handoffs.hand_over(asked.conversation, reason, asked.message, asked.understood),
        )
        return [SlotSet("failed_answers", 0), *(SlotSet(slot, None) for slot in FORM_SLOTS)]


@dataclass
class Cancel(Action):
    """Stops what is under way: the wait for a human, or the form."""

    handoffs: Handoffs

    def name(self) -> str:
        """Return the action's name in domain.yml."""
        return "action_cancel"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        """Leave the form (Rasa has deactivated it by now), else the queue."""
        asked = asked_of(tracker)
        in_form = any(asked.slots.get(slot) for slot in FORM_SLOTS) or _left_a_form(tracker)
        left = None if in_form else await self.handoffs.withdraw(asked.conversation)
        words = "cancelled" if in_form else "nothing_to_cancel"
        utter(dispatcher, left or Reply(say(words, asked.language)))
        return [SlotSet(slot, None) for slot in FORM_SLOTS]


def _left_a_form(tracker: Tracker) -> bool:
    for event in reversed(tracker.events):
        if event["event"] == "user":
            return False
        if event["event"] == "active_loop":
            return True
    return False
