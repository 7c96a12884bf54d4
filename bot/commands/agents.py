"""The team's accounts in the terminal."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from bot.commands.shared import Json, console, say_json, with_database
from bot.settings import Settings
from nouns import Agent, Role
from records import agents as records
from records.database import Database

agents = typer.Typer(no_args_is_help=True)


@agents.command("add")
def add_agent(
    email: Annotated[str, typer.Argument(help="The address they log in with.")],
    name: Annotated[str, typer.Option(help="The name customers see.")],
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.AGENT,
    as_json: Json = False,
) -> None:
    """Add somebody to the team; prints the link with which they choose a password."""
    from bot.app import base_url_of
    from desk.accounts import Accounts

    async def invite(database: Database) -> tuple[Agent, str]:
        return await Accounts(database).invite(name, email, role)

    agent, secret = with_database(invite)
    link = f"{base_url_of(Settings())}/desk/invite/{secret}"
    if as_json:
        say_json({**asdict(agent), "link": link})
        return
    console.print(f"[green]{agent.name}[/green] is on the team. Their link, for seven days, works once:")
    console.print(link, highlight=False, soft_wrap=True)


@agents.command("list")
def list_agents(as_json: Json = False) -> None:
    """List the team."""

    async def look(database: Database) -> list[Agent]:
        async with database.read() as connection:
            return await records.listed(connection)

    found = with_database(look)
    if as_json:
        say_json([asdict(agent) for agent in found])
        return
    if not found:
        console.print("Nobody is on the team yet: `firstline agents add ADDRESS --name NAME --role owner`.")
        return
    table = Table("Name", "Address", "Role", box=None, pad_edge=False)
    for agent in found:
        table.add_row(agent.name, agent.email, agent.role)
    console.print(table)
