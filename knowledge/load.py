"""Articles: Markdown files with front matter; a broken one is named with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from nouns import Article, Problem
from reading.script import language_of_page

KINDS = ("faq", "tutorial", "case")
AUDIENCES = ("public", "internal")
LISTS = ("tags", "questions", "probes")
TEXTS = ("title", "language", "kind", "audience", "url", "review_by")

Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # libyaml's is ten times faster

_control = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")  # YAML refuses them
_opening = re.compile(r"\A\ufeff?---[ \t]*\r?\n")
_closing = re.compile(r"^---[ \t]*(?:\r?\n|\Z)", re.M)
_first_heading = re.compile(r"^#{1,6} +(.+?) *#*$", re.M)


def stem_of(id: str) -> str:
    """Give an id without the language at its end: `delivery/norway` of `delivery/norway.zh`."""
    head, dot, tail = id.rpartition(".")
    return head if dot and 2 <= len(tail) <= 3 and tail.isalpha() else id


def articles_in(folder: Path) -> tuple[list[Article], list[Problem]]:
    """Read every `.md` under a folder, in order of path; what does not parse comes back as problems."""
    if not folder.is_dir():
        return [], [
            _problem(folder, 0, "There is no such folder.", "Set ARTICLES_DIR to the folder of articles.")
        ]
    articles: list[Article] = []
    problems: list[Problem] = []
    for path in sorted(folder.rglob("*.md")):
        try:
            articles.append(article_in(path, folder))
        except Problem as problem:
            problems.append(problem)
    return articles, problems


def check_articles(folder: Path) -> list[Article]:
    """Read every article of a folder, or raise one Problem that names all broken files."""
    articles, problems = articles_in(folder)
    if problems:
        sentence = " ".join(problem.sentence for problem in problems)
        raise Problem(
            "articles_broken", 422, sentence, "Correct them and build again; the old index still serves."
        )
    return articles


def article_in(path: Path, folder: Path) -> Article:
    """Read one article; its id is its path under `folder` without the ending."""
    return article_of(path.read_bytes(), path, folder)


def article_of(content: bytes, path: Path, folder: Path) -> Article:
    """Read what stands, or will stand, in a file."""
    text = _text_of(content, path)
    head, body = _cut(path, text)
    fields = _fields(path, head)
    _check_fields(path, text, fields)
    id = path.relative_to(folder).with_suffix("").as_posix()
    return Article(
        id=id,
        title=fields.get("title") or _title_of(body, id),
        language=fields.get("language") or language_of_page(body),
        kind=fields.get("kind") or "faq",
        body=body.strip("\n"),
        audience=fields.get("audience") or "public",
        url=fields.get("url"),
        review_by=fields.get("review_by"),
        **{name: tuple(fields.get(name) or ()) for name in LISTS},
    )


def opening_of(text: str) -> re.Match[str] | None:
    """Find the line that opens a front matter, if there is one."""
    return _opening.match(text)


def closing_of(text: str, start: int) -> re.Match[str] | None:
    """Find the line that closes it, from `start` on."""
    return _closing.search(text, start)


def _text_of(content: bytes, path: Path) -> str:
    try:
        return _control.sub("", content.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n"))
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _problem(path, line, "This is not UTF-8.", "Save the file as UTF-8.") from error


def _cut(path: Path, text: str) -> tuple[str, str]:
    """Part the front matter from the body; a file without one is all body."""
    opening = _opening.match(text)
    if not opening:
        return "", text
    closing = _closing.search(text, opening.end())
    if not closing:
        raise _problem(path, 1, "The front matter is not closed.", "End it with a line of ---.")
    return text[opening.end() : closing.start()], text[closing.end() :]


def _fields(path: Path, head: str) -> dict[str, Any]:
    """Parse the front matter; every value stays text, so `no` is a language and a date is a date."""
    try:
        fields = yaml.load(head, Loader=Loader) or {}
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        raise _problem(
            path, line, f"The front matter does not parse: {error.problem}.", "Put quotes around it."
        ) from error
    if not isinstance(fields, dict):
        raise _problem(path, 2, "The front matter is not a list of `name: value`.", "Write `title: …` first.")
    return {name: None if value in ("", "null", "~") else value for name, value in fields.items()}


def _check_fields(path: Path, text: str, fields: Mapping[str, Any]) -> None:
    for name, sentence in _faults(fields):
        line = next((n for n, row in enumerate(text.splitlines(), 1) if row.startswith(f"{name}:")), 1)
        raise _problem(path, line, sentence, "See docs/articles.md.")


def _faults(fields: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in TEXTS:
        if not isinstance(fields.get(name), str | None):
            yield name, f"`{name}` is not a line of text."
    for name in LISTS:
        values = fields.get(name) or []
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            yield name, f"`{name}` is not a list of lines of text."
    if fields.get("kind") and fields["kind"] not in KINDS:
        yield "kind", f"`kind` is {fields['kind']!r}, not one of {', '.join(KINDS)}."
    if fields.get("audience") and fields["audience"] not in AUDIENCES:
        yield "audience", f"`audience` is {fields['audience']!r}, not one of {', '.join(AUDIENCES)}."


def _title_of(body: str, id: str) -> str:
    heading = _first_heading.search(body)
    return heading[1] if heading else id.rpartition("/")[2].replace("-", " ")


def _problem(path: Path, line: int, what: str, cure: str) -> Problem:
    place = f"{path}, line {line}" if line else f"{path}"
    return Problem("article_broken", 422, f"{place}: {what}", cure)
