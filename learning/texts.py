"""When two texts are the same to the review: by letters and digits, whatever the case and the marks."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_marks = re.compile(r"[\s\W_]+")


def one_line(text: str) -> str:
    """Return a text as one line: a training file has a line an example."""
    return " ".join(text.split())


def same(text: str) -> str:
    """Return what is compared of a text."""
    bare = _marks.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()
    return bare or one_line(text)


def digest_of(text: str) -> str:
    """Return a short name of a text; equal texts have equal ones."""
    return hashlib.sha256(same(text).encode("utf-8", "replace")).hexdigest()
