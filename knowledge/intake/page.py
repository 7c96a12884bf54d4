"""What was read, before it is an article; and why something could not be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nouns import Problem


@dataclass(frozen=True)
class Page:
    """One article to be: `name` is its path without ending, `source` where it came from."""

    name: str
    source: str
    title: str
    markdown: str
    url: str | None = None
    questions: Sequence[str] = ()


def unreadable(name: str, reason: str, cure: str = "") -> Problem:
    """Return the error that names a file, and why it can't be read."""
    return Problem("source_unreadable", 422, f"{name}: {reason}", cure)
