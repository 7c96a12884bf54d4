"""Models: what there is, the report on each, and who may let which one answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from desk.accounts import check_role
from learning import shadow
from learning.models import Models, check_reason
from nouns import Problem, Role
from pages.desk_base import Desk, go, routes_of
from pages.session import Visitor, field, form_of
from records import facts, models

LISTED = "/desk/models"


@dataclass(frozen=True, slots=True)
class Progress:
    """How a retraining goes: its step, or why the last one failed, or which model it found made already."""

    step: str | None = None
    failed: str | None = None
    known: str | None = None


@dataclass(frozen=True, slots=True)
class ModelDesk:
    """What the pages on models are given: `retrain(by)` asks for one."""

    models: Models
    retrain: Callable[[str], Awaitable[None]]
    progress: Callable[[], Progress]


@dataclass(frozen=True, slots=True)
class ModelPages:
    """The list of models and the page of one."""

    desk: Desk

    def routes(self) -> list[BaseRoute]:
        """Return the models' routes."""
        one = f"{LISTED}/{{name}}"
        return routes_of(
            self.desk,
            [
                ("GET", LISTED, self.listed),
                ("POST", f"{LISTED}/retrain", self.retrain),
                ("POST", f"{LISTED}/rollback", self.roll_back),
                ("GET", one, self.show),
                ("POST", f"{one}/promote", self.promote),
                ("POST", f"{one}/shadow", self.shadow),
            ],
        )

    async def listed(self, request: Request, visitor: Visitor) -> Response:
        """List the models."""
        check_role(visitor.agent, Role.MAINTAINER)
        return await self._list(request, visitor)

    async def retrain(self, request: Request, visitor: Visitor) -> Response:
        """Ask for a candidate."""
        check_role(visitor.agent, Role.MAINTAINER)
        await self._own.retrain(visitor.agent.name)
        async with self.desk.database.write() as writing:
            await facts.note(writing, "retrain_asked", None, {"by": visitor.agent.id})
        return await self._list(request, visitor, asked=True)

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """Show a model: its report, its lineage, and what may be done."""
        check_role(visitor.agent, Role.MAINTAINER)
        async with self.desk.database.read() as connection:
            model = await models.named(connection, request.path_params["name"])
            history = await models.history(connection, model.name)
            live = await models.live(connection)
            begun = await shadow.begun(connection, model)
            seen, otherwise = await shadow.seen(connection, model.name)
            differing = await shadow.disagreements(connection, model.name, 30)
        passed = await self._own.models.passed(model)
        report = await asyncio.to_thread(self._own.models.shelf.report, model.name)
        shown: dict[str, Any] = {
            "model": model,
            "passed": passed,
            "history": history,
            "is_live": live is not None and live.model == model.name,
            "report": report,
            "begun": begun,
            "seen": seen,
            "otherwise": otherwise,
            "differing": differing,
        }
        return await self.desk.page(request, visitor, "desk/model.html", **shown)

    async def promote(self, request: Request, visitor: Visitor) -> Response:
        """Let a model answer, for a reason."""
        check_role(visitor.agent, Role.MAINTAINER)
        form = await form_of(request)
        name = request.path_params["name"]
        override = field(form, "override") == "yes"
        await self._own.models.promote(name, visitor.agent.name, field(form, "reason"), override=override)
        return go(request, LISTED)

    async def roll_back(self, request: Request, visitor: Visitor) -> Response:
        """Let the model before answer again, for a reason."""
        check_role(visitor.agent, Role.MAINTAINER)
        reason = field(await form_of(request), "reason")
        check_reason(reason)
        await self._own.models.roll_back(visitor.agent.name, reason)
        return go(request, LISTED)

    async def shadow(self, request: Request, visitor: Visitor) -> Response:
        """Let a model answer silently on a share of the messages, or end that."""
        check_role(visitor.agent, Role.MAINTAINER)
        given = field(await form_of(request), "percent")
        name = request.path_params["name"]
        if not given.isdigit():
            raise Problem("share_wrong", 422, "A share is a number from 0 to 100.", "")
        if int(given):
            await shadow.begin(self.desk.database, name, int(given) / 100, visitor.agent.name)
        else:
            await shadow.end(self.desk.database, name, visitor.agent.name)
        return go(request, f"{LISTED}/{name}")

    @property
    def _own(self) -> ModelDesk:
        if self.desk.learning is None:
            raise Problem("page_unknown", 404, "There is no such page.", "Begin at the menu.")
        return self.desk.learning

    async def _list(self, request: Request, visitor: Visitor, *, asked: bool = False) -> Response:
        async with self.desk.database.read() as connection:
            found = await models.listed(connection)
            history = await models.history(connection, limit=20)
        before = await self._own.models.before()
        shown = {"found": found, "history": history, "before": before}
        shown |= {"progress": self._own.progress(), "asked": asked}
        return await self.desk.page(request, visitor, "desk/models.html", **shown)
