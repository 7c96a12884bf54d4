"""A day in numbers, at the desk: the same that the team is told in its room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from desk.summary import duration
from pages.desk_base import Desk, routes_of
from pages.session import Visitor
from pages.shell import words_of

FIRST_DAY = date(2000, 1, 2)


@dataclass(frozen=True, slots=True)
class SummaryPage:
    """Today so far, or any day before."""

    desk: Desk

    def routes(self) -> list[BaseRoute]:
        """Return the page's route."""
        return routes_of(self.desk, [("GET", "/desk/summary", self.show)])

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """Show a day."""
        today = self.desk.database.now().astimezone(ZoneInfo(self.desk.time_zone)).date()
        day = min(_day(request.query_params.get("day", "")) or today, today)
        summary = await self.desk.summary_of(day)
        shown = {
            "summary": summary,
            "first_response": duration(summary.first_response_seconds, words_of(request).language),
            "before": (day - timedelta(days=1)).isoformat(),
            "after": (day + timedelta(days=1)).isoformat() if day < today else None,
            "is_today": day == today,
        }
        return await self.desk.page(request, visitor, "desk/summary.html", **shown)


def _day(word: str) -> date | None:
    try:
        return max(date.fromisoformat(word), FIRST_DAY)
    except ValueError:
        return None
