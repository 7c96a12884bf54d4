"""What every action starts from and ends in: who asked what, and a reply on its way back through Rasa."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from nouns import Reading, Reply

OF_NO_USE = frozenset({"session_started_metadata", "topic"})  # to a human who takes over


@dataclass(frozen=True, slots=True)
class Asked:
    """A customer's message as the engine understood it; the customer is known by the conversation alone."""

    conversation: str
    message: str
    text: str
    intent: str
    language: str
    entities: Mapping[str, str]
    ranking: Sequence[Mapping[str, Any]]
    slots: Mapping[str, Any]

    @property
    def understood(self) -> dict[str, Any]:
        """What a human should see of it in a hand-off."""
        slots = {name: value for name, value in self.slots.items() if value and name not in OF_NO_USE}
        return {"ranking": list(self.ranking), "slots": slots}


def asked_of(tracker: Tracker) -> Asked:
    """Read the tracker that Rasa sent."""
    latest = tracker.latest_message
    entities = {found["entity"]: str(found["value"]) for found in latest.get("entities", ())}
    return Asked(
        conversation=tracker.sender_id,
        message=latest.get("message_id") or "",
        text=latest.get("text") or "",
        intent=(latest.get("intent") or {}).get("name") or "",
        language=tracker.get_slot("language") or entities.get("language") or "en",
        entities=entities,
        ranking=latest.get("intent_ranking", ()),
        slots=tracker.slots,
    )


def utter(dispatcher: CollectingDispatcher, reply: Reply, knowledge: Mapping[str, Any] | None = None) -> None:
    """Send a reply back; `knowledge` is what the Turn keeps of the search behind it."""
    custom: dict[str, Any] = {"reply": {**asdict(reply), "text": None}}
    if knowledge:
        custom["knowledge"] = dict(knowledge)
    dispatcher.utter_message(text=reply.text, json_message=custom)


class Readings:
    """The readings of messages under way, so that an action need not read a text again."""

    def __init__(self) -> None:
        self._under_way: dict[str, Reading] = {}

    def keep(self, message: str, reading: Reading) -> None:
        """Remember a reading while its message is answered."""
        self._under_way[message] = reading

    def drop(self, message: str) -> None:
        """Forget it."""
        self._under_way.pop(message, None)

    def of(self, message: str) -> Reading | None:
        """Return the message's reading, if it is under way here."""
        return self._under_way.get(message)
