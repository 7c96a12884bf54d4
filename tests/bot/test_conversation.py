"""One message's way: answered once, whatever breaks, and by whoever owns the conversation."""

from __future__ import annotations

import asyncio
import types
from collections.abc import Coroutine, Generator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.conversation import Conversations, language_of
from connectors.limits import Limits, TooFastError
from nouns import Author, Button, Conversation, Message, Mode, Reading, Reason, Reply
from records import facts, handoffs, turns
from records.database import Database
from tests.world import Clock, FixedReader, ScriptedEngine, World, until


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
    assert await world.texts(first.conversation, "bot") == ["You said: one", "You said: two", "You said: three"]


async def test_a_running_bot_answers_at_once_and_different_conversations_side_by_side(database: Database) -> None:
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
    sent, waits = None, 0
    while True:
        try:
            future = work.send(sent)
        except StopIteration:
            return False
        except asyncio.CancelledError:
            return True
        waits += 1
        if waits == wait:
            task = asyncio.current_task()
            assert task
            task.cancel()
        try:
            sent = yield future
        except asyncio.CancelledError as cancelled:
            try:
                work.throw(cancelled)
            except (StopIteration, asyncio.CancelledError):
                return True
            raise AssertionError("what was cancelled goes on") from None


async def killed_once(database: Database, clock: Clock, wait: int) -> bool:
    """Kill the answering at one of its waits, start the app again, and look; False when there is no such wait."""
    world = World.of(database)
    taken = await world.writes(f"Kill me at {wait}")
    task = asyncio.create_task(world.bot.answer_next(taken.conversation))
    cut = await _run_and_cut(task, wait)
    clock.forward(seconds=61)  # the dead one's lease
    again = world.another_bot()
    while await again.answer_next(taken.conversation):
        pass
    assert await world.texts(taken.conversation, "bot") == [f"You said: Kill me at {wait}"]
    assert await turns_of(database, taken.conversation) == [f"Kill me at {wait}"]
    return cut


async def _run_and_cut(task: asyncio.Task[bool], ticks: int) -> bool:
    for _ in range(ticks):
        if task.done():
            return False
        before = task.get_coro()
        assert before is not None
        await _one_step(task)
    cut = task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return cut


async def _one_step(task: asyncio.Task[bool]) -> None:
    """Let the loop go on until what the task waits for now is over."""
    waits_for = getattr(task, "_fut_waiter", None)
    while not task.done() and (getattr(task, "_fut_waiter", None) in (None, waits_for)):
        waits_for = getattr(task, "_fut_waiter", None) or waits_for
        await asyncio.sleep(0)


async def _true(fact: bool) -> bool:
    return fact
