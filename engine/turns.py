"""The engine as the app sees it: turns in order, whole or not at all, and done once if asked twice."""

import asyncio
import contextlib
import ctypes
import gc
import itertools
import json
import os
import resource
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from rasa.core.channels.channel import UserMessage
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from engine.actionendpoint import ActionEndpoint
from engine.channel import NAME, WholeUtterances
from engine.eventlog import EventLog
from engine.livetracker import LiveTracker
from engine.loading import ServedModel, load_model
from engine.nlu.reader import entities_of
from engine.problems import BadRequest
from engine.reading import Reading, beside_message

RANKING_LENGTH = 10
LONGEST_ID = 255


@dataclass(frozen=True)
class Turn:
    """One message as it comes from the app; `button` is the intent and entities of a pressed button."""

    message_id: str
    conversation: str
    text: str
    reading: Reading
    button: dict | None

    @classmethod
    def from_json(cls, data: dict) -> "Turn":
        """Build a Turn from the contract's JSON, or raise BadRequest."""
        ids = [_text(data, key) for key in ("message_id", "conversation")]
        if not all(0 < len(given) <= LONGEST_ID for given in ids):
            raise BadRequest(f"message_id and conversation must have 1 to {LONGEST_ID} characters")
        return cls(
            *ids,
            _text(data, "text"),
            Reading.from_json(data.get("reading") or {}),
            _button(data.get("button")),
        )


def _text(data: dict, key: str) -> str:
    """Return a text that can be stored: lone surrogates, which no encoding knows, are refused."""
    try:
        data[key].encode("utf-8")
    except (KeyError, AttributeError, UnicodeEncodeError) as error:
        raise BadRequest(f"{key} must be a text") from error
    return data[key]


def _button(button: Any) -> dict | None:
    if button is None:
        return None
    entities = button.get("entities") if isinstance(button, dict) else None
    if not isinstance(button, dict) or not isinstance(button.get("intent"), str):
        raise BadRequest('button must be {"intent": "…", "entities": {…}}')
    if not isinstance(entities, (dict, type(None))):
        raise BadRequest("button.entities must be an object")
    return {"intent": button["intent"], "entities": entities or {}}


class Engine:
    """Holds the served model, the event log and a lock for each conversation."""

    def __init__(self, model: ServedModel, log: EventLog, endpoint: ActionEndpoint) -> None:
        self._model = model
        self._log = log
        self._endpoint = endpoint
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._swapping = asyncio.Lock()
        self._turns = 0

    async def ask(self, turn: Turn) -> dict[str, Any]:
        """Answer a turn; a message id seen before gets the answer it got then."""
        async with self._lock_of(turn.conversation):
            model = self._model  # a turn ends on the model it began with, whatever is swapped meanwhile
            events = [json.loads(event) for event in self._log.turn(turn.conversation, turn.message_id)]
            if events:
                tracker = await model.store.retrieve(turn.conversation)
            else:
                tracker = await self._take(turn, model)
                events = [event.as_dict() for event in _since_user(tracker)]
            return _answer(events, tracker, model)

    async def swap(self, path: str) -> str:
        """Load another model aside, then serve it; return its name."""
        async with self._swapping:
            self._model = await asyncio.to_thread(load_model, Path(path), self._log, self._endpoint)
            give_memory_back()
            return self._model.name

    def status(self) -> dict[str, Any]:
        """Return what the operator asks first."""
        return {
            "model": self._model.name,
            "pid": os.getpid(),
            "memory_bytes": _memory_bytes(),
            "turns": self._turns,
        }

    async def tracker(self, conversation: str) -> dict[str, Any]:
        """Return all events and the slots of a conversation."""
        tracker = await self._model.store.retrieve_full_tracker(conversation)
        if tracker is None:
            return {"events": [], "slots": {}}
        return {"events": [event.as_dict() for event in tracker.events], "slots": _filled(tracker)}

    async def write(self, conversation: str, events: list[dict[str, Any]]) -> None:
        """Put a conversation as it once was in the place of what is known of it: for replays alone."""
        async with self._lock_of(conversation):
            await self._model.store.delete(conversation)
            rows = [
                (event.get("message_id") if event["event"] == "user" else None, event) for event in events
            ]
            self._log.append(conversation, [(message, json.dumps(event)) for message, event in rows])

    async def erase(self, conversation: str) -> None:
        """Delete a conversation, after the turn it may be in."""
        async with self._lock_of(conversation):
            await self._model.store.delete(conversation)

    async def close(self) -> None:
        """Close the connections and the log."""
        await self._endpoint.close()
        self._log.close()

    def _lock_of(self, conversation: str) -> asyncio.Lock:
        lock = self._locks.get(conversation)
        if lock is None:
            lock = self._locks[conversation] = asyncio.Lock()
        return lock

    async def _take(self, turn: Turn, model: ServedModel) -> LiveTracker:
        message = UserMessage(
            turn.text,
            WholeUtterances(),
            turn.conversation,
            parse_data=_pressed(turn, model) if turn.button else None,
            input_channel=NAME,
            message_id=turn.message_id,
        )
        with beside_message(turn.reading):
            tracker = await model.processor.take_turn(message)
        self._turns += 1
        return tracker


def _pressed(turn: Turn, model: ServedModel) -> dict[str, Any]:
    """Return a button's intent as Rasa's parse data, or raise BadRequest for one the model doesn't know."""
    intent, entities = turn.button["intent"], turn.button["entities"]
    if intent not in model.button_intents:
        raise BadRequest(f"button.intent {intent!r} is not an intent of the domain")
    chosen = {"name": intent, "confidence": 1.0}
    return {
        "text": turn.text,
        "intent": chosen,
        "intent_ranking": [chosen],
        "entities": [{"entity": name, "value": value} for name, value in entities.items()]
        + [entity for entity in entities_of(turn.reading) if entity["entity"] == "language"],
    }


def _since_user(tracker: LiveTracker) -> list[Any]:
    newest_first = list(
        itertools.takewhile(lambda event: not isinstance(event, UserUttered), reversed(tracker.events))
    )
    return [tracker.events[-len(newest_first) - 1], *reversed(newest_first)]


def _answer(events: list[dict], tracker: DialogueStateTracker, model: ServedModel) -> dict[str, Any]:
    read = events[0]["parse_data"]
    return {
        "utterances": [_utterance(event) for event in events if event["event"] == "bot"],
        "intent": {key: read["intent"].get(key) for key in ("name", "confidence")},
        "ranking": read.get("intent_ranking", [])[:RANKING_LENGTH],
        "slots": _filled(tracker),
        "events": events,
        "model": model.name,
        "active_form": tracker.active_loop_name,
    }


def _utterance(event: dict) -> dict[str, Any]:
    return {
        "text": event["text"],
        "response": event["metadata"].get("utter_action"),
        "custom": event["data"].get("custom"),
    }


def _filled(tracker: DialogueStateTracker) -> dict[str, Any]:
    return {
        name: value
        for name, value in tracker.current_slot_values().items()
        if value not in (None, "", [], {})
    }


def give_memory_back() -> None:
    """Collect the model that was swapped out, and return its pages to the system (malloc keeps them else)."""
    gc.unfreeze()
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _memory_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()
