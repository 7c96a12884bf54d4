"""SQLite without a thread: what the app's driver lets a thread do is done where it stands.

In a schedule one task runs at a time, so nobody waits for it; and no switch of threads may decide anything.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from typing import Any

from sqlalchemy.dialects import registry

from records import sqlite

DRIVER = "sqlite+inline"


class Inline:
    """An aiosqlite connection, as far as the app's driver uses one."""

    def __init__(self, address: str, **options: Any) -> None:
        self._conn = self._connection = sqlite3.connect(address, **{**options, "check_same_thread": False})
        self._tx = self

    def put_nowait(self, asked: tuple[asyncio.Future[Any], Callable[[], Any]]) -> None:
        """Do what aiosqlite's thread would do."""
        future, work = asked
        future.set_result(work())

    async def _execute(self, work: Callable[..., Any], *arguments: Any) -> Any:
        return work(*arguments)

    async def commit(self) -> None:
        """End the transaction."""
        self._conn.commit()

    async def rollback(self) -> None:
        """Undo the transaction."""
        self._conn.rollback()

    async def close(self) -> None:
        """Close the connection."""
        self._conn.close()

    async def create_function(self, *arguments: Any, **options: Any) -> None:
        """Add a function to SQL."""
        self._conn.create_function(*arguments, **options)

    def script(self, statements: str) -> None:
        """Execute many statements, in one transaction."""
        self._conn.executescript(f"BEGIN;{statements};COMMIT")

    def stop(self) -> None:
        """Close the connection at once."""
        self._conn.close()


class Module(sqlite.Module):
    """The driver as SQLAlchemy sees it."""

    def connect(self, *arg: Any, **kw: Any) -> sqlite.Connection:
        """Open a connection."""
        inline: Any = Inline(*arg, **kw)
        return sqlite.Connection(self, inline)


class Dialect(sqlite.Dialect):
    """SQLite in the very task that asks."""

    driver = "inline"
    supports_statement_cache = True

    @classmethod
    def import_dbapi(cls) -> Module:
        """Return the driver."""
        return Module(__import__("aiosqlite"), __import__("sqlite3"))


registry.register("sqlite.inline", __name__, "Dialect")
