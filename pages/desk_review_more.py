"""The review's other pages: what applying would write, what is asked and not answered, drafts of articles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from learning.judging import reviewer_of
from learning.plan import Plan
from learning.review import Review
from nouns import Problem
from pages.desk_base import Desk, go, problem_words, routes_of
from pages.desk_review import HERE, maintained
from pages.session import Visitor, field, form_of
from records import drafts
from records import review as rows

APPLY, GAPS, DRAFTS = f"{HERE}/apply", f"{HERE}/gaps", f"{HERE}/drafts"


@dataclass(frozen=True, slots=True)
class ReviewMore:
    """Applying, gaps and drafts."""

    desk: Desk

    def routes(self) -> list[BaseRoute]:
        """Return their routes; a desk without a review has none."""
        if self.desk.review is None:
            return []
        table = [
            ("GET", APPLY, self.plan),
            ("POST", APPLY, self.apply),
            ("POST", f"{APPLY}/{{verdict:int}}", self.solve),
            ("GET", GAPS, self.gaps),
            ("POST", f"{GAPS}/{{key}}/draft", self.draft_gap),
            ("GET", DRAFTS, self.drafts),
            ("POST", f"{DRAFTS}/suggest", self.suggest),
            ("POST", f"{DRAFTS}/{{draft}}", self.decide),
        ]
        return routes_of(self.desk, [(method, path, maintained(do)) for method, path, do in table])

    @property
    def review(self) -> Review:
        """The review, which is there wherever its routes are."""
        assert self.desk.review is not None
        return self.desk.review

    async def plan(self, request: Request, visitor: Visitor) -> Response:
        """Show each file's diff, the conflicts, and what is refused."""
        try:
            plan, broken = await self.review.apply.plan(), ""
        except Problem as problem:
            plan, broken = Plan(), problem_words(request, problem)
        return await self._plan(request, visitor, plan, broken=broken, wrote=None)

    async def apply(self, request: Request, visitor: Visitor) -> Response:
        """Write to the files, and show what remains."""
        plan = await self.review.apply.apply(visitor.agent.name)
        return await self._plan(request, visitor, await self.review.apply.plan(), broken="", wrote=plan)

    async def solve(self, request: Request, visitor: Visitor) -> Response:
        """Solve a conflict."""
        keep = field(await form_of(request), "keep")
        await self.review.judging.solve(request.path_params["verdict"], keep)
        return go(request, APPLY)

    async def gaps(self, request: Request, visitor: Visitor) -> Response:
        """Show what is asked and not answered."""
        shown: dict[str, Any] = {"gaps": (await self.review.gaps())[:40], "tab": "gaps"}
        return await self._page(request, visitor, "desk/review_gaps.html", **shown)

    async def draft_gap(self, request: Request, visitor: Visitor) -> Response:
        """Draft an article on a gap, and open it."""
        made = await self.review.draft_gap(request.path_params["key"], reviewer_of(visitor.agent))
        return go(request, f"{DRAFTS}#{made}")

    async def drafts(self, request: Request, visitor: Visitor) -> Response:
        """Show the drafts that wait for a decision, and those approved but not written yet."""
        async with self.desk.database.read() as connection:
            waiting = await drafts.listed(connection, "open")
            approved = await drafts.listed(connection, "approved")
        shown = {"drafts": waiting, "approved": approved, "tab": "drafts"}
        return await self._page(request, visitor, "desk/review_drafts.html", **shown)

    async def suggest(self, request: Request, visitor: Visitor) -> Response:
        """Draft articles from what humans answered."""
        await self.review.suggest_drafts()
        return go(request, DRAFTS)

    async def decide(self, request: Request, visitor: Visitor) -> Response:
        """Save a draft, approve it, or put it away."""
        form, who = await form_of(request), reviewer_of(visitor.agent)
        id, version = request.path_params["draft"], int(field(form, "version") or 0)
        if field(form, "do") == "dismiss":
            await self.review.judging.dismiss_draft(id, version, who)
        else:
            given = {name: field(form, name) for name in ("title", "body", "questions")}
            approve = field(form, "do") == "approve"
            await self.review.judging.edit_draft(id, version, given, who, approve=approve)
        return go(request, DRAFTS)

    async def _plan(
        self, request: Request, visitor: Visitor, plan: Plan, *, broken: str, wrote: Plan | None
    ) -> Response:
        told = self.review.folders.told
        files = [(told(change.path), change.diff(told(change.path)).splitlines()) for change in plan.changes]
        shown: dict[str, Any] = {
            "plan": plan,
            "files": files,
            "broken": broken,
            "wrote": wrote,
            "tab": "apply",
        }
        return await self._page(request, visitor, "desk/review_apply.html", **shown)

    async def _page(self, request: Request, visitor: Visitor, template: str, **shown: Any) -> Response:
        async with self.desk.database.read() as connection:
            counts = await rows.counts(connection)
        return await self.desk.page(request, visitor, template, counts=counts, **shown)
