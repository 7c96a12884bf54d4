"""An article's file as a form holds it, and back: only what was changed is written differently."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from difflib import SequenceMatcher
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from knowledge.load import LISTS, TEXTS
from nouns import Problem

WIDTH = 1 << 20  # no line is wrapped
_head = re.compile(r"\A(?P<open>\ufeff?---[ \t]*\n)(?P<head>.*?)(?P<close>^---[ \t]*(?:\n|\Z))", re.M | re.S)
_plain = re.compile(
    r"[^\W_](?:[^:#\[\]{}\",\t]|:(?=\S)|,(?= ))*(?<![\s:])"
)  # needs no quotes in a list of lines
_plain_inside = re.compile(r"[^\W_][\w ./-]*(?<! )")  # nor within [ and ]
_item = re.compile(r"^( *)- ", re.M)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a writer can set; "" and () stand for what is not there."""

    title: str = ""
    language: str = ""
    kind: str = ""
    tags: tuple[str, ...] = ()
    audience: str = ""
    url: str = ""
    review_by: str = ""
    questions: tuple[str, ...] = ()
    probes: tuple[str, ...] = ()
    body: str = ""


def draft_of(text: str) -> Draft:
    """Read a file's text into a form."""
    head, body = _parts(text)[1::2]
    try:
        held = yaml.load(head, Loader=yaml.BaseLoader) or {}
    except yaml.YAMLError as error:
        raise _broken() from error
    if not isinstance(held, dict):
        raise _broken()
    read: dict[str, Any] = {name: _text(held.get(name)) for name in TEXTS}
    read |= {name: tuple(map(str, held.get(name) or ())) for name in LISTS}
    return Draft(**read, body=body.strip("\n"))


def written(text: str, draft: Draft) -> str:
    """Write a form into a file's text: comments, order and spacing of what was not changed stay."""
    newline = "\r\n" if "\r\n" in text else "\n"
    text = text.replace("\r\n", "\n")
    before = draft_of(text)
    changed = {
        field.name: getattr(draft, field.name)
        for field in fields(Draft)
        if getattr(draft, field.name) != getattr(before, field.name)
    }
    if not changed:
        return text.replace("\n", newline)
    opening, head, closing, body = _parts(text)
    if "body" in changed:
        lead = body[: len(body) - len(body.lstrip("\n"))] if body.strip("\n") else "\n"
        body = f"{lead}{changed.pop('body')}\n"
    if changed:
        head = _changed_head(head, changed)
        opening, closing = opening or "---\n", closing or "---\n"
    return f"{opening}{head}{closing}{body}".replace("\n", newline)


def _parts(text: str) -> tuple[str, str, str, str]:
    """Cut a text into opening line, front matter, closing line and body; the first three may be empty."""
    text = text.replace("\r\n", "\n")
    found = _head.match(text)
    if found:
        return found["open"], found["head"], found["close"], text[found.end() :]
    return "", "", "", text


def _changed_head(head: str, changed: dict[str, Any]) -> str:
    handler = _handler(head)
    try:
        held = handler.load(head) or CommentedMap()
    except YAMLError as error:
        raise _broken() from error
    for name in (field.name for field in fields(Draft) if field.name in changed):
        value = changed[name]
        if name in LISTS:
            _set_list(held, name, value)
        elif value:
            held[name] = _scalar(name, value)
        elif name in held:
            held[name] = None if held[name] is None else ("" if name == "title" else None)
    stream = io.StringIO()
    handler.dump(held, stream)
    return stream.getvalue()


def _handler(head: str) -> YAML:
    """Make a reader and writer that keeps comments and quotes, and indents lists as the file does."""
    handler = YAML(typ="rt")
    handler.preserve_quotes = True
    handler.width = WIDTH
    handler.allow_unicode = True
    handler.representer.add_representer(type(None), _null)
    offset = len(found[1]) if (found := _item.search(head)) else 2
    handler.indent(mapping=2, sequence=offset + 2, offset=offset)
    return handler


def _null(representer: Any, _: None) -> Any:
    return representer.represent_scalar("tag:yaml.org,2002:null", "null")


def _set_list(held: CommentedMap, name: str, lines: Sequence[str]) -> None:
    """Change a list item by item, so that comments stay with what they stand at."""
    old = held.get(name)
    if not isinstance(old, CommentedSeq) or not old:
        if lines or old:
            held[name] = CommentedSeq([_quoted(line, inside=name == "tags") for line in lines])
            if name == "tags":
                held[name].fa.set_flow_style()
        return
    inside = bool(old.fa.flow_style())
    steps = SequenceMatcher(a=list(map(str, old)), b=list(lines), autojunk=False).get_opcodes()
    for kind, start, end, first, last in reversed(steps):
        if kind == "equal":
            continue
        for place in range(end - 1, start + (last - first) - 1, -1):
            del old[place]
        for step, line in enumerate(lines[first:last]):
            if start + step < end:
                old[start + step] = _quoted(line, inside=inside)
            else:
                old.insert(start + step, _quoted(line, inside=inside))


def _quoted(line: str, *, inside: bool) -> str:
    """Put quotes around what some reader of YAML might take for something else than these words."""
    is_plain = (_plain_inside if inside else _plain).fullmatch(line) and not _is_special(line)
    return line if is_plain else DoubleQuotedScalarString(line)


def _is_special(line: str) -> bool:
    """Whether YAML reads a bare word as a number, a date, a truth or nothing."""
    try:
        return not isinstance(yaml.safe_load(line), str)
    except yaml.YAMLError:
        return True


def _scalar(name: str, value: str) -> Any:
    """Give a date as a date, which YAML writes without quotes."""
    if name == "review_by":
        try:
            return date.fromisoformat(value)
        except ValueError:
            return value
    return _quoted(value, inside=False)


def _text(value: Any) -> str:
    return "" if value in (None, "null", "~") else str(value)


def _broken() -> Problem:
    return Problem("article_broken", 422, "The front matter does not parse.", "Correct the file's text.")
