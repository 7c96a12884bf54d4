"""Where an article was read from, and whether somebody has edited it since: two lines of its front matter."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path

import yaml

from knowledge.arrays import fingerprint

RETIRED = ".retired"  # the ending that takes a file out of the articles; the desk brings it back

HEAD = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)^---[ \t]*\r?$\n?", re.S | re.M)
_taken = re.compile(r"^taken: ([0-9a-f]{16})\r?\n", re.M)


def signed(text: str) -> str:
    """Add the line by which it can be told later whether the article stands as it was taken."""
    head = HEAD.match(text)
    assert head is not None
    end = head.end(1)
    return f"{text[:end]}taken: {mark_of(text)}\n{text[end:]}"


def mark_of(text: str) -> str:
    """Name a text, but for its line `taken`, by 16 letters."""
    return f"{fingerprint(_taken.sub('', text, count=1).encode('utf-8', 'ignore')):016x}"


def taken_as(text: str) -> str | None:
    """Give the mark of what an article was taken as, if it bears one."""
    head = HEAD.match(text)
    found = _taken.search(head[0]) if head else None
    return found[1] if found else None


def is_as_taken(text: str) -> bool:
    """Whether nobody edited an article since it was taken; without a mark nobody knows."""
    return taken_as(text) == mark_of(text)


def source_of(text: str) -> str | None:
    """Give what an article was read from."""
    head = HEAD.match(text)
    try:
        told = yaml.safe_load(head[1]) if head else None
    except yaml.YAMLError:
        return None
    return told.get("source") if isinstance(told, dict) else None


def left_over(folder: Path, source: str, written: Collection[Path]) -> Iterator[tuple[Path, str]]:
    """Find the articles that came from a source which holds them no more, with their texts."""
    for path in sorted(folder.glob("*.md")):
        if path not in written:
            text = path.read_text(encoding="utf-8", errors="replace")
            if source_of(text) == source:
                yield path, text


def retire(path: Path) -> None:
    """Take an article's file out of the articles; what was retired under its name before gives way."""
    path.replace(path.with_name(path.name + RETIRED))
