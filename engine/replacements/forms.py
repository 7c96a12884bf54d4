"""Gives a form a copy of the live tracker to work on; stock replays the whole conversation, twice."""

from rasa.core.actions.forms import FormAction
from rasa.shared.core.constants import REQUESTED_SLOT
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from engine.livetracker import LiveTracker

stock = FormAction._temporary_tracker


def temporary_tracker(
    self: FormAction, current_tracker: DialogueStateTracker, additional_events: list[Event], domain: Domain
) -> DialogueStateTracker:
    """Return a tracker on which the form has run and the new events happened."""
    if not isinstance(current_tracker, LiveTracker):
        return stock(self, current_tracker, additional_events, domain)
    tracker = current_tracker.copy()
    requested = SlotSet(REQUESTED_SLOT, self.get_slot_to_fill(current_tracker))
    for event in (requested, ActionExecuted(self.name()), *additional_events):
        tracker.update(event, domain)
    return tracker


def install() -> None:
    """Put the replacement in place."""
    FormAction._temporary_tracker = temporary_tracker


def remove() -> None:
    """Put Rasa's own back."""
    FormAction._temporary_tracker = stock
