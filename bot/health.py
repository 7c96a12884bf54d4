"""Is it alive, and is it ready? `/readyz` names what is missing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy import text

from bot.engine import Engine
from records import schema
from records.database import Database

CHECK_SECONDS = 5.0


class Versioned(Protocol):
    """The knowledge base, as far as health cares."""

    @property
    def version(self) -> str:
        """The snapshot that serves."""
        ...


def health_routes(database: Database, engine: Engine, knowledge: Versioned) -> APIRouter:
    """Return `/healthz` and `/readyz`."""
    routes = APIRouter(tags=["health"])

    async def migrated() -> str:
        has, wants = await schema.versions(database)
        if has != wants:
            raise RuntimeError(f"at {has}, wants {wants}")
        return str(has)

    async def answers() -> str:
        async with database.read() as connection:
            await connection.execute(text("SELECT 1"))
        return "ok"

    async def thinks() -> str:
        return str((await engine.status())["model"])

    async def indexed() -> str:
        return knowledge.version

    checks: dict[str, Callable[[], Awaitable[str]]] = {
        "database": answers,
        "migrations": migrated,
        "engine": thinks,
        "index": indexed,
    }

    @routes.get("/healthz")
    async def alive() -> dict[str, str]:
        return {"status": "ok"}

    @routes.get("/readyz")
    async def ready() -> JSONResponse:
        found = dict(zip(checks, await asyncio.gather(*map(_checked, checks.values())), strict=True))
        well = all(check["ok"] for check in found.values())
        return JSONResponse({"status": "ok" if well else "not ready", "checks": found}, 200 if well else 503)

    return routes


async def _checked(check: Callable[[], Awaitable[str]]) -> dict[str, object]:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return {"ok": True, "detail": await check()}
    except Exception as error:  # noqa: BLE001 - a check's edge: whatever is wrong is what is asked for
        return {"ok": False, "detail": f"{type(error).__name__}: {error}"}
