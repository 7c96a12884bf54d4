"""What an action is told: the latest events and an empty domain, where stock sends the whole conversation.

The events of 300 turns are a megabyte in each call. The app holds the conversation itself; an action needs
the latest turns at most. rasa-sdk 3.21's executor refuses a call without a domain, which the selective domain
leaves out.
"""

import itertools
from typing import Any

import rasa
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

stock = RemoteAction._action_call_format
RECENT_EVENTS = 40


def action_call_format(self: RemoteAction, tracker: DialogueStateTracker, domain: Domain) -> dict[str, Any]:
    """Return the body of the call, with the keys stock sends."""
    if not self._is_selective_domain_enabled() or domain.does_custom_action_explicitly_need_domain(
        self.name()
    ):
        return stock(self, tracker, domain)
    return {
        "next_action": self.name(),
        "sender_id": tracker.sender_id,
        "tracker": {**tracker.current_state(), "events": _recent(tracker)},
        "domain": {},
        "version": rasa.__version__,
    }


def _recent(tracker: DialogueStateTracker) -> list[dict[str, Any]]:
    first = max(0, len(tracker.events) - RECENT_EVENTS)
    return [event.as_dict() for event in itertools.islice(tracker.events, first, None)]


def install() -> None:
    """Put the replacement in place."""
    RemoteAction._action_call_format = action_call_format


def remove() -> None:
    """Put Rasa's own back."""
    RemoteAction._action_call_format = stock
