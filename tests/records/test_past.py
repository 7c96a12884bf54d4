"""What the database held when a message was answered: later hand-offs, changes and words are not there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from nouns import HandoffState, Mode, Ticket, TicketStatus, Turn
from records import conversations, customers, handoffs, messages, past, tickets, turns
from records.database import Database
from tests.world import Clock, World


@pytest.fixture
async def then(tmp_path: Path) -> AsyncIterator[Database]:
    """An empty database in which a past is laid out."""
    database = Database(f"sqlite:///{tmp_path / 'past.db'}")
    await past.lay_out(database)
    yield database
    await database.close()


async def says(world: World, clock: Clock, text: str, conversation: str | None = None) -> str:
    """Let a customer write, and be answered a second later; return the conversation."""
    clock.forward(minutes=1)
    conversation = (await world.writes(text, conversation)).conversation
    clock.forward(seconds=1)
    await world.answers(conversation)
    return conversation


async def turn_of(world: World, conversation: str, place: int) -> Turn:
    async with world.database.read() as connection:
        return (await turns.of_conversation(connection, conversation))[place]


async def go_back(world: World, then: Database, turn: Turn) -> None:
    """Lay out what stood when a turn was answered."""
    async with world.database.read() as source, then.write() as writing:
        await past.copy_as_of(source, writing, turn)


async def opened(world: World, conversation: str, origin: str) -> Ticket:
    held = await world.held(conversation)
    async with world.database.write() as writing:
        await customers.note_email(writing, held.customer, "ola@shop.test")
        return await world.tickets.open(writing, origin, held, "A broken lamp", {})


async def test_what_was_said_later_is_not_there_and_the_message_waits_for_its_answer(
    database: Database, clock: Clock, then: Database
) -> None:
    world = World.of(database)
    conversation = await says(world, clock, "Do you ship to Norway?")
    await says(world, clock, "And to Sweden?", conversation)
    await says(world, clock, "Thanks", conversation)
    await go_back(world, then, await turn_of(world, conversation, 1))
    async with then.read() as connection:
        said = await messages.since(connection, conversation)
        waiting = await messages.first_pending(connection, conversation)
    assert [one.text for one in said] == [
        "Do you ship to Norway?",
        "You said: Do you ship to Norway?",
        "And to Sweden?",
    ]
    assert waiting and waiting.text == "And to Sweden?"


async def test_a_colleague_who_took_over_later_still_waits_to_be_called(
    database: Database, clock: Clock, then: Database
) -> None:
    world = World.of(database)
    handoff = await world.waiting()
    clock.forward(minutes=1)
    await says(world, clock, "Still there?", handoff.conversation)
    clock.forward(minutes=1)
    await world.handoffs.take(handoff.id, await world.agent())
    await go_back(world, then, await turn_of(world, handoff.conversation, 1))
    async with then.read() as connection:
        (waiting,) = await handoffs.listed(connection, HandoffState.WAITING)
        held = await conversations.by_id(connection, handoff.conversation)
    assert (waiting.id, waiting.taken_at) == (handoff.id, None)
    assert held.mode is Mode.WAITING


async def test_who_else_waited_then_counts_and_who_came_later_does_not(
    database: Database, clock: Clock, then: Database
) -> None:
    world = World.of(database)
    first = await world.waiting()
    clock.forward(minutes=1)
    asked = await world.talk("A person please")
    clock.forward(minutes=1)
    await world.handoffs.withdraw(first.conversation)
    await world.waiting("me too")
    await go_back(world, then, await turn_of(world, asked, 0))
    async with then.read() as connection:
        waiting = await handoffs.listed(connection, HandoffState.WAITING)
    assert [one.conversation for one in waiting] == [first.conversation]


async def test_a_ticket_stands_as_it_stood_and_one_opened_again_gets_its_number(
    database: Database, clock: Clock, then: Database
) -> None:
    world = World.of(database)
    conversation = await world.talk("My lamp is broken")
    await opened(world, conversation, "form:earlier")
    clock.forward(minutes=1)
    await says(world, clock, "And another one", conversation)
    turn = await turn_of(world, conversation, 1)
    assert (await opened(world, conversation, f"form:{turn.message}")).number == "T-1002"
    clock.forward(minutes=1)
    await world.tickets.change("T-1001", await world.agent(), "status", TicketStatus.SOLVED)
    await go_back(world, then, turn)
    async with then.read() as connection:
        held = await conversations.by_id(connection, conversation)
        found = await tickets.of_customer(connection, held.customer)
    assert [(one.number, one.status) for one in found] == [("T-1001", TicketStatus.NEW)]
    async with then.write() as writing:
        again, new = await tickets.open_once(
            writing, f"form:{turn.message}", held.customer, "A broken lamp", {}, actor="Ola"
        )
    assert (again.number, new) == ("T-1002", True)


async def test_one_past_leaves_nothing_behind_for_the_next(
    database: Database, clock: Clock, then: Database
) -> None:
    world = World.of(database)
    first, second = await says(world, clock, "Hello"), await says(world, clock, "Good morning")
    for conversation in (first, second):
        await go_back(world, then, await turn_of(world, conversation, 0))
    async with then.read() as connection:
        assert await messages.since(connection, first) == []
        assert [one.text for one in await messages.since(connection, second)] == ["Good morning"]
