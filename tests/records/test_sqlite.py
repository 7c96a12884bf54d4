"""Our way to SQLite does what SQLAlchemy's own does, in fewer visits to the connection's thread, or none."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, Text, insert, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from records.database import CHECKPOINT_EVERY, Database, quick

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


@pytest.fixture
async def lamp_shop(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'shop.db'}")
    async with database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    yield database
    await database.close()


async def test_a_short_transaction_visits_no_thread_a_long_one_commits_there(
    lamp_shop: Database, visits: list[object]
) -> None:
    async with lamp_shop.write() as writing:  # the first one opens the connection
        await writing.execute(quick(insert(lamps)), {"name": "Fjell"})
    visits.clear()
    async with lamp_shop.write() as writing:
        await writing.execute(quick(insert(lamps)), {"name": "Lind"})
    assert visits == []
    async with lamp_shop.write() as writing:
        await writing.execute(insert(lamps), [{"name": f"Bris {number}"} for number in range(500)])
    assert len(visits) == 2
    async with lamp_shop.read() as reading:
        assert len((await reading.execute(select(lamps.c.id))).all()) == 502


async def test_while_another_process_writes_ours_waits_and_the_loop_does_not(
    lamp_shop: Database, tmp_path: Path
) -> None:
    async with lamp_shop.write() as writing:
        await writing.execute(insert(lamps).values(name="Fjell"))
    other = sqlite3.connect(tmp_path / "shop.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def write() -> None:
        async with lamp_shop.write() as writing:
            await writing.execute(insert(lamps).values(name="Lind"))

    waiting = asyncio.create_task(write())
    for _ in range(20):  # the loop goes round while the other holds the file
        await asyncio.sleep(0.005)
    assert not waiting.done()
    other.execute("COMMIT")
    other.close()
    await waiting
    async with lamp_shop.read() as reading:
        assert (await reading.scalars(select(lamps.c.name))).all() == ["Fjell", "Lind"]


async def test_a_full_disk_is_told_as_the_databases_own_error_and_leaves_the_rest_as_it_was(
    lamp_shop: Database,
) -> None:
    async with lamp_shop.write() as writing:
        await writing.execute(insert(lamps).values(name="Fjell"))
        await writing.execute(text("PRAGMA max_page_count=2"))
    with pytest.raises(OperationalError, match="full"):
        async with lamp_shop.write() as writing:
            await writing.execute(quick(insert(lamps)), {"name": "Lind" * 10_000})
    async with lamp_shop.read() as reading:
        assert (await reading.scalars(select(lamps.c.name))).all() == ["Fjell"]


async def test_the_log_is_copied_into_the_file_and_begins_anew(lamp_shop: Database, tmp_path: Path) -> None:
    log, sizes = tmp_path / "shop.db-wal", []
    for number in range(3 * CHECKPOINT_EVERY):
        async with lamp_shop.write() as writing:
            await writing.execute(quick(insert(lamps)), {"name": f"{number} " + "Fjell" * 500})
        await asyncio.sleep(0)
        if (number + 1) % CHECKPOINT_EVERY == 0:
            sizes.append(log.stat().st_size)
    assert sizes[-1] < 1.5 * sizes[0]
    assert (tmp_path / "shop.db").stat().st_size > 2 * CHECKPOINT_EVERY * 2500
