"""Keeps live trackers, a bounded number, over the event log on disk.

`retrieve` gives a clone and `save` swaps it in, so a turn that failed leaves no trace.
"""

import json
import os
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SessionStarted, UserUttered, deserialise_events
from rasa.shared.core.trackers import DialogueStateTracker, get_trackers_for_conversation_sessions

from engine.eventlog import EventLog
from engine.livetracker import LiveTracker
from engine.replacements import install_all

KEPT_TRACKERS = 1000


class LiveTrackerStore(TrackerStore):
    """Rasa's tracker store; FIRSTLINE_TRACKERS names the file, without it the trackers stay in memory."""

    def __init__(
        self,
        domain: Domain | None = None,
        event_broker: EventBroker | None = None,
        host: str | None = None,
        log: EventLog | None = None,
        replacements: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(domain, event_broker, **kwargs)
        if replacements:
            install_all()
        self.log = log or EventLog(host or os.environ.get("FIRSTLINE_TRACKERS") or ":memory:")
        self._live: OrderedDict[str, tuple[int, LiveTracker]] = OrderedDict()

    def init_tracker(self, sender_id: str) -> LiveTracker:
        """Return an empty tracker."""
        return LiveTracker(sender_id, self.domain.slots, max_event_history=self.max_event_history)

    async def retrieve(self, sender_id: str) -> LiveTracker | None:
        """Return a clone of the conversation's tracker, read anew when another process has written."""
        last = self.log.last_id(sender_id)
        known, tracker = self._live.get(sender_id, (None, None))
        if last is None:
            self._live.pop(sender_id, None)
            return None
        if tracker is None or known != last:
            tracker = self._last_session(self._load(sender_id))
            self._keep(last, tracker)
        else:
            self._live.move_to_end(sender_id)
        return tracker.copy()

    async def retrieve_full_tracker(self, conversation_id: str) -> LiveTracker | None:
        """Return a tracker with the events of all sessions."""
        return self._load(conversation_id) if self.log.last_id(conversation_id) else None

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Commit the events that are not on disk yet, and keep the tracker alive."""
        await self.stream_events(tracker)
        is_live = isinstance(tracker, LiveTracker)
        saved = tracker.saved if is_live else self.log.count(tracker.sender_id)
        new = list(tracker.events)[saved:]
        if not new:
            return
        last = self.log.append(tracker.sender_id, [_row(event) for event in new])
        if is_live and tracker._max_event_history is None and not _starts_another_session(tracker, new):
            tracker.saved = len(tracker.events)
            self._keep(last, tracker.copy())
        else:
            self._live.pop(tracker.sender_id, None)

    async def keys(self) -> Iterable[str]:
        """Return the ids of all conversations."""
        return self.log.senders()

    async def delete(self, sender_id: str) -> None:
        """Forget a conversation."""
        self._live.pop(sender_id, None)
        self.log.erase(sender_id)

    def _keep(self, last: int, tracker: LiveTracker) -> None:
        self._live[tracker.sender_id] = (last, tracker)
        self._live.move_to_end(tracker.sender_id)
        if len(self._live) > KEPT_TRACKERS:
            self._live.popitem(last=False)

    def _load(self, sender_id: str) -> LiveTracker:
        events = deserialise_events([json.loads(data) for data in self.log.events(sender_id)])
        return self._tracker_of(sender_id, events)

    def _last_session(self, tracker: LiveTracker) -> LiveTracker:
        sessions = get_trackers_for_conversation_sessions(tracker)
        return (
            self._tracker_of(tracker.sender_id, list(sessions[-1].events)) if len(sessions) > 1 else tracker
        )

    def _tracker_of(self, sender_id: str, events: list[Event]) -> LiveTracker:
        tracker = LiveTracker.from_events(sender_id, events, self.domain.slots)
        tracker.saved = len(tracker.events)
        return tracker


def _row(event: Event) -> tuple[str | None, str]:
    message_id = event.message_id if isinstance(event, UserUttered) else None
    return message_id, json.dumps(event.as_dict())


def _starts_another_session(tracker: LiveTracker, new: list[Event]) -> bool:
    return len(new) < len(tracker.events) and any(isinstance(event, SessionStarted) for event in new)
