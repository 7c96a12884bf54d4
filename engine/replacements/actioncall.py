"""What an action is told: this turn's events and an empty domain, where stock sends the whole conversation.

The events of 300 turns are a megabyte in each call. The app holds the conversation itself; an action needs
what came of the message in hand. rasa-sdk 3.21's executor refuses a call without a domain, which the
selective domain leaves out.
"""

import itertools
from typing import Any

import rasa
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

stock = RemoteAction._action_call_format


def action_call_format(self: RemoteAction, tracker: DialogueStateTracker, domain: Domain) -> dict[str, Any]:
    """Return the body of the call, with the keys stock sends."""
    if not self._is_selective_domain_enabled() or domain.does_custom_action_explicitly_need_domain(
        self.name()
    ):
        return stock(self, tracker, domain)
    return {
        "next_action": self.name(),
        "sender_id": tracker.sender_id,
        "tracker": {**tracker.current_state(), "events": _of_turn(tracker)},
        "domain": {},
        "version": rasa.__version__,
    }


def _of_turn(tracker: DialogueStateTracker) -> list[dict[str, Any]]:
    """Return the events from the customer's message on, that one included."""
    newest_first = itertools.takewhile(lambda e: not isinstance(e, UserUttered), reversed(tracker.events))
    count = sum(1 for _ in newest_first) + 1
    first = max(0, len(tracker.events) - count)
    return [event.as_dict() for event in itertools.islice(tracker.events, first, None)]


def install() -> None:
    """Put the replacement in place."""
    RemoteAction._action_call_format = action_call_format


def remove() -> None:
    """Put Rasa's own back."""
    RemoteAction._action_call_format = stock
