"""What a replay is compared by: everything that shaped the answer, nothing that is drawn anew each time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nouns import Turn

DIGITS = 4
RANKED = 5
UNNOTICED = {"ranking", "slots", "knowledge"}
Decision = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Setting:
    """What an answer was made with: a group of turns of one setting is replayed by one engine."""

    model: str
    index: str
    error_rate: float
    office_hours: str = "always"
    time_zone: str = "UTC"
    mail: bool = False

    @classmethod
    def of(cls, versions: Mapping[str, Any]) -> Setting:
        """Read the setting that a Turn names."""
        told = versions.get("settings") or {}
        return cls(
            versions.get("model") or "",
            versions.get("index") or "",
            told.get("answer_error_rate", 0.05),
            told.get("office_hours", "always"),
            told.get("time_zone", "UTC"),
            bool(told.get("mail", False)),
        )


@dataclass(frozen=True, slots=True)
class Replayed:
    """A turn, what came of it when replayed (None: it could not be), and what differs."""

    turn: Turn
    decision: Decision | None
    missing: str | None = None
    differences: Sequence[str] = field(default_factory=tuple)

    @property
    def same(self) -> bool:
        """Tell whether the same was decided."""
        return self.decision is not None and not self.differences

    @property
    def noticed(self) -> bool:
        """Tell whether a customer would have noticed a difference: no score is one."""
        return bool(set(self.differences) - UNNOTICED)


def decision_of(
    intent: str | None,
    ranking: Sequence[Mapping[str, Any]],
    events: Sequence[Mapping[str, Any]],
    knowledge: Mapping[str, Any],
    replies: Sequence[Mapping[str, Any]],
) -> Decision:
    """Return what was understood, done, found and said."""
    return {
        "intent": intent,
        "ranking": [[one["name"], _rounded(one["confidence"])] for one in ranking[:RANKED]],
        "actions": [event["name"] for event in events if event.get("event") == "action"],
        "slots": [[e["name"], _plain(e.get("value"))] for e in events if e.get("event") == "slot"],
        "form": [event["name"] for event in events if event.get("event") == "active_loop"],
        "knowledge": _plain(knowledge),
        "replies": [_reply(reply) for reply in replies],
    }


def logged(turn: Turn) -> Decision:
    """Return the decision that a Turn keeps."""
    return decision_of(turn.intent, turn.ranking, turn.events, turn.knowledge, turn.replies)


def differences(before: Decision, now: Decision) -> tuple[str, ...]:
    """Return the parts that differ."""
    return tuple(part for part in before if before[part] != now[part])


def told(decision: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what a customer was told, with the buttons that were offered, and what was understood."""
    said = (
        " ".join([reply["text"], *(f"[{button['title']}]" for button in reply["buttons"])])
        for reply in decision["replies"]
    )
    return (str(decision["intent"]), *said)


def summed(replayed: Iterable[Replayed]) -> dict[str, Any]:
    """Sum up the replay of a whole log."""
    found = list(replayed)
    missing = [one for one in found if one.missing]
    other = [one for one in found if not one.missing and not one.same]
    return {
        "turns": len(found),
        "same": sum(one.same for one in found),
        "different": len(other),
        "noticed": sum(one.noticed for one in other),
        "missing": len(missing),
        "missing_reasons": sorted({str(one.missing) for one in missing}),
        "intents_changed": sum("intent" in one.differences for one in other),
        "answers_changed": sum("replies" in one.differences for one in other),
    }


def _reply(reply: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "kind": str(reply["kind"]),
        "text": reply["text"],
        "sources": [_plain({**one, "best": None}) for one in reply["sources"]],  # marked, not said
        "ticket": reply["ticket"],
        "buttons": [
            {"title": one["title"], "intent": one["intent"], "entities": dict(one["entities"])}
            for one in reply["buttons"]
        ],
    }


def _plain(value: Any) -> Any:
    """Return a value as JSON would give it back, with numbers rounded."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return _rounded(value) if isinstance(value, float) else value


def _rounded(value: float) -> float:
    return round(value, DIGITS)
