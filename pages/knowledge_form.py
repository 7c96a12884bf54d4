"""An article as a form sends it, checked; and what a form shows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from urllib.parse import urlsplit

from starlette.datastructures import FormData

from knowledge.frontmatter import Draft
from knowledge.load import AUDIENCES, KINDS
from nouns import Problem
from pages.session import field

CONTEXT_LINES = 2
_separators = re.compile(r"[,，、\n]")
_blanks = re.compile(r"[\s_]+")
_control = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def draft_in(form: FormData, before: Draft) -> Draft:
    """Read a form; a default that was not in the file stays out of it."""
    return Draft(
        title=_line(form, "title"),
        language=_kept(before.language, _line(form, "language"), _line(form, "language_was")),
        kind=_kept(before.kind, _line(form, "kind"), KINDS[0]),
        tags=_list(_separators.split(field(form, "tags"))),
        audience=_kept(before.audience, _line(form, "audience"), AUDIENCES[0]),
        url=_line(form, "url"),
        review_by=_line(form, "review_by"),
        questions=_list(field(form, "questions").splitlines()),
        probes=_list(field(form, "probes").splitlines()),
        body=_text(field(form, "body")).strip("\n"),
    )


def check_draft(draft: Draft, languages: Sequence[str], *, is_new: bool) -> None:
    """Refuse what no article can be."""
    if not draft.body.strip() or (is_new and not draft.title):
        raise Problem(
            "article_untitled", 422, "The title or the text is missing.", "Write it, and save again."
        )
    wrong = [
        name
        for name, is_right in (
            ("kind", draft.kind in ("", *KINDS)),
            ("audience", draft.audience in ("", *AUDIENCES)),
            ("language", draft.language in ("", *languages)),
            ("review_by", not draft.review_by or _is_day(draft.review_by)),
            ("url", not draft.url or urlsplit(draft.url).scheme in ("http", "https")),
        )
        if not is_right
    ]
    if wrong:
        raise Problem("article_value", 422, f"`{wrong[0]}` can't be that.", "Choose another value.")


def id_in(form: FormData, languages: Sequence[str], language: str) -> str:
    """Make the id of a new article of its topic, its name and its language."""
    topic, name = (_blanks.sub("-", _line(form, part).lower()).strip("-/") for part in ("topic", "name"))
    if not name or "." in topic + name or "\\" in topic + name or "//" in topic:
        raise Problem(
            "article_id", 422, f"{name[:80]!r} can't name an article.", "Use small letters, digits and -."
        )
    suffix = "" if language == languages[0] else f".{language}"
    return f"{topic}/{name}{suffix}" if topic else f"{name}{suffix}"


def raw_in(form: FormData) -> str:
    """Read the whole text of a file."""
    return _text(field(form, "raw"))


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A row of two texts side by side; `kind` is same, changed, or gap for what was left out."""

    kind: str
    theirs: str = ""
    yours: str = ""


def side_by_side(theirs: str, yours: str) -> list[DiffLine]:
    """Set two texts side by side, with the lines around what differs."""
    left, right = theirs.splitlines(), yours.splitlines()
    rows: list[DiffLine] = []
    for group in SequenceMatcher(a=left, b=right, autojunk=False).get_grouped_opcodes(CONTEXT_LINES):
        rows += [DiffLine("gap")] if rows else []
        for kind, a, b, c, d in group:
            old, new = left[a:b], right[c:d]
            for place in range(max(len(old), len(new))):
                pair = (old[place] if place < len(old) else "", new[place] if place < len(new) else "")
                rows.append(DiffLine("same" if kind == "equal" else "changed", *pair))
    return rows


def _line(form: FormData, name: str) -> str:
    return _control.sub("", field(form, name)).strip()


def _text(text: str) -> str:
    return _control.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _list(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line for each in lines if (line := _control.sub("", each).strip())))


def _kept(before: str, given: str, default: str) -> str:
    return before if not before and given == default else given


def _is_day(written: str) -> bool:
    try:
        return bool(date.fromisoformat(written))
    except ValueError:
        return False
