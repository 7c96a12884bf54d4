"""Replay: why was that answered so, and what would be answered today?"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import Progress

from bot.commands.shared import Json, console, line_of, say_json, with_database
from bot.settings import Settings
from nouns import Problem
from records import models, turns
from records.database import Database

if TYPE_CHECKING:
    from learning.replay import Replayed

MOST_TOLD = 50


def replay(
    turn: Annotated[
        str | None, typer.Argument(help="The message that was answered, or its conversation.")
    ] = None,
    since: Annotated[str | None, typer.Option(help="All answers since then, such as 2026-11-01.")] = None,
    model: Annotated[str | None, typer.Option(help="With this model and today's index instead.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 10_000,
    as_json: Json = False,
) -> None:
    """Answer a logged message again with what it names, and with today's; or a whole log with a candidate."""
    if bool(turn) == bool(since):
        raise typer.BadParameter("Name a message, or --since.")
    told = with_database(lambda database: _replay(database, turn, since, model, limit))
    if as_json:
        say_json(told)
    elif turn:
        _show_one(told)
    else:
        _show_all(told)
    if told.get("missing") or (told.get("different") and not model):
        sys.exit(3)


async def _replay(
    database: Database, turn: str | None, since: str | None, model: str | None, limit: int
) -> dict[str, Any]:
    from bot.replaying import Replayer, check_replayable, today
    from bot.running import load_reader
    from knowledge.kept import current_version
    from learning.replay import logged, summed

    settings = Settings()
    begin = _moment(since) if since else None
    async with database.read() as connection:
        live = await models.live(connection)
        name = (await models.named(connection, model)).name if model else live.model if live else ""
        if turn:
            found = await turns.of_message(connection, turn)
            wanted = [check_replayable(found, await turns.is_erased(connection, turn), turn)]
        else:
            assert begin is not None
            wanted = await turns.since(connection, begin, limit=limit)
    reader = await asyncio.to_thread(load_reader, settings)
    replayer = Replayer(settings, database, reader)
    now = today(settings, current_version(settings.data_dir / "index") or "", name)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("Replaying", total=len(wanted))

        def tell(done: int, of: int) -> None:
            bar.update(task, completed=done, total=of)

        again = await replayer.replay(wanted, now if model else None, tell)
        if turn:
            then, others = again[0], await replayer.replay(wanted, now)
            return {
                "message": turn,
                "text": then.turn.text,
                "versions": then.turn.versions,
                "same": then.same,
                "missing": then.missing,
                "differences": list(then.differences),
                "logged": logged(then.turn),
                "replayed": then.decision,
                "today": {"model": name, "index": now.index, "decision": others[0].decision},
                "today_differences": list(others[0].differences),
                "today_missing": others[0].missing,
            }
    return {**summed(again), "model": model and name, "differing": _differing(again)}


def _differing(again: Sequence[Replayed]) -> list[dict[str, Any]]:
    """Return what differs, first what a customer would notice; like ones are counted."""
    from learning.replay import logged, told
    from learning.texts import same

    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    others = (one for one in again if one.decision and not one.same)
    for one in sorted(others, key=lambda one: not one.noticed):
        before, now = logged(one.turn), one.decision or {}
        known = found.setdefault(
            (same(one.turn.text), told(before), told(now)),
            {
                "message": one.turn.message,
                "text": one.turn.text,
                "differences": list(one.differences),
                "noticed": one.noticed,
                "count": 0,
                "logged": before,
                "replayed": now,
            },
        )
        known["count"] += 1
    return list(found.values())[:MOST_TOLD]


def _moment(words: str) -> datetime:
    with suppress(ValueError):
        moment = datetime.fromisoformat(words)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    raise Problem(
        "since_wrong", 422, f"{words!r} is not a time.", "Write it like 2026-11-01 or 2026-11-01T12:00."
    )


def _show_one(told: dict[str, Any]) -> None:
    from learning.replay import told as told_of

    console.print(f"[bold]{told['text']}[/bold]", highlight=False)
    for what, value in told["versions"].items():
        console.print(f"  {what:<10} {value}", highlight=False, soft_wrap=True)
    if told["missing"]:
        console.print(f"[yellow]It can't be replayed: {told['missing']}.[/yellow]")
    else:
        word = (
            "[green]the same[/green]"
            if told["same"]
            else f"[red]otherwise: {', '.join(told['differences'])}[/red]"
        )
        console.print(f"Replayed: {word}", highlight=False)
    if told["today_missing"]:
        console.print(f"[yellow]Today's can't answer it: {told['today_missing']}.[/yellow]")
    else:
        changed = ", ".join(told["today_differences"])
        word = f"[yellow]otherwise: {changed}[/yellow]" if changed else "[green]the same[/green]"
        console.print(f"Today: {word}", highlight=False)
    for when, decision in (("logged", told["logged"]), ("today", told["today"]["decision"])):
        if decision:
            intent, *said = told_of(decision)
            line = f"{when}: {intent}, {decision['actions']}\n  {' / '.join(said)}"
            console.print(line, highlight=False, markup=False, soft_wrap=True)


def _show_all(told: dict[str, Any]) -> None:
    for what in ("turns", "same", "different", "noticed", "missing", "intents_changed", "answers_changed"):
        console.print(f"{what.replace('_', ' '):<16} {told[what]}", highlight=False)
    for reason in told["missing_reasons"]:
        console.print(f"[yellow]Missing: {reason}.[/yellow]", highlight=False)
    shown = [one for one in told["differing"] if one["noticed"] or not told["model"]]
    for one in shown:  # of a candidate, how sure it is always differs
        times = f" ×{one['count']}" if one["count"] > 1 else ""
        text = f"{one['text'][:70]!r}{times} ({', '.join(one['differences'])})"
        console.print(text, highlight=False, markup=False, soft_wrap=True)
        for when in ("logged", "replayed"):
            console.print(f"  {when:<8} {line_of(one[when])}", highlight=False, markup=False, soft_wrap=True)
