"""What the bot does with an intent, checked before a training: rules and stories name only what there is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from learning.nlufile import nlu_files
from learning.yamlfile import load, name_of, problem_at, text_of
from nouns import Problem

FALLBACK = "nlu_fallback"
ALIKE = 0.8  # a slip of the keyboard, and no other name
# Rasa's own: https://rasa.com/docs/rasa/default-actions
DEFAULT_ACTIONS = (
    "action_back",
    "action_deactivate_loop",
    "action_default_ask_affirmation",
    "action_default_ask_rephrase",
    "action_default_fallback",
    "action_extract_slots",
    "action_listen",
    "action_restart",
    "action_revert_fallback_events",
    "action_session_start",
    "action_two_stage_fallback",
    "action_unlikely_intent",
)
RULE = """Write one in {file}:
- rule: {intent} is answered from the articles
  steps:
  - intent: {intent}
  - action: action_answer_question
or name in it an `utter_…` that stands under `responses:` in {domain}."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a rule or story names, `intent` or `action`, and where."""

    kind: str
    name: str
    path: Path
    line: int


@dataclass(frozen=True, slots=True)
class Known:
    """What the domain's files name: each intent with its place, the actions, and intents that fill a slot."""

    intents: Mapping[str, tuple[Path, int]]
    actions: Sequence[str]
    filling: Sequence[str]
    last: Path

    @classmethod
    def of(cls, domains: Sequence[Path]) -> Known:
        """Read the domain's files; responses and forms are actions, too."""
        found: dict[str, tuple[Path, int]] = {}
        actions, filling = list(DEFAULT_ACTIONS), list[str]()
        for path in domains:
            data = _mapping(path)
            for place, one in enumerate(data.get("intents") or []):
                found[name_of(one)] = (path, data["intents"].lc.item(place)[0] + 1)
            for key in ("actions", "responses", "forms"):
                actions += map(name_of, data.get(key) or [])
            filling += _filling(data.get("slots"))
        return cls(found, actions, filling, domains[-1])


def check_dialogue(domains: Sequence[Path], folders: Sequence[Path], own: Path) -> None:
    """Refuse what would fail in the training, or do nothing in silence. `own`: where a rule may go."""
    known = Known.of(domains)
    steps = [step for path in nlu_files(folders) for step in steps_in(path)]
    for step in steps:
        if step.kind == "intent" and step.name not in (*known.intents, FALLBACK):
            raise _unknown(step, known.intents, "Mend its name, or add it to the domain.")
        if step.kind == "action" and step.name not in known.actions:
            raise _unknown(step, known.actions, _cure_of(step.name, known.last))
    ruled = {*known.filling, *(step.name for step in steps if step.kind == "intent")}
    for intent, (path, line) in known.intents.items():
        if intent not in ruled:
            cure = RULE.format(intent=intent, file=own, domain=known.last)
            raise problem_at(path, line, f"No rule says what the bot does with `{intent}`.", cure)


def answered_by(folders: Sequence[Path], action: str) -> set[str]:
    """Return the intents that a rule answers by this action and nothing else."""
    told = [list(_named(steps, path)) for path in nlu_files(folders) for steps in _tales(path)]
    wanted = [[(step.kind, step.name) for step in steps] for steps in told if len(steps) == 2]
    return {name for (kind, name), last in wanted if kind == "intent" and last == ("action", action)}


def steps_in(path: Path) -> Iterator[Step]:
    """Return the steps of a file's rules and stories that name an intent or an action."""
    for steps in _tales(path):
        yield from _named(steps, path)


def _tales(path: Path) -> Iterator[Any]:
    """Return the steps of each rule and story of a file."""
    data = _mapping(path)
    for key in ("rules", "stories"):
        for one in data.get(key) or []:
            if not isinstance(one, dict):
                cure = "Begin each with `- rule:` or `- story:`, and its `steps:` below."
                raise problem_at(path, _line_of(data, key), f"`{key}` is no list of {key}.", cure)
            yield one.get("steps") or []


def _named(steps: Any, path: Path) -> Iterator[Step]:
    for step in (one for one in steps if isinstance(one, dict)):
        for kind in ("intent", "action"):
            if isinstance(name := step.get(kind), str):
                name = name.partition("/")[0] if kind == "intent" else name
                yield Step(kind, name, path, _line_of(step, kind))
        yield from _named(step.get("or") or [], path)


def _filling(slots: Any) -> Iterator[str]:
    """Return the intents that are an answer to a form: slots are filled from them, no rule takes them."""
    for slot in slots.values() if isinstance(slots, dict) else ():
        for mapping in (slot.get("mappings") or []) if isinstance(slot, dict) else ():
            named = mapping.get("intent") or []
            yield from [named] if isinstance(named, str) else named


def _line_of(mapping: Any, key: str) -> int:
    return int(mapping.lc.key(key)[0]) + 1


def _mapping(path: Path) -> Any:
    """Return what a file holds, with the places of its keys."""
    data: Any = load(path, text_of(path)) or {}
    if not isinstance(data, dict):
        raise problem_at(
            path, 1, "This is no file of Rasa's.", "Begin with a key such as `intents:` or `rules:`."
        )
    return data


def _unknown(step: Step, names: Iterable[str], cure: str) -> Problem:
    near = get_close_matches(step.name, list(names), 1, ALIKE)
    told = f" Do you mean `{near[0]}`?" if near else ""
    return problem_at(step.path, step.line, f"The domain knows no {step.kind} `{step.name}`.{told}", cure)


def _cure_of(action: str, domain: Path) -> str:
    if action.startswith("utter_"):
        return f"Write what the bot says under `responses:` in {domain}, in each language."
    return "Name an action of the domain, such as action_answer_question or action_hand_over."
