"""What `firstline knowledge check` does: gathers what is known, and shows the report as a person reads it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.settings import Settings

if TYPE_CHECKING:
    from knowledge.base import KnowledgeBase
    from knowledge.checks.report import Report
    from knowledge.index import Progress
    from reading.reader import Reader
    from records.use import Use

SHOWN = 12  # of one sort, on a terminal; --json tells all
STALE = {"overdue": "to be reviewed by", "untouched": "untouched since"}
Open = Callable[[Path], Awaitable[tuple["KnowledgeBase", "Reader"]]]


async def report_on(folder: Path, open_base: Open, tell: Progress, external: bool, days: int) -> Report:
    """Check a folder of articles; what customers asked is looked at when the folder is the company's own."""
    from knowledge.checks.links import dead_web_links
    from knowledge.checks.probes import ask_probes
    from knowledge.checks.report import Checker, Report
    from knowledge.load import articles_in

    settings = Settings()
    articles, problems = articles_in(folder)
    if not articles:
        return Report(0, broken=problems)
    use = await _use(settings, days) if folder == settings.articles_dir else None
    with TemporaryDirectory() as aside:
        base, reader = await open_base(Path(aside))
        checker = Checker(base, reader, folder, settings.languages)
        probes = await ask_probes(base, reader, tell)
        report = await checker.check(articles, datetime.now(UTC).date(), use, probes, problems)
    if not external:
        return report
    return replace(report, dead_links=[*report.dead_links, *await dead_web_links(articles)])


async def _use(settings: Settings, days: int) -> Use | None:
    """Read what customers asked; None where there is no database yet, as in CI."""
    from bot.app import database_of
    from records import schema, use

    if settings.database_url is None and not (settings.data_dir / "firstline.db").is_file():
        return None
    database = database_of(settings)
    try:
        await schema.upgrade(database)
        async with database.read() as connection:
            return await use.since(connection, database.now() - timedelta(days=days))
    finally:
        await database.close()


def show_report(report: Report, console: Console) -> None:
    """Print what was found, the gravest first, and how the probes did."""

    for title, colour, lines in _told(report):
        if not lines:
            continue
        console.print(f"[bold {colour}]{title}[/] ({len(lines)})", highlight=False)
        for line in lines[:SHOWN]:
            console.print(f"  {escape(line)}", highlight=False, soft_wrap=True)
        if len(lines) > SHOWN:
            console.print(f"  … and {len(lines) - SHOWN} more: --json tells all", highlight=False)
    _show_figures(report, console)


def _told(report: Report) -> list[tuple[str, str, list[str]]]:
    """Put the findings into words: title, colour, lines."""
    probes = "red" if report.short_languages else "yellow"
    return [
        ("Broken files", "red", [f"{each.sentence} {each.cure}" for each in report.broken]),
        ("Contradictions", "red", [
            f"{each.value} in {each.article}: {each.says}\n"
            f"    {each.other_value} in {each.other}: {each.other_says}"
            for each in report.contradictions
        ]),
        ("Dead links", "red", [
            f"{each.article}: {each.target} ({each.detail or each.reason})" for each in report.dead_links
        ]),
        ("Probes that another article answers first", probes, [
            f"{each.article}: {each.question} (first is {each.beaten_by}, it is {each.rank or 'not in ten'})"
            for each in report.failures if not each.unanswerable
        ]),
        ("Answered, though only internal articles hold it", "yellow", [
            f"{each.article}: {each.question} (answered from {each.beaten_by})"
            for each in report.failures if each.unanswerable
        ]),
        ("Nearly the same passage", "yellow", [
            f"{each.article}#{each.anchor} and {each.other}#{each.other_anchor}: {each.share:.0%}"
            for each in report.repeats
        ]),
        ("The same question", "yellow", [
            f"{each.question}: {', '.join(each.articles)}" for each in report.duplicates
        ]),
        ("Stale", "yellow", [
            f"{each.article}: {STALE[each.reason]} {each.day}, asked {each.asked} times"
            for each in report.stale
        ]),
        ("Asked, and not answered", "yellow", [
            f"{each.count} × {each.question}" + (f" (nearest: {each.nearest})" if each.nearest else "")
            for each in report.unanswered
        ]),
        ("Voted unhelpful", "yellow", [f"{v.article}: {v.no} no, {v.yes} yes" for v in report.voted_down]),
        ("Not translated", "dim", [
            f"{each.article}: no {each.language}"
            + (f", suggested {each.suggested} times all the same" if each.suggested else "")
            for each in report.untranslated
        ]),
        ("Never used", "dim", list(report.unused)),
    ]  # fmt: skip


def _show_figures(report: Report, console: Console) -> None:
    table = Table("language", "probes", "first", "among three", "answered", "wrong of answered")
    for language, row in report.figures.items():
        shares = [f"{row[name]:.3f}" for name in ("r1", "r3", "answered", "wrong_of_answered")]
        table.add_row(language, f"{row['probes']:.0f}", *shares)
    console.print(table)
    for promise in report.promises:
        console.print(promise.sentence, style="" if promise.kept else "yellow", highlight=False)
    for language in report.short_languages:
        least = f"Fewer than {report.least_first:.0%} of the {language} probes find their article first."
        console.print(f"[red]{least}[/red]", highlight=False)
    verdict = f"{report.articles} articles: {report.faults} faults, {report.warnings} warnings."
    console.print(f"[{'red' if report.faults else 'green'}]{verdict}[/]", highlight=False)
