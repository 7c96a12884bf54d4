"""What every channel must do when something goes wrong: repeats, forgeries, faults, outages, kills."""

from __future__ import annotations

import asyncio

import pytest

from nouns import Reply
from tests.connectors.side import Side, is_answered, sending, stored
from tests.world import until


async def a_repeat_is_taken_once_however_often_it_comes(side: Side) -> None:
    delivered = await side.says("Once")
    await side.screen(1)
    for _ in range(3):
        await side.again(delivered, 1)
    await side.again(delivered, 10)
    await side.says("The end")
    assert [line.text for line in await side.screen(2)] == ["You said: Once", "You said: The end"]
    assert side.world.engine.asked == ["Once", "The end"]


async def what_comes_in_the_wrong_order_is_all_answered(side: Side) -> None:
    await side.says_swapped("first", "second")
    shown = await side.screen(2)
    assert sorted(line.text for line in shown) == ["You said: first", "You said: second"]


async def a_wrong_secret_is_refused(side: Side) -> None:
    await side.says("Hi")
    await side.screen(1)
    refused = await side.forges()
    if refused is None:
        pytest.skip("nobody can call in on this channel")
    assert refused and len(await stored(side)) == 1


async def what_was_signed_long_ago_is_refused(side: Side) -> None:
    await side.says("Hi")
    await side.screen(1)
    refused = await side.stale()
    if refused is None:
        pytest.skip("nothing is signed with a time on this channel")
    assert refused and len(await stored(side)) == 1


async def garbage_stops_nothing(side: Side) -> None:
    await side.says("Hi")
    await side.screen(1)
    await side.garbage()
    await side.says("Still there?")
    assert (await side.screen(2))[1].text == "You said: Still there?"


async def too_many_requests_delay_and_keep_the_order(side: Side) -> None:
    await _order_holds_through(side, "429")


async def a_platform_that_fails_delays_and_keeps_the_order(side: Side) -> None:
    await _order_holds_through(side, "500")


async def _order_holds_through(side: Side, fault: str) -> None:
    sending(side)
    side.world.engine.script = lambda asked: [Reply("one"), Reply("two"), Reply("three")]
    side.fails(fault)
    side.fails(fault)
    await side.says("Hi")
    assert [line.text for line in await side.screen(3)] == ["one", "two", "three"]


async def an_answer_that_got_lost_doubles_one_message_at_most(side: Side) -> None:
    sending(side)
    side.world.engine.script = lambda asked: [Reply("one"), Reply("two")]
    side.fails("no_answer")
    await side.says("Hi")

    async def arrived() -> list[str]:
        texts = [line.text for line in await side.screen(2)]
        return texts if "two" in texts else []

    assert await until(arrived) in (["one", "two"], ["one", "one", "two"])


async def an_outage_delays_and_loses_nothing(side: Side) -> None:
    sending(side)
    side.world.engine.gate = asyncio.Event()
    await side.says("Hi")
    await side.world.engine.thinking.wait()
    await side.outage()
    side.world.engine.gate.set()
    conversation = await side.conversation()
    await until(lambda: is_answered(side, conversation))
    await side.outage_over()
    assert [line.text for line in await side.screen(1)] == ["You said: Hi"]


async def what_waits_during_a_restart_is_answered_once(side: Side) -> None:
    await side.says("before")
    await side.screen(1)
    await side.down()
    await side.says("meanwhile")
    await side.up()
    await side.screen(2)
    await side.says("after")
    shown = [line.text for line in await side.screen(3)]
    assert shown == [f"You said: {word}" for word in ("before", "meanwhile", "after")]


async def killed_between_receiving_and_answering_it_answers_once(side: Side) -> None:
    side.world.engine.gate = asyncio.Event()
    await side.says("Hi")
    await side.world.engine.thinking.wait()
    await side.kill()
    side.world.engine.gate = None
    await side.up()
    await side.screen(1)
    await side.says("The end")
    assert [line.text for line in await side.screen(2)] == ["You said: Hi", "You said: The end"]


async def killed_between_answering_and_delivering_it_delivers_once(side: Side) -> None:
    sending(side)
    gate = side.world.engine.gate = asyncio.Event()
    await side.says("Hi")
    await side.world.engine.thinking.wait()
    await side.outage()
    gate.set()
    conversation = await side.conversation()
    await until(lambda: is_answered(side, conversation))
    await side.kill()
    await side.outage_over()
    await side.up()
    await side.screen(1)
    await side.says("The end")
    assert [line.text for line in await side.screen(2)] == ["You said: Hi", "You said: The end"]


async def killed_after_it_was_accepted_one_message_is_doubled_at_most(side: Side) -> None:
    sending(side)
    side.world.engine.script = lambda asked: [Reply("one"), Reply("two")]
    side.fails("no_answer")
    await side.says("Hi")
    await side.screen(1)  # there it is, and we have not been told
    await side.kill()
    await side.up()

    async def arrived() -> list[str]:
        texts = [line.text for line in await side.screen(2)]
        return texts if "two" in texts else []

    assert await until(arrived) in (["one", "two"], ["one", "one", "two"])
