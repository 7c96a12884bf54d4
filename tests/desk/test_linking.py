"""A web visitor becomes the same customer on Telegram: by a link of theirs, once they have said who it is."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from desk.linking import Linking
from nouns import LinkState, Problem
from records import customers, tickets
from records.database import Database
from records.tables import deliveries
from tests.world import Clock, World

KARI = ("11", "Kari Nordmann")


@pytest.fixture
def world(database: Database) -> World:
    return World.of(database)


@pytest.fixture
def linking(database: Database) -> Linking:
    return Linking(database)


async def on_telegram(world: World, text: str, conversation: str | None = None) -> str:
    """Let Kari write on Telegram and be answered; return the conversation."""
    return await world.talk(text, channel="telegram", address="11", sender_name="Kari Nordmann")


async def ticket(world: World, conversation: str, subject: str) -> str:
    """Open a ticket from a conversation."""
    async with world.database.write() as writing:
        held = await world.held(conversation)
        return (await world.tickets.open(writing, f"origin-{subject}", held, subject, {})).number


async def seen(world: World, conversation: str) -> list[str]:
    """The subjects that a customer may ask about in a conversation."""
    held = await world.held(conversation)
    async with world.database.read() as connection:
        return [one.subject for one in await tickets.seen_from(connection, held)]


async def told(world: World) -> list[str]:
    """What was sent to Telegram beside conversations."""
    async with world.database.read() as connection:
        rows = await connection.execute(select(deliveries).where(deliveries.c.message.is_(None)))
        return [row.payload["text"] for row in rows]


async def linked(world: World, linking: Linking, web: str) -> None:
    """Link a web conversation with Kari's Telegram."""
    link, secret = await linking.begin(web, "telegram")
    await linking.claim("telegram", secret, KARI, "en", "m1")
    await linking.decide(web, link.id, yes=True)


async def test_a_link_is_claimed_by_name_and_confirmed_on_the_web(world: World, linking: Linking) -> None:
    web = await world.talk("Hi")
    link, secret = await linking.begin(web, "telegram")
    assert len(secret) >= 32 and secret not in str(link)
    await linking.claim("telegram", secret, KARI, "en", "m1")
    (waiting,) = await linking.listed(web)
    assert (waiting.state, waiting.name) == (LinkState.CLAIMED, "Kari Nordmann")
    await linking.decide(web, link.id, yes=True)
    phone = await on_telegram(world, "Hello from my phone")
    assert (await world.held(phone)).customer == (await world.held(web)).customer
    assert [text.partition(":")[0] for text in await told(world)] == ["Almost done", "Done"]


async def test_until_it_is_confirmed_nothing_is_linked(world: World, linking: Linking) -> None:
    web = await world.talk("Hi")
    link, secret = await linking.begin(web, "telegram")
    await linking.claim("telegram", secret, KARI, "en", "m1")
    phone = await on_telegram(world, "Hello")
    assert (await world.held(phone)).customer != (await world.held(web)).customer
    await linking.decide(web, link.id, yes=False)
    with pytest.raises(Problem, match="too old or was used"):
        await linking.decide(web, link.id, yes=True)


async def test_a_link_is_good_once_and_for_ten_minutes(world: World, linking: Linking, clock: Clock) -> None:
    web = await world.talk("Hi")
    _, spent = await linking.begin(web, "telegram")
    claims = [
        linking.claim("telegram", spent, (str(number), "?"), "en", f"m{number}") for number in range(10)
    ]
    await asyncio.gather(*claims)
    assert sum("Almost done" in text for text in await told(world)) == 1
    _, late = await linking.begin(web, "telegram")
    clock.forward(minutes=10, seconds=1)
    await linking.claim("telegram", late, KARI, "zh", "m1")
    assert await linking.listed(web) == [] and any("已过期" in text for text in await told(world))


async def test_a_repeat_of_the_same_claim_tells_once(world: World, linking: Linking) -> None:
    _, secret = await linking.begin(await world.talk("Hi"), "telegram")
    for _ in range(3):
        assert await linking.claim("telegram", secret, KARI, "en", "m1")
    assert len(await told(world)) == 1
    assert await linking.claim("telegram", "campaign-7", KARI, "en", "m1") is None


async def test_only_its_visitor_can_confirm_a_link(world: World, linking: Linking) -> None:
    link, secret = await linking.begin(await world.talk("Hi"), "telegram")
    await linking.claim("telegram", secret, KARI, "en", "m1")
    stranger = await world.talk("Hi too")
    with pytest.raises(Problem, match="no such link"):
        await linking.decide(stranger, link.id, yes=True)


async def test_linking_shares_what_comes_after_and_nothing_older(
    world: World, linking: Linking, clock: Clock
) -> None:
    web, phone = await world.talk("Hi"), await on_telegram(world, "Hello")
    await ticket(world, web, "old web"), await ticket(world, phone, "old phone")
    clock.forward(minutes=1)
    await linked(world, linking, web)
    after = await on_telegram(world, "And now?")
    await ticket(world, web, "new web"), await ticket(world, after, "new phone")
    assert await seen(world, after) == ["new phone", "new web", "old phone"]
    assert await seen(world, web) == ["new phone", "new web", "old web"]


async def test_a_mailed_link_that_proved_the_address_shows_older_tickets_too(
    world: World, linking: Linking, clock: Clock
) -> None:
    web = await world.talk("Hi")
    customer = (await world.held(web)).customer
    async with world.database.write() as writing:
        await customers.note_email(writing, customer, "kari@shop.test")
    await ticket(world, web, "old web")
    clock.forward(minutes=1)
    await linked(world, linking, web)
    phone = await on_telegram(world, "My tickets?")
    assert await seen(world, phone) == []
    async with world.database.write() as writing:
        await customers.verify_email(writing, customer, "kari@shop.test")
    assert await seen(world, phone) == ["old web"]


async def test_parted_the_web_no_longer_shows_what_was_opened_on_telegram(
    world: World, linking: Linking
) -> None:
    web = await world.talk("Hi")
    await linked(world, linking, web)
    phone = await on_telegram(world, "A ticket, please")
    await ticket(world, phone, "from telegram")
    assert await seen(world, web) == ["from telegram"]
    await linking.undo_at("telegram", "11", "en", "update-1")
    assert await seen(world, web) == []
    assert await seen(world, phone) == ["from telegram"]


async def test_a_hand_off_under_way_comes_to_its_end_before_the_link_counts(
    world: World, linking: Linking
) -> None:
    web, phone = await world.talk("Hi"), await on_telegram(world, "A person, please")
    ada = await world.agent("Ada")
    await world.handoffs.begin(phone, ada)
    await linked(world, linking, web)
    assert await on_telegram(world, "Are you there?") == phone
    await world.handoffs.resolve(phone, ada)
    after = await world.held(await on_telegram(world, "One more thing"))
    assert after.customer == (await world.held(web)).customer and after.previous is None


@pytest.mark.parametrize("from_web", [True, False])
async def test_a_link_can_be_undone_from_either_side(world: World, linking: Linking, from_web: bool) -> None:
    web = await world.talk("Hi")
    await linked(world, linking, web)
    if from_web:
        await linking.undo(web, (await linking.listed(web))[0].id)
    else:
        await linking.undo_at("telegram", "11", "en", "update-1")
    phone = await on_telegram(world, "Hello")
    assert (await world.held(phone)).customer != (await world.held(web)).customer
    assert await linking.listed(web) == []


async def test_linked_anew_the_telegram_account_leaves_the_visitor_before(
    world: World, linking: Linking
) -> None:
    first, second = await world.talk("Hi"), await world.talk("Hi from another browser")
    await linked(world, linking, first)
    await linked(world, linking, second)
    assert await linking.listed(first) == []
    phone = await on_telegram(world, "Hello")
    assert (await world.held(phone)).customer == (await world.held(second)).customer
