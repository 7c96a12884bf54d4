"""A new intent, whole: named in the domain, with its answer in each language, and a rule that gives it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from learning.front import yaml_line
from learning.yamlfile import end_of_key, load, name_of, problem_at, trimmed
from nouns import Problem

NAME = re.compile(r"[a-z][a-z0-9_]{1,47}")
RULES_FILE = "reviewed.yml"
FROM_ARTICLES = "action_answer_question"


def check_name(name: str, known: Sequence[str]) -> str:
    """Refuse a name that Rasa or a reader could not take."""
    name = re.sub(r"[\s-]+", "_", name.strip().lower())
    if not NAME.fullmatch(name) or name == "nlu_fallback":
        cure = "Use 2 to 48 small letters, digits and _, such as ask_warranty."
        raise Problem("intent_name", 422, f"`{name}` is no name for an intent.", cure)
    if name in known:
        raise Problem("intent_exists", 409, f"There is an intent `{name}` already.", "Choose it instead.")
    return name


def check_answers(answers: Mapping[str, str], languages: Sequence[str]) -> dict[str, str]:
    """Refuse a canned answer that lacks a language; none at all: the articles answer."""
    said = {language: " ".join(answers.get(language, "").split()) for language in languages}
    missing = [language for language, text in said.items() if not text]
    if len(missing) == len(languages):
        return {}
    if missing:
        told = ", ".join(missing)
        raise Problem(
            "answer_missing",
            422,
            f"The answer lacks these languages: {told}.",
            "Say it in each, or leave all empty: then the articles answer.",
        )
    return said


def with_intent(path: Path, text: str, name: str, answers: Mapping[str, str]) -> str:
    """Return a domain file's text with a new intent, and what the bot says to it."""
    text = text or 'version: "3.1"\n'
    data: Any = load(path, text) or {}
    if name not in map(name_of, data.get("intents") or []):
        text = _into(path, text, "intents", [f"- {name}"])
    if answers and f"utter_{name}" not in (data.get("responses") or {}):
        text = _into(path, text, "responses", _response(name, answers))
    return text


def with_rule(path: Path, text: str, name: str, action: str) -> str:
    """Return a rules file's text with the rule that answers an intent."""
    text = text or '# What reviewers decided the bot does with intents they named.\nversion: "3.1"\n'
    data: Any = load(path, text) or {}
    steps = [step for rule in data.get("rules") or [] for step in rule.get("steps", [])]
    if any(step.get("intent") == name for step in steps):
        return text
    rule = [
        *([""] if data.get("rules") else []),
        f"- rule: {name} is answered by {action}",
        "  steps:",
        f"  - intent: {name}",
        f"  - action: {action}",
    ]
    return _into(path, text, "rules", rule)


def _into(path: Path, text: str, key: str, rows: Sequence[str]) -> str:
    """Add rows at the end of a top-level key's value; the key is made when it is not there."""
    data: Any = load(path, text) or {}
    lines = text.splitlines(keepends=True)
    if not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    if data.get(key) is None:
        if key in data:
            raise problem_at(path, data.lc.key(key)[0] + 1, f"`{key}` is empty.", "Take the line out.")
        return "".join([*lines, "\n", f"{key}:\n", *(f"{row}\n" for row in rows)])
    if data[key].fa.flow_style():
        raise problem_at(path, data.lc.key(key)[0] + 1, f"`{key}` is in brackets.", "Write it in lines.")
    end = trimmed(lines, data.lc.key(key)[0], end_of_key(data, key, text))
    after = "".join([*lines[:end], *(f"{row}\n" for row in rows), *lines[end:]])
    load(path, after)
    return after


def _response(name: str, answers: Mapping[str, str]) -> list[str]:
    """Write the response's variations: the first language's without a condition, then each language's."""
    rows = [f"  utter_{name}:", f"  - text: {yaml_line(next(iter(answers.values())))}"]
    for language, said in answers.items():
        rows += [f"  - text: {yaml_line(said)}", "    condition:", "    - type: slot"]
        rows += ["      name: language", f"      value: {language}"]
    return rows
