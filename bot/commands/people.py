"""Tickets in the terminal."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from bot.commands.shared import Json, console, say_json, with_database
from nouns import Ticket, TicketEvent
from records import tickets as records
from records.database import Database

tickets = typer.Typer(no_args_is_help=True)


@tickets.command("list")
def list_tickets(
    status: Annotated[str | None, typer.Option(help="Only these: new, open, pending, …")] = None,
    priority: Annotated[str | None, typer.Option(help="Only these: low, normal, high, urgent.")] = None,
    as_json: Json = False,
) -> None:
    """List tickets, last changed first."""

    async def look(database: Database) -> list[Ticket]:
        async with database.read() as connection:
            return await records.listed(connection, {"status": status, "priority": priority})

    found = with_database(look)
    if as_json:
        say_json([asdict(ticket) for ticket in found])
        return
    if not found:
        console.print("There are no tickets" + (" like that." if status or priority else " yet."))
        return
    table = Table("Number", "Status", "Priority", "Subject", "Changed", box=None, pad_edge=False)
    for ticket in found:
        changed = f"{ticket.updated_at:%Y-%m-%d %H:%M}"
        table.add_row(ticket.number, ticket.status, ticket.priority, ticket.subject, changed)
    console.print(table)


@tickets.command("show")
def show_ticket(
    number: Annotated[str, typer.Argument(help="Such as T-1042.")], as_json: Json = False
) -> None:
    """Show a ticket and what happened to it."""

    async def look(database: Database) -> tuple[Ticket, list[TicketEvent]]:
        async with database.read() as connection:
            return await records.by_number(connection, number), await records.events(connection, number)

    ticket, events = with_database(look)
    if as_json:
        say_json({**asdict(ticket), "events": [asdict(event) for event in events]})
        return
    console.print(f"[bold]{ticket.number}[/bold] {ticket.subject} ({ticket.status}, {ticket.priority})")
    for event in events:
        change = f" {event.before or '–'} → {event.after or '–'}" if event.after or event.before else ""
        console.print(f"{event.at:%Y-%m-%d %H:%M}  {event.actor}: {event.what}{change}", highlight=False)
        if event.text:
            console.print(f"    {event.text}", highlight=False, markup=False)
