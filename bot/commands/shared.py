"""What the commands share: the settings, the console, one database for a while."""

from __future__ import annotations

import asyncio
import getpass
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console

from bot.settings import Settings
from nouns import Agent, Problem, Role
from records.database import Database

if TYPE_CHECKING:
    from records.verdicts import Reviewer

By = Annotated[str | None, typer.Option("--by", help="Who decides: the address of a maintainer or owner.")]
Json = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
Result = TypeVar("Result")
LONGEST_LINE = 160  # characters of an answer

console = Console()


def say_json(content: Any) -> None:
    """Print JSON, on one line when piped."""
    indent = 2 if console.is_terminal else None
    typer.echo(json.dumps(content, ensure_ascii=False, indent=indent, default=str))


def line_of(decision: Mapping[str, Any]) -> str:
    """Return a decision on one line: what was understood, and what the customer was told."""
    from learning.replay import told

    intent, *said = told(decision)
    line = " ".join(" / ".join(said).split())
    return f"{intent}: {line if len(line) <= LONGEST_LINE else line[:LONGEST_LINE] + '…'}"


def with_database(work: Callable[[Database], Awaitable[Result]]) -> Result:
    """Run something with the database, brought up to date first."""
    from bot.app import database_of
    from bot.logs import set_up_logs
    from records import schema

    set_up_logs("ERROR")  # on standard error: what a command prints is its answer alone

    async def whole() -> Result:
        settings = Settings()
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        database = database_of(settings)
        try:
            await schema.upgrade(database)
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(whole())


async def decider(database: Database, address: str | None) -> str:
    """Return who decides: a maintainer or owner of the team, else whoever holds this machine's account."""
    return (
        f"{getpass.getuser()} (command line)" if address is None else (await member(database, address)).name
    )


async def reviewer(database: Database, address: str | None) -> Reviewer:
    """Return who reviews: with an address the same person as in the browser."""
    if address is None:
        return None, getpass.getuser()
    agent = await member(database, address)
    return agent.id, agent.name


async def member(database: Database, address: str) -> Agent:
    """Return the maintainer or owner of an address; refuse anybody else."""
    from records import agents

    async with database.read() as connection:
        team = await agents.listed(connection)
    found = next((agent for agent in team if agent.email == address.strip().lower()), None)
    if found is None or found.role is Role.AGENT:
        raise Problem("role", 403, f"{address} is no maintainer or owner.", "See `firstline agents list`.")
    return found
