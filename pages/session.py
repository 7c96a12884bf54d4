"""Who is at the browser: a cookie session, and proof that a change was asked for on our own pages."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from starlette.datastructures import FormData, Headers
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response

from nouns import Agent, Problem
from records import agents
from records.database import Database

LOG_IN = "/desk/login"
CSRF_FIELD = "csrf"
CSRF_HEADER = "x-csrf-token"
FORM_LIMIT_BYTES = 1_000_000  # a long article in Chinese, nine bytes a letter
SESSION_SECONDS = agents.SESSION_DAYS * 24 * 3600
SAFE_METHODS = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Visitor:
    """An agent who is logged in; `csrf` is what their forms carry."""

    agent: Agent
    csrf: str


Handler = Callable[[Request, Visitor], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Sessions:
    """Cookie sessions. `base_url` is the public address, when there is one."""

    database: Database
    base_url: str | None = None

    async def visitor(self, connection: HTTPConnection) -> Visitor | None:
        """Return who is logged in."""
        token = connection.cookies.get(self._cookie(connection))
        if not token:
            return None
        async with self.database.read() as reading:
            found = await agents.session(reading, token, self.database.now())
        return Visitor(*found) if found else None

    def guarded(self, handler: Handler) -> Endpoint:
        """Let only the team in, and only changes that their own pages ask for."""

        async def endpoint(request: Request) -> Response:
            visitor = await self.visitor(request)
            if visitor is None:
                return to_log_in(request)
            if request.method not in SAFE_METHODS:
                await self.check_change(request, visitor)
            return await handler(request, visitor)

        return endpoint

    async def check_change(self, request: Request, visitor: Visitor) -> None:
        """Refuse a change that another site asks for, or that lacks the session's CSRF token."""
        self.check_site(request)
        given = request.headers.get(CSRF_HEADER)
        if given is None:
            given = str((await form_of(request)).get(CSRF_FIELD, ""))
        if not secrets.compare_digest(given.encode(), visitor.csrf.encode()):
            raise Problem("csrf", 403, "This page is too old.", "Reload it and try again.")

    def check_site(self, connection: HTTPConnection, *, origin_needed: bool = False) -> None:
        """Refuse what another site sends, by Origin and Sec-Fetch-Site."""
        headers = connection.headers
        origin = headers.get("origin")
        ours = origin is not None and urlsplit(origin).netloc.lower() in self._hosts(headers)
        from_afar = headers.get("sec-fetch-site", "same-origin") != "same-origin"
        if (origin is None and origin_needed) or (origin is not None and not ours) or from_afar:
            raise Problem(
                "other_site", 403, "This was asked for by another site.", "Use the desk's own pages."
            )

    def begin(self, request: Request, response: Response, token: str) -> None:
        """Give the browser its session."""
        response.set_cookie(
            self._cookie(request),
            token,
            max_age=SESSION_SECONDS,
            secure=self._is_https(request),
            httponly=True,
            samesite="lax",
        )

    async def end(self, request: Request, response: Response) -> None:
        """Forget the session, here and in the browser."""
        name = self._cookie(request)
        if token := request.cookies.get(name):
            async with self.database.write() as writing:
                await agents.end_session(writing, token)
        response.delete_cookie(name, secure=self._is_https(request), httponly=True, samesite="lax")

    def _is_https(self, connection: HTTPConnection) -> bool:
        https_base = (self.base_url or "").startswith("https://")
        return https_base or connection.url.scheme in ("https", "wss")

    def _cookie(self, connection: HTTPConnection) -> str:
        return "__Host-firstline" if self._is_https(connection) else "firstline"

    def _hosts(self, headers: Headers) -> set[str]:
        return {headers.get("host", "").lower(), urlsplit(self.base_url or "").netloc.lower()} - {""}


async def form_of(request: Request) -> FormData:
    """Read a form's fields; files come by their own address."""
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > FORM_LIMIT_BYTES:
        raise Problem(
            "form_too_large", 413, "That is more than a form may hold.", "Write less, or attach a file."
        )
    if request.headers.get("content-type", "").startswith("multipart/"):
        raise Problem("csrf", 403, "This page is too old.", "Reload it and try again.")
    return await request.form()


def field(form: FormData, name: str, default: str = "") -> str:
    """Return a text field, without the NULs that PostgreSQL refuses."""
    value: Any = form.get(name, default)
    return value.replace("\x00", "") if isinstance(value, str) else default


def to_log_in(request: Request) -> Response:
    """Send a browser to the log-in page, and back here afterwards."""
    if request.headers.get("HX-Request") == "true":
        here = urlsplit(request.headers.get("HX-Current-URL", "/desk")).path
        return Response(status_code=401, headers={"HX-Redirect": f"{LOG_IN}?next={quote(here)}"})
    here = request.url.path if request.method in SAFE_METHODS else "/desk"
    return RedirectResponse(f"{LOG_IN}?next={quote(here)}", 303)


def safe_next(wished: str) -> str:
    """Return an address inside the desk to go on to; anything else is the queue."""
    inside = wished.split("?")[0] == "/desk" or wished.startswith("/desk/")
    plain = wished.isprintable() and "\\" not in wished and "//" not in wished
    return wished if inside and plain else "/desk"
