"""`firstline doctor`: checks everything a start needs and says the cure of what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from bot.commands.shared import Json, console, say_json
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.checkup import Finding

MARKS = {True: "[green]✓[/green]", False: "[red]✗[/red]"}


def doctor(as_json: Json = False) -> None:
    """Check the set-up, from Python to the articles."""
    from bot.checkup import check_everything

    found: list[Finding] = check_everything(Settings())
    if as_json:
        say_json([{"what": one.what, "ok": one.ok, "found": one.found, "cure": one.cure} for one in found])
    else:
        for one in found:
            cure = "" if one.ok else f"  [yellow]{one.cure}[/yellow]"
            console.print(f"{MARKS[one.ok]} {one.what}: {one.found}{cure}", highlight=False, soft_wrap=True)
    raise typer.Exit(0 if all(one.ok for one in found) else 1)
