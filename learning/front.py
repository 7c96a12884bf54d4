"""An article's front matter: further questions, each on a line of its own, all else as it was."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from knowledge.load import closing_of, opening_of
from learning.texts import one_line, same
from learning.yamlfile import load, newline_of, problem_at, text_of, trimmed

TAG = "  # from review"


def questions_in(path: Path, text: str) -> dict[str, int]:
    """Return the article's questions with their lines, counted from 1."""
    head, first = _head(path, text)
    data = load(path, head, first + 1) if head else None
    questions: Any = (data or {}).get("questions") or []
    if isinstance(questions, str):
        raise problem_at(path, first + 1, "`questions` is not a list.", "Write each on a line with `- `.")
    return {str(one): questions.lc.item(at)[0] + first + 1 for at, one in enumerate(questions)}


def add_questions(path: Path, texts: Sequence[str], text: str | None = None) -> str:
    """Return the article's text with new questions, sorted, after those that are there."""
    text = text_of(path) if text is None else text
    known = {same(question) for question in questions_in(path, text)}
    new = sorted({same(one): one_line(one) for one in texts if same(one) not in known}.values(), key=same)
    if not new:
        return text
    head, first = _head(path, text)
    if not head:
        lines = [f"---{newline_of(text)}", *_list(["questions:"], new, "  ", text), f"---{newline_of(text)}"]
        return "".join([*lines, text])
    return _checked(path, text, _with(path, text, head, first, new), new)


def remove_question(path: Path, text: str, question: str) -> str:
    """Return the article's text without a question."""
    gone = {line for known, line in questions_in(path, text).items() if same(known) == same(question)}
    lines = text.splitlines(keepends=True)
    return "".join(line for number, line in enumerate(lines, 1) if number not in gone)


def yaml_line(text: str) -> str:
    """Write a text as one YAML scalar: plain where that reads back as the same, else in quotes."""
    try:
        plain = yaml.load(f"- {text}", Loader=yaml.BaseLoader) == [text]
    except yaml.YAMLError:
        plain = False
    return text if plain and not text.startswith(("- ", "? ")) else json.dumps(text, ensure_ascii=False)


def _with(path: Path, text: str, head: str, first: int, new: Sequence[str]) -> str:
    data: Any = load(path, head, first + 1) or {}
    lines, inside = text.splitlines(keepends=True), head.splitlines()
    questions = data.get("questions")
    if "questions" not in data:
        at = first + len(inside)
        return "".join([*lines[:at], *_list(["questions:"], new, "  ", text), *lines[at:]])
    start = data.lc.key("questions")[0]
    later = [data.lc.key(key)[0] for key in data if data.lc.key(key)[0] > start]
    end = trimmed(inside, start, min(later, default=len(inside)))
    block = bool(questions) and questions.fa.flow_style() is not True
    if block:
        dash = inside[questions.lc.item(0)[0]]
        indent = dash[: len(dash) - len(dash.lstrip())]
        at = first + end
        return "".join([*lines[:at], *_list([], new, indent, text), *lines[at:]])
    kept = [f"  - {yaml_line(str(one))}" for one in questions or []]
    listed = _list(["questions:", *kept], new, "  ", text)
    return "".join([*lines[: first + start], *listed, *lines[first + end :]])


def _list(before: Sequence[str], new: Sequence[str], indent: str, text: str) -> list[str]:
    rows = [*before, *(f"{indent}- {yaml_line(one)}{TAG}" for one in new)]
    return [f"{row}{newline_of(text)}" for row in rows]


def _head(path: Path, text: str) -> tuple[str, int]:
    """Return the front matter and how many lines stand before it."""
    opening = opening_of(text)
    if not opening:
        return "", 0
    closing = closing_of(text, opening.end())
    if not closing:
        raise problem_at(path, 1, "The front matter is not closed.", "End it with a line of ---.")
    return text[opening.end() : closing.start()] or "\n", 1


def _checked(path: Path, before: str, after: str, new: Sequence[str]) -> str:
    if list(questions_in(path, after)) != [*questions_in(path, before), *new]:
        cure = "Write `questions:` as a list, a `- ` on each line."
        raise problem_at(path, 1, "The questions can't be changed without disturbing the file.", cure)
    return after
