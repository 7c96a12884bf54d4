"""Tickets: the list with its filters, and the page of one."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from nouns import Priority, TicketStatus, TicketType
from pages.desk_base import Desk, check_text, go, routes_of
from pages.desk_lists import TICKET_SORTS, agent_names, found_tickets
from pages.session import Visitor, field, form_of
from records import agents, customers, tickets

FILTERS = ("status", "priority", "assignee", "q")
CHOICES = {"status": list(TicketStatus), "priority": list(Priority), "type": list(TicketType)}


@dataclass(frozen=True, slots=True)
class TicketPages:
    """The list of tickets and the page of one."""

    desk: Desk

    def routes(self) -> list[BaseRoute]:
        """Return the tickets' routes."""
        one = "/desk/tickets/{number}"
        return routes_of(
            self.desk,
            [
                ("GET", "/desk/tickets", self.listed),
                ("GET", one, self.show),
                ("POST", f"{one}/messages", self.write),
                ("POST", f"{one}/change", self.change),
            ],
        )

    async def listed(self, request: Request, visitor: Visitor) -> Response:
        """Show the tickets that fit the filters."""
        filters = {name: request.query_params.get(name, "").strip()[:100] for name in FILTERS}
        sort = request.query_params.get("sort", "updated")
        sort = sort if sort in TICKET_SORTS else "updated"
        async with self.desk.database.read() as connection:
            found = await found_tickets(connection, filters, sort)
            team, names = await agents.listed(connection), await agent_names(connection)
        shown = {
            "found": found,
            "filters": filters,
            "sort": sort,
            "choices": CHOICES,
            "team": team,
            "names": names,
        }
        return await self.desk.page(request, visitor, "desk/tickets.html", **shown)

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """Show a ticket with all that happened to it."""
        async with self.desk.database.read() as connection:
            ticket = await tickets.by_number(connection, request.path_params["number"])
            events = await tickets.events(connection, ticket.number)
            customer = await customers.by_id(connection, ticket.customer)
            team, names = await agents.listed(connection), await agent_names(connection)
        shown = {"ticket": ticket, "events": events, "customer": customer, "team": team, "names": names}
        return await self.desk.page(request, visitor, "desk/ticket.html", choices=CHOICES, **shown)

    async def write(self, request: Request, visitor: Visitor) -> Response:
        """Answer the customer, or keep a note."""
        form, number = await form_of(request), request.path_params["number"]
        text = check_text(field(form, "text"))
        act = self.desk.tickets.note if field(form, "as") == "note" else self.desk.tickets.reply
        await act(number, visitor.agent, text)
        return go(request, f"/desk/tickets/{number}")

    async def change(self, request: Request, visitor: Visitor) -> Response:
        """Change what the form names: status, priority, type or assignee."""
        form, number = await form_of(request), request.path_params["number"]
        async with self.desk.database.read() as connection:
            ticket = await tickets.by_number(connection, number)
        for name in ("priority", "type", "assignee", "status"):
            value = field(form, name) or None
            if name in form and value != getattr(ticket, name):
                await self.desk.tickets.change(ticket.number, visitor.agent, name, value)
        return go(request, f"/desk/tickets/{number}")
