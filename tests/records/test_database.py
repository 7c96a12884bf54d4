"""The door to the database: all or nothing, woken after the commit, and discreet."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import SQLAlchemyError

from records import customers, facts
from records.database import Database
from records.tables import votes


async def test_what_fails_half_way_never_was_and_wakes_nobody(database: Database) -> None:
    async with database.wakes.listening(["desk"]) as queue:
        with pytest.raises(ZeroDivisionError):
            async with database.write() as writing:
                await facts.note(writing, "asked", "c_1")
                writing.wake("desk")
                raise ZeroDivisionError
        assert queue.empty()
    async with database.read() as connection:
        assert await facts.of_conversation(connection, "c_1") == []


async def test_a_writer_that_is_cancelled_leaves_the_door_open(database: Database) -> None:
    async def write_for_ever() -> None:
        async with database.write() as writing:
            await facts.note(writing, "asked", "c_1")
            begun.set()
            await asyncio.Event().wait()

    begun = asyncio.Event()
    task = asyncio.create_task(write_for_ever())
    await begun.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(5), database.write() as writing:
        await customers.create(writing, "Ola")
    async with database.read() as connection:
        assert await facts.of_conversation(connection, "c_1") == []


async def test_an_error_of_the_database_does_not_say_what_a_customer_wrote(database: Database) -> None:
    row = {"message": "my card is 4111", "conversation": "c_nowhere", "helpful": True, "at": database.now()}
    with pytest.raises(SQLAlchemyError) as failed:
        async with database.write() as writing:
            await writing.execute(insert(votes).values(row))
            await writing.execute(insert(votes).values(row))
    assert "[SQL: INSERT INTO votes" in str(failed.value)
    assert "4111" not in str(failed.value).replace(str(failed.value.__cause__), "")
