"""`firstline knowledge add`: sources become Markdown articles; adding one again updates its articles."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from knowledge.disk import save_file
from knowledge.intake.files import READERS, name_of, read_file
from knowledge.intake.page import Page, unreadable
from knowledge.load import article_of
from nouns import Problem
from reading.script import language_of_page

_head = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)^---[ \t]*\r?$\n?", re.S | re.M)
_source = re.compile(r"^source: *(.+)$", re.M)

Progress = Callable[[int, int, str], None]


@dataclass
class Report:
    """What became of the sources: ids of articles, and what could not be read, with the reason."""

    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    failed: list[Problem] = field(default_factory=list)


def add_files(source: Path, articles_dir: Path, under: str, progress: Progress) -> Report:
    """Add a file, or every readable file of a folder; what is broken is reported, the rest goes in."""
    report = Report()
    files = list(files_in(source))
    for done, (path, name) in enumerate(files, 1):
        try:
            write_pages(read_file(path, name), articles_dir, under, report)
        except Problem as problem:
            report.failed.append(problem)
        except OSError as error:
            report.failed.append(unreadable(name, f"It can't be opened ({error.strerror})."))
        progress(done, len(files), name)
    return report


def files_in(source: Path) -> Iterator[tuple[Path, str]]:
    """List a file, or a folder's files that can be read, with their names; hidden ones are left out."""
    if source.is_file():
        yield source, source.name
        return
    if not source.is_dir():
        raise Problem(
            "source_missing", 404, f"There is no file or folder {source}.", "Look at its name again."
        )
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source)
        if (
            path.is_file()
            and path.suffix.lower() in READERS
            and not any(p.startswith(".") for p in name.parts)
        ):
            yield path, name.as_posix()


def write_pages(pages: Sequence[Page], articles_dir: Path, under: str, report: Report) -> None:
    """Write pages as articles; one of the same name from elsewhere is not overwritten."""
    for page in pages:
        id = "/".join(filter(None, (name_of(under) if under else "", page.name)))
        path, text = articles_dir / f"{id}.md", text_of(page)
        try:
            article_of(text.encode("utf-8", "ignore"), path, articles_dir)
            before = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else None
            if before is not None and before != text:
                _check_same_source(before, page, id)
        except Problem as problem:
            report.failed.append(problem)
            continue
        if before == text:
            report.unchanged.append(id)
            continue
        save_file(path, text.encode("utf-8", "ignore"))
        (report.added if before is None else report.updated).append(id)


def text_of(page: Page) -> str:
    """Write a page as an article's file; front matter that it brings is kept."""
    own = _head.match(page.markdown)
    if own:
        rest = page.markdown[own.end() :]
        return f"---\n{_source.sub('', own[1]).strip()}\n{_yaml({'source': page.source})}---\n{rest}"
    fields = {
        "title": " ".join(page.title.split()),
        "language": language_of_page(page.title + page.markdown),
        "kind": "faq",
        **({"questions": list(page.questions)} if page.questions else {}),
        **({"url": page.url} if page.url else {}),
        "source": page.source,
    }
    return f"---\n{_yaml(fields)}---\n{page.markdown.strip()}\n"


def _check_same_source(before: str, page: Page, id: str) -> None:
    head = _head.match(before)
    told = yaml.safe_load(head[1]) if head else None
    if not isinstance(told, dict) or told.get("source") != page.source:
        raise Problem(
            "article_taken", 409, f"{page.source}: There is an article {id} already, from elsewhere.",
            "Add it under another folder with --under.",
        )  # fmt: skip


def _yaml(fields: Mapping[str, object]) -> str:
    return yaml.safe_dump(dict(fields), allow_unicode=True, sort_keys=False, width=10_000)
