"""The team's accounts in the terminal."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated

import typer
from rich.table import Table

from bot.commands.shared import Json, console, say_json, with_database
from bot.settings import Settings
from nouns import Agent, Problem, Role
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


@agents.command("link")
def link_agent(
    email: Annotated[str, typer.Argument(help="The address of their desk account.")], as_json: Json = False
) -> None:
    """Link a Slack account with a desk account: prints what that person writes in Slack, once."""
    from desk.relay import LINK_MINUTES, LINK_PURPOSE

    async def make(database: Database) -> tuple[Agent, str]:
        async with database.write() as writing:
            agent = await records.by_email(writing.connection, email)
            if agent is None:
                cure = f"Add them: `firstline agents add {email} --name NAME`."
                raise Problem("agent_unknown", 404, f"{email} is not on the team.", cure)
            lifetime = timedelta(minutes=LINK_MINUTES)
            return agent, await records.make_link(writing, LINK_PURPOSE, agent.id, lifetime)

    agent, secret = with_database(make)
    command = f"/firstline link {secret}"
    if as_json:
        say_json({**asdict(agent), "command": command})
        return
    console.print(
        f"[green]{agent.name}[/green] writes this in Slack, within {LINK_MINUTES} minutes; it works once:"
    )
    console.print(command, highlight=False, soft_wrap=True)


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
