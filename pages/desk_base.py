"""What every desk page is given, and the few moves they share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from desk.accounts import Accounts
from desk.articles import Articles
from desk.erasing import Erasure
from desk.handoff import Handoffs
from desk.summary import Summary
from desk.tickets import Tickets
from knowledge.workshop import Workshop
from learning.review import Review
from nouns import Problem, Role
from pages.desk_lists import waiting_rows
from pages.session import Handler, Sessions, Visitor
from pages.shell import Shell, words_of
from records.database import Database

if TYPE_CHECKING:
    from pages.desk_models import ModelDesk

TEXT_LENGTH = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The desk's dependencies."""

    database: Database
    handoffs: Handoffs
    tickets: Tickets
    accounts: Accounts
    articles: Articles
    summary_of: Callable[[date], Awaitable[Summary]]
    workshop: Workshop
    files: Path
    shell: Shell
    sessions: Sessions
    review: Review | None = None
    erasure: Erasure | None = None
    base_url: str | None = None
    upload_max_bytes: int = 10_000_000
    time_zone: str = "UTC"
    learning: ModelDesk | None = None

    async def page(self, request: Request, visitor: Visitor, template: str, **values: Any) -> HTMLResponse:
        """Render a page of somebody who is logged in, with the queue's length in its menu."""
        async with self.database.read() as connection:
            queue = await waiting_rows(connection)
        waiting = [
            {
                "id": line.handoff,
                "path": f"/desk/conversations/{line.conversation}",
                "words": (line.words or "")[:140],
                "reminders": line.reminders,
            }
            for line in queue
        ]
        known = {
            "me": visitor.agent,
            "csrf": visitor.csrf,
            "queue": queue,
            "maintains": self.review is not None and visitor.agent.role is not Role.AGENT,
            "waiting": waiting,
            **self.times(),
        }
        return self.shell.page(request, template, **known, **values)

    def times(self) -> dict[str, Any]:
        """Return the functions by which templates show times: clock, day, and how long ago."""
        zone = ZoneInfo(self.time_zone)

        def clock(moment: datetime, pattern: str = "%H:%M") -> str:
            return moment.astimezone(zone).strftime(pattern)

        def when(moment: datetime) -> str:
            today = self.database.now().astimezone(zone).date()
            return clock(moment, "%H:%M" if moment.astimezone(zone).date() == today else "%Y-%m-%d %H:%M")

        return {"clock": clock, "when": when, "now": self.database.now()}

    def address(self, request: Request, path: str) -> str:
        """Return the public address of a path."""
        return f"{(self.base_url or str(request.base_url)).rstrip('/')}{path}"


def routes_of(desk: Desk, table: Sequence[tuple[str, str, Handler]]) -> list[BaseRoute]:
    """Turn (method, path, handler) into routes that only the team may use."""
    return [Route(path, desk.sessions.guarded(handler), methods=[method]) for method, path, handler in table]


def go(request: Request, path: str) -> Response:
    """Show another page after a change; a page that changed itself is only refreshed."""
    if request.headers.get("HX-Request") == "true":
        here = urlsplit(request.headers.get("HX-Current-URL", "")).path
        if here != path:
            return Response(status_code=204, headers={"HX-Redirect": path})
    return RedirectResponse(path, 303)


def check_text(text: str) -> str:
    """Refuse a text that is empty or endless."""
    if not text.strip():
        raise Problem("empty", 422, "There is nothing written.", "Write a text.")
    if len(text) > TEXT_LENGTH:
        raise Problem("too_long", 422, f"A message has {TEXT_LENGTH} characters at most.", "Write it in two.")
    return text.strip()


def problem_words(request: Request, problem: Problem) -> str:
    """Return a problem as a sentence in the reader's language."""
    return " ".join(words_of(request).problem(problem.code, problem.sentence, problem.cure)).strip()
