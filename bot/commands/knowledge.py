"""`firstline knowledge`: build the index of the articles, search it, check that it finds what it should."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markdown import Markdown
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from bot.commands.adding import add
from bot.commands.shared import Json, console, say_json
from bot.settings import Settings

if TYPE_CHECKING:
    from knowledge.base import KnowledgeBase
    from knowledge.index import Progress as Tell
    from nouns import Answer, Hit
    from reading.reader import Reader

app = typer.Typer(no_args_is_help=True)
app.command()(add)

Articles = Annotated[
    Path | None, typer.Option("--articles", help="Another folder of articles, indexed aside.")
]


@app.command()
def build(as_json: Json = False) -> None:
    """Build the index from the articles; what did not change is not encoded again."""
    from knowledge.index import build_folder
    from knowledge.promise import promises_of

    settings = Settings()
    with progress_bar("Encoding", as_json) as tell:
        snapshot = asyncio.run(
            build_folder(settings.articles_dir, _reader(settings), settings.data_dir / "index", tell)
        )
    counts = {language: len(part.articles) for language, part in snapshot.parts.items()}
    promises = promises_of(snapshot.judges, settings.answer_error_rate)
    if as_json:
        promised = [asdict(promise) for promise in promises]
        say_json({"index": snapshot.version, "articles": counts, "promises": promised})
        return
    told = ", ".join(f"{count} {language}" for language, count in counts.items())
    console.print(f"Index [green]{snapshot.version}[/green] serves {told} articles.", highlight=False)
    for promise in promises:
        console.print(promise.sentence, highlight=False)


@app.command()
def search(
    question: Annotated[str, typer.Argument(help="What a customer would ask.")],
    articles: Articles = None,
    language: Annotated[
        str | None, typer.Option(help="Of the articles; by the question's script otherwise.")
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show what each score had to do with it.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Ask the articles one question and show the decision, its probability and the passages."""
    from bot.commands.explaining import show, told

    with progress_bar("Indexing", as_json) as tell:
        answer = asyncio.run(_search(question, articles, language, tell))
    if as_json:
        say_json(_told(answer) | ({"explained": told(answer)} if explain else {}))
        return
    console.print(f"[bold]{answer.decision.value}[/bold] at {answer.probability:.2f}", highlight=False)
    for hit in answer.hits:
        console.rule(f"{hit.score:.2f}  {escape(hit.passage.id)}", align="left")
        console.print(
            Markdown(hit.passage.text) if console.is_terminal else hit.passage.text, highlight=False
        )
    for hit in answer.across:
        console.rule(f"{hit.score:.2f}  {escape(hit.passage.id)}, suggested: there is no other", align="left")
    if explain:
        show(answer)


@app.command()
def check(
    articles: Articles = None,
    external: Annotated[bool, typer.Option("--external", help="Ask for the links to the web too.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail the check too.")] = False,
    days: Annotated[int, typer.Option(help="How far back to look at what customers asked.")] = 90,
    as_json: Json = False,
) -> None:
    """Look for what is wrong with the articles, as a writer would; for CI too.

    Exit code 1: a file is broken, articles contradict each other, a link is dead, or too few probes of a
    language find their article first. Everything else (the probes that failed, doubled passages, what is
    stale, unanswered or voted down) is told, and fails the check with --strict.
    """
    from bot.commands.checking import report_on, show_report

    folder = articles or Settings().articles_dir
    with progress_bar("Asking the probes", as_json) as tell:
        report = asyncio.run(
            report_on(folder, lambda aside: open_base(folder, tell, aside), tell, external, days)
        )
    if as_json:
        say_json(report.to_json())
    else:
        show_report(report, console)
    raise typer.Exit(1 if report.faults or (strict and report.warnings) else 0)


def _reader(settings: Settings) -> Reader:
    from reading.reader import Reader

    cache = settings.cache_dir / "vectors.db"
    return Reader.load(settings.encoder, settings.encoder_cjk, cache, second_look=settings.second_look)


async def open_base(folder: Path | None, tell: Tell, aside: Path) -> tuple[KnowledgeBase, Reader]:
    """Open the index, building what changed; another folder of articles gets an index of its own, aside."""
    from knowledge.base import KnowledgeBase
    from knowledge.index import build
    from knowledge.load import articles_in, check_articles

    settings = Settings()
    reader = _reader(settings)
    own = folder is None or folder == settings.articles_dir
    index = settings.data_dir / "index" if own and not articles_in(settings.articles_dir)[1] else aside
    readable = (
        check_articles(settings.articles_dir)
        if index != aside
        else articles_in(folder or settings.articles_dir)[0]
    )
    await build(readable, reader, index, tell)
    return KnowledgeBase.open(
        index, folder or settings.articles_dir, reader, settings.answer_error_rate
    ), reader


async def _search(question: str, folder: Path | None, language: str | None, tell: Tell) -> Answer:
    with TemporaryDirectory() as aside:
        base, reader = await open_base(folder, tell, Path(aside))
        return await base.search(question, await reader.read(question), language=language)


def _told(answer: Answer) -> dict[str, Any]:
    return {
        "decision": answer.decision.value,
        "probability": answer.probability,
        "passages": [{**_named(hit), "text": hit.passage.text} for hit in answer.hits],
        "across": [{**_named(hit), "language": hit.passage.language} for hit in answer.across],
        "index": answer.index,
    }


def _named(hit: Hit) -> dict[str, Any]:
    return {
        "article": hit.passage.article,
        "passage": hit.passage.id,
        "title": hit.passage.title,
        "score": hit.score,
    }


class Rate(ProgressColumn):
    """How many are done a second."""

    def render(self, task: Task) -> Text:
        """Show the rate of the last seconds."""
        rate = task.finished_speed or task.speed
        return Text(f"{rate:.1f}/s" if rate else "")


@contextmanager
def progress_bar(what: str, as_json: bool) -> Iterator[Tell]:
    """Show a bar on a terminal; piped or with --json there is none."""
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn()
    )  # fmt: skip
    with Progress(
        *columns, console=console, transient=True, disable=as_json or not console.is_terminal
    ) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
