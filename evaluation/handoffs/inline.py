"""SQLite without a thread: SQLAlchemy's own synchronous driver, asked as the app asks an asynchronous one.

In a schedule one task runs at a time, so nobody waits for it; and no switch of threads may decide anything.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Engine, create_engine, event

from records import sqlite
from records.database import prepare_sqlite


class Inline(sqlite.QuickConnection):
    """A connection, as far as the program uses one."""

    def __init__(self, engine: Engine) -> None:
        self._inline = engine
        self.sync_connection: Connection | None = None

    async def __aenter__(self) -> Self:
        """Take a connection from the pool."""
        self.sync_connection = self._inline.connect()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give it back; what was not committed is undone."""
        self._proxied.close()

    async def execute(self, statement: Any, parameters: Any = None, **options: Any) -> Any:
        """Execute a statement and return its result."""
        return self._proxied.execute(statement, parameters)

    async def scalar(self, statement: Any, parameters: Any = None, **options: Any) -> Any:
        """Execute a statement and return the first column of its first row."""
        return self._proxied.scalar(statement, parameters)

    async def begin_to_write(self) -> None:
        """Begin with the file's one write lock; nobody else has it."""
        self._proxied.execute(sqlite.BEGIN)

    async def commit_written(self) -> None:
        """Commit."""
        self._proxied.commit()


def inline_engine(url: str) -> Engine:
    """Return an engine on the file that `url` names; no schedule outlives the machine: nothing is synced."""
    engine = create_engine(url, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, record: object) -> None:
        prepare_sqlite(connection, record)
        for pragma in ("synchronous=OFF", "wal_autocheckpoint=1000"):
            connection.execute(f"PRAGMA {pragma}")

    return engine
