"""What every channel must do, told once. A channel joins by a `Side` and one line in test_conformance.py."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pytest

from nouns import Author, Button, Mode, Reply
from records import messages
from tests.world import World, until

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 40


@dataclass(frozen=True, slots=True)
class Line:
    """Something that the customer sees from our side: its text without markup, and the titles to press."""

    text: str
    buttons: Sequence[str] = ()


class Side(Protocol):
    """One channel with one customer on it, seen from both ends. It is up when a story begins."""

    world: World
    pushes: bool
    """Whether replies leave by the outbox, so that sending can fail."""

    async def says(self, text: str) -> Any:
        """Let the customer write; return what the platform delivers of it."""
        ...

    async def sends_file(self, name: str, content: bytes) -> None:
        """Let the customer send a file and no text."""
        ...

    async def presses(self, title: str) -> None:
        """Let the customer press what was offered last under this title."""
        ...

    async def again(self, delivered: Any, times: int) -> None:
        """Let the platform deliver the same thing so many times more, at once."""
        ...

    async def says_swapped(self, first: str, second: str) -> None:
        """Let the platform deliver `second` before `first`."""
        ...

    async def screen(self, count: int) -> list[Line]:
        """Wait until the customer sees so many lines of ours, and return all of them."""
        ...

    async def conversation(self) -> str:
        """Return the conversation that the customer is in."""
        ...

    async def forges(self) -> bool | None:
        """Deliver something with a wrong secret; tell if it was refused, None where nobody can call in."""
        ...

    async def garbage(self) -> None:
        """Deliver what can't be read."""
        ...

    def fails(self, kind: str) -> None:
        """Let the next sending fail: `429`, `500`, or `no_answer` after it was shown."""
        ...

    async def outage(self) -> None:
        """Let nobody reach the platform."""
        ...

    async def outage_over(self) -> None:
        """Let the platform be reached again."""
        ...

    async def down(self) -> None:
        """Stop our program."""
        ...

    async def up(self) -> None:
        """Start it again."""
        ...


async def first_contact_is_answered_once(side: Side) -> None:
    await side.says("Do you ship to Norway?")
    assert [line.text for line in await side.screen(1)] == ["You said: Do you ship to Norway?"]
    assert [line.text for line in await customer(side)] == ["Do you ship to Norway?"]


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
    assert [line.pressed.intent for line in await customer(side) if line.pressed] == ["deny"]


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
    assert [line.text for line in await customer(side)] == [text]


async def chinese_and_emoji_survive_both_ways(side: Side) -> None:
    side.world.engine.script = lambda asked: [Reply(f"**{asked.text}** 好的 👩‍🔧")]
    await side.says("你好，能退货吗？👩‍🔧")
    assert "你好，能退货吗？👩‍🔧 好的 👩‍🔧" in (await side.screen(1))[0].text.replace("*", "")


async def a_file_is_kept_and_answered_kindly(side: Side) -> None:
    await side.sends_file("lamp.png", PNG)
    assert "I have your file" in (await side.screen(1))[0].text
    (said,) = await customer(side)
    assert [file.media_type for file in said.attachments] == ["image/png"]
    assert side.world.engine.asked == []


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
    assert refused and len(await customer(side)) == 1


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

    async def said() -> bool:
        return len(await side.world.said(conversation)) == 2

    await until(said)
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


def sending(side: Side) -> None:
    """Skip a story about sending where nothing is sent."""
    if not side.pushes:
        pytest.skip("this channel's clients read by themselves")


async def customer(side: Side) -> list[Any]:
    """What the customer has said, as it is stored."""
    said = await side.world.said(await side.conversation())
    return [line for line in said if line.author is Author.CUSTOMER]


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
)
