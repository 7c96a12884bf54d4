"""SQLite without needless waiting: each statement is one visit to the connection's thread, or none.

SQLAlchemy's aiosqlite driver visits it to open a cursor, to execute, to fetch and to close, and to roll back
nothing after each look-up: over a hundred visits for one message, each a switch of threads that costs more
than the statement itself. A statement marked by `quick` makes none at all: it touches a few rows by key, in
less time than a switch takes. So does BEGIN IMMEDIATE while the file is free, and the COMMIT of a few rows,
which since the log is copied into the file aside (`checkpoint`) waits for no disk. What may wait or run long
stays in the thread.
What is replaced here is SQLAlchemy 2.1's own; a test holds it to that behaviour.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
    SQLiteDialect_aiosqlite,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.util.concurrency import await_

DRIVER = "sqlite+onevisit"
QUICK = "firstline_quick"
BUSY_MILLISECONDS = 10_000
FEW_CHANGES = 100
BEGIN = text("BEGIN IMMEDIATE")
CHECKPOINT = text("PRAGMA wal_checkpoint(PASSIVE)")
PREPARED = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "foreign_keys=ON",
    f"busy_timeout={BUSY_MILLISECONDS}",
    "wal_autocheckpoint=0",
)


@dataclass(slots=True)
class Done:
    """What a closed cursor leaves behind."""

    description: Any = None
    rowcount: int = -1
    lastrowid: int | None = None
    arraysize: int = 1

    def close(self) -> None:
        """Nothing is open."""


class Cursor(AsyncAdapt_aiosqlite_cursor):
    """Executes, fetches all and closes in one visit."""

    __slots__ = ()
    _awaitable_cursor_close = False

    def _make_new_cursor(self, connection: Any) -> Any:
        return Done()

    def _aenter_cursor(self, cursor: Any) -> Any:
        return cursor

    async def _execute_async(self, operation: Any, parameters: Any) -> None:
        await self._visit(sqlite3.Cursor.execute, operation, parameters or ())

    async def _executemany_async(self, operation: Any, seq_of_parameters: Any) -> None:
        await self._visit(sqlite3.Cursor.executemany, operation, seq_of_parameters)

    def execute_here(self, operation: Any, parameters: Any) -> None:
        """Execute without a visit."""
        adapted: Any = self._adapt_connection
        try:
            done, rows = _whole(adapted._connection._conn, sqlite3.Cursor.execute, operation, parameters)
        except sqlite3.Error as error:
            adapted._handle_exception(error)
        self._keep(done, rows)

    async def _visit(self, how: Callable[..., object], operation: Any, parameters: Any) -> None:
        connection: Any = self._connection
        async with self._adapt_connection._execute_mutex:
            done, rows = await connection._execute(_whole, connection._conn, how, operation, parameters)
        self._keep(done, rows)

    def _keep(self, done: Any, rows: list[Any]) -> None:
        self._cursor, self._rows = done, deque(rows)


class Connection(AsyncAdapt_aiosqlite_connection):
    """Ends only a transaction that has begun, on the spot if told so."""

    __slots__ = ("commits_here",)
    _cursor_cls = Cursor

    def __init__(self, dbapi: Any, connection: Any) -> None:
        super().__init__(dbapi, connection)
        self.commits_here = False

    @property
    def raw(self) -> sqlite3.Connection:
        """What all of this is about."""
        connection: sqlite3.Connection = self._connection._conn
        return connection

    def commit(self) -> None:
        """Commit."""
        if not self.commits_here:
            super().commit()
            return
        try:
            self.raw.commit()
        except sqlite3.Error as error:
            self._handle_exception(error)

    def rollback(self) -> None:
        """Undo the transaction, if there is one."""
        if self._connection._connection and self._connection._connection.in_transaction:
            super().rollback()


class QuickConnection(AsyncConnection):
    """SQLAlchemy's connection, which lets a quick statement run without the detour by a greenlet."""

    _changes_before: int = 0

    async def execute(self, statement: Any, parameters: Any = None, **options: Any) -> Any:
        """Execute a statement and return its result."""
        if QUICK in statement._execution_options and self.sync_connection is not None:
            return self.sync_connection.execute(statement, parameters)
        return await super().execute(statement, parameters, **options)

    async def begin_to_write(self) -> None:
        """Begin with the file's one write lock; somebody else's is waited for in the thread."""
        raw = self._adapted().raw
        self._changes_before = raw.total_changes
        raw.execute("PRAGMA busy_timeout=0")
        try:
            raw.execute("BEGIN IMMEDIATE")
            return
        except sqlite3.OperationalError:  # another process is writing
            pass
        finally:
            raw.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
        await self.execute(BEGIN)

    async def commit_written(self) -> None:
        """Commit: a few rows on the spot, many in the thread."""
        adapted = self._adapted()
        if adapted.raw.total_changes - self._changes_before > FEW_CHANGES or self.sync_connection is None:
            await self.commit()
            return
        adapted.commits_here = True
        try:
            self.sync_connection.commit()
            adapted.commit()  # where no statement followed, SQLAlchemy knows of no transaction
        finally:
            adapted.commits_here = False

    def _adapted(self) -> Connection:
        adapted: Connection = self.sync_connection.connection.dbapi_connection  # type: ignore[union-attr,assignment]
        return adapted


class Module(AsyncAdapt_aiosqlite_dbapi):
    """The driver as SQLAlchemy sees it, with our connections."""

    def connect(self, *arg: Any, **kw: Any) -> Connection:
        """Open a connection."""
        opened = self.aiosqlite.connect(*arg, **kw | {"check_same_thread": False})
        opened._thread.daemon = True
        return Connection(self, await_(opened))


class Dialect(SQLiteDialect_aiosqlite):
    """SQLite over aiosqlite, one visit a statement, none for a quick one."""

    driver = "onevisit"
    supports_statement_cache = True

    @classmethod
    def import_dbapi(cls) -> Module:
        """Return the driver."""
        return Module(__import__("aiosqlite"), __import__("sqlite3"))

    def do_execute(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        """Execute on the spot what is marked as quick."""
        if context is not None and QUICK in context.execution_options:
            cursor.execute_here(statement, parameters)
        else:
            cursor.execute(statement, parameters)


def _whole(
    connection: sqlite3.Connection, how: Callable[..., object], operation: str, parameters: Any
) -> tuple[Done, list[Any]]:
    """Run in the connection's thread."""
    cursor = connection.cursor()
    try:
        how(cursor, operation, parameters)
        rows = cursor.fetchall() if cursor.description else []
        return Done(cursor.description, cursor.rowcount, cursor.lastrowid), rows
    finally:
        cursor.close()


registry.register("sqlite.onevisit", __name__, "Dialect")
