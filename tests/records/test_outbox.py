"""The outbox: said once, in order, delivered until it is done or given up."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from nouns import Delivery, Mode, Reply
from records import conversations, facts, outbox
from records.database import Database
from records.tables import deliveries
from tests.world import Clock, World, writes


async def told(database: Database, address: str, *texts: str) -> str:
    """Let somebody on Telegram write, and the bot say something."""
    taken = await writes(database, "Hi", channel="telegram", address=address)
    async with database.write() as writing:
        await outbox.say(writing, taken.conversation, [Reply(text) for text in texts])
    return taken.conversation


async def due(database: Database, owner: str = "app-1") -> list[Delivery]:
    return await outbox.lease_due(database, "telegram", owner, 90)


def texts_of(found: list[Delivery]) -> list[str]:
    return sorted(delivery.message.text for delivery in found if delivery.message)


async def states(database: Database) -> list[str]:
    async with database.read() as connection:
        return [row.state for row in await connection.execute(select(deliveries).order_by(deliveries.c.id))]


async def test_an_address_gets_its_messages_in_order_and_others_side_by_side(database: Database) -> None:
    await told(database, "42", "one", "two")
    await told(database, "43", "eins")
    first = await due(database)
    assert texts_of(first) == ["eins", "one"]
    for delivery in first:
        await outbox.sent(database, delivery, "tg-1")
    assert texts_of(await due(database)) == ["two"]


async def test_what_was_delivered_is_marked_so(database: Database, clock: Clock) -> None:
    conversation = await told(database, "42", "one")
    (delivery,) = await due(database)
    await outbox.sent(database, delivery, "tg-1")
    assert (await World.of(database).said(conversation))[-1].delivered_at == clock.now
    assert await states(database) == ["sent"]


async def test_a_failed_one_is_tried_again_at_its_time_and_holds_back_the_next(
    database: Database, clock: Clock
) -> None:
    await told(database, "42", "one", "two")
    (delivery,) = await due(database)
    await outbox.failed(database, delivery, "timeout", clock.now + timedelta(seconds=4))
    assert await due(database) == []
    clock.forward(seconds=5)
    (again,) = await due(database)
    assert (texts_of([again]), again.attempts, again.key) == (["one"], 2, delivery.key)


async def test_one_that_failed_for_good_lets_the_next_go(database: Database) -> None:
    await told(database, "42", "one", "two")
    (delivery,) = await due(database)
    await outbox.failed(database, delivery, "blocked by the user", None)
    assert texts_of(await due(database)) == ["two"]
    assert await states(database) == ["failed", "sending"]


async def test_a_lease_is_exclusive_and_outlives_a_kill_only_for_a_while(
    database: Database, clock: Clock
) -> None:
    await told(database, "42", "one")
    (held,) = await due(database, "app-1")
    assert await due(database, "app-2") == []
    clock.forward(seconds=91)
    (again,) = await due(database, "app-2")
    assert (again.key, again.attempts) == (held.key, 2)


async def test_a_bot_reply_is_dropped_while_a_human_has_the_conversation(database: Database) -> None:
    conversation = await told(database, "42")
    async with database.write() as writing:
        await conversations.set_mode(writing, conversation, Mode.HUMAN)
        assert await outbox.say(writing, conversation, [Reply("too late")], in_reply_to="m_1") == []
    async with database.read() as connection:
        noted = [fact.kind for fact in await facts.of_conversation(connection, conversation)]
    assert (noted, await due(database)) == (["asked", "reply_dropped"], [])


async def test_the_web_is_not_pushed_to(database: Database) -> None:
    taken = await writes(database, "Hi")
    async with database.write() as writing:
        await outbox.say(writing, taken.conversation, [Reply("Hello")])
    assert await states(database) == []


async def test_the_same_key_is_queued_once(database: Database) -> None:
    for text in ("first", "second"):
        async with database.write() as writing:
            await outbox.post(writing, ("telegram", "42"), key="ticket-opened:T-1001", payload={"text": text})
    (delivery,) = await due(database)
    assert delivery.payload == {"text": "first"}


async def test_it_is_known_when_the_next_one_wants_to_go(database: Database, clock: Clock) -> None:
    await told(database, "42", "one")
    (delivery,) = await due(database)
    await outbox.failed(database, delivery, "timeout", clock.now + timedelta(seconds=4))
    async with database.read() as connection:
        assert await outbox.next_due(connection, "telegram") == clock.now + timedelta(seconds=4)
        assert await outbox.next_due(connection, "email") is None
