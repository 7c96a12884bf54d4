"""A dialogue tracker that stays as fast at turn 300 as at turn 3.

Stock replays the whole conversation for every copy (one for each action) and every list of states (one for
each prediction). Here a copy copies what the events led to, and the last states are computed onwards from a
mark.
"""

import copy
import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import (
    ActionExecuted,
    ActionReverted,
    Event,
    Restarted,
    SessionStarted,
    UserUtteranceReverted,
)
from rasa.shared.core.trackers import DialogueStateTracker

# Events that take others back: after one of them the past is walked again from its start.
UNDOING = (ActionReverted, Restarted, SessionStarted, UserUtteranceReverted)

T = TypeVar("T")


def twin(thing: T) -> T:
    """Return a shallow copy, without the detour of the copy module."""
    other = object.__new__(type(thing))
    other.__dict__.update(thing.__dict__)
    return other


@dataclass(frozen=True)
class Mark:
    """Where the walk over the past can go on: after an action_listen outside any loop."""

    domain: Domain
    position: int
    state: "LiveTracker"
    states: tuple[State, ...]


class LiveTracker(DialogueStateTracker):
    """Rasa's tracker, kept alive between turns; `saved` of its events are on disk."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.saved = 0
        self._mark: Mark | None = None

    def copy(self) -> "LiveTracker":
        """Return a tracker with the same past and the same state (see the base class)."""
        other = self._without_events()
        other.events = self.events.copy()
        other.saved, other._mark = self.saved, self._mark
        return other

    def _without_events(self) -> "LiveTracker":
        other = twin(self)
        other.events = self._create_events([])
        other.slots = {name: twin(slot) for name, slot in self.slots.items()}
        other.active_loop = copy.copy(self.active_loop)
        other.sender_source = other.model_id = other.assistant_id = None  # as stock's copy has them
        other.saved, other._mark = 0, None
        return other

    def last_states(self, domain: Domain, count: int) -> list[State]:
        """Return the last `count` of `past_states(domain)`, the oldest first; the caller may change them."""
        if self._max_event_history is not None:
            return self.past_states(domain)[-count:]  # events fall off the front, so no mark can hold
        mark = self._mark
        if mark is None or mark.domain is not domain or self._undone_since(mark.position):
            mark = Mark(domain, 0, LiveTracker(self.sender_id, self._fresh_slots()), ())
        states, self._mark = self._walk(mark, count)
        return [{part: dict(value) for part, value in state.items()} for state in states[-count:]]

    def _undone_since(self, position: int) -> bool:
        return any(isinstance(event, UNDOING) for event in itertools.islice(self.events, position, None))

    def _fresh_slots(self) -> Iterable[Any]:
        slots = [twin(slot) for slot in self.slots.values()]
        for slot in slots:
            slot.reset()
        return slots

    def _walk(self, mark: Mark, count: int) -> tuple[list[State], Mark]:
        """Apply the events after the mark, and return the states so far and the newest possible mark."""
        walker, states = mark.state._without_events(), list(mark.states)
        walker.events.extend(itertools.islice(self.events, mark.position, None))
        applied = walker.applied_events()
        positions = {id(event): mark.position + i for i, event in enumerate(walker.events, start=1)}
        for event in applied:
            if isinstance(event, ActionExecuted):
                states.append(domain_state(mark.domain, walker))
            event.apply_to(walker)
            if _may_mark(event, walker):
                mark = Mark(
                    mark.domain, positions[id(event)], walker._without_events(), tuple(states[-count:])
                )
        return [*states, domain_state(mark.domain, walker)], mark


def _may_mark(event: Event, walker: LiveTracker) -> bool:
    is_listen = isinstance(event, ActionExecuted) and event.action_name == ACTION_LISTEN_NAME
    return is_listen and walker.active_loop is None


def domain_state(domain: Domain, tracker: DialogueStateTracker) -> State:
    """Return what policies see of a tracker, as Domain.states_for_tracker_history gives it."""
    return domain.get_active_state(tracker)
