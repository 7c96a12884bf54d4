"""`firstline knowledge add`: files, folders and web sites become articles."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bot.commands.shared import Json, console, say_json
from bot.settings import Settings

if TYPE_CHECKING:
    from knowledge.intake.add import Report

ADDRESSES = ("http://", "https://")


def add(
    source: Annotated[str, typer.Argument(help="File, folder or web address (of a site: all pages).")],
    under: Annotated[str, typer.Option(help="Folder of the articles that they go to.")] = "",
    preview: Annotated[bool, typer.Option("--preview", help="Write nothing; say what would become.")] = False,
    as_json: Json = False,
) -> None:
    """Add Markdown, HTML, PDF, DOCX, CSV of question and answer, a folder of these, or a web site.

    Adding the same again updates its articles, and retires those of rows that left a table; what was edited
    by hand since is kept, and named. What can't be read is named with the reason and left out; the exit code
    is 1 then. A running Firstline serves what was added at once.
    """
    from knowledge.intake.add import add_files
    from knowledge.intake.site import add_site

    folder = Settings().articles_dir
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    hidden = as_json or not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as bar:
        task = bar.add_task("Reading", total=None)

        def tell(done: int, total: int, name: str) -> None:
            bar.update(task, completed=done, total=total, description=escape(name[-40:]))

        if source.startswith(ADDRESSES):
            report = asyncio.run(add_site(source, folder, under, tell, preview=preview))
        else:
            report = add_files(Path(source), folder, under, tell, preview=preview)
    _show(report, as_json)
    raise typer.Exit(1 if report.failed else 0)


def _show(report: Report, as_json: bool) -> None:
    if as_json:
        failed = [{"code": one.code, "reason": one.sentence, "cure": one.cure} for one in report.failed]
        names = {"added": report.added, "updated": report.updated, "unchanged": report.unchanged}
        more = {"removed": report.removed, "kept": report.kept, "preview": report.preview}
        say_json(names | more | {"failed": failed})
        return
    for problem in report.failed:
        said = f"[red]{escape(problem.sentence)}[/red] {escape(problem.cure)}"
        console.print(said, highlight=False, soft_wrap=True)
    for title, color, ids in (
        ("Gone from its table, retired", "yellow", report.removed),
        ("Edited by hand since, kept; remove the file to have it anew", "yellow", report.kept),
    ):
        for id in ids:
            console.print(f"[{color}]{title}:[/{color}] {escape(id)}", highlight=False, soft_wrap=True)
    counts = f"{len(report.added)} added, {len(report.updated)} updated, {len(report.unchanged)} unchanged"
    counts += f", {len(report.removed)} retired, {len(report.kept)} kept"
    preview = " Nothing was written: this is a preview." if report.preview else ""
    console.print(f"{counts}, {len(report.failed)} not read.{preview}", highlight=False)
