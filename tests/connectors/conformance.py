"""What every channel must do, told once. A channel joins by a `Side` and one line in test_conformance.py."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from desk.erasing import Erasure
from nouns import Button, Kind, Mode, Reply
from records import messages
from tests.connectors.side import Side, stored
from tests.connectors.trouble import (
    a_platform_that_fails_delays_and_keeps_the_order,
    a_repeat_is_taken_once_however_often_it_comes,
    a_wrong_secret_is_refused,
    an_answer_that_got_lost_doubles_one_message_at_most,
    an_outage_delays_and_loses_nothing,
    garbage_stops_nothing,
    killed_after_it_was_accepted_one_message_is_doubled_at_most,
    killed_between_answering_and_delivering_it_delivers_once,
    killed_between_receiving_and_answering_it_answers_once,
    too_many_requests_delay_and_keep_the_order,
    what_comes_in_the_wrong_order_is_all_answered,
    what_waits_during_a_restart_is_answered_once,
    what_was_signed_long_ago_is_refused,
)
from tests.world import until

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 40


async def first_contact_is_answered_once(side: Side) -> None:
    await side.says("Do you ship to Norway?")
    assert [line.text for line in await side.screen(1)] == ["You said: Do you ship to Norway?"]
    assert [line.text for line in await stored(side)] == ["Do you ship to Norway?"]


async def messages_are_answered_in_order(side: Side) -> None:
    for number in range(5):
        await side.says(f"number {number}")
    shown = await side.screen(5)
    assert [line.text for line in shown] == [f"You said: number {number}" for number in range(5)]


async def a_button_that_is_pressed_stands_for_its_intent(side: Side) -> None:
    offers = [Button("b_yes", "Yes", "affirm"), Button("b_no", "No", "deny")]
    side.world.engine.script = lambda asked: (
        [Reply("Thanks")] if asked.pressed else [Reply("Did it help?", buttons=offers)]
    )
    await side.says("Hm")
    assert (await side.screen(1))[0].buttons == ["Yes", "No"]
    await side.presses("No")
    assert (await side.screen(2))[1].text == "Thanks"
    assert [line.pressed.intent for line in await stored(side) if line.pressed] == ["deny"]


async def a_long_answer_arrives_whole_and_in_order(side: Side) -> None:
    words = " ".join(f"word{number}" for number in range(3000))
    side.world.engine.script = lambda asked: [Reply(words)]
    await side.says("Everything, please")

    async def whole() -> bool:
        return " ".join(" ".join(line.text for line in await side.screen(1)).split()) == words

    assert await until(whole)


async def a_long_question_is_kept_whole(side: Side) -> None:
    text = "long " * 700 + "end"
    await side.says(text)
    await side.screen(1)
    assert [line.text for line in await stored(side)] == [text]


async def chinese_and_emoji_survive_both_ways(side: Side) -> None:
    side.world.engine.script = lambda asked: [Reply(f"**{asked.text}** 好的 👩‍🔧")]
    await side.says("你好，能退货吗？👩‍🔧")
    assert "你好，能退货吗？👩‍🔧 好的 👩‍🔧" in (await side.screen(1))[0].text.replace("*", "")


async def a_file_is_kept_and_answered_kindly(side: Side) -> None:
    await side.sends_file("lamp.png", PNG)
    assert "I have your photo" in (await side.screen(1))[0].text
    (said,) = await stored(side)
    assert [file.media_type for file in said.attachments] == ["image/png"]
    assert side.world.engine.asked == []


async def a_person_takes_over_answers_and_gives_back(side: Side) -> None:
    await side.says("A person, please")
    await side.screen(1)
    world, conversation = side.world, await side.conversation()
    ada = await world.agent("Ada")
    await world.handoffs.begin(conversation, ada)
    assert "Ada has joined" in (await side.screen(2))[1].text
    await world.handoffs.write(conversation, ada, "How can I help?")
    assert "How can I help?" in (await side.screen(3))[2].text
    await side.says("My lamp is broken")
    await until(lambda: _has_said(side, "My lamp is broken"))
    await world.handoffs.give_back(conversation, ada)
    await side.screen(4)
    await side.says("Bot?")
    assert (await side.screen(5))[4].text == "You said: Bot?"
    assert world.engine.asked == ["A person, please", "Bot?"]


async def after_resolving_a_new_conversation_begins(side: Side) -> None:
    await side.says("Hi")
    await side.screen(1)
    world, first = side.world, await side.conversation()
    ada = await world.agent("Ada")
    await world.handoffs.begin(first, ada)
    await world.handoffs.resolve(first, ada)
    await side.screen(3)
    await side.says("One more thing")

    async def next_one() -> str | None:
        second = await side.conversation()
        return second if second != first else None

    second = await until(next_one)
    assert (await world.held(second)).previous == first and await world.mode(first) is Mode.CLOSED


async def suggestions_are_offered_and_the_chosen_one_is_asked(side: Side) -> None:
    found = [
        Button(f"b_{name}", f"About {name}", "ask_question", {"passage": name}) for name in ("oak", "ash")
    ]
    side.world.engine.script = lambda asked: (
        [Reply(f"All of {asked.pressed.entities['passage']}", Kind.ANSWER)]
        if asked.pressed
        else [Reply("Is it one of these?", Kind.SUGGESTIONS, buttons=found)]
    )
    await side.says("wood")
    assert (await side.screen(1))[0].buttons == ["About oak", "About ash"]
    await side.presses("About ash")
    assert (await side.screen(2))[1].text == "All of ash"


async def a_ticket_is_opened_with_a_digression_on_the_way(side: Side) -> None:
    subject = Reply("What is it about?", Kind.FORM)
    script = {
        "/ticket": [subject],
        "By the way, do you ship to Norway?": [Reply("Yes, in 1–3 days.", Kind.ANSWER), subject],
        "My lamp flickers": [Reply("Done: your ticket is **T-1001**.", Kind.TICKET, ticket="T-1001")],
    }
    side.world.engine.script = lambda asked: script[asked.text]
    seen = 0
    for text, replies in script.items():
        await side.says(text)
        seen += len(replies)
        await side.screen(seen)
    shown = [line.text.replace("*", "") for line in await side.screen(4)]
    assert [text.partition(" ")[0] for text in shown] == ["What", "Yes,", "What", "Done:"]
    assert "T-1001" in shown[3]


async def an_edit_after_the_answer_is_kept_and_answered_no_more(side: Side) -> None:
    delivered = await side.says("Norway?")
    await side.screen(1)
    if not await side.edits(delivered, "Sweden?"):
        pytest.skip("nobody can change what they wrote on this channel")

    async def noted() -> bool:
        return [line.edited for line in await stored(side)] == ["Sweden?"]

    assert await until(noted)
    await side.says("And now?")
    assert (await side.screen(2))[1].text == "You said: And now?"


async def an_edit_before_the_answer_is_what_is_answered(side: Side) -> None:
    gate = side.world.engine.gate = asyncio.Event()
    await side.says("first")
    await side.world.engine.thinking.wait()
    delivered = await side.says("secnod")
    await until(lambda: _has_come(side, "secnod"))
    changed = await side.edits(delivered, "second")
    if changed:
        await until(lambda: _has_come(side, "second"))
    gate.set()
    if not changed:
        await side.screen(2)
        pytest.skip("nobody can change what they wrote on this channel")
    assert [line.text for line in await side.screen(2)] == ["You said: first", "You said: second"]


async def an_erased_customer_is_somebody_new(side: Side) -> None:
    await side.says("My name is Rumpelstiltskin")
    await side.screen(1)
    world, before = side.world, await side.conversation()
    erasure = Erasure(world.database, Path("files"), _forget)
    held = await erasure.find(before)
    receipt = await erasure.erase(held.customer, "a test")
    assert receipt.counts["messages"] == 2
    assert {line.text for line in await world.said(before)} == {""}
    await side.comes_back()
    await side.says("Hello")

    async def anew() -> str | None:
        conversation = await side.conversation()
        return conversation if conversation != before else None

    after = await world.held(await until(anew))
    assert after.customer != held.customer and after.previous is None


async def _forget(conversation: str) -> None:
    """The scripted engine remembers nothing."""


async def _has_come(side: Side, text: str) -> bool:
    return any(line.text == text for line in await stored(side))


async def _has_said(side: Side, text: str) -> bool:
    async with side.world.database.read() as connection:
        said = await messages.since(connection, await side.conversation())
    return any(line.text == text and line.delivered_at for line in said)


STORIES: Sequence[Callable[[Side], Awaitable[None]]] = (
    first_contact_is_answered_once,
    messages_are_answered_in_order,
    a_button_that_is_pressed_stands_for_its_intent,
    a_long_answer_arrives_whole_and_in_order,
    a_long_question_is_kept_whole,
    chinese_and_emoji_survive_both_ways,
    a_file_is_kept_and_answered_kindly,
    a_repeat_is_taken_once_however_often_it_comes,
    what_comes_in_the_wrong_order_is_all_answered,
    a_wrong_secret_is_refused,
    garbage_stops_nothing,
    too_many_requests_delay_and_keep_the_order,
    a_platform_that_fails_delays_and_keeps_the_order,
    an_answer_that_got_lost_doubles_one_message_at_most,
    an_outage_delays_and_loses_nothing,
    what_waits_during_a_restart_is_answered_once,
    a_person_takes_over_answers_and_gives_back,
    after_resolving_a_new_conversation_begins,
    suggestions_are_offered_and_the_chosen_one_is_asked,
    a_ticket_is_opened_with_a_digression_on_the_way,
    an_edit_after_the_answer_is_kept_and_answered_no_more,
    an_edit_before_the_answer_is_what_is_answered,
    what_was_signed_long_ago_is_refused,
    killed_between_receiving_and_answering_it_answers_once,
    killed_between_answering_and_delivering_it_delivers_once,
    killed_after_it_was_accepted_one_message_is_doubled_at_most,
    an_erased_customer_is_somebody_new,
)
