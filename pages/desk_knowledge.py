"""The articles for those who write them: the list, one article with its use, and the check."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from desk.accounts import is_at_least
from knowledge.checks.probes import Probe
from knowledge.checks.upkeep import counterparts_of, touched_in
from knowledge.render import to_html
from nouns import Article, Role
from pages.desk_base import Desk, routes_of
from pages.help import scrollable, url_of
from pages.knowledge_rows import DAYS, ROWS, SORTS, RecentUse, found_rows, rows_of
from pages.session import Visitor

FILTERS = ("q", "language", "audience", "sort")
DONE = ("saved_live", "retired_done", "restored_done")
MISSES = 12


@dataclass(slots=True)
class KnowledgePages:
    """What everybody of the team may read."""

    desk: Desk
    use: RecentUse = field(init=False)
    _asking: asyncio.Task[object] | None = None

    def __post_init__(self) -> None:
        self.use = RecentUse(self.desk.database)

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        return routes_of(
            self.desk,
            [
                ("GET", "/desk/knowledge", self.listed),
                ("GET", "/desk/knowledge/check", self.check),
                ("GET", "/desk/knowledge/check/report", self.report),
                ("GET", "/desk/knowledge/articles/{article:path}", self.show),
            ],
        )

    async def listed(self, request: Request, visitor: Visitor) -> Response:
        """List the articles that fit the filters; the probes are asked meanwhile."""
        workshop = self.desk.workshop
        filters = {name: request.query_params.get(name, "").strip()[:100] for name in FILTERS}
        filters["sort"] = filters["sort"] if filters["sort"] in SORTS else SORTS[0]
        articles = workshop.articles()
        rows = rows_of(articles, await self.use.of(), self._asked(), self._today())
        found = found_rows(rows, filters)
        shown = {
            "rows": found[:ROWS],
            "found": len(found),
            "all": len(articles),
            "filters": filters,
            "sorts": SORTS,
            "languages": sorted({article.language for article in articles}),
            "retired": workshop.retired(),
            "broken": await asyncio.to_thread(workshop.broken),
            **self._common(request, visitor),
        }
        return await self.desk.page(request, visitor, "desk/knowledge_list.html", **shown)

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """Show an article as customers see it, and beside it how it does."""
        workshop, use = self.desk.workshop, await self.use.of()
        article = workshop.article(request.path_params["article"])
        probes = await workshop.probes()
        [row] = rows_of([article], use, probes, self._today())
        touched = await asyncio.to_thread(touched_in, workshop.folder, [article])
        misses = [miss.text for miss in reversed(use.misses) if miss.nearest == article.id]
        shown = {
            "article": article,
            "row": row,
            "body": Markup(scrollable(to_html(article.body, anchors=True))),  # sanitised there
            "probes": [probe for probe in probes if probe.article == article.id],
            "suggested": use.suggestions[article.id],
            "touched": touched.get(article.id),
            "misses": list(dict.fromkeys(misses))[:MISSES],
            "links_here": await asyncio.to_thread(workshop.links_to, article.id),
            "seen": workshop.text(article.id)[1],
            **self._languages(article),
            **self._common(request, visitor),
        }
        return await self.desk.page(request, visitor, "desk/knowledge_article.html", **shown)

    async def check(self, request: Request, visitor: Visitor) -> Response:
        """Show the check's page at once; what it finds is asked for by the page."""
        return await self._check_page(request, visitor, report=None)

    async def report(self, request: Request, visitor: Visitor) -> Response:
        """Check everything and show what was found."""
        today = self.desk.database.now().date()
        report = await self.desk.workshop.report(today, await self.use.of())
        return await self._check_page(request, visitor, report=report)

    async def _check_page(self, request: Request, visitor: Visitor, *, report: object) -> Response:
        shown = {"report": report, "titles": {a.id: a.title for a in self.desk.workshop.articles()}}
        common = self._common(request, visitor)
        return await self.desk.page(request, visitor, "desk/knowledge_check.html", **shown, **common)

    def _asked(self) -> Sequence[Probe] | None:
        """Return the probes' results, or begin to ask them."""
        known = self.desk.workshop.asked()
        if known is None and (self._asking is None or self._asking.done()):
            self._asking = asyncio.create_task(self.desk.workshop.probes())
        return known

    def _languages(self, article: Article) -> dict[str, object]:
        workshop = self.desk.workshop
        others = counterparts_of(article.id, workshop.articles())
        there = {article.language, *(other.language for other in others)}
        missing = [language for language in workshop.languages if language not in there]
        return {"others": others, "missing": missing, "help_url": url_of(article)}

    def _common(self, request: Request, visitor: Visitor) -> dict[str, object]:
        done = request.query_params.get("done", "")
        may_write = is_at_least(visitor.agent, Role.MAINTAINER)
        return {"may_write": may_write, "days": DAYS, "done": done if done in DONE else ""}

    def _today(self) -> str:
        return self.desk.database.now().date().isoformat()
