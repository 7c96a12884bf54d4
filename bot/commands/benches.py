"""How fast, and whether it holds: figures that anyone can measure again."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.commands.figures import counting, encoders, steps, tell_figures
from bot.commands.shared import Json
from bot.settings import Settings

bench = typer.Typer(no_args_is_help=True)

SEEDS_OF_LABELS = 5

Customers = Annotated[int, typer.Option(min=1, max=64, help="Customers side by side.")]


@bench.command()
def answers(
    messages: Annotated[int, typer.Option(min=1, max=20_000, help="How many are asked.")] = 1000,
    customers: Customers = 1,
    as_json: Json = False,
) -> None:
    """Time answers over WebSockets, and weigh both processes afterwards."""
    from evaluation.answers import bench_answers

    with steps(as_json) as step:
        step("Starting Firstline aside", 0, None)
        figures = bench_answers(Settings(), messages, customers, counting(step, "Asking"))
    tell_figures(figures, as_json)


@bench.command()
def path(
    customers: Customers = 8,
    rounds: Annotated[int, typer.Option(min=1, max=50, help="How often each has its turn.")] = 6,
    turns: Annotated[int, typer.Option(min=3, max=100, help="Messages in one conversation.")] = 12,
    as_json: Json = False,
) -> None:
    """Compare a message's whole way with a stock Rasa project's, in turns."""
    from evaluation.path import bench_path

    with steps(as_json) as step:
        figures = bench_path(Settings(), customers, rounds, turns, step)
    tell_figures(figures, as_json)


@bench.command()
def engine(as_json: Json = False) -> None:
    """Compare the engine alone with the same project under `rasa run` as shipped."""
    from evaluation.engine import in_engine

    settings = Settings()
    with steps(as_json) as step:
        reader = encoders(step, settings)

        def hear(line: str) -> None:
            step(line[:100], 0, None)

        figures = asyncio.run(in_engine(settings, reader, ["engine.bench"], hear))
    tell_figures(figures, as_json)


@bench.command()
def learning(  # noqa: PLR0913 - one option for each thing that shapes the runs
    runs: Annotated[int, typer.Option(min=1, max=1000, help="Honest batches.")] = 100,
    poisoned: Annotated[int, typer.Option(min=1, max=1000, help="Spoilt batches of each kind.")] = 25,
    seed: Annotated[int, typer.Option(help="Another seed, other batches.")] = 0,
    first: Annotated[int, typer.Option(min=0, help="Go on from this run, after a run that was stopped.")] = 0,
    data: Annotated[list[Path] | None, typer.Option(help="Rasa NLU files to draw batches from.")] = None,
    golden: Annotated[list[Path] | None, typer.Option(help="Rasa NLU files to judge on.")] = None,
    as_json: Json = False,
) -> None:
    """Let honest and spoilt batches of labels come to the gate; on the company's data, or on other files."""
    from evaluation.labels import bench_labels
    from evaluation.learning import bench_learning

    files = _check_files(data, golden)
    settings = Settings()
    with steps(as_json) as step:
        reader = encoders(step, settings)
        tell = counting(step, "Training candidates")
        figures = asyncio.run(bench_learning(settings, reader, files, (runs, poisoned, seed, first), tell))
        step("Choosing labels", 0, None)
        figures |= asyncio.run(bench_labels(settings, reader, files, SEEDS_OF_LABELS))
    tell_figures(figures, as_json)


@bench.command()
def labels(
    seeds: Annotated[int, typer.Option(min=1, max=100, help="How often it is simulated.")] = SEEDS_OF_LABELS,
    data: Annotated[list[Path] | None, typer.Option(help="Rasa NLU files to choose from.")] = None,
    golden: Annotated[list[Path] | None, typer.Option(help="Rasa NLU files to test on.")] = None,
    as_json: Json = False,
) -> None:
    """Count the labels that choosing saves against random order; on the company's data, or other files."""
    from evaluation.labels import bench_labels

    files = _check_files(data, golden)
    settings = Settings()
    with steps(as_json) as step:
        reader = encoders(step, settings)
        tell = counting(step, "Labelling")
        figures = asyncio.run(bench_labels(settings, reader, files, seeds, tell))
    tell_figures(figures, as_json)


@bench.command()
def swaps(
    count: Annotated[int, typer.Option(min=2, max=1000, help="How often the model is swapped.")] = 20,
    customers: Customers = 8,
    as_json: Json = False,
) -> None:
    """Swap the model while customers write: nothing may be lost, refused or doubled, and no memory grow."""
    from evaluation.swaps import bench_swaps

    with steps(as_json) as step:
        step("Starting Firstline aside", 0, None)
        figures = bench_swaps(Settings(), count, customers, counting(step, "Swapping"))
    tell_figures(figures, as_json)


@bench.command("replay")
def replays(
    turns: Annotated[int, typer.Option(min=1, max=20_000, help="How many answers are logged.")] = 500,
    as_json: Json = False,
) -> None:
    """Answer logged messages again, forms included: the same must be decided."""
    from evaluation.replays import bench_replay

    settings = Settings()
    with steps(as_json) as step:
        figures = bench_replay(settings, encoders(step, settings), turns, step)
    tell_figures(figures, as_json)


@bench.command()
def start(
    times: Annotated[int, typer.Option(min=1, max=20, help="How often it is started.")] = 3,
    as_json: Json = False,
) -> None:
    """Time a start with everything prepared, and weigh both environments."""
    from evaluation.start import bench_start

    with steps(as_json) as step:
        figures = bench_start(Settings(), times, counting(step, "Starting"))
    tell_figures(figures, as_json)


@bench.command()
def channels(
    messages: Annotated[int, typer.Option(min=10, max=5000, help="How many one customer asks.")] = 200,
    burst: Annotated[int, typer.Option(min=1, max=20_000, help="How many come at once.")] = 1000,
    customers: Annotated[int, typer.Option(min=1, max=1000, help="From so many customers.")] = 200,
    as_json: Json = False,
) -> None:
    """Time replies on Telegram and Slack (local stand-ins), and look whether a burst is answered whole."""
    from evaluation.channels import bench_channels

    with steps(as_json) as step:
        figures = bench_channels(Settings(), messages, (burst, customers), step)
    tell_figures(figures, as_json)


@bench.command("knowledge")
def bench_knowledge(
    passages: Annotated[int, typer.Option(min=100, max=2_000_000, help="How many are made up.")] = 10_000,
    language: Annotated[str, typer.Option(help="en or zh.")] = "en",
    encoded: Annotated[int, typer.Option(min=20, help="How many are really encoded.")] = 1200,
    as_json: Json = False,
) -> None:
    """Build an index of made-up passages; time search and edits; compare with the ranking of all of them."""
    from evaluation.scale import bench_knowledge as measure
    from reading.reader import Reader

    if language not in ("en", "zh"):
        raise typer.BadParameter("--language is en or zh.")
    settings = Settings()
    with steps(as_json) as step:
        step("Loading the sentence encoders", 0, None)
        reader = Reader.load(settings.encoder, settings.encoder_cjk, second_look=settings.second_look)
        figures = asyncio.run(measure(settings, reader, passages, language, encoded, step))
    tell_figures(figures, as_json)


@bench.command()
def team(
    messages: Annotated[int, typer.Option(min=1, max=10_000, help="How many the customer writes.")] = 200,
    as_json: Json = False,
) -> None:
    """Time a customer's message to the team's Slack thread (local stand-in)."""
    from evaluation.team import bench_team

    with steps(as_json) as step:
        figures = bench_team(messages, counting(step, "Writing"))
    tell_figures(figures, as_json)


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

    with steps(as_json) as step:
        figures = bench_handoff(schedules, seed, first, counting(step, "Playing schedules"))
        if real:
            figures["real"] = bench_real(Settings(), real, seed, counting(step, "On real processes"))
            figures["violations"] += figures["real"]["violations"]
    tell_figures(figures, as_json)
    if figures["violations"]:
        raise typer.Exit(1)


@bench.command()
def leak(
    messages: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many are written.")] = 10_000,
    seed: Annotated[int, typer.Option(help="The same seed writes the same messages.")] = 1,
    as_json: Json = False,
) -> None:
    """Write random messages in the team's Slack threads; look whether one reaches a customer wrongly."""
    from evaluation.leaks.bench import bench_leak

    with steps(as_json) as step:
        figures = bench_leak(messages, seed, counting(step, "Writing in threads"))
    tell_figures(figures, as_json)
    if figures["leaks"] or figures["kept_back"]:
        raise typer.Exit(1)


def _check_files(data: list[Path] | None, golden: list[Path] | None) -> tuple[list[Path], list[Path]] | None:
    """Return the files to take instead of the company's own, if any are named."""
    if bool(data) != bool(golden):
        raise typer.BadParameter("--data and --golden go together.")
    return (data, golden) if data and golden else None
