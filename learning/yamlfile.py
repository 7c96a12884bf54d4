"""YAML that people edit by hand: read with its places, faults told with file, line and cure."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from nouns import Problem


def text_of(path: Path) -> str:
    """Return a file's text with its line ends as they are; a file that is not there is empty."""
    try:
        return path.read_bytes().decode("utf-8") if path.exists() else ""
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise problem_at(path, line, "This is not UTF-8.", "Save the file as UTF-8.") from error


def load(path: Path, text: str, first_line: int = 1) -> Any:
    """Parse a YAML text, keeping each value's place; `first_line` is where it begins in its file."""
    reader = YAML(typ="rt")
    reader.preserve_quotes = True
    try:
        return reader.load(StringIO(text))
    except MarkedYAMLError as error:
        quoted = "quoted" in (error.context or "")  # then what is wrong is where the quote begins
        mark = error.context_mark if quoted else error.problem_mark or error.context_mark
        line = (mark.line if mark else 0) + first_line
        told = f"{error.problem or 'it is not YAML'}"
        cure = "Look at the indentation and the quotes of this line and the one above."
        raise problem_at(path, line, f"This is not valid YAML: {told}.", cure) from error
    except YAMLError as error:
        raise problem_at(path, first_line, f"This is not valid YAML: {error}.", "Correct it.") from error


def end_of_key(data: Any, key: str, text: str) -> int:
    """Return the line, counted from 0, where a top-level key's value ends: the next key's, or the end."""
    if not data or key not in data:
        return len(text.splitlines())
    start = data.lc.key(key)[0]
    later = [data.lc.key(other)[0] for other in data if other != key and data.lc.key(other)[0] > start]
    return trimmed(text.splitlines(), start, min(later, default=len(text.splitlines())))


def trimmed(lines: list[str], start: int, end: int) -> int:
    """Return `end` without the blank lines and comments that stand before it: they belong to what follows."""
    while end > start + 1 and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
        end -= 1
    return end


def name_of(entry: Any) -> str:
    """Return the name of an entry of a list: it stands alone, or is the one key of a mapping."""
    return str(next(iter(entry))) if isinstance(entry, dict) else str(entry)


def newline_of(text: str) -> str:
    """Return how a file ends its lines."""
    return "\r\n" if "\r\n" in text else "\n"


def problem_at(path: Path, line: int, what: str, cure: str) -> Problem:
    """Return a problem of a data file, with its place."""
    return Problem("data_file", 422, f"{path}, line {line}: {what}", cure)
