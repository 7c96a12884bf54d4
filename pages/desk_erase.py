"""Erasing a customer at the desk: what is held is shown first, and a receipt afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from desk.accounts import check_role
from desk.erasing import Erasure
from nouns import Problem, Role
from pages.desk_base import Desk, routes_of
from pages.session import Visitor, field, form_of

PATH = "/desk/customers/{customer}/erase"
TEMPLATE = "desk/erase.html"


@dataclass(frozen=True, slots=True)
class Erasing:
    """The page of one customer's erasing, for maintainers and owners."""

    desk: Desk

    def routes(self) -> list[BaseRoute]:
        """Return its routes."""
        return routes_of(self.desk, [("GET", PATH, self.show), ("POST", PATH, self.erase)])

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """Show what would be erased."""
        erasure = self._erasure(visitor)
        held = await erasure.find(request.path_params["customer"])
        values = {"customer": held.customer, "counts": _shown(held.counts), "receipt": None}
        elsewhere = await erasure.elsewhere(held)
        return await self.desk.page(request, visitor, TEMPLATE, elsewhere=elsewhere, **values)

    async def erase(self, request: Request, visitor: Visitor) -> Response:
        """Erase, and show the receipt."""
        erasure = self._erasure(visitor)
        if field(await form_of(request), "sure") != "yes":
            raise Problem("not_sure", 422, "Nothing was erased.", "Say that you understand what it means.")
        held = await erasure.find(request.path_params["customer"])
        receipt = await erasure.erase(held.customer, visitor.agent.id)
        values = {"customer": held.customer, "counts": _shown(receipt.counts), "receipt": receipt}
        return await self.desk.page(request, visitor, TEMPLATE, elsewhere=receipt.elsewhere, **values)

    def _erasure(self, visitor: Visitor) -> Erasure:
        check_role(visitor.agent, Role.MAINTAINER)
        if self.desk.erasure is None:
            raise Problem("not_ready", 503, "Nothing can be erased now.", "Use `firstline erase`.")
        return self.desk.erasure


def _shown(counts: Mapping[str, int]) -> dict[str, int]:
    """Return what there is any of."""
    return {name: count for name, count in counts.items() if count}
