"""Tickets: found, answered, changed, with every change logged."""

from __future__ import annotations

from typing import Any

import pytest

from nouns import TicketStatus
from records import conversations, messages, tickets
from tests.pages.conftest import World


async def opened(world: World, subject: str = "Broken lamp", origin: str = "t1") -> str:
    conversation = await world.customer_says(subject)
    async with world.database.write() as writing:
        held = await conversations.by_id(writing.connection, conversation)
        ticket = await world.tickets.open(writing, origin, held, subject, {"text": subject})
    return str(ticket.number)


async def read(world: World, number: str) -> tuple[Any, list[tuple[str, str | None, str | None]]]:
    async with world.database.read() as connection:
        ticket, events = await tickets.by_number(connection, number), await tickets.events(connection, number)
    return ticket, [(event.what, event.before, event.after) for event in events]


async def test_a_change_is_made_and_logged(world: World) -> None:
    ada = await world.at_desk("Ada")
    number = await opened(world)

    fields = {"status": "open", "priority": "urgent", "type": "incident", "assignee": ""}
    await ada.post(f"/desk/tickets/{number}/change", fields)

    ticket, events = await read(world, number)
    assert (ticket.status, ticket.priority, ticket.type) == ("open", "urgent", "incident")
    assert ("priority", "normal", "urgent") in events and len(events) == 4
    assert "changed priority from Normal to Urgent" in (await ada.get(f"/desk/tickets/{number}")).text


@pytest.mark.parametrize("fields", [{"status": "done"}, {"status": "new2"}, {"assignee": "a_nobody"}])
async def test_a_value_there_is_not_is_refused(world: World, fields: dict[str, str]) -> None:
    ada = await world.at_desk("Ada")
    number = await opened(world)

    assert (await ada.post(f"/desk/tickets/{number}/change", fields)).status_code == 422
    assert len((await read(world, number))[1]) == 1


async def test_a_reply_reaches_the_conversation_and_waits_for_the_customer(world: World) -> None:
    ada = await world.at_desk("Ada")
    number = await opened(world)

    await ada.post(f"/desk/tickets/{number}/messages", {"as": "reply", "text": "A new one leaves today"})

    ticket, _ = await read(world, number)
    async with world.database.read() as connection:
        said = await messages.since(connection, ticket.conversation)
    assert said[-1].text == "A new one leaves today"
    assert ticket.status is TicketStatus.PENDING


async def test_a_ticket_note_stays_in_the_team(world: World) -> None:
    ada = await world.at_desk("Ada")
    number = await opened(world)

    await ada.post(f"/desk/tickets/{number}/messages", {"as": "note", "text": "Voucher sent"})

    ticket, events = await read(world, number)
    async with world.database.read() as connection:
        said = await messages.since(connection, ticket.conversation, notes=True)
    assert "Voucher sent" not in [line.text for line in said]
    assert events[-1][0] == "note"


async def test_a_closed_ticket_is_final(world: World) -> None:
    ada = await world.at_desk("Ada")
    number = await opened(world)
    await ada.post(f"/desk/tickets/{number}/change", {"status": "closed"})

    assert (await ada.post(f"/desk/tickets/{number}/change", {"status": "open"})).status_code == 409
    reply = {"as": "reply", "text": "One more thing"}
    assert (await ada.post(f"/desk/tickets/{number}/messages", reply)).status_code == 409
    assert "This ticket is closed" in (await ada.get(f"/desk/tickets/{number}")).text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=T-1002", {"Wrong colour"}),
        ("q=1001", {"Broken lamp"}),
        ("q=COLOUR", {"Wrong colour"}),
        ("q=%25", set()),
        ("assignee=none", {"Wrong colour"}),
        ("status=open", {"Broken lamp"}),
        ("status=new&priority=normal&sort=number", {"Wrong colour"}),
        ("sort=nonsense", {"Broken lamp", "Wrong colour"}),
    ],
)
async def test_tickets_are_found_by_filters_and_words(world: World, query: str, found: set[str]) -> None:
    ada = await world.at_desk("Ada")
    number = await opened(world)
    await opened(world, "Wrong colour", "t2")
    async with world.database.read() as connection:
        me = (await connection.exec_driver_sql("SELECT id FROM agents")).scalar_one()
    await ada.post(f"/desk/tickets/{number}/change", {"assignee": me, "status": "open"})

    page = (await ada.get(f"/desk/tickets?{query}")).text

    assert {subject for subject in ("Broken lamp", "Wrong colour") if subject in page} == found


async def test_an_empty_list_and_an_empty_search_read_differently(world: World) -> None:
    ada = await world.at_desk("Ada")

    assert "No tickets yet" in (await ada.get("/desk/tickets")).text
    assert "No ticket fits these filters" in (await ada.get("/desk/tickets?q=zebra")).text
