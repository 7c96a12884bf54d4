"""Our way to SQLite does what SQLAlchemy's own does, in fewer visits to the connection's thread, or none."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, Text, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from records.database import Database, quick

metadata = MetaData()
lamps = Table(
    "lamps",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("name", Text, unique=True),
)


@pytest.fixture(params=["sqlite+onevisit", "sqlite+aiosqlite"])
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    made = create_async_engine(f"{request.param}:///{tmp_path / 'lamps.db'}")
    async with made.begin() as connection:
        await connection.run_sync(metadata.create_all)
    yield made
    await made.dispose()


async def test_rows_keys_and_counts_come_back(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        made = await connection.execute(insert(lamps).values(name="Fjell"))
        await connection.execute(insert(lamps), [{"name": "Lind"}, {"name": "Bris"}])
        changed = await connection.execute(
            update(lamps).where(lamps.c.id > 1).values(name=lamps.c.name + "!")
        )
        told = await connection.scalar(
            update(lamps).values(id=9).where(lamps.c.id == 1).returning(lamps.c.id)
        )
        rows = (await connection.execute(select(lamps).order_by(lamps.c.id))).all()
    assert (made.inserted_primary_key[0], changed.rowcount, told) == (1, 2, 9)
    assert [tuple(row) for row in rows] == [(2, "Lind!"), (3, "Bris!"), (9, "Fjell")]
    assert rows[0].name == "Lind!"


async def test_an_error_undoes_the_transaction_and_leaves_the_connection_usable(engine: AsyncEngine) -> None:
    async def twice() -> None:
        async with engine.begin() as connection:
            await connection.execute(insert(lamps).values(name="Fjell"))
            await connection.execute(insert(lamps).values(name="Fjell"))

    with pytest.raises(IntegrityError, match="UNIQUE"):
        await twice()
    async with engine.connect() as connection:
        assert (await connection.execute(select(lamps))).all() == []


async def test_what_is_not_committed_is_gone(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.execute(insert(lamps).values(name="Fjell"))
    async with engine.connect() as connection:
        assert await connection.scalar(select(lamps.c.name)) is None


async def test_connections_work_side_by_side(engine: AsyncEngine) -> None:
    async def look() -> Any:
        async with engine.connect() as connection:
            return await connection.scalar(text("SELECT 1"))

    assert await asyncio.gather(*(look() for _ in range(20))) == [1] * 20


@pytest.fixture
def visits(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    import aiosqlite

    made: list[object] = []
    execute = aiosqlite.Connection._execute

    async def counted(self: aiosqlite.Connection, fn: Any, *args: Any, **more: Any) -> Any:
        made.append(fn)
        return await execute(self, fn, *args, **more)

    monkeypatch.setattr(aiosqlite.Connection, "_execute", counted)
    return made


async def test_a_lookup_visits_the_thread_once(tmp_path: Path, visits: list[object]) -> None:
    database = Database(f"sqlite:///{tmp_path / 'one.db'}")
    async with database.read() as connection:
        await connection.execute(text("SELECT 1"))
    visits.clear()
    async with database.read() as connection:
        assert await connection.scalar(text("SELECT sqlite_version()")) == sqlite3.sqlite_version
    assert len(visits) == 1
    await database.close()


async def test_quick_statements_visit_no_thread_and_are_undone_with_the_rest(
    tmp_path: Path, visits: list[object]
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'quick.db'}")
    add = quick(insert(lamps))
    async with database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    async with database.write() as writing:
        visits.clear()
        made = await writing.execute(add, {"name": "Fjell"})
        assert (made.inserted_primary_key[0], visits) == (1, [])
    with pytest.raises(IntegrityError, match="UNIQUE"):
        async with database.write() as writing:
            await writing.execute(add, {"name": "Lind"})
            await writing.execute(add, {"name": "Fjell"})
    async with database.read() as reading:
        assert (await reading.scalars(quick(select(lamps.c.name)))).all() == ["Fjell"]
    await database.close()
