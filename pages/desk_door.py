"""The desk's door: first account, invitation, log-in and log-out, and how the pages look."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from desk.accounts import INVITE, SETUP
from nouns import Problem
from pages.desk_base import Desk, problem_words, routes_of
from pages.desk_texts import LANGUAGES
from pages.session import LOG_IN, Visitor, field, form_of, safe_next
from pages.shell import LANGUAGE_COOKIE, THEME_COOKIE, THEMES
from records import agents

YEAR_SECONDS = 365 * 24 * 3600
CHOICES = {"language": (LANGUAGE_COOKIE, tuple(LANGUAGES)), "theme": (THEME_COOKIE, THEMES)}


@dataclass(frozen=True, slots=True)
class Door:
    """Pages for who is not logged in (yet)."""

    desk: Desk

    def routes(self) -> list[BaseRoute]:
        """Return the door's routes."""
        return [
            Route("/desk/setup/{secret}", self.setup, methods=["GET", "POST"]),
            Route("/desk/invite/{secret}", self.invite, methods=["GET", "POST"]),
            Route("/desk/login", self.log_in, methods=["GET", "POST"]),
            Route("/desk/look/{what}/{value}", self.look, methods=["GET"]),
            *routes_of(self.desk, [("POST", "/desk/logout", self.log_out)]),
        ]

    async def log_in(self, request: Request) -> Response:
        """Show the log-in form, or begin a session."""

        async def enter(form: Any) -> Response:
            email, password = field(form, "email"), field(form, "password")
            return await self._enter(request, email, password, safe_next(field(form, "next", "/desk")))

        if request.method == "GET" and await self.desk.sessions.visitor(request):
            return RedirectResponse(safe_next(request.query_params.get("next", "/desk")), 303)
        joined = "joined" in request.query_params
        return await self._form(request, enter, {"what": "log_in", "joined": joined})

    async def setup(self, request: Request) -> Response:
        """Make the first account, by the link that the first start prints."""
        secret = request.path_params["secret"]

        async def make(form: Any) -> Response:
            email, password = field(form, "email"), field(form, "password")
            await self.desk.accounts.set_up(secret, field(form, "name"), email, password)
            return await self._enter(request, email, password, "/desk")

        await self._check_link(SETUP, secret)
        return await self._form(request, make, {"what": "set_up", "joined": False})

    async def invite(self, request: Request) -> Response:
        """Let an invited person choose a password."""
        secret = request.path_params["secret"]

        async def join(form: Any) -> Response:
            await self.desk.accounts.accept(secret, field(form, "password"))
            return RedirectResponse(f"{LOG_IN}?joined", 303)

        await self._check_link(INVITE, secret)
        return await self._form(request, join, {"what": "join", "joined": False})

    async def log_out(self, request: Request, visitor: Visitor) -> Response:
        """End the session."""
        response = RedirectResponse(LOG_IN, 303)
        await self.desk.sessions.end(request, response)
        return response

    async def look(self, request: Request) -> Response:
        """Remember the language or the theme that this browser wants."""
        what, value = request.path_params["what"], request.path_params["value"]
        name, allowed = CHOICES.get(what, ("", ()))
        if value not in allowed:
            raise Problem("page_unknown", 404, "There is no such page.", "Begin at the menu.")
        response = RedirectResponse(safe_next(request.query_params.get("next", "/desk")), 303)
        https = request.url.scheme == "https"
        response.set_cookie(name, value, max_age=YEAR_SECONDS, httponly=True, samesite="lax", secure=https)
        return response

    async def _form(
        self, request: Request, act: Callable[[Any], Awaitable[Response]], values: dict[str, Any]
    ) -> Response:
        error, status = "", 200
        given = {"name": "", "email": "", "next": request.query_params.get("next", "")}
        if request.method == "POST":
            self.desk.sessions.check_site(request)
            form = await form_of(request)
            try:
                return await act(form)
            except Problem as problem:
                error, status = problem_words(request, problem), problem.status
                given = {name: field(form, name) for name in ("name", "email", "next")}
        return self.desk.shell.page(request, "desk/door.html", status, error=error, given=given, **values)

    async def _enter(self, request: Request, email: str, password: str, onward: str) -> Response:
        address = request.client.host if request.client else "unknown"
        token, _, _ = await self.desk.accounts.log_in(email, password, address)
        response = RedirectResponse(onward, 303)
        self.desk.sessions.begin(request, response, token)
        return response

    async def _check_link(self, purpose: str, secret: str) -> None:
        async with self.desk.database.read() as connection:
            await agents.check_link(connection, purpose, secret, self.desk.database.now())
