"""`firstline review drafts`: articles that humans' replies suggest."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from bot.commands.review import By, judging_of, whole
from bot.commands.shared import Json, console, reviewer, say_json, with_database
from records import drafts as rows
from records.database import Database
from records.drafts import Draft

app = typer.Typer(no_args_is_help=True)
Id = Annotated[str, typer.Argument(help="The draft's id, as `review drafts list` shows it.")]


@app.command("list")
def list_drafts(as_json: Json = False) -> None:
    """List the drafts that wait for a decision."""

    async def look(database: Database) -> list[Draft]:
        async with database.read() as connection:
            return await rows.listed(connection)

    found = with_database(look)
    if as_json:
        say_json([asdict(draft) for draft in found])
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("Id", no_wrap=True, min_width=25)
    for name in ("Title", "State", "Text"):
        table.add_column(name, overflow="fold")
    for draft in found:
        table.add_row(draft.id, escape(draft.title), draft.state, escape(draft.body[:80]))
    console.print(table if found else "There are no drafts.")


@app.command()
def suggest(as_json: Json = False) -> None:
    """Draft articles from what humans answered in conversations that they resolved."""
    made = whole(lambda review: review.suggest_drafts())
    say_json({"drafts": made}) if as_json else console.print(f"{made} drafts are new.", highlight=False)


@app.command()
def approve(
    id: Id,
    title: Annotated[str | None, typer.Option(help="Another title.")] = None,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Approve a draft; `review apply` makes it a file."""
    draft = _decide(id, by, approve=True, title=title)
    say_json(asdict(draft)) if as_json else console.print(f"Approved. It will be {draft.article}.md.")


@app.command()
def dismiss(id: Id, by: By = None, as_json: Json = False) -> None:
    """Put a draft away."""
    draft = _decide(id, by, approve=False)
    say_json(asdict(draft)) if as_json else console.print("Put away.")


def _decide(id: str, by: str | None, *, approve: bool, title: str | None = None) -> Draft:
    async def work(database: Database) -> Draft:
        judging, who = judging_of(database), await reviewer(database, by)
        async with database.read() as connection:
            draft = await rows.by_id(connection, id)
        given: dict[str, Any] = {"title": title or draft.title, "body": draft.body}
        given["questions"] = "\n".join(draft.questions)
        if approve:
            await judging.edit_draft(id, draft.version, given, who, approve=True)
        else:
            await judging.dismiss_draft(id, draft.version, who)
        async with database.read() as connection:
            return await rows.by_id(connection, id)

    return with_database(work)
