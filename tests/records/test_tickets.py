"""Tickets as rows: once for an origin, short numbers, every change logged."""

from __future__ import annotations

import asyncio

import pytest

from nouns import Problem, Ticket
from records import customers, tickets
from records.database import Database


async def customer(database: Database) -> str:
    async with database.write() as writing:
        return await customers.create(writing, "Ola")


async def opened(
    database: Database, origin: str, whose: str | None = None, **values: str
) -> tuple[Ticket, bool]:
    whose = whose or await customer(database)
    async with database.write() as writing:
        return await tickets.open_once(writing, origin, whose, "A broken lamp", values, actor="Ola")


async def test_a_ticket_is_opened_once_for_its_origin(database: Database) -> None:
    whose = await customer(database)
    both = await asyncio.gather(*(opened(database, "form:m_1", whose) for _ in range(4)))
    assert sorted(new for _, new in both) == [False, False, False, True]
    assert {ticket.number for ticket, _ in both} == {"T-1001"}


async def test_numbers_are_short_and_follow_each_other(database: Database) -> None:
    whose = await customer(database)
    found = await asyncio.gather(*(opened(database, f"form:{n}", whose) for n in range(6)))
    assert sorted(ticket.number for ticket, _ in found) == [f"T-{n}" for n in range(1001, 1007)]


async def test_every_change_is_logged_from_what_to_what(database: Database) -> None:
    await opened(database, "form:1", text="It flickers.")
    async with database.write() as writing:
        await tickets.change(writing, "T-1001", "status", "open", "Kari")
        await tickets.change(writing, "T-1001", "status", "open", "Kari")
        await tickets.comment(writing, "T-1001", "note", "Ask the workshop", "Kari")
    async with database.read() as connection:
        log = [
            (e.actor, e.what, e.text, e.before, e.after) for e in await tickets.events(connection, "t-1001")
        ]
    assert log == [
        ("Ola", "opened", "It flickers.", None, None),
        ("Kari", "status", None, "new", "open"),
        ("Kari", "note", "Ask the workshop", None, None),
    ]


async def test_a_field_that_is_not_to_be_changed_is_refused(database: Database) -> None:
    await opened(database, "form:1")
    async with database.write() as writing:
        with pytest.raises(Problem, match="no 'customer' to change"):
            await tickets.change(writing, "T-1001", "customer", "u_other", "Kari")


async def test_a_customer_finds_their_own_tickets_alone(database: Database) -> None:
    mine, theirs = await customer(database), await customer(database)
    await opened(database, "form:1", mine)
    await opened(database, "form:2", theirs)
    await opened(database, "form:3", mine)
    async with database.read() as connection:
        assert [t.number for t in await tickets.of_customer(connection, mine)] == ["T-1003", "T-1001"]
        assert await tickets.of_customer(connection, mine, "T-1002") == []


@pytest.mark.parametrize("number", ["1001", "t-1001", "T-1001"])
async def test_a_number_is_read_however_it_is_written(database: Database, number: str) -> None:
    await opened(database, "form:1")
    async with database.read() as connection:
        assert (await tickets.by_number(connection, number)).number == "T-1001"


@pytest.mark.parametrize(
    "number", ["", "T-", "T-９", "lamp", "T-1001;--", "T-9999", "T-99999999999999999999"]
)
async def test_no_ticket_is_said_in_a_sentence(database: Database, number: str) -> None:
    await opened(database, "form:1")
    async with database.read() as connection:
        with pytest.raises(Problem) as refused:
            await tickets.by_number(connection, number)
    assert refused.value.status == 404


async def test_the_team_finds_tickets_by_state_and_by_whose_they_are(database: Database) -> None:
    await opened(database, "form:1")
    await opened(database, "form:2")
    async with database.write() as writing:
        await tickets.change(writing, "T-1002", "assignee", "a_kari", "Kari")
    async with database.read() as connection:
        assert [t.number for t in await tickets.listed(connection, {"assignee": "none"})] == ["T-1001"]
        assert [t.number for t in await tickets.listed(connection, {"assignee": "a_kari"})] == ["T-1002"]
        assert [t.number for t in await tickets.listed(connection, {"status": "solved"})] == []
