"""SQLite without a thread: SQLAlchemy's own synchronous driver, asked as the app asks an asynchronous one.

In a schedule one task runs at a time, so nobody waits for it; and no switch of threads may decide anything.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Engine, create_engine, event

from records.database import prepare_sqlite


class Inline:
    """A connection, as far as the program uses one."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection

    async def __aenter__(self) -> Self:
        """Take a connection from the pool."""
        self._connection = self._engine.connect()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give it back; what was not committed is undone."""
        self._connection.close()

    @property
    def dialect(self) -> Any:
        """Return what kind of database this is."""
        return self._engine.dialect

    async def execute(self, statement: Any, parameters: Any = None) -> Any:
        """Execute a statement and return its result."""
        return self._connection.execute(statement, parameters)

    async def scalar(self, statement: Any, parameters: Any = None) -> Any:
        """Execute a statement and return the first column of its first row."""
        return self._connection.scalar(statement, parameters)

    async def commit(self) -> None:
        """End the transaction."""
        self._connection.commit()


def inline_engine(url: str) -> Engine:
    """Return an engine on the file that `url` names; no schedule outlives the machine: nothing is synced."""
    engine = create_engine(url, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, record: object) -> None:
        prepare_sqlite(connection, record)
        connection.execute("PRAGMA synchronous=OFF")

    return engine
