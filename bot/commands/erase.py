"""Erasing a customer for good, from the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from bot.commands.shared import Json, console, say_json, with_database
from bot.settings import Settings
from desk.erasing import Erasure, Receipt
from records.database import Database
from records.holdings import Holdings

BY = "firstline erase"


def erase(
    customer: Annotated[str, typer.Argument(help="An id, a conversation, T-1042, an e-mail or telegram:11.")],
    yes: Annotated[
        bool, typer.Option("--yes", help="Erase. Without it, what would be is only shown.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Erase a customer from records, trackers, files and turns, for good; shows first what that is."""
    held, elsewhere = with_database(lambda database: _look(database, customer))
    if not yes:
        _preview(held, elsewhere, as_json)
        return
    receipt = with_database(lambda database: _erase(database, held.customer))
    if as_json:
        say_json({"erased": True, **asdict(receipt)})
        return
    console.print(
        f"[green]Erased[/green] {receipt.customer} at {receipt.erased_at:%Y-%m-%d %H:%M:%S} UTC, for good.",
        highlight=False,
    )
    _tell(receipt.counts)
    console.print(f"{receipt.files_deleted} files deleted. What the engine remembered: {receipt.trackers}.")
    _tell_elsewhere(receipt.elsewhere)


async def _look(database: Database, word: str) -> tuple[Holdings, Mapping[str, int]]:
    erasure = await _erasure(database)
    held = await erasure.find(word)
    return held, await erasure.elsewhere(held)


async def _erase(database: Database, customer: str) -> Receipt:
    return await (await _erasure(database)).erase(customer, BY)


async def _erasure(database: Database) -> Erasure:
    from bot.app import engine_url
    from bot.engine import Engine
    from bot.secret_files import secrets_of

    settings = Settings()
    engine = Engine(engine_url(settings), secrets_of(settings).engine_token, settings.engine_seconds)
    return Erasure(database, settings.data_dir / "files", engine.forget)


def _preview(held: Holdings, elsewhere: Mapping[str, int], as_json: bool) -> None:
    if as_json:
        say_json({"erased": False, "customer": held.customer, "counts": held.counts, "elsewhere": elsewhere})
        return
    console.print(f"Of customer [bold]{held.customer}[/bold] there are:", highlight=False)
    _tell(held.counts)
    _tell_elsewhere(elsewhere)
    console.print("Nothing was erased. With [bold]--yes[/bold] all of it is, and nobody can bring it back.")


def _tell(counts: Mapping[str, int]) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, count in counts.items():
        if count:
            table.add_row(str(count), name.replace("_", " "))
    console.print(table)


def _tell_elsewhere(elsewhere: Mapping[str, int]) -> None:
    if elsewhere:
        places = ", ".join(f"{place} ({count})" for place, count in elsewhere.items())
        console.print(f"Copies that others keep stay there: {places}. So do backups made before.")
