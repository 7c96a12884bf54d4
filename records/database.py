"""One door to the database: read, or write in a transaction that wakes listeners once it is committed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Executable, event, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from records import sqlite
from records.wakes import Wakes

Clock = Callable[[], datetime]
Statement = TypeVar("Statement", bound=Executable)
CHECKPOINT_EVERY = 200  # transactions, of some five pages each: SQLite itself would do so at 1,000 pages


def utc_now() -> datetime:
    """Return the time, with its zone."""
    return datetime.now(UTC)


def sqlite_address(data_dir: Path) -> str:
    """Return the address of the database that stands in DATA_DIR when DATABASE_URL is not set."""
    return f"sqlite:///{data_dir / 'firstline.db'}"


def quick(statement: Statement) -> Statement:
    """Mark a statement, made once, that touches a few rows by key: SQLite then runs it on the spot."""
    return statement.execution_options(**{sqlite.QUICK: True})


class Writing:
    """A write transaction: its connection, its time, and the wake-ups to give once it is committed."""

    def __init__(self, connection: AsyncConnection, now: datetime) -> None:
        self.connection, self.now = connection, now
        self.wakes: list[tuple[str, str]] = []
        self.execute, self.scalar = connection.execute, connection.scalar

    def wake(self, topic: str, word: str = "") -> None:
        """Tell `topic` when, and only if, the transaction is committed."""
        self.wakes.append((topic, word))

    async def alone(self, key: str) -> None:
        """Wait until nobody else writes under `key`; SQLite has one writer anyhow."""
        if self.connection.dialect.name == "postgresql":
            number = int.from_bytes(sha256(key.encode("utf-8", "replace")).digest()[:8], signed=True)
            await self.execute(select(func.pg_advisory_xact_lock(number)))


class Database:
    """SQLite in WAL mode or PostgreSQL; on SQLite this process's writers queue before the file's lock."""

    def __init__(self, url: str, wakes: Wakes | None = None, clock: Clock = utc_now) -> None:
        self.wakes = wakes or Wakes()
        self.now = clock
        self.engine = _engine(url)
        self._written = 0
        self._copying: asyncio.Task[None] | None = None
        self._one_writer: asyncio.Lock | None = asyncio.Lock() if self.is_sqlite else None

    @property
    def is_sqlite(self) -> bool:
        """Tell whether this is the one-machine database."""
        return self.engine.dialect.name == "sqlite"

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection to look things up."""
        async with self._connect() as connection:
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Writing]:
        """Give a transaction; it is committed at the end, undone on an error."""
        async with self._one_writer or nullcontext(), self._connect() as connection:
            on_the_spot = connection if isinstance(connection, sqlite.QuickConnection) else None
            if on_the_spot:
                await on_the_spot.begin_to_write()
            writing = Writing(connection, self.now())
            yield writing
            await (on_the_spot.commit_written() if on_the_spot else connection.commit())
        if on_the_spot:
            self._count()
        for topic, word in writing.wakes:
            self.wakes.tell(topic, word)

    def _count(self) -> None:
        """Now and then copy what SQLite has logged into the file: aside, since that waits for the disk."""
        self._written += 1
        if self._written % CHECKPOINT_EVERY == 0 and (self._copying is None or self._copying.done()):
            self._copying = asyncio.create_task(self._checkpoint())

    async def _checkpoint(self) -> None:
        """Writers wait meanwhile: if one went on, the log could never begin anew."""
        async with self._one_writer or nullcontext(), self._connect() as connection:
            await connection.execute(sqlite.CHECKPOINT)

    def _connect(self) -> AsyncConnection:
        return sqlite.QuickConnection(self.engine) if self.is_sqlite else self.engine.connect()

    async def close(self) -> None:
        """Close every connection."""
        if self._copying:
            await asyncio.wait([self._copying])
        await self.engine.dispose()


def async_url(url: str) -> str:
    """Return `url` with the async driver, unless it names one: ours for SQLite, or psycopg."""
    parsed = make_url(url)
    if "+" in parsed.drivername:
        return url
    driver = sqlite.DRIVER if parsed.get_backend_name() == "sqlite" else "postgresql+psycopg"
    return parsed.set(drivername=driver).render_as_string(hide_password=False)


def prepare_sqlite(connection: Any, _record: object) -> None:
    """Set up a new connection: transactions begin when we say so, readers don't wait for a writer."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in sqlite.PREPARED:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _engine(url: str) -> AsyncEngine:
    if make_url(url).get_backend_name() != "sqlite":
        return create_async_engine(
            async_url(url), pool_size=10, max_overflow=20, pool_pre_ping=True, hide_parameters=True
        )
    engine = create_async_engine(async_url(url), pool_size=6, max_overflow=10, hide_parameters=True)

    event.listen(engine.sync_engine, "connect", prepare_sqlite)

    @event.listens_for(engine.sync_engine, "invalidate")
    def undo(connection: Any, _record: object, _error: object) -> None:
        # Cancelled in the midst of a statement, SQLite would keep the file's lock until Python collects it.
        connection.rollback()

    return engine
