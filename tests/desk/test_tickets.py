"""Tickets by the rules: answered, followed up, closed; and whom it is told to."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from nouns import Author, Mode, Problem, Ticket, TicketStatus
from records import agents, conversations, customers, tickets
from records.database import Database
from records.tables import deliveries
from tests.world import World


async def opened(world: World, conversation: str | None = None, origin: str = "form:1") -> Ticket:
    """Let a customer with an address open a ticket."""
    held = await world.held(conversation or await world.talk("My lamp is broken"))
    async with world.database.write() as writing:
        await customers.note_email(writing, held.customer, "ola@shop.test")
        return await world.tickets.open(writing, origin, held, " A broken\n lamp ", {})


async def mails(database: Database) -> list[tuple[str, dict[str, str]]]:
    async with database.read() as connection:
        rows = await connection.execute(select(deliveries).order_by(deliveries.c.id))
        return [(row.address, row.payload) for row in rows]


async def now(world: World, number: str = "T-1001") -> Ticket:
    async with world.database.read() as connection:
        return await tickets.by_number(connection, number)


async def test_a_ticket_is_the_customers_and_its_subject_one_line(database: Database) -> None:
    ticket = await opened(World.of(database))
    assert (ticket.number, ticket.subject, ticket.email) == ("T-1001", "A broken lamp", "ola@shop.test")
    assert ticket.status is TicketStatus.NEW


async def test_the_customer_gets_a_mail_once_with_a_link(database: Database) -> None:
    world = World.of(database, mail=True)
    conversation = await world.talk("My lamp is broken")
    for _ in range(2):
        await opened(world, conversation)
    ((address, mail),) = await mails(database)
    assert (address, mail["subject"]) == ("ola@shop.test", "[T-1001] We have your request: A broken lamp")
    secret = mail["text"].split("http://desk.test/t/")[1].split()[0]
    async with database.read() as connection:
        assert await agents.check_link(connection, "ticket", secret, database.now()) == "T-1001"


async def test_a_chinese_customer_gets_a_chinese_mail(database: Database) -> None:
    world = World.of(database, mail=True)
    await opened(world, await world.talk("灯坏了", language="zh"))
    ((_, mail),) = await mails(database)
    assert "已收到您的请求" in mail["subject"]


async def test_without_a_server_no_mail_is_queued(database: Database) -> None:
    world = World.of(database, mail=False, team="team@desk.test")
    await opened(world)
    await world.waiting()
    await world.tickets.reply("T-1001", await world.agent(), "We are on it.")
    assert await mails(database) == []


async def test_the_team_gets_a_mail_when_somebody_waits(database: Database) -> None:
    world = World.of(database, mail=True, team="team@desk.test")
    handoff = await world.waiting("My lamp is broken")
    ((address, mail),) = await mails(database)
    assert (address, mail["subject"]) == ("team@desk.test", "A customer waits (asked for human)")
    assert f"http://desk.test/desk/conversations/{handoff.conversation}" in mail["text"]


async def test_an_answer_stands_in_the_conversation_and_goes_by_mail(database: Database) -> None:
    world = World.of(database, mail=True)
    conversation = await world.talk("My lamp is broken")
    await opened(world, conversation)
    await world.tickets.reply("T-1001", await world.agent(), " We send a new one. ")
    last = (await world.said(conversation))[-1]
    assert (last.author, last.agent_name, last.text, last.ticket) == (
        Author.AGENT,
        "Kari",
        "We send a new one.",
        "T-1001",
    )
    assert "We send a new one." in (await mails(database))[-1][1]["text"]
    assert (await now(world)).status is TicketStatus.PENDING


@pytest.mark.parametrize("status", ["pending", "solved"])
async def test_what_the_customer_writes_next_opens_it_again(database: Database, status: str) -> None:
    world = World.of(database)
    conversation = await world.talk("My lamp is broken")
    await opened(world, conversation)
    await world.tickets.change("T-1001", await world.agent(), "status", status)
    await world.writes("It still flickers", conversation)
    await world.answers(conversation)
    async with database.read() as connection:
        log = await tickets.events(connection, "T-1001")
    assert [(e.what, e.text, e.after) for e in log][-2:] == [
        ("message", "It still flickers", None),
        ("status", None, "open"),
    ]


async def test_a_reply_to_a_closed_ticket_is_not_added_to_it(database: Database) -> None:
    world = World.of(database)
    kari, conversation = await world.agent(), await world.talk("My lamp is broken")
    await opened(world, conversation)
    await world.tickets.change("T-1001", kari, "status", "closed")
    with pytest.raises(Problem, match="T-1001 is closed"):
        await world.tickets.reply("T-1001", kari, "One more thing")
    with pytest.raises(Problem, match="Open a follow-up"):
        await world.tickets.change("T-1001", kari, "status", "open")
    await world.writes("It still flickers", conversation)
    await world.answers(conversation)
    assert (await now(world)).status is TicketStatus.CLOSED


async def test_while_a_person_has_the_conversation_the_ticket_is_left_to_them(database: Database) -> None:
    world = World.of(database)
    kari, conversation = await world.agent(), await world.talk("My lamp is broken")
    await opened(world, conversation)
    await world.tickets.change("T-1001", kari, "status", "solved")
    async with database.write() as writing:
        await conversations.set_mode(writing, conversation, Mode.HUMAN, agent=kari.id)
    await world.writes("Thanks!", conversation)
    await world.answers(conversation)
    assert (await now(world)).status is TicketStatus.SOLVED


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("status", "new", "value_unknown"),
        ("status", "lost", "value_unknown"),
        ("priority", None, "value_unknown"),
        ("assignee", "a_nobody", "agent_unknown"),
        ("number", "1", "field_unknown"),
    ],
)
async def test_a_change_to_nonsense_is_refused(
    database: Database, field: str, value: str | None, code: str
) -> None:
    world = World.of(database)
    await opened(world)
    with pytest.raises(Problem) as refused:
        await world.tickets.change("T-1001", await world.agent(), field, value)
    assert refused.value.code == code


async def test_a_ticket_can_be_given_to_somebody_and_to_nobody(database: Database) -> None:
    world, kari = World.of(database), await World.of(database).agent()
    await opened(world)
    assert (await world.tickets.change("T-1001", kari, "assignee", kari.id)).assignee == kari.id
    assert (await world.tickets.change("T-1001", kari, "assignee", None)).assignee is None


async def test_an_empty_answer_is_refused(database: Database) -> None:
    world = World.of(database)
    await opened(world)
    with pytest.raises(Problem, match="nothing written"):
        await world.tickets.reply("T-1001", await world.agent(), "  \n")
