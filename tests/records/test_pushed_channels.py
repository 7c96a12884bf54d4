"""What channels that are pushed to need: commands, edits, files first, moves, unknown outcomes."""

from __future__ import annotations

from typing import Any

from nouns import Author, Button, Incoming, Reply
from records import conversations, inbox, messages, outbox
from records.database import Database
from tests.world import Clock, World, writes


async def test_a_command_is_a_press_of_its_intent(database: Database) -> None:
    taken = await writes(database, "/human", channel="telegram", address="42", command="human")
    (said,) = await World.of(database).said(taken.conversation)
    assert said.pressed and (said.pressed.intent, said.text) == ("ask_human", "/human")


async def test_an_edit_changes_what_waits_and_is_noted_on_what_was_answered(database: Database) -> None:
    world = World.of(database)
    taken = await writes(database, "Norwya?", channel="telegram", address="42", client_id="1")
    assert await inbox.amend(database, "telegram", "1", "Norway?")
    await world.answers(taken.conversation)
    assert await inbox.amend(database, "telegram", "1", "Sweden?")
    said = await world.said(taken.conversation, notes=True)
    assert (said[0].text, said[0].edited, world.engine.asked) == ("Norway?", "Sweden?", ["Norway?"])
    assert [line.text for line in said if line.author is Author.NOTE] == ["✎ Norway?\n→ Sweden?"]
    assert not await inbox.amend(database, "telegram", "unheard of", "x")


async def test_a_place_is_found_before_the_message_is_taken(database: Database) -> None:
    incoming = Incoming("telegram", "1", "42", "", attachments=())
    first = await inbox.place(database, incoming, "en")
    assert first == await inbox.place(database, incoming, "en")
    assert (await inbox.take(database, incoming, "en")).conversation == first
    assert await inbox.place(database, incoming, "en") is None


async def test_lost_files_are_told_to_the_team(database: Database) -> None:
    taken = await writes(database, "", channel="telegram", address="42", lost_files=("film.mp4",))
    world = World.of(database)
    await world.answers(taken.conversation)
    said = await world.said(taken.conversation, notes=True)
    assert "film.mp4" in said[1].text and "couldn't keep that file" in said[2].text


async def test_a_chat_that_moved_keeps_conversation_customer_and_what_is_on_its_way(
    database: Database,
) -> None:
    taken = await writes(database, "Hi", channel="telegram", address="-42")
    async with database.write() as writing:
        await outbox.say(writing, taken.conversation, [Reply("Hello")])
        await conversations.move(writing, "telegram", "-42", "-10042")
    (delivery,) = await outbox.lease_due(database, "telegram", "app", 90)
    again = await writes(database, "Still me", channel="telegram", address="-10042")
    assert (delivery.address, again.conversation) == ("-10042", taken.conversation)


async def test_an_offer_may_be_added_to_what_was_said(database: Database) -> None:
    taken = await writes(database, "Hi", channel="telegram", address="42")
    async with database.write() as writing:
        (said,) = await outbox.say(writing, taken.conversation, [Reply("Hello")])
        for _ in range(2):
            await messages.offer(
                writing, said, [Button("s0", "Read it here", "ask_question", {"passage": "a#b"})]
            )
        found = await messages.offered(writing.connection, taken.conversation, "s0")
    assert found.entities == {"passage": "a#b"}


async def test_an_unknown_outcome_is_remembered_and_a_piece_that_arrived_forgets_it(
    database: Database, clock: Clock
) -> None:
    await _told(database)
    (first,) = await _due(database)
    await outbox.failed(database, first, "no answer", clock.now, unknown=True)
    (second,) = await _due(database)
    assert (first.unknown, second.unknown) == (0, 1)
    await outbox.progressed(database, second, 1, 90)
    await outbox.failed(database, second, "503", clock.now)
    (third,) = await _due(database)
    assert (third.unknown, third.parts_done, third.payload) == (0, 1, {})


async def test_a_sender_that_died_leaves_an_unknown_outcome(database: Database, clock: Clock) -> None:
    await _told(database)
    (first,) = await _due(database)
    clock.forward(seconds=91)
    (second,) = await _due(database)
    assert (first.unknown, second.unknown) == (0, 1)


async def test_a_message_behind_one_that_waits_wakes_nobody(database: Database, clock: Clock) -> None:
    await _told(database, "one", "two")
    (first,) = await _due(database)
    later = clock.now.replace(hour=clock.now.hour + 1)
    await outbox.failed(database, first, "429", later)
    async with database.read() as connection:
        assert await outbox.next_due(connection, "telegram") == later


async def _told(database: Database, *texts: str) -> None:
    taken = await writes(database, "Hi", channel="telegram", address="42")
    async with database.write() as writing:
        await outbox.say(writing, taken.conversation, [Reply(text) for text in texts or ("one",)])


async def _due(database: Database) -> list[Any]:
    return await outbox.lease_due(database, "telegram", "app", 90)
