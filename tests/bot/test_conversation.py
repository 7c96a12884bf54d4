"""One message's way: answered once, whatever breaks, and by whoever owns the conversation."""

from __future__ import annotations

import asyncio
import itertools
import types
from collections.abc import Coroutine, Generator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.conversation import Conversations, language_of
from connectors.limits import Limits, TooFastError
from nouns import Author, Button, Conversation, Message, Mode, Reading, Reason
from records import attachments, facts, handoffs, turns
from records.database import Database
from tests.world import Clock, FixedReader, World, until


async def turns_of(database: Database, conversation: str) -> list[str]:
    async with database.read() as connection:
        return [turn.text for turn in await turns.of_conversation(connection, conversation)]


async def at_work(bot: Conversations) -> asyncio.Task[None]:
    task = asyncio.create_task(bot.run())
    await asyncio.sleep(0)
    return task


async def stopped(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_message_is_answered_once_and_leaves_a_turn(database: Database) -> None:
    world = World.of(database)
    conversation = await world.talk("Do you ship to Norway?")
    assert await world.texts(conversation) == ["Do you ship to Norway?", "You said: Do you ship to Norway?"]
    assert await turns_of(database, conversation) == ["Do you ship to Norway?"]
    assert not await world.bot.answer_next(conversation)


async def test_messages_are_answered_in_order(database: Database) -> None:
    world = World.of(database)
    first = await world.writes("one")
    for text in ("two", "three"):
        await world.writes(text, first.conversation)
    await world.answers(first.conversation)
    assert await world.texts(first.conversation, "bot") == [
        "You said: one",
        "You said: two",
        "You said: three",
    ]


async def test_a_running_bot_answers_at_once_and_different_conversations_side_by_side(
    database: Database,
) -> None:
    world = World.of(database)
    world.engine.gate = asyncio.Event()
    running = await at_work(world.bot)
    taken = [await world.writes(text) for text in ("one", "two", "three")]
    await until(lambda: _true(len(world.engine.asked) == 3))  # all three are being thought about
    world.engine.gate.set()
    for one in taken:
        await until(lambda one=one: world.texts(one.conversation, "bot"))
    await stopped(running)


async def test_a_silent_engine_is_told_kindly_and_a_person_called(database: Database) -> None:
    world = World.of(database)
    world.engine.silent = True
    conversation = await world.talk("Hello?")
    sorry, coming = await world.texts(conversation, "bot")
    async with database.read() as connection:
        handoff = await handoffs.open_in(connection, conversation)
    assert ("not working" in sorry, "number 1" in coming) == (True, True)
    assert (handoff and handoff.reason, await world.mode(conversation)) == (Reason.ENGINE_DOWN, Mode.WAITING)
    assert await turns_of(database, conversation) == []


async def test_a_silent_engine_is_told_in_the_customers_language(database: Database) -> None:
    world = World.of(database)
    world.engine.silent = True
    conversation = await world.talk("你们送货到挪威吗？", language="en")
    assert all("一" in text or "您" in text for text in await world.texts(conversation, "bot"))


async def test_while_waiting_the_bot_still_answers(database: Database) -> None:
    world = World.of(database)
    handoff = await world.waiting()
    await world.writes("And meanwhile?", handoff.conversation)
    await world.answers(handoff.conversation)
    assert (await world.texts(handoff.conversation))[-1] == "You said: And meanwhile?"
    assert await world.mode(handoff.conversation) is Mode.WAITING


async def test_while_a_human_has_it_the_engine_is_not_asked(database: Database) -> None:
    world = World.of(database)
    kari, handoff = await world.agent(), await world.waiting("A person, please")
    await world.handoffs.take(handoff.id, kari)
    await world.writes("My lamp is broken", handoff.conversation)
    await world.answers(handoff.conversation)
    assert world.engine.asked == ["A person, please"]
    assert (await world.texts(handoff.conversation))[-1] == "My lamp is broken"


async def test_a_reply_that_comes_after_a_human_took_over_is_dropped(database: Database) -> None:
    world = World.of(database)
    kari, handoff = await world.agent(), await world.waiting()
    world.engine.gate, world.engine.thinking = asyncio.Event(), asyncio.Event()
    await world.writes("And meanwhile?", handoff.conversation)
    answering = asyncio.create_task(world.answers(handoff.conversation))
    await world.engine.thinking.wait()
    await world.handoffs.take(handoff.id, kari)
    world.engine.gate.set()
    await answering
    async with database.read() as connection:
        noted = [fact.kind for fact in await facts.of_conversation(connection, handoff.conversation)]
    assert (await world.texts(handoff.conversation))[-1] == "Kari has joined and is reading along."
    assert "reply_dropped" in noted


async def test_two_apps_on_one_database_answer_once(database: Database) -> None:
    world = World.of(database)
    bots = [world.bot, world.another_bot()]
    taken = [await world.writes(f"message {n}") for n in range(5)]
    await asyncio.gather(*(bot.answer_next(one.conversation) for one in taken for bot in bots))
    for one in taken:
        assert len(await world.texts(one.conversation, "bot")) == 1
    assert sorted(world.engine.asked) == [f"message {n}" for n in range(5)]


async def test_what_waited_before_the_start_is_answered(database: Database) -> None:
    world = World.of(database)
    taken = await world.writes("Anybody?")
    running = await at_work(world.another_bot())
    assert await until(lambda: world.texts(taken.conversation, "bot")) == ["You said: Anybody?"]
    await stopped(running)


@types.coroutine
def killed_at(wait: int, work: Coroutine[Any, Any, Any]) -> Generator[Any, Any, bool]:
    """Run work up to its n-th wait and cancel it there; False when it was done before that."""
    step, given = work.send, None
    for waits in itertools.count(1):
        try:
            future = step(given)
        except (StopIteration, asyncio.CancelledError) as end:
            return isinstance(end, asyncio.CancelledError)
        if waits == wait:
            step, given = work.throw, asyncio.CancelledError()
            continue
        try:
            yield future
            step, given = work.send, None
        except Exception as error:  # noqa: BLE001 (whatever it waited for, it is told, as by the loop)
            step, given = work.throw, error
    raise AssertionError


async def test_killed_at_any_wait_a_message_is_answered_exactly_once(
    database: Database, clock: Clock
) -> None:
    world = World.of(database)
    for wait in itertools.count(1):
        taken = await world.writes(f"Kill me at {wait}")
        killed = await killed_at(wait, world.another_bot().answer_next(taken.conversation))
        clock.forward(seconds=61)  # the dead one's lease
        await world.answers(taken.conversation)
        assert await world.texts(taken.conversation, "bot") == [f"You said: Kill me at {wait}"]
        assert await turns_of(database, taken.conversation) == [f"Kill me at {wait}"]
        if not killed:
            break
    assert wait >= 3  # reading and asking; what is stored is stored in one step


async def test_a_message_that_breaks_the_reading_again_and_again_goes_to_a_person(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World.of(database)
    world.bot.reader = BrokenReader()
    monkeypatch.setattr("bot.conversation.SWEEP_SECONDS", 0.05)
    taken = await world.writes("☠")
    running = await at_work(world.bot)
    told = await until(lambda: world.texts(taken.conversation, "bot"))
    await stopped(running)
    assert ("not working" in told[0], await world.mode(taken.conversation)) == (True, Mode.WAITING)


async def test_one_who_floods_is_slowed_and_others_are_not(database: Database) -> None:
    world, limits = World.of(database), Limits(60, 600)
    flooder = (await world.writes("0")).conversation
    refused = 0
    for number in range(200):
        try:
            await limits.check(flooder, "10.0.0.66")
        except TooFastError as too_fast:
            assert 0 < (too_fast.retry_after_seconds or 0) <= 60
            refused += 1
        else:
            await world.writes(str(number), flooder)
    other = await world.writes("Hello")
    await limits.check(other.conversation, "10.0.0.1")
    running = await at_work(world.bot)
    assert await until(lambda: world.texts(other.conversation, "bot")) == ["You said: Hello"]
    await stopped(running)
    assert refused == 140


@pytest.mark.parametrize(
    ("text", "held_in", "expected"),
    [
        ("Do you ship to Norway?", "zh", "en"),
        ("你们送货到挪威吗？", "en", "zh"),
        ("我的 order 在哪里", "en", "zh"),
        ("Hvor er pakken min?", "zh", "en"),
        ("LO-12345", "zh", "zh"),
        ("T-1042", "zh", "zh"),
        ("ola@shop.test", "zh", "zh"),
        ("12345", "zh", "zh"),
        ("👍👍", "zh", "zh"),
        ("?!…", "zh", "zh"),
        ("مرحبا", "zh", "en"),
        ("㐂", "en", "zh"),
    ],
)
def test_the_language_follows_the_script(text: str, held_in: str, expected: str) -> None:
    assert language_of(a_message(text), a_conversation(held_in)) == expected


def test_a_pinned_language_and_a_button_change_nothing() -> None:
    pinned = replace(a_conversation("zh"), language_pinned=True)
    pressed = replace(a_message("Talk to a person"), pressed=Button("b", "Talk to a person", "ask_human"))
    assert language_of(a_message("In English now"), pinned) == "zh"
    assert language_of(pressed, a_conversation("zh")) == "zh"


async def test_the_answers_language_follows_the_customer(database: Database) -> None:
    world = World.of(database)
    conversation = await world.talk("Hello", "你好", "👍", "LO-12345", "Hello again")
    assert world.engine.languages == ["en", "zh", "zh", "zh", "en"]
    assert (await world.held(conversation)).language == "en"


async def test_a_file_without_a_word_is_thanked_for(database: Database) -> None:
    world = World.of(database)
    conversation = await world.talk("Hello")
    async with database.write() as writing:
        file = await attachments.add(writing, conversation, "lamp.png", "image/png", ("ab" * 32, 5))
    await world.writes("", conversation, attachments=[file])
    await world.answers(conversation)
    assert world.engine.asked == ["Hello"]
    assert [b.intent for b in (await world.said(conversation))[-1].buttons] == ["ask_human", "open_ticket"]


class BrokenReader(FixedReader):
    """Fails on every text."""

    async def read(self, text: str, language: str | None = None) -> Reading:
        raise ValueError(text)


def a_message(text: str) -> Message:
    return Message("m_1", "c_1", 1, Author.CUSTOMER, text, datetime.now(UTC))


def a_conversation(language: str) -> Conversation:
    return Conversation("c_1", "u_1", "web", "", Mode.BOT, language, False, datetime.now(UTC))


async def _true(fact: bool) -> bool:
    return fact
