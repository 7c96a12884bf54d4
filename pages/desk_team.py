"""The team: who is on it, and how others join."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from desk.accounts import check_role
from nouns import Problem, Role
from pages.desk_base import Desk, problem_words, routes_of
from pages.session import Visitor, field, form_of
from records import agents

NOTHING_GIVEN = {"name": "", "email": "", "role": "agent"}


@dataclass(frozen=True, slots=True)
class Team:
    """The team's page."""

    desk: Desk

    def routes(self) -> list[BaseRoute]:
        """Return the team's routes."""
        table = [("GET", "/desk/team", self.show), ("POST", "/desk/team", self.invite)]
        return routes_of(self.desk, table)

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """List the team."""
        return await self._page(request, visitor)

    async def invite(self, request: Request, visitor: Visitor) -> Response:
        """Add a colleague, and show the link with which they join: this once."""
        check_role(visitor.agent, Role.OWNER)
        form = await form_of(request)
        given = {name: field(form, name) for name in ("name", "email", "role")}
        role = Role(given["role"]) if given["role"] in set(Role) else Role.AGENT
        try:
            agent, secret = await self.desk.accounts.invite(given["name"], given["email"], role)
        except Problem as problem:
            return await self._page(request, visitor, error=problem_words(request, problem), given=given)
        link = self.desk.address(request, f"/desk/invite/{secret}")
        return await self._page(request, visitor, invited=agent.name, link=link)

    async def _page(
        self,
        request: Request,
        visitor: Visitor,
        *,
        error: str = "",
        given: dict[str, str] | None = None,
        **link: str,
    ) -> Response:
        async with self.desk.database.read() as connection:
            team = await agents.listed(connection)
        shown = {
            "team": team,
            "roles": list(Role),
            "error": error,
            "given": given or NOTHING_GIVEN,
            "invited": "",
            "link": "",
        }
        response = await self.desk.page(request, visitor, "desk/team.html", **{**shown, **link})
        response.status_code = 422 if error else 200
        return response
