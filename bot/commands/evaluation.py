"""How good and how fast: figures that anyone can measure again."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bot.commands.shared import Json, console, say_json
from bot.settings import Settings

evaluate = typer.Typer(no_args_is_help=True)
bench = typer.Typer(no_args_is_help=True)

SEEDS_OF_LABELS = 5

Step = Callable[[str, int, int | None], None]
Predictions = Annotated[Path | None, typer.Option(help="Write each prediction there, a JSON line each.")]
Customers = Annotated[int, typer.Option(min=1, max=64, help="Customers side by side.")]


@evaluate.command()
def nlu(
    train: Annotated[list[Path] | None, typer.Option(help="Rasa NLU files or folders to train on.")] = None,
    test: Annotated[list[Path] | None, typer.Option(help="Rasa NLU files or folders to test on.")] = None,
    predictions: Predictions = None,
    as_json: Json = False,
) -> None:
    """Train the NLU pipeline aside and test it; without files, on the company's own examples, by language."""
    from bot.running import load_reader
    from evaluation.nlu import evaluate_nlu, evaluate_own

    if bool(train) != bool(test) or (predictions and not train):
        raise typer.BadParameter("--train and --test go together, and --predictions with both.")
    settings = Settings()
    with _steps(as_json) as step:
        step("Loading the sentence encoders", 0, None)
        reader = load_reader(settings)
        step("Training and testing", 0, None)
        files = (train or [], test or [])
        work = evaluate_nlu(settings, reader, files, predictions) if train else evaluate_own(settings, reader)
        figures = asyncio.run(work)
    _tell(figures, as_json)


@evaluate.command()
def knowledge(
    articles: Annotated[Path | None, typer.Option(help="A folder of articles, indexed aside.")] = None,
    questions: Annotated[Path | None, typer.Option(help="JSON lines with `question` and `article`.")] = None,
    predictions: Predictions = None,
    curve: Annotated[Path | None, typer.Option(help="Draw what each error rate buys there, as SVG.")] = None,
    as_json: Json = False,
) -> None:
    """Ask labelled questions; without options, the company's own probes and what no article answers."""
    from bot.running import load_reader
    from evaluation.knowledge import evaluate_knowledge
    from evaluation.own import evaluate_own

    if bool(articles) != bool(questions) or ((predictions or curve) and not articles):
        raise typer.BadParameter("--articles and --questions go together; --predictions, --curve with both.")
    settings = Settings()
    with _steps(as_json) as step:
        step("Loading the sentence encoders", 0, None)
        reader = load_reader(settings)

        def tell(done: int, total: int) -> None:
            step("Indexing and asking", done, total)

        if articles and questions:
            figures = asyncio.run(evaluate_knowledge(articles, questions, predictions, reader, tell, curve))
        else:
            figures = asyncio.run(evaluate_own(settings, reader, tell))
    _tell(figures, as_json)


@evaluate.command()
def public(
    data: Annotated[Path, typer.Argument(help="A folder of bases: articles, questions.jsonl, …_75pct.")],
    baseline: Annotated[bool, typer.Option(help="Also run the plain BM25 + MiniLM + e5.")] = True,
    ship: Annotated[Path | None, typer.Option(help="Write the judges that are shipped there.")] = None,
    as_json: Json = False,
) -> None:
    """Measure search and decision on public help pages, each base by weights that the others taught."""
    from bot.running import load_reader
    from evaluation.public import evaluate_public
    from evaluation.shipping import ship as write_judges

    settings = Settings()
    with _steps(as_json) as step:
        step("Loading the sentence encoders", 0, None)
        reader = load_reader(settings)

        def tell(done: int, total: int) -> None:
            step("Encoding", done, total)

        if ship:
            asyncio.run(write_judges(data, settings.articles_dir, ship, reader, tell))
            return
        figures = asyncio.run(evaluate_public(data, reader, baseline=baseline, progress=tell))
    _tell(figures, as_json)


@evaluate.command("follow-ups")
def follow_ups(as_json: Json = False) -> None:
    """Ask what leans on the question before ("and to Norway?"), with and without it; figures by language."""
    from bot.running import load_reader
    from evaluation.follow_ups import evaluate_follow_ups

    settings = Settings()
    with _steps(as_json) as step:
        step("Loading the sentence encoders", 0, None)
        reader = load_reader(settings)
        work = evaluate_follow_ups(settings, reader, lambda done, total: step("Indexing", done, total))
        figures = asyncio.run(work)
    _tell(figures, as_json)


@bench.command()
def answers(
    messages: Annotated[int, typer.Option(min=1, max=20_000, help="How many are asked.")] = 1000,
    customers: Customers = 1,
    as_json: Json = False,
) -> None:
    """Time answers over WebSockets, and weigh both processes afterwards."""
    from evaluation.answers import bench_answers

    with _steps(as_json) as step:
        step("Starting Firstline aside", 0, None)
        asking = "Asking"
        figures = bench_answers(
            Settings(), messages, customers, lambda done, total: step(asking, done, total)
        )
    _tell(figures, as_json)


@bench.command()
def path(
    customers: Customers = 8,
    rounds: Annotated[int, typer.Option(min=1, max=50, help="How often each has its turn.")] = 6,
    turns: Annotated[int, typer.Option(min=3, max=100, help="Messages in one conversation.")] = 12,
    as_json: Json = False,
) -> None:
    """Compare a message's whole way with a stock Rasa project's, in turns."""
    from evaluation.path import bench_path

    with _steps(as_json) as step:
        figures = bench_path(Settings(), customers, rounds, turns, step)
    _tell(figures, as_json)


@bench.command()
def engine(as_json: Json = False) -> None:
    """Compare the engine alone with the same project under `rasa run` as shipped."""
    from bot.running import load_reader
    from evaluation.engine import in_engine

    settings = Settings()
    with _steps(as_json) as step:
        step("Loading the sentence encoders", 0, None)
        reader = load_reader(settings)

        def hear(line: str) -> None:
            step(line[:100], 0, None)

        figures = asyncio.run(in_engine(settings, reader, ["engine.bench"], hear))
    _tell(figures, as_json)


@bench.command()
def learning(
    runs: Annotated[int, typer.Option(min=1, max=1000, help="Honest batches.")] = 100,
    poisoned: Annotated[int, typer.Option(min=1, max=1000, help="Spoilt batches of each kind.")] = 25,
    seed: Annotated[int, typer.Option(help="Another seed, other batches.")] = 0,
    data: Annotated[list[Path] | None, typer.Option(help="Rasa NLU files to draw batches from.")] = None,
    golden: Annotated[list[Path] | None, typer.Option(help="Rasa NLU files to judge on.")] = None,
    as_json: Json = False,
) -> None:
    """Let honest and spoilt batches of labels come to the gate; on the company's data, or on other files."""
    from bot.running import load_reader
    from evaluation.labels import bench_labels
    from evaluation.learning import bench_learning

    if bool(data) != bool(golden):
        raise typer.BadParameter("--data and --golden go together.")
    settings = Settings()
    with _steps(as_json) as step:
        step("Loading the sentence encoders", 0, None)
        reader = load_reader(settings)
        files = (data, golden) if data and golden else None

        def tell(done: int, total: int) -> None:
            step("Training candidates", done, total)

        figures = asyncio.run(bench_learning(settings, reader, files, (runs, poisoned, seed), tell))
        step("Choosing labels", 0, None)
        figures |= asyncio.run(bench_labels(settings, reader, files, SEEDS_OF_LABELS))
    _tell(figures, as_json)


@bench.command()
def labels(
    seeds: Annotated[int, typer.Option(min=1, max=100, help="How often it is simulated.")] = SEEDS_OF_LABELS,
    data: Annotated[list[Path] | None, typer.Option(help="Rasa NLU files to choose from.")] = None,
    golden: Annotated[list[Path] | None, typer.Option(help="Rasa NLU files to test on.")] = None,
    as_json: Json = False,
) -> None:
    """Count the labels that choosing saves against random order; on the company's data, or other files."""
    from bot.running import load_reader
    from evaluation.labels import bench_labels

    if bool(data) != bool(golden):
        raise typer.BadParameter("--data and --golden go together.")
    settings = Settings()
    with _steps(as_json) as step:
        step("Loading the sentence encoders", 0, None)
        reader = load_reader(settings)
        files = (data, golden) if data and golden else None

        def tell(done: int, total: int) -> None:
            step("Labelling", done, total)

        figures = asyncio.run(bench_labels(settings, reader, files, seeds, tell))
    _tell(figures, as_json)


@bench.command()
def swaps(
    count: Annotated[int, typer.Option(min=2, max=1000, help="How often the model is swapped.")] = 20,
    customers: Customers = 8,
    as_json: Json = False,
) -> None:
    """Swap the model while customers write: nothing may be lost, refused or doubled, and no memory grow."""
    from evaluation.swaps import bench_swaps

    with _steps(as_json) as step:
        step("Starting Firstline aside", 0, None)
        figures = bench_swaps(Settings(), count, customers, lambda done, of: step("Swapping", done, of))
    _tell(figures, as_json)


@bench.command("replay")
def replays(
    turns: Annotated[int, typer.Option(min=1, max=20_000, help="How many answers are logged.")] = 500,
    as_json: Json = False,
) -> None:
    """Answer logged messages again, forms included: the same must be decided."""
    from bot.running import load_reader
    from evaluation.replays import bench_replay

    settings = Settings()
    with _steps(as_json) as step:
        step("Loading the sentence encoders", 0, None)
        figures = bench_replay(settings, load_reader(settings), turns, step)
    _tell(figures, as_json)


@bench.command()
def start(
    times: Annotated[int, typer.Option(min=1, max=20, help="How often it is started.")] = 3,
    as_json: Json = False,
) -> None:
    """Time a start with everything prepared, and weigh both environments."""
    from evaluation.start import bench_start

    with _steps(as_json) as step:
        figures = bench_start(Settings(), times, lambda done, total: step("Starting", done, total))
    _tell(figures, as_json)


@bench.command()
def channels(
    messages: Annotated[int, typer.Option(min=10, max=5000, help="How many one customer asks.")] = 200,
    burst: Annotated[int, typer.Option(min=1, max=20_000, help="How many come at once.")] = 1000,
    customers: Annotated[int, typer.Option(min=1, max=1000, help="From so many customers.")] = 200,
    as_json: Json = False,
) -> None:
    """Time replies on Telegram and Slack (local stand-ins), and look whether a burst is answered whole."""
    from evaluation.channels import bench_channels

    with _steps(as_json) as step:
        figures = bench_channels(Settings(), messages, (burst, customers), step)
    _tell(figures, as_json)


@bench.command("knowledge")
def bench_knowledge(
    passages: Annotated[int, typer.Option(min=100, max=2_000_000, help="How many are made up.")] = 10_000,
    language: Annotated[str, typer.Option(help="en or zh.")] = "en",
    encoded: Annotated[int, typer.Option(min=20, help="How many are really encoded.")] = 300,
    as_json: Json = False,
) -> None:
    """Build an index of made-up passages; time search and edits; compare with the ranking of all of them."""
    from evaluation.scale import bench_knowledge as measure
    from reading.reader import Reader

    if language not in ("en", "zh"):
        raise typer.BadParameter("--language is en or zh.")
    settings = Settings()
    with _steps(as_json) as step:
        step("Loading the sentence encoders", 0, None)
        reader = Reader.load(settings.encoder, settings.encoder_cjk)
        figures = asyncio.run(measure(settings, reader, passages, language, encoded, step))
    _tell(figures, as_json)


@bench.command()
def team(
    messages: Annotated[int, typer.Option(min=1, max=10_000, help="How many the customer writes.")] = 200,
    as_json: Json = False,
) -> None:
    """Time a customer's message to the team's Slack thread (local stand-in)."""
    from evaluation.team import bench_team

    with _steps(as_json) as step:
        figures = bench_team(messages, lambda done, total: step("Writing", done, total))
    _tell(figures, as_json)


@bench.command()
def handoff(
    schedules: Annotated[int, typer.Option(min=0, max=1_000_000, help="How many are played.")] = 1000,
    seed: Annotated[int, typer.Option(help="The same seed plays the same schedules.")] = 1,
    first: Annotated[int, typer.Option(min=0, help="The first schedule's number.")] = 0,
    real: Annotated[int, typer.Option(min=0, max=1000, help="So many more on real processes, killed.")] = 0,
    as_json: Json = False,
) -> None:
    """Play random schedules of customers, bot, team, kills and time-outs; look whether hand-off holds."""
    from evaluation.handoffs.bench import bench_handoff
    from evaluation.handoffs.real import bench_real

    with _steps(as_json) as step:
        playing = "Playing schedules"
        figures = bench_handoff(schedules, seed, first, lambda done, total: step(playing, done, total))
        if real:
            killing = "On real processes"
            figures["real"] = bench_real(
                Settings(), real, seed, lambda done, total: step(killing, done, total)
            )
            figures["violations"] += figures["real"]["violations"]
    _tell(figures, as_json)
    if figures["violations"]:
        raise typer.Exit(1)


@contextmanager
def _steps(as_json: bool) -> Iterator[Step]:
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


def _tell(figures: Mapping[str, Any], as_json: bool) -> None:
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
