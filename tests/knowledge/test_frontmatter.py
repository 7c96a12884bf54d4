"""A file keeps its comments, order and spacing; only what a writer changed is written differently."""

from __future__ import annotations

import difflib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.frontmatter import Draft, draft_of, written
from nouns import Problem

ARTICLES = Path(__file__).parents[2] / "knowledge" / "articles"
TEXT = """\
---
# who: Kari
title: "Quoted"   # keep
questions:
- one   # the first
- two
- three
extra: {a: 1}
---


Body
"""


def changes(before: str, after: str) -> list[str]:
    return [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]


def test_every_demo_article_is_written_back_to_the_byte() -> None:
    for path in ARTICLES.rglob("*.md"):
        text = path.read_text("utf-8")
        assert written(text, draft_of(text)) == text, path


def test_a_change_of_one_line_is_a_change_of_one_line() -> None:
    draft = draft_of(TEXT)
    after = written(TEXT, replace(draft, questions=("one", "three", "four"), review_by="2027-01-31"))

    assert changes(TEXT, after) == ["- - two", "+ - four", "+ review_by: 2027-01-31"]
    assert draft_of(after).questions == ("one", "three", "four")


def test_windows_line_ends_stay() -> None:
    text = TEXT.replace("\n", "\r\n")
    after = written(text, replace(draft_of(text), body="Body\n\nMore"))
    assert after == text + "\r\nMore\r\n"


def test_a_file_without_front_matter_gets_one_only_when_needed() -> None:
    assert written("Plain.\n", replace(draft_of("Plain.\n"), body="Changed.")) == "Changed.\n"
    titled = written("Plain.\n", replace(draft_of("Plain.\n"), title="Title"))
    assert titled == "---\ntitle: Title\n---\nPlain.\n"


def test_what_does_not_parse_is_said() -> None:
    with pytest.raises(Problem, match="does not parse"):
        draft_of("---\ntitle: [open\n---\nBody\n")


LETTERS = st.characters(exclude_categories=("C", "Zl", "Zp"))
LINE = (
    st.text(LETTERS, min_size=1, max_size=30)
    .map(str.strip)
    .filter(lambda line: line not in ("", "~", "null"))
)
LINES = st.lists(LINE, max_size=5, unique=True).map(tuple)


@settings(max_examples=80, deadline=None)
@given(first=LINES, then=LINES, title=LINE)
def test_whatever_is_written_is_read_again(first: tuple[str, ...], then: tuple[str, ...], title: str) -> None:
    draft = Draft(title=title, questions=first, probes=then, tags=first, body="Body")
    once = written("", draft)
    assert draft_of(once) == draft
    swapped = replace(draft, questions=then, probes=first, tags=then)
    assert draft_of(written(once, swapped)) == swapped
