"""The inbox: a message gets in once, to where it belongs, and in order."""

from __future__ import annotations

import asyncio

import pytest

from nouns import Button, Mode, Problem, Reply
from records import attachments, conversations, customers, facts
from records.database import Database
from tests.world import Clock, World, writes


async def test_a_repeat_is_dropped_and_told_where_the_first_one_went(database: Database) -> None:
    first = await writes(database, "Hello", client_id="x-1")
    again = await writes(database, "Hello", client_id="x-1")
    assert (again.new, again.message, again.conversation) == (False, first.message, first.conversation)
    assert await World.of(database).texts(first.conversation) == ["Hello"]


async def test_ten_repeats_at_once_are_one_message(database: Database) -> None:
    taken = await asyncio.gather(*(writes(database, "Hello", client_id="x-1") for _ in range(10)))
    assert sum(one.new for one in taken) == 1
    assert len({(one.conversation, one.message, one.seq) for one in taken}) == 1


async def test_the_same_id_on_two_channels_is_two_messages(database: Database) -> None:
    web = await writes(database, "Hello", client_id="7", channel="web")
    telegram = await writes(database, "Hello", client_id="7", channel="telegram", address="42")
    assert telegram.new
    assert telegram.conversation != web.conversation


async def test_seq_has_no_gaps_when_twenty_write_at_once(database: Database) -> None:
    first = await writes(database, "0")
    taken = await asyncio.gather(*(writes(database, str(n), first.conversation) for n in range(1, 21)))
    assert sorted(one.seq for one in taken) == list(range(2, 22))
    assert [m.seq for m in await World.of(database).said(first.conversation)] == list(range(1, 22))


async def test_a_button_that_was_offered_is_pressed_with_its_meaning(database: Database) -> None:
    world = World.of(database)
    conversation = await world.talk("Hello")
    await world.say(
        conversation, Reply("Which?", buttons=[Button("b_1", "The first", "ask_question", {"passage": "p"})])
    )
    await world.writes("", conversation, button="b_1")
    pressed = (await world.said(conversation))[-1]
    assert (pressed.text, pressed.pressed) == (
        "The first",
        Button("b_1", "The first", "ask_question", {"passage": "p"}),
    )


async def test_a_button_of_another_conversation_was_never_offered(database: Database) -> None:
    world = World.of(database)
    theirs, mine = await world.talk("Hello"), await world.talk("Hi")
    await world.say(theirs, Reply("Which?", buttons=[Button("b_1", "The first", "ask_human")]))
    with pytest.raises(Problem, match="not offered"):
        await world.writes("", mine, button="b_1")
    assert len(await world.said(mine)) == 2


async def test_a_file_joins_the_message_it_was_sent_with(database: Database) -> None:
    world = World.of(database)
    conversation = await world.talk("Hello")
    async with database.write() as writing:
        file = await attachments.add(writing, conversation, "lamp.png", "image/png", ("ab" * 32, 5))
    await world.writes("Look", conversation, attachments=[file])
    assert [f.name for f in (await world.said(conversation))[-1].attachments] == ["lamp.png"]
    with pytest.raises(Problem, match="sent before"):
        await world.writes("Again", conversation, attachments=[file])


async def test_a_file_of_another_conversation_is_refused(database: Database) -> None:
    world = World.of(database)
    theirs, mine = await world.talk("Hello"), await world.talk("Hi")
    async with database.write() as writing:
        file = await attachments.add(writing, theirs, "secret.png", "image/png", ("ab" * 32, 5))
    with pytest.raises(Problem, match="not there"):
        await world.writes("Mine now", mine, attachments=[file])
    assert len(await world.said(mine)) == 2


async def test_a_message_after_closed_opens_a_new_conversation_linked_to_the_old(database: Database) -> None:
    world = World.of(database)
    old = await world.talk("你好", language="zh")
    async with database.write() as writing:
        await conversations.set_mode(writing, old, Mode.CLOSED)
    taken = await world.writes("Hello again", old)
    before, after = await world.held(old), await world.held(taken.conversation)
    assert (after.previous, after.customer, after.language) == (old, before.customer, before.language)
    assert (taken.seq, bool(taken.token), after.mode) == (1, True, Mode.BOT)


async def test_two_messages_after_closed_open_one_new_conversation(database: Database) -> None:
    world = World.of(database)
    old = await world.talk("Hello")
    async with database.write() as writing:
        await conversations.set_mode(writing, old, Mode.CLOSED)
    first, second = await asyncio.gather(
        world.writes("One more thing", old), world.writes("And another", old)
    )
    assert first.conversation == second.conversation != old
    assert {first.seq, second.seq} == {1, 2}


async def test_a_channel_with_addresses_knows_its_people(database: Database) -> None:
    first = await writes(database, "Hi", channel="telegram", address="42", sender_name="Ola")
    second = await writes(database, "Hi again", channel="telegram", address="42", sender_name="Ola")
    held = await World.of(database).held(first.conversation)
    async with database.read() as connection:
        customer = await customers.by_id(connection, held.customer)
    assert second.conversation == first.conversation
    assert customer.name == "Ola"


async def test_an_address_first_seen_ten_times_at_once_is_one_person(database: Database) -> None:
    taken = await asyncio.gather(
        *(writes(database, str(n), channel="telegram", address="42") for n in range(10))
    )
    assert len({one.conversation for one in taken}) == 1
    assert sorted(one.seq for one in taken) == list(range(1, 11))


async def test_whoever_answers_is_woken_only_after_the_commit(database: Database) -> None:
    async with database.wakes.listening(["inbox"]) as queue:
        with pytest.raises(Problem):
            await writes(database, "", button="b_never")
        assert queue.empty()
        taken = await writes(database, "Hello")
        assert await queue.get() == taken.conversation


async def test_an_unknown_conversation_is_refused(database: Database) -> None:
    with pytest.raises(Problem, match="no such conversation"):
        await writes(database, "Hello", "c_nowhere")


async def test_that_somebody_asked_is_a_fact(database: Database) -> None:
    taken = await writes(database, "Hello")
    async with database.read() as connection:
        (fact,) = await facts.of_conversation(connection, taken.conversation)
    assert (fact.kind, fact.data) == ("asked", {"message": taken.message, "channel": "web"})


async def test_the_lease_is_held_by_one_and_runs_out(database: Database, clock: Clock) -> None:
    taken = await writes(database, "Hello")

    async def lease(owner: str) -> bool:
        async with database.write() as writing:
            return bool(await conversations.lease(writing, taken.conversation, owner, 60))

    assert sorted(await asyncio.gather(*(lease(f"app-{n}") for n in range(5)))) == [False] * 4 + [True]
    clock.forward(seconds=61)
    assert await lease("app-9")
    assert not await lease("app-0")
