"""What the commands that measure share: steps with a bar, the encoders, figures as a table or as JSON."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bot.commands.shared import console, say_json
from bot.settings import Settings

if TYPE_CHECKING:  # torch is loaded by what is asked for, not by the command line
    from reading.reader import Reader

Step = Callable[[str, int, int | None], None]


def encoders(step: Step, settings: Settings) -> Reader:
    """Load the sentence encoders, and say so."""
    from bot.running import load_reader

    step("Loading the sentence encoders", 0, None)
    return load_reader(settings)


def counting(step: Step, what: str) -> Callable[[int, int], None]:
    """Return what tells how much of one step is done."""
    return lambda done, total: step(what, done, total)


@contextmanager
def steps(as_json: bool) -> Iterator[Step]:
    """Show a bar on a terminal, a line for each new step when piped; SIGTERM ends it as Ctrl+C does."""
    signal.signal(signal.SIGTERM, _interrupt)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    shown = console.is_terminal and not as_json
    with Progress(*columns, console=console, transient=True, disable=not shown) as bar:
        task = bar.add_task("", total=None)
        before = ""

        def step(what: str, done: int, total: int | None) -> None:
            nonlocal before
            bar.update(task, description=escape(what), completed=done, total=total)
            if what != before and not shown:
                typer.echo(what, err=True)
            before = what

        yield step


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def tell_figures(figures: Mapping[str, Any], as_json: bool) -> None:
    """Print figures: as JSON, or as a table."""
    if as_json:
        say_json(figures)
        return
    table = Table("figure", "value")
    for name, value in _flat(figures):
        table.add_row(name, value)
    console.print(table)


def _flat(figures: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Flatten nested figures to `answers.p50_ms`; lists of rows are counted, other lists are written out."""
    for name, value in figures.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            yield f"{prefix}{name}", str(len(value))
        elif "_bytes" in f"{prefix}{name}" and isinstance(value, int):
            yield f"{prefix}{name}", f"{value / 1e6:,.0f} MB"
        else:
            yield f"{prefix}{name}", "–" if value is None else str(value)
