"""One conversation: read it, take it, answer it, give it back or resolve it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from desk.articles import article_path
from desk.packet import as_text, packet_of, transcript
from nouns import Conversation, Mode, Problem
from pages.desk_base import Desk, check_text, go, routes_of
from pages.desk_lists import agent_names, latest_handoff, marks
from pages.desk_queue import queue_rows
from pages.session import Visitor, field, form_of
from records import agents, conversations, customers, messages, tickets
from records.handoffs import handoff_of
from records.ids import new_id

SHOWN_MESSAGES = 300
HISTORY_ROWS = 8


@dataclass(frozen=True, slots=True)
class Conversations:
    """The page of one conversation and what can be done there."""

    desk: Desk

    def routes(self) -> list[BaseRoute]:
        """Return the conversation's routes."""
        one = "/desk/conversations/{conversation}"
        return routes_of(
            self.desk,
            [
                ("GET", one, self.show),
                ("POST", f"{one}/messages", self.write),
                ("POST", f"{one}/begin", self.begin),
                ("POST", f"{one}/give-back", self.give_back),
                ("POST", f"{one}/resolve", self.resolve),
                ("POST", f"{one}/ticket", self.open_ticket),
            ],
        )

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """Show the conversation, its packet, and the queue beside it."""
        async with self.desk.database.read() as connection:
            held = await conversations.by_id(connection, request.path_params["conversation"])
            values = await _thread(connection, held, request.query_params.get("since", ""))
            values |= await _packet(connection, held)
        values |= await queue_rows(self.desk, visitor)
        return await self.desk.page(request, visitor, "desk/conversation.html", held=held, **values)

    async def write(self, request: Request, visitor: Visitor) -> Response:
        """Send a reply, or keep a note that only the team sees."""
        form, conversation = await form_of(request), request.path_params["conversation"]
        files = [name for name in form.getlist("files") if isinstance(name, str) and name]
        if field(form, "as") == "note":
            text = check_text(field(form, "text"))
            await self._held(conversation)
            await self.desk.handoffs.note(conversation, visitor.agent, text)
        else:
            text = field(form, "text").strip() if files else check_text(field(form, "text"))
            await self.desk.handoffs.write(conversation, visitor.agent, text, files)
        return go(request, f"/desk/conversations/{conversation}")

    async def begin(self, request: Request, visitor: Visitor) -> Response:
        """Step into a conversation that the bot holds."""
        held = await self._held(request.path_params["conversation"])
        if held.mode is Mode.CLOSED:
            raise Problem(
                "conversation_closed", 409, "This conversation is closed.", "A new message opens another."
            )
        await self.desk.handoffs.begin(held.id, visitor.agent)
        return go(request, f"/desk/conversations/{held.id}")

    async def give_back(self, request: Request, visitor: Visitor) -> Response:
        """Let the bot answer again."""
        conversation = request.path_params["conversation"]
        await self.desk.handoffs.give_back(conversation, visitor.agent)
        return go(request, f"/desk/conversations/{conversation}")

    async def resolve(self, request: Request, visitor: Visitor) -> Response:
        """Close the conversation."""
        conversation = request.path_params["conversation"]
        await self.desk.handoffs.resolve(conversation, visitor.agent)
        return go(request, f"/desk/conversations/{conversation}")

    async def open_ticket(self, request: Request, visitor: Visitor) -> Response:
        """Open a ticket with the transcript, assigned to whom asks for it."""
        form = await form_of(request)
        subject = check_text(field(form, "subject"))
        origin = field(form, "origin")[:60] or new_id("ticket")
        async with self.desk.database.write() as writing:
            held = await conversations.by_id(writing.connection, request.path_params["conversation"])
            said = await messages.since(writing.connection, held.id)
            values = {"text": as_text(transcript(said))}
            ticket = await self.desk.tickets.open(writing, f"desk:{held.id}:{origin}", held, subject, values)
            await tickets.change(writing, ticket.number, "assignee", visitor.agent.id, visitor.agent.name)
        return go(request, f"/desk/tickets/{ticket.number}")

    async def _held(self, conversation: str) -> Conversation:
        async with self.desk.database.read() as connection:
            return await conversations.by_id(connection, conversation)


async def _thread(connection: AsyncConnection, held: Conversation, since: str) -> dict[str, Any]:
    last, read, states = await marks(connection, held.id)
    first = (
        int(since)
        if since.isascii() and since.isdigit() and len(since) < 9
        else max(0, last - SHOWN_MESSAGES)
    )
    said = await messages.since(connection, held.id, first, notes=True)
    return {
        "said": said,
        "before": max(0, first - SHOWN_MESSAGES) if first else None,
        "read_seq": read,
        "deliveries": states,
        "names": await agent_names(connection),
        "team": await agents.listed(connection),
        "ticket_origin": new_id("k"),
    }


async def _packet(connection: AsyncConnection, held: Conversation) -> dict[str, Any]:
    row = await latest_handoff(connection, held.id)
    packet = dict(row.packet if row else await packet_of(connection, held.id))
    packet["passages"] = [_passage(found, held.language) for found in packet.get("passages", ())]
    past = await conversations.of_customer(connection, held.customer)
    return {
        "handoff": handoff_of(row) if row else None,
        "packet": {"summary": (), "ranking": (), "slots": {}, **packet},  # of an erased one nothing is left
        "customer": await customers.by_id(connection, held.customer),
        "history": [other for other in past if other.id != held.id][:HISTORY_ROWS],
        "customer_tickets": await tickets.of_customer(connection, held.customer),
    }


def _passage(found: Mapping[str, Any], language: str) -> dict[str, Any]:
    article, passage = str(found.get("article", "")), str(found.get("passage", ""))
    language = str(found.get("language", language))
    path = article_path(language, article, passage)
    return {"title": found.get("title") or article, "path": path}
