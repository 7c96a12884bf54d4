"""`firstline export`: the log for people with their own tools."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands.shared import By, console, decider, with_database
from nouns import Problem
from records import facts
from records.database import Database

app = typer.Typer(no_args_is_help=True)


class Format(StrEnum):
    """How it is written."""

    JSONL = "jsonl"
    CSV = "csv"
    RASA = "rasa"


SINCE = re.compile(r"(\d{1,4})([hdw])")
Since = Annotated[str, typer.Option(help="A day, such as 2026-11-01, or how long back: 12h, 30d, 8w.")]
As = Annotated[Format, typer.Option("--format", help="How it is written.")]
Out = Annotated[Path | None, typer.Option("--out", help="Write there instead of on the screen.")]
Unmasked = Annotated[bool, typer.Option("--unmasked", help="Leave personal data in; needs --reason.")]
Reason = Annotated[str, typer.Option(help="Why it is exported; noted with your name.")]
Look = Callable[[AsyncConnection, Any], Awaitable[list[dict[str, Any]]]]


@app.command()
def conversations(
    since: Since = "30d",
    form: As = Format.JSONL,
    out: Out = None,
    unmasked: Unmasked = False,
    reason: Reason = "",
    by: By = None,
) -> None:
    """Export conversations: as JSON lines, a row a message, or Rasa stories."""
    from learning import export

    write = {"jsonl": export.as_jsonl, "csv": export.as_csv, "rasa": export.conversations_as_rasa}[form]
    _export("conversations", export.conversation_rows, write, (since, unmasked, reason), (out, by))


@app.command()
def nlu(
    since: Since = "30d",
    form: As = Format.JSONL,
    out: Out = None,
    unmasked: Unmasked = False,
    reason: Reason = "",
    by: By = None,
) -> None:
    """Export texts with their intents: a reviewer's word, else the bot's; as Rasa NLU only the reviewed."""
    from learning import export

    write = {"jsonl": export.as_jsonl, "csv": export.as_csv, "rasa": export.nlu_as_rasa}[form]
    _export("nlu", export.nlu_rows, write, (since, unmasked, reason), (out, by))


def _export(
    what: str,
    look: Look,
    write: Callable[[Sequence[dict[str, Any]]], str],
    wish: tuple[str, bool, str],
    to: tuple[Path | None, str | None],
) -> None:
    from learning.export import Wish

    (since, unmasked, reason), (out, by) = wish, to
    if unmasked and not reason.strip():
        raise Problem(
            "reason_missing", 422, "Personal data leaves the house only with a reason.", "Say --reason …."
        )
    begin = moment_of(since, datetime.now(UTC))

    async def work(database: Database) -> list[dict[str, Any]]:
        who = await decider(database, by)
        async with database.read() as connection:
            rows = await look(connection, Wish(begin, masked=not unmasked))
        told = {"what": what, "by": who, "rows": len(rows), "masked": not unmasked}
        async with database.write() as writing:
            await facts.note(writing, "exported", data={**told, "reason": reason.strip()})
        return rows

    rows = with_database(work)
    if out is None:
        typer.echo(write(rows), nl=False)
        return
    out.write_text(write(rows), "utf-8")
    out.chmod(0o600)
    console.print(f"Wrote {len(rows)} {what} rows to {out}.", highlight=False, soft_wrap=True)


def moment_of(words: str, now: datetime) -> datetime:
    """Read `2026-11-01`, `2026-11-01T08:00`, `12h`, `30d` or `8w`; or say what is wrong with it."""
    if back := SINCE.fullmatch(words.strip()):
        unit = {"h": "hours", "d": "days", "w": "weeks"}[back[2]]
        return now - timedelta(**{unit: int(back[1])})
    try:
        moment = datetime.fromisoformat(words.strip())
    except ValueError as error:
        raise Problem(
            "since_unclear", 422, f"`{words}` is no time.", "Say 2026-11-01, 12h, 30d or 8w."
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
