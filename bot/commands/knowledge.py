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
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bot.commands.shared import Json, console, say_json
from bot.settings import Settings

if TYPE_CHECKING:
    from knowledge.base import KnowledgeBase
    from knowledge.check import Duplicate, Probe
    from knowledge.index import Progress as Tell
    from nouns import Answer, Problem
    from reading.reader import Reader

app = typer.Typer(no_args_is_help=True)

Articles = Annotated[
    Path | None, typer.Option("--articles", help="Another folder of articles, indexed aside.")
]


@app.command()
def build(as_json: Json = False) -> None:
    """Build the index from the articles; what did not change is not encoded again."""
    from knowledge.index import build_folder

    settings = Settings()
    with _progress("Encoding", as_json) as tell:
        snapshot = asyncio.run(
            build_folder(settings.articles_dir, _reader(settings), settings.data_dir / "index", tell)
        )
    counts = {language: len(part.articles) for language, part in snapshot.parts.items()}
    if as_json:
        say_json({"index": snapshot.version, "articles": counts})
        return
    told = ", ".join(f"{count} {language}" for language, count in counts.items())
    console.print(f"Index [green]{snapshot.version}[/green] serves {told} articles.", highlight=False)


@app.command()
def search(
    question: Annotated[str, typer.Argument(help="What a customer would ask.")],
    articles: Articles = None,
    language: Annotated[
        str | None, typer.Option(help="Of the articles; by the question's script otherwise.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Ask the articles one question and show the decision, its probability and the passages."""
    with _progress("Indexing", as_json) as tell:
        answer = asyncio.run(_search(question, articles, language, tell))
    if as_json:
        say_json(_told(answer))
        return
    console.print(f"[bold]{answer.decision.value}[/bold] at {answer.probability:.2f}", highlight=False)
    for hit in answer.hits:
        console.rule(f"{hit.score:.2f}  {escape(hit.passage.id)}", align="left")
        console.print(
            Markdown(hit.passage.text) if console.is_terminal else hit.passage.text, highlight=False
        )


@app.command()
def check(articles: Articles = None, as_json: Json = False) -> None:
    """Ask every probe; exit code 1 when one does not find its article, or a file is broken."""
    from knowledge.check import duplicates_in, figures_of
    from knowledge.load import articles_in

    folder = articles or Settings().articles_dir
    found, problems = articles_in(folder)
    with _progress("Asking the probes", as_json) as tell:
        probes = asyncio.run(_probes(folder, tell)) if found else []
    failed = [probe for probe in probes if probe.rank != 1]
    doubled = duplicates_in(found)
    if as_json:
        say_json({
            "figures": figures_of(probes),
            "failures": [asdict(probe) for probe in failed],
            "duplicates": [asdict(duplicate) for duplicate in doubled],
            "broken": [problem.sentence for problem in problems],
        })  # fmt: skip
    else:
        _show_check(figures_of(probes), failed, doubled, problems)
    raise typer.Exit(1 if failed or problems else 0)


def _reader(settings: Settings) -> Reader:
    from reading.reader import Reader

    return Reader.load(settings.encoder, settings.encoder_cjk, settings.cache_dir / "vectors.db")


async def _open(folder: Path | None, tell: Tell, aside: Path) -> tuple[KnowledgeBase, Reader]:
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
        base, reader = await _open(folder, tell, Path(aside))
        return await base.search(question, await reader.read(question), language=language)


async def _probes(folder: Path, tell: Tell) -> list[Probe]:
    from knowledge.check import ask_probes

    with TemporaryDirectory() as aside:
        base, reader = await _open(folder, tell, Path(aside))
        return await ask_probes(base, reader, tell)


def _told(answer: Answer) -> dict[str, Any]:
    return {
        "decision": answer.decision.value,
        "probability": answer.probability,
        "passages": [
            {
                "article": hit.passage.article,
                "passage": hit.passage.id,
                "title": hit.passage.title,
                "score": hit.score,
                "text": hit.passage.text,
            }
            for hit in answer.hits
        ],
        "index": answer.index,
    }


def _show_check(
    figures: dict[str, dict[str, float]],
    failed: list[Probe],
    doubled: list[Duplicate],
    problems: list[Problem],
) -> None:
    for problem in problems:
        console.print(
            f"[red]{escape(problem.sentence)}[/red] {escape(problem.cure)}", highlight=False, soft_wrap=True
        )
    for duplicate in doubled:
        told = f"[yellow]Asked twice:[/yellow] {escape(duplicate.question)} – {', '.join(duplicate.articles)}"
        console.print(told, highlight=False, soft_wrap=True)
    for probe in failed:
        found = f"{probe.beaten_by} was first, it was {probe.rank or 'not among ten'}"
        console.print(
            f"[red]{probe.article}[/red]: {escape(probe.question)} ({found})", highlight=False, soft_wrap=True
        )
    table = Table("language", "probes", "first", "among three", "answered", "wrong of answered")
    for language, row in figures.items():
        shares = [f"{row[name]:.3f}" for name in ("r1", "r3", "answered", "wrong_of_answered")]
        table.add_row(language, f"{row['probes']:.0f}", *shares)
    console.print(table)


@contextmanager
def _progress(what: str, as_json: bool) -> Iterator[Tell]:
    """Show a bar on a terminal; piped or with --json there is none."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(
        *columns, console=console, transient=True, disable=as_json or not console.is_terminal
    ) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
