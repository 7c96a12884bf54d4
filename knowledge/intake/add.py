"""`firstline knowledge add`: sources become Markdown articles; adding one again updates its articles."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from knowledge.disk import save_file
from knowledge.intake.files import READERS, TABLES, name_of, read_file
from knowledge.intake.origin import HEAD, is_as_taken, left_over, mark_of, retire, signed, source_of, taken_as
from knowledge.intake.page import Page, unreadable
from knowledge.load import article_of
from nouns import Problem
from reading.script import language_of_page

_ours = re.compile(r"^(?:source|taken): *.+$\n?", re.M)

Progress = Callable[[int, int, str], None]


@dataclass
class Report:
    """What became of the sources: ids of articles, and what could not be read, with the reason.

    `removed`: a table holds them no more; `kept`: edited by hand since, so neither updated nor removed.
    `preview`: nothing is written, this is what would be.
    """

    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    failed: list[Problem] = field(default_factory=list)
    preview: bool = False


def add_files(
    source: Path, articles_dir: Path, under: str, progress: Progress, *, preview: bool = False
) -> Report:
    """Add a file, or every readable file of a folder; what is broken is reported, the rest goes in."""
    report = Report(preview=preview)
    files = list(files_in(source))
    for done, (path, name) in enumerate(files, 1):
        try:
            pages = read_file(path, name)
            write_pages(pages, articles_dir, under, report)
            if path.suffix.lower() in TABLES:
                _remove_rows_gone(pages, articles_dir, under, report)
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
    """Write pages as articles; one from elsewhere, or edited by hand since, is not overwritten."""
    for page in pages:
        id = _id_of(page, under)
        path, text = articles_dir / f"{id}.md", text_of(page)
        try:
            article_of(text.encode("utf-8", "ignore"), path, articles_dir)
            before = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else None
            if before is not None and before != text and source_of(before) != page.source:
                raise _taken_already(page, id)
        except Problem as problem:
            report.failed.append(problem)
            continue
        becomes = _becoming(before, text, report)
        becomes.append(id)
        if before != text and becomes is not report.kept and not _is_edited_alone(before, text):
            _write(path, text, report)


def _becoming(before: str | None, text: str, report: Report) -> list[str]:
    """Choose what is reported of a page."""
    if before is None:
        return report.added
    if mark_of(before) == mark_of(text) or _is_edited_alone(before, text):
        return report.unchanged
    return report.updated if is_as_taken(before) else report.kept


def _is_edited_alone(before: str | None, text: str) -> bool:
    """Whether somebody edited the article while its source stayed as it was."""
    return before is not None and taken_as(before) == mark_of(text) and not is_as_taken(before)


def _write(path: Path, text: str, report: Report) -> None:
    if not report.preview:
        save_file(path, text.encode("utf-8", "ignore"))


def _remove_rows_gone(pages: Sequence[Page], articles_dir: Path, under: str, report: Report) -> None:
    """Retire the articles of rows that a table holds no more, but for those edited by hand."""
    paths = {articles_dir / f"{_id_of(page, under)}.md" for page in pages}
    for folder in {path.parent for path in paths}:
        for path, text in left_over(folder, pages[0].source, paths):
            id = path.relative_to(articles_dir).with_suffix("").as_posix()
            (report.removed if is_as_taken(text) else report.kept).append(id)
            if is_as_taken(text) and not report.preview:
                retire(path)


def _id_of(page: Page, under: str) -> str:
    return "/".join(filter(None, (name_of(under) if under else "", page.name)))


def text_of(page: Page) -> str:
    """Write a page as an article's file; front matter that it brings is kept."""
    return signed(_text_of(page))


def _text_of(page: Page) -> str:
    own = HEAD.match(page.markdown)
    if own:
        rest = page.markdown[own.end() :]
        return f"---\n{_ours.sub('', own[1]).strip()}\n{_yaml({'source': page.source})}---\n{rest}"
    fields = {
        "title": " ".join(page.title.split()),
        "language": language_of_page(page.title + page.markdown),
        "kind": "faq",
        **({"questions": list(page.questions)} if page.questions else {}),
        **({"url": page.url} if page.url else {}),
        "source": page.source,
    }
    return f"---\n{_yaml(fields)}---\n{page.markdown.strip()}\n"


def _taken_already(page: Page, id: str) -> Problem:
    return Problem(
        "article_taken", 409, f"{page.source}: There is an article {id} already, from elsewhere.",
        "Add it under another folder with --under.",
    )  # fmt: skip


def _yaml(fields: Mapping[str, object]) -> str:
    return yaml.safe_dump(dict(fields), allow_unicode=True, sort_keys=False, width=10_000)
