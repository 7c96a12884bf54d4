"""Models: retrain, look at what came of it, let another one answer, take that back."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bot.commands.shared import By, Json, console, decider, line_of, say_json, with_database
from bot.settings import Settings
from learning.models import Models
from nouns import Fact
from records import models as store
from records.database import Database
from records.models import Model, State

models = typer.Typer(no_args_is_help=True)

Reason = Annotated[str, typer.Option("--reason", "-r", help="Why; kept with the change.")]
Name = Annotated[str, typer.Argument(help="The model's name, or how it begins.")]
NOTHING_NEW = "Nothing has changed since this model was made."
DAMAGED = "Its file is damaged: put a good copy in its place, or retrain."
COLOURS = {State.LIVE: "green", State.REJECTED: "red", State.DAMAGED: "red", State.UNSURE: "yellow"}


def retrain(
    again: Annotated[bool, typer.Option("--again", help="Even if nothing changed since.")] = False,
    promote: Annotated[
        bool, typer.Option(help="Let it answer at once, if the gate lets it through.")
    ] = False,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Train a candidate on today's examples, measure it beside the live model, and judge it."""
    from bot.retraining import STEPS, Retrained, Retraining
    from bot.running import load_reader
    from bot.secret_files import secrets_of

    settings = Settings()
    shown = console.is_terminal and not as_json
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())

    async def work(database: Database) -> Retrained:
        who = await decider(database, by)
        with Progress(*columns, console=console, transient=True, disable=not shown) as bar:
            task = bar.add_task("Loading the sentence encoders", total=len(STEPS))
            before = ""

            def step(name: str, done: int, of: int) -> None:
                nonlocal before
                bar.update(task, description=STEPS[name], completed=done, total=of)
                if name != before and not shown:
                    typer.echo(STEPS[name], err=True)
                before = name

            reader = await asyncio.to_thread(load_reader, settings)
            token = secrets_of(settings).engine_token
            made = await Retraining(settings, database, reader, token).run(who, step, again=again)
        if promote and made.model.state is State.CANDIDATE:
            await models_of(settings, database).promote(made.model.name, who, "Let through by the gate.")
        return made

    retrained = with_database(work)
    made, report = retrained.model, retrained.report
    if as_json:
        say_json({**_told(made), "known": retrained.known, "report": str(report) if report else None})
    else:
        colour = {State.CANDIDATE: "green", State.REJECTED: "red"}.get(made.state, "yellow")
        if retrained.known:
            console.print(f"{NOTHING_NEW} `--again` trains it anew.", highlight=False)
        console.print(f"[{colour}]{made.name}: {made.state}.[/{colour}] {made.sentence}", highlight=False)
        if report:
            console.print(f"Report: {report}", highlight=False, soft_wrap=True)
    if made.state is State.REJECTED:
        sys.exit(3)


@models.command("list")
def listed(as_json: Json = False) -> None:
    """List the models, the newest first: what they were made of, and what became of them."""
    found, live = with_database(_all)
    if as_json:
        say_json([{**_told(model), "live": model.name == live} for model in found])
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("Model", no_wrap=True, min_width=16)
    for name in ("Made", "By", "State", "F1"):
        table.add_column(name, no_wrap=True)
    table.add_column("The gate's word", overflow="fold")
    for model in found:
        colour = COLOURS.get(model.state, "default")
        shadowed = " (shadow)" if model.shadow_share else ""
        state = f"[{colour}]{model.state}[/{colour}]{shadowed}"
        word = DAMAGED if model.state is State.DAMAGED else escape(model.sentence)
        table.add_row(model.name, f"{model.at:%Y-%m-%d}", escape(model.by), state, _f1(model), word)
    console.print(table)


@models.command()
def show(name: Name, as_json: Json = False) -> None:
    """Show a model: its lineage, its report, and every time it went live or left."""
    from learning.shadow import begun
    from learning.shelf import Shelf

    async def work(database: Database) -> tuple[Model, Fact | None, list[store.Promotion]]:
        async with database.read() as connection:
            model = await store.named(connection, name)
            shadow = await begun(connection, model)
            return model, shadow, await store.history(connection, model.name)

    model, shadow, history = with_database(work)
    shelf = Shelf(Settings().data_dir / "models")
    report = shelf.report(model.name)
    if as_json:
        since = asdict(shadow) if shadow else None
        promotions = [asdict(one) for one in history]
        say_json({**_told(model), "shadow": since, "promotions": promotions, "report": report})
        return
    for what, value in _lineage(model, shadow, shelf.beside(model.name) / "report.html").items():
        console.print(f"{what:<9} {escape(str(value))}", highlight=False, soft_wrap=True)
    for check in (report or {}).get("checks", ()):
        mark = {True: "[green]passed[/green]", False: "[red]failed[/red]"}.get(
            check["passed"], "[yellow]?[/yellow]"
        )
        console.print(f"  {mark} {check['name']}: {check['sentence']}", highlight=False, soft_wrap=True)
    for one in history:
        told = (
            f"{one.at:%Y-%m-%d %H:%M} {one.kind.replace('_', ' ')}: {one.model} after {one.before or 'none'}"
        )
        console.print(f"  {told}, by {one.by}: {one.reason}", highlight=False, soft_wrap=True)


@models.command()
def promote(
    name: Name,
    reason: Reason,
    override: Annotated[bool, typer.Option(help="Though the gate did not let it through.")] = False,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Let a candidate answer; a running Firstline takes it at once, nothing is lost."""

    async def work(database: Database) -> store.Promotion:
        who = await decider(database, by)
        return await models_of(Settings(), database).promote(name, who, reason, override=override)

    _changed(with_database(work), as_json)


@models.command()
def rollback(reason: Reason, by: By = None, as_json: Json = False) -> None:
    """Let the model answer that answered before."""

    async def work(database: Database) -> store.Promotion:
        return await models_of(Settings(), database).roll_back(await decider(database, by), reason)

    _changed(with_database(work), as_json)


@models.command()
def shadow(
    name: Annotated[
        str | None, typer.Argument(help="The candidate; without one, what it said so far.")
    ] = None,
    share: Annotated[float, typer.Option(help="Which share of the messages it answers; 0 ends it.")] = 0.1,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Let a candidate answer silently beside the live model; list where it would have answered otherwise."""
    from learning import shadow as shadows

    async def work(database: Database) -> dict[str, Any]:
        if name and share > 0:
            await shadows.begin(database, name, share, await decider(database, by))
        elif name:
            await shadows.end(database, name, await decider(database, by))
        async with database.read() as connection:
            model = await store.named(connection, name) if name else await shadows.current(connection)
            if model is None:
                return {"model": None, "share": 0.0, "seen": 0, "otherwise": 0, "disagreements": []}
            seen, otherwise = await shadows.seen(connection, model.name)
            found = await shadows.disagreements(connection, model.name)
        told = {"model": model.name, "share": model.shadow_share, "seen": seen, "otherwise": otherwise}
        return {**told, "disagreements": [asdict(one) for one in found]}

    told = with_database(work)
    if as_json:
        say_json(told)
        return
    if told["model"] is None:
        console.print("No model is in the shadow.")
        return
    where = f"in the shadow, on {told['share']:.0%} of the messages" if told["share"] else "in no shadow now"
    console.print(f"{told['model']} is {where}.", highlight=False)
    console.print(f"{told['seen']} answered, {told['otherwise']} otherwise than the live model:")
    for one in told["disagreements"]:
        times = f" ×{one['count']}" if one["count"] > 1 else ""
        console.print(f"{one['text']}{times}", highlight=False, markup=False, soft_wrap=True)
        for who in ("live", "candidate"):
            console.print(f"  {who:<9} {line_of(one[who])}", highlight=False, markup=False, soft_wrap=True)


def models_of(settings: Settings, database: Database) -> Models:
    """Return the models, with the running engine if there is one."""
    from bot.app import engine_url
    from bot.engine import Engine
    from bot.secret_files import secrets_of
    from bot.swapping import EngineSwap
    from learning.shelf import Shelf

    engine = Engine(engine_url(settings), secrets_of(settings).engine_token, settings.engine_seconds)
    return Models(database, Shelf(settings.data_dir / "models"), EngineSwap(engine, expected=False))


async def _all(database: Database) -> tuple[list[Model], str | None]:
    async with database.read() as connection:
        live = await store.live(connection)
        return await store.listed(connection), live.model if live else None


def _told(model: Model) -> dict[str, Any]:
    return asdict(model)


def _f1(model: Model) -> str:
    """Return F1 on the golden set, if there was one."""
    overall = model.summary.get("overall") or {}
    return f"{overall['candidate']:.3f}" if overall.get("n") else "–"


def _lineage(model: Model, shadow: Fact | None, report: Path) -> dict[str, Any]:
    """Return where a model comes from, a line each."""
    changes = model.summary.get("changes") or {}
    counted = {name: changes[name] for name in ("added", "removed") if name in changes}
    counted |= {"relabelled": len(changes["relabelled"])} if "relabelled" in changes else {}
    since = f", since {shadow.at:%Y-%m-%d %H:%M} by {shadow.data['by']}" if shadow else ""
    return {
        "model": model.name,
        "state": model.state,
        "made": f"{model.at:%Y-%m-%d %H:%M} by {model.by}, in {model.seconds or 0:.0f} s",
        "parent": model.parent or "–",
        "data": model.data_hash or "–",
        "program": model.config_hash or "–",
        "index": model.knowledge or "–",
        "size": f"{model.size_bytes / 1e6:.1f} MB",
        "F1": _f1(model),
        "examples": ", ".join(f"{count} {what}" for what, count in counted.items()) or "–",
        "shadow": f"{model.shadow_share:.0%} of the messages{since}" if model.shadow_share else "–",
        "report": report if report.is_file() else "–",
        "the gate": model.sentence or "–",
    }


def _changed(promotion: store.Promotion, as_json: bool) -> None:
    if as_json:
        say_json(asdict(promotion))
        return
    console.print(
        f"[green]{promotion.model} answers now[/green] (before: {promotion.before}).", highlight=False
    )
