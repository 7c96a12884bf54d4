"""What needs a writer's hand: past its review date, long untouched but asked, not translated, never used."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

from knowledge.checks.probes import same_article
from knowledge.load import stem_of
from nouns import Article

UNTOUCHED = timedelta(days=365)


@dataclass(frozen=True)
class Stale:
    """An article past its `review_by` ("overdue"), or untouched since `day` and still asked ("untouched")."""

    article: str
    reason: str
    day: date
    asked: int


@dataclass(frozen=True)
class Untranslated:
    """A public article without a counterpart in `language`.

    `suggested`: how often it was offered to customers who asked in another language than its own.
    """

    article: str
    language: str
    asked: int
    suggested: int = 0


def stale_in(
    articles: Sequence[Article], touched: Mapping[str, date], asked: Mapping[str, int], today: date
) -> list[Stale]:
    """Find what to read again; `touched`: when a file last changed, `asked`: how often it answered."""
    found = []
    for article in articles:
        review = _day(article.review_by)
        last, count = touched.get(article.id), asked.get(article.id, 0)
        if review and review < today:
            found.append(Stale(article.id, "overdue", review, count))
        elif last and count and last < today - UNTOUCHED:
            found.append(Stale(article.id, "untouched", last, count))
    return sorted(found, key=lambda stale: (-stale.asked, stale.day))


def untranslated_in(
    articles: Sequence[Article],
    languages: Sequence[str],
    asked: Mapping[str, int],
    suggested: Mapping[str, int] = MappingProxyType({}),
) -> list[Untranslated]:
    """Find public articles that are not there in each of the languages, the most missed and asked first."""
    there = {(stem_of(article.id), article.language) for article in articles if article.audience == "public"}
    found = [
        Untranslated(article.id, language, asked.get(article.id, 0), suggested.get(article.id, 0))
        for article in articles
        for language in languages
        if article.audience == "public" and (stem_of(article.id), language) not in there
    ]
    return sorted(found, key=lambda missing: (-missing.suggested, -missing.asked, missing.article))


def unused_in(articles: Sequence[Article], asked: Mapping[str, int]) -> list[str]:
    """Find public articles from which nothing was answered."""
    return [article.id for article in articles if article.audience == "public" and not asked.get(article.id)]


def counterparts_of(id: str, articles: Sequence[Article]) -> list[Article]:
    """List the same article in other languages."""
    return [article for article in articles if article.id != id and same_article(article.id, id)]


def touched_in(folder: Path, articles: Sequence[Article]) -> dict[str, date]:
    """Say when each article's file last changed: by git where it knows, else by the file's own time."""
    known = _by_git(folder)
    touched = {}
    for article in articles:
        path = folder / f"{article.id}.md"
        if path.is_file():
            stamp = known.get(path.resolve(), path.stat().st_mtime)
            touched[article.id] = datetime.fromtimestamp(stamp, UTC).date()
    return touched


def _by_git(folder: Path) -> dict[Path, float]:
    """Ask git for the time of every file's last commit; changes not yet committed are not looked for."""
    command = ["git", "log", "--format=%x00%ct", "--name-only", "--no-renames", "--", "."]
    try:
        top = subprocess.run(
            ["git", "rev-parse", "--show-toplevel"], cwd=folder, capture_output=True, timeout=10, check=True
        )
        log = subprocess.run(command, cwd=folder, capture_output=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return {}
    root = Path(top.stdout.decode().strip())
    times: dict[Path, float] = {}
    for commit in log.stdout.decode("utf-8", "replace").split("\0")[1:]:
        stamp, *names = commit.split("\n")
        for name in filter(None, names):
            times.setdefault(root / name, float(stamp))
    return times


def _day(written: str | None) -> date | None:
    try:
        return date.fromisoformat(written) if written else None
    except ValueError:
        return None
