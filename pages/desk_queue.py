"""The queue, and the list of all conversations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from nouns import Mode, Problem
from pages.desk_base import Desk, go, routes_of
from pages.desk_lists import agent_names, all_rows, ended_rows, held_rows
from pages.session import Visitor
from pages.shell import words_of
from records import handoffs


@dataclass(frozen=True, slots=True)
class Queue:
    """Who waits, who is being helped, and who was."""

    desk: Desk

    def routes(self) -> list[BaseRoute]:
        """Return the queue's routes."""
        return routes_of(
            self.desk,
            [
                ("GET", "/desk", self.queue),
                ("GET", "/desk/conversations", self.conversations),
                ("POST", "/desk/handoffs/{handoff}/take", self.take),
            ],
        )

    async def queue(self, request: Request, visitor: Visitor) -> Response:
        """Show the queue."""
        return await self.desk.page(
            request, visitor, "desk/queue.html", **await queue_rows(self.desk, visitor)
        )

    async def conversations(self, request: Request, visitor: Visitor) -> Response:
        """Show a page of all conversations, whoever has them."""
        mode = request.query_params.get("mode", "")
        mode = mode if mode in set(Mode) else ""
        asked = request.query_params.get("page", "1")
        page = int(asked) if asked.isascii() and asked.isdigit() and 0 < len(asked) < 6 else 1
        async with self.desk.database.read() as connection:
            lines, more = await all_rows(connection, mode or None, max(page, 1))
        shown = {"lines": lines, "more": more, "page_number": max(page, 1), "mode": mode, "modes": list(Mode)}
        return await self.desk.page(request, visitor, "desk/conversations.html", **shown)

    async def take(self, request: Request, visitor: Visitor) -> Response:
        """Take a hand-off and open its conversation; who comes second reads who was first."""
        handoff = request.path_params["handoff"]
        try:
            taken = await self.desk.handoffs.take(handoff, visitor.agent)
        except Problem as problem:
            raise await self._told(request, handoff, problem) from None
        return go(request, f"/desk/conversations/{taken.conversation}")

    async def _told(self, request: Request, handoff: str, problem: Problem) -> Problem:
        async with self.desk.database.read() as connection:
            known = await handoffs.by_id(connection, handoff)
            names = await agent_names(connection)
        if problem.code != "already_taken" or known is None or known.agent not in names:
            return problem
        words = words_of(request)
        taken, cure = words("taken_by", name=names[known.agent]), words("take_another")
        return Problem("taken_by", problem.status, taken, cure)


async def queue_rows(desk: Desk, visitor: Visitor) -> dict[str, Any]:
    """Return the queue's groups, but for who waits: every page knows that."""
    async with desk.database.read() as connection:
        held = await held_rows(connection)
        ended = await ended_rows(connection, desk.database.now())
    mine = [line for line in held if line.agent == visitor.agent.id]
    others = [line for line in held if line.agent != visitor.agent.id]
    return {"mine": mine, "others": others, "ended": ended}
