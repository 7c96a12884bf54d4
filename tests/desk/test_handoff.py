"""Hand-off: one open at most, taken by one, ended by them alone, and never forgotten."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from desk.handoff import EXPIRES
from nouns import Author, HandoffState, Kind, Mode, Problem, Reason
from records import facts, handoffs, jobs, tickets
from records.database import Database
from tests.world import Clock, World


async def state(world: World, handoff: str) -> HandoffState:
    async with world.database.read() as connection:
        found = await handoffs.by_id(connection, handoff)
    assert found
    return found.state


async def test_who_asks_for_a_human_waits_in_the_queue(database: Database) -> None:
    world = World.of(database)
    first, second = await world.talk("A person, please"), await world.talk("Me too")
    replies = [await world.handoffs.hand_over(c, Reason.ASKED_FOR_HUMAN, f"o-{c}") for c in (first, second)]
    assert ["number 1" in replies[0].text, await world.mode(first)] == [True, Mode.WAITING]
    assert replies[1].kind is Kind.HANDOFF
    assert [button.intent for button in replies[1].buttons] == ["cancel"]


async def test_the_queue_is_served_in_order(database: Database, clock: Clock) -> None:
    world, kari = World.of(database), await World.of(database).agent()
    first = await world.waiting()
    clock.forward(minutes=1)
    second = await world.waiting()
    async with database.read() as connection:
        assert await handoffs.position(connection, second.conversation) == 2
    await world.handoffs.take(first.id, kari)
    async with database.read() as connection:
        assert await handoffs.position(connection, second.conversation) == 1


async def test_asking_again_while_waiting_keeps_the_place_and_opens_no_second(database: Database) -> None:
    world = World.of(database)
    handoff = await world.waiting()
    reply = await world.handoffs.hand_over(handoff.conversation, Reason.COMPLAINT, "o-2")
    async with database.read() as connection:
        assert [h.id for h in await handoffs.listed(connection, HandoffState.WAITING)] == [handoff.id]
    assert "on the way" in reply.text


async def test_ten_wishes_at_once_open_one_hand_off(database: Database) -> None:
    world = World.of(database)
    conversation = await world.talk("Help")
    wishes = (world.handoffs.hand_over(conversation, Reason.ASKED_FOR_HUMAN, f"o-{n}") for n in range(10))
    replies = await asyncio.gather(*wishes)
    assert sum("getting a colleague" in reply.text for reply in replies) == 1
    async with database.read() as connection:
        assert len(await handoffs.listed(connection, HandoffState.WAITING)) == 1


async def test_the_packet_says_what_the_bot_knew(database: Database) -> None:
    world = World.of(database)
    conversation = await world.talk("My lamp is broken")
    understood = {"slots": {"ticket_subject": "lamp"}, "knowledge": {"passages": [{"title": "Lamps"}]}}
    await world.handoffs.hand_over(conversation, Reason.NO_ANSWER, "o-1", understood)
    async with database.read() as connection:
        (handoff,) = await handoffs.listed(connection, HandoffState.WAITING)
    assert [(line["author"], line["text"]) for line in handoff.packet["transcript"]] == [
        ("customer", "My lamp is broken"),
        ("bot", "You said: My lamp is broken"),
    ]
    assert handoff.packet["slots"] == {"ticket_subject": "lamp"}
    assert handoff.packet["passages"] == [{"title": "Lamps"}]
    assert handoff.packet["ranking"] == [{"name": "ask_question", "confidence": 0.9}]


async def test_five_who_take_at_once_are_one_and_the_others_are_told_who(database: Database) -> None:
    world = World.of(database)
    team = [await world.agent(name) for name in ("Kari", "Ola", "Mei", "Ada", "Per")]
    handoff = await world.waiting()
    tried = await asyncio.gather(
        *(world.handoffs.take(handoff.id, one) for one in team), return_exceptions=True
    )
    (taken,) = [one for one in tried if not isinstance(one, BaseException)]
    winner = next(one for one in team if one.id == taken.agent)
    refused = [one for one in tried if isinstance(one, Problem)]
    assert (len(refused), {one.code for one in refused}) == (4, {"already_taken"})
    assert all(f"{winner.name} took it" in str(one) for one in refused)
    assert (await world.held(handoff.conversation)).agent == winner.id


async def test_a_taken_conversation_is_the_persons_and_the_customer_is_told(database: Database) -> None:
    world = World.of(database)
    kari, handoff = await world.agent(), await world.waiting()
    await world.handoffs.take(handoff.id, kari)
    await world.handoffs.write(handoff.conversation, kari, "Hello, Kari here")
    said = [(m.author, m.agent_name, m.text) for m in await world.said(handoff.conversation)][-2:]
    assert said == [
        (Author.BOT, None, "Kari has joined and is reading along."),
        (Author.AGENT, "Kari", "Hello, Kari here"),
    ]
    assert await world.mode(handoff.conversation) is Mode.HUMAN


async def test_a_hand_off_that_was_taken_does_not_expire(database: Database, clock: Clock) -> None:
    world = World.of(database)
    kari, handoff = await world.agent(), await world.waiting()
    await world.handoffs.take(handoff.id, kari)
    clock.forward(hours=1)
    await world.handoffs.expire(handoff.id)
    assert await jobs.lease_due(database, "app", 90) == []
    assert await state(world, handoff.id) is HandoffState.TAKEN


async def test_a_wait_too_long_becomes_a_ticket_with_the_transcript(database: Database, clock: Clock) -> None:
    world = World.of(database)
    handoff = await world.waiting("My lamp is broken")
    assert await jobs.lease_due(database, "app", 90) == []
    clock.forward(minutes=15)
    _reminder, job = await jobs.lease_due(database, "app", 90)
    assert (job.kind, job.payload) == (EXPIRES, {"handoff": handoff.id})
    for _ in range(2):  # a crash after it was done repeats the job
        await world.handoffs.expire(job.payload["handoff"])
    async with database.read() as connection:
        (ticket,) = await tickets.listed(connection)
        (opened,) = await tickets.events(connection, ticket.number)
    assert (ticket.subject, "customer: My lamp is broken" in (opened.text or "")) == (
        "My lamp is broken",
        True,
    )
    last = (await world.said(handoff.conversation))[-1]
    assert (last.ticket, ticket.number in last.text, last.kind) == (ticket.number, True, Kind.TICKET)
    assert (await state(world, handoff.id), await world.mode(handoff.conversation)) == ("expired", "bot")


async def test_take_and_expire_at_once_is_one_of_the_two(database: Database) -> None:
    world = World.of(database)
    kari, handoff = await world.agent(), await world.waiting()
    taken, _ = await asyncio.gather(
        world.handoffs.take(handoff.id, kari), world.handoffs.expire(handoff.id), return_exceptions=True
    )
    ended = (await state(world, handoff.id), await world.mode(handoff.conversation))
    assert ended == (("expired", "bot") if isinstance(taken, Problem) else ("taken", "human"))


async def test_the_customer_can_leave_the_queue(database: Database, clock: Clock) -> None:
    world = World.of(database)
    handoff = await world.waiting()
    reply = await world.handoffs.withdraw(handoff.conversation)
    clock.forward(hours=1)
    assert reply is not None
    assert await world.handoffs.withdraw(handoff.conversation) is None
    assert await jobs.lease_due(database, "app", 90) == []
    assert (await state(world, handoff.id), await world.mode(handoff.conversation)) == ("withdrawn", "bot")


async def test_who_was_taken_cannot_withdraw(database: Database) -> None:
    world = World.of(database)
    kari, handoff = await world.agent(), await world.waiting()
    await world.handoffs.take(handoff.id, kari)
    assert await world.handoffs.withdraw(handoff.conversation) is None
    assert await world.mode(handoff.conversation) is Mode.HUMAN


async def test_outside_office_hours_there_is_a_ticket_at_once_and_one_alone(
    database: Database, clock: Clock
) -> None:
    world = World.of(database, hours="Mon-Fri 09:00-17:00")
    clock.now = datetime(2024, 6, 8, 12, tzinfo=UTC)
    conversation = await world.talk("My lamp is broken")
    replies = [await world.handoffs.hand_over(conversation, Reason.ENGINE_DOWN, f"o-{n}") for n in range(3)]
    assert {reply.ticket for reply in replies} == {"T-1001"}
    assert "Nobody of the team is here" in replies[0].text
    assert await world.mode(conversation) is Mode.BOT


async def test_who_waits_already_keeps_waiting_when_the_office_closes(
    database: Database, clock: Clock
) -> None:
    world = World.of(database, hours="Mon-Fri 09:00-17:00")
    clock.now = datetime(2024, 6, 3, 16, 59, tzinfo=UTC)
    handoff = await world.waiting()
    clock.forward(minutes=2)
    reply = await world.handoffs.hand_over(handoff.conversation, Reason.COMPLAINT, "o-2")
    assert (reply.ticket, "on the way" in reply.text) == (None, True)


@pytest.mark.parametrize(("end", "mode"), [("give_back", Mode.BOT), ("resolve", Mode.CLOSED)])
async def test_only_who_took_it_can_end_it(database: Database, end: str, mode: Mode) -> None:
    world = World.of(database)
    kari, ola = await world.agent("Kari"), await world.agent("Ola")
    handoff = await world.waiting()
    await world.handoffs.take(handoff.id, kari)
    with pytest.raises(Problem, match="have not taken"):
        await getattr(world.handoffs, end)(handoff.conversation, ola)
    await getattr(world.handoffs, end)(handoff.conversation, kari)
    assert await world.mode(handoff.conversation) is mode
    assert "Kari has" in (await world.texts(handoff.conversation))[-1]


async def test_only_who_took_it_can_write_but_anyone_can_note(database: Database) -> None:
    world = World.of(database)
    kari, ola = await world.agent("Kari"), await world.agent("Ola")
    handoff = await world.waiting()
    for agent in (kari, ola):
        with pytest.raises(Problem, match="have not taken"):
            await world.handoffs.write(handoff.conversation, agent, "Hello")
    await world.handoffs.note(handoff.conversation, ola, "A regular of ours")
    assert "A regular of ours" not in await world.texts(handoff.conversation)
    assert [m.text for m in await world.said(handoff.conversation, notes=True)][-1] == "A regular of ours"


async def test_after_giving_back_the_customer_can_be_handed_over_again(database: Database) -> None:
    world = World.of(database)
    kari, handoff = await world.agent(), await world.waiting()
    await world.handoffs.take(handoff.id, kari)
    await world.handoffs.give_back(handoff.conversation, kari)
    await world.handoffs.hand_over(handoff.conversation, Reason.ASKED_FOR_HUMAN, "o-2")
    async with database.read() as connection:
        (second,) = await handoffs.listed(connection, HandoffState.WAITING)
    assert second.id != handoff.id


async def test_a_person_can_step_in_unasked(database: Database) -> None:
    world = World.of(database)
    kari, conversation = await world.agent(), await world.talk("Hello")
    await world.handoffs.begin(conversation, kari)
    held = await world.held(conversation)
    assert (held.mode, held.agent) == (Mode.HUMAN, kari.id)
    with pytest.raises(Problem, match="Kari took it"):
        await world.handoffs.begin(conversation, await world.agent("Ola"))


async def test_asking_for_a_human_while_talking_to_one_changes_nothing(database: Database) -> None:
    world = World.of(database)
    kari, handoff = await world.agent(), await world.waiting()
    await world.handoffs.take(handoff.id, kari)
    reply = await world.handoffs.hand_over(handoff.conversation, Reason.ASKED_FOR_HUMAN, "o-2")
    assert "already" in reply.text
    assert await world.mode(handoff.conversation) is Mode.HUMAN


async def test_a_hand_off_nobody_knows_is_refused(database: Database) -> None:
    world = World.of(database)
    with pytest.raises(Problem, match="no such hand-off"):
        await world.handoffs.take("h_nowhere", await world.agent())


async def test_what_happened_to_a_hand_off_is_known_afterwards(database: Database) -> None:
    world = World.of(database)
    kari, handoff = await world.agent(), await world.waiting()
    await world.handoffs.take(handoff.id, kari)
    await world.handoffs.resolve(handoff.conversation, kari)
    async with database.read() as connection:
        kinds = [fact.kind for fact in await facts.of_conversation(connection, handoff.conversation)]
    assert kinds == ["asked", "handed_over", "handoff_taken", "handoff_resolved"]
