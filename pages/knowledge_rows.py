"""What the pages for writers show of each article: use, votes, and how many of its probes find it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from knowledge.checks.probes import Probe
from nouns import Article, Decision
from records.database import Database
from records.use import Use, since

DAYS = 90
KEPT = timedelta(seconds=30)
SORTS = ("title", "used", "work")
ROWS = 300


@dataclass(slots=True)
class RecentUse:
    """What customers did lately, read at most every half minute."""

    database: Database
    _held: Use = field(default_factory=Use)
    _read_at: datetime | None = None

    async def of(self) -> Use:
        """Return the use of the last DAYS days."""
        now = self.database.now()
        if self._read_at is None or now - self._read_at > KEPT:
            async with self.database.read() as connection:
                self._held = await since(connection, now - timedelta(days=DAYS))
            self._read_at = now
        return self._held


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """One line of the list. `found` of `probes` find it; None while they are being asked."""

    article: Article
    answers: int
    yes: int
    no: int
    probes: int
    found: int | None
    answered: int | None
    overdue: bool

    @property
    def work(self) -> tuple[int, int, int]:
        """How much it needs a hand, for sorting: lost probes, votes against it, age."""
        lost = 0 if self.found is None else self.probes - self.found
        return (lost, max(0, self.no - self.yes), int(self.overdue))


def rows_of(
    articles: Sequence[Article], use: Use, probes: Sequence[Probe] | None, today: str
) -> list[ArticleRow]:
    """Make a line of every article."""
    by_article: dict[str, list[Probe]] = {}
    for probe in probes or ():
        by_article.setdefault(probe.article, []).append(probe)
    return [_row(article, use, by_article, probes is not None, today) for article in articles]


def found_rows(rows: Sequence[ArticleRow], filters: dict[str, str]) -> list[ArticleRow]:
    """Keep the lines that fit the filters (`q`, `language`, `audience`), in the order of `sort`."""
    words = filters["q"].lower()

    def fits(row: ArticleRow) -> bool:
        article = row.article
        named = " ".join([article.id, article.title, *article.tags]).lower()
        same_language = filters["language"] in ("", article.language)
        return words in named and same_language and filters["audience"] in ("", article.audience)

    found = sorted(filter(fits, rows), key=lambda row: (row.article.title.lower(), row.article.id))
    if filters["sort"] == "used":
        found.sort(key=lambda row: -row.answers)
    elif filters["sort"] == "work":
        found.sort(key=lambda row: row.work, reverse=True)
    return found


def _row(article: Article, use: Use, asked: dict[str, list[Probe]], is_asked: bool, today: str) -> ArticleRow:
    own = asked.get(article.id, [])
    return ArticleRow(
        article,
        use.answers[article.id],
        use.yes[article.id],
        use.no[article.id],
        len(article.probes),
        sum(probe.is_kept for probe in own) if is_asked else None,
        sum(probe.rank == 1 and probe.decision is Decision.ANSWER for probe in own) if is_asked else None,
        bool(article.review_by and article.review_by < today),
    )
