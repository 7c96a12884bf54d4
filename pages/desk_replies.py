"""Canned replies: the page where the team writes them."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from desk.canned import CannedReplies
from nouns import CannedReply, Problem
from pages.desk_base import Desk, go, problem_words, routes_of
from pages.desk_texts import LANGUAGES
from pages.session import Visitor, field, form_of


@dataclass(frozen=True, slots=True)
class Replies:
    """The list, each of them a form."""

    desk: Desk

    @property
    def canned(self) -> CannedReplies:
        """Return the desk's canned replies."""
        return CannedReplies(self.desk.database)

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        return routes_of(
            self.desk,
            [
                ("GET", "/desk/replies", self.show),
                ("POST", "/desk/replies", self.keep),
                ("POST", "/desk/replies/{reply}/drop", self.drop),
            ],
        )

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """List them."""
        return await self._page(request, visitor, "", CannedReply("", "", {}))

    async def keep(self, request: Request, visitor: Visitor) -> Response:
        """Store a new one, or a changed one; what is refused stays in the form."""
        form = await form_of(request)
        texts = {language: field(form, language) for language in LANGUAGES}
        given = CannedReply(field(form, "id"), field(form, "name"), texts)
        try:
            await self.canned.keep(visitor.agent, given.id or None, given.name, given.texts)
        except Problem as problem:
            return await self._page(request, visitor, problem_words(request, problem), given)
        return go(request, "/desk/replies")

    async def drop(self, request: Request, visitor: Visitor) -> Response:
        """Remove one."""
        await self.canned.drop(request.path_params["reply"])
        return go(request, "/desk/replies")

    async def _page(self, request: Request, visitor: Visitor, error: str, given: CannedReply) -> Response:
        replies = [given if one.id == given.id else one for one in await self.canned.listed()]
        shown = {"replies": replies, "given": given, "languages": LANGUAGES, "error": error}
        response = await self.desk.page(request, visitor, "desk/replies.html", **shown)
        response.status_code = 422 if error else 200
        return response
