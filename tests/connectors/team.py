"""What a channel must do besides where the team works, from the first press to the last word."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from desk.erasing import Erasure
from desk.files import store_upload
from nouns import Author, Mode
from records.threads import Line, LineState
from tests.connectors.side import Side
from tests.world import until

PDF = b"%PDF-1.4"
# The stories of customers that a team's side leaves out, and why.
A_BOTS = "a customer, not the bot, answers the team"
NOT_A_TEAMS_PART: Mapping[str, str] = {
    "a_button_that_is_pressed_stands_for_its_intent": f"{A_BOTS}, and offers no buttons",
    "suggestions_are_offered_and_the_chosen_one_is_asked": f"{A_BOTS}, and offers no buttons",
    "a_ticket_is_opened_with_a_digression_on_the_way": f"{A_BOTS}, and has no forms",
    "a_file_is_kept_and_answered_kindly": f"{A_BOTS}; see files_go_both_ways",
    "a_person_takes_over_answers_and_gives_back": "they are that person; see given_back_and_taken_again",
    "after_resolving_a_new_conversation_begins": "see what_is_resolved_is_over_in_the_thread_too",
    "an_edit_after_the_answer_is_kept_and_answered_no_more": "see an_edit_after_its_moment_changes_nothing",
    "an_edit_before_the_answer_is_what_is_answered": "see what_is_changed_in_its_moment_goes_as_it_is_then",
    "an_erased_customer_is_somebody_new": "see an_erased_customer_hears_nothing_more",
}


class TeamSide(Side, Protocol):
    """A side of the team: somebody has taken a hand-off in its thread when a story begins."""

    astrid: Any
    files: Path

    async def asks_for_a_person(self, origin: str) -> None:
        """Let the customer be handed over, once more."""
        ...

    async def takes(self, times: int = 1) -> None:
        """Let them take the newest hand-off; the press arrives so many times at once."""
        ...

    async def thread_says(self, words: str) -> None:
        """Wait until something stands in the thread."""
        ...

    async def lines(self) -> list[Line]:
        """What colleagues wrote in the thread, as it is stored."""
        ...

    async def deletes(self, delivered: Any) -> None:
        """Let them delete what they wrote."""
        ...

    def files_shown(self) -> list[str]:
        """The names of files in the thread."""
        ...


async def given_back_and_taken_again(side: TeamSide) -> None:
    await side.says("I look into it")
    await side.screen(1)
    await side.presses("Give back to the bot")
    await until(lambda: _is(side, Mode.BOT))
    await side.world.writes("Bot?", await side.conversation())
    await until(lambda: _heard(side, "You said: Bot?"))
    await side.says("Are you still there?")
    await until(lambda: _is_note(side, "Are you still there?"))
    await side.asks_for_a_person("again")
    await side.takes(times=10)
    await side.says("Here I am again")
    await side.screen(1)
    texts = await side.world.texts(await side.conversation(), "agent")
    assert texts == ["I look into it", "Here I am again"]
    joined = await side.world.texts(await side.conversation(), "bot")
    assert len([text for text in joined if "Astrid has joined" in text]) == 2


async def what_is_resolved_is_over_in_the_thread_too(side: TeamSide) -> None:
    await side.says("It is on its way")
    await side.screen(1)
    await side.presses("Resolve")
    await until(lambda: _is(side, Mode.CLOSED))
    await side.says("One more thing")
    await until(lambda: _is_note(side, "One more thing"))
    first = await side.conversation()
    second = (await side.world.writes("Thank you", first)).conversation
    assert second != first and (await side.world.held(second)).previous == first
    assert await side.world.texts(first, "agent") == ["It is on its way"]


async def files_go_both_ways(side: TeamSide) -> None:
    await side.sends_file("label.pdf", PDF)
    conversation = await side.conversation()

    async def sent() -> list[str]:
        said = await side.world.said(conversation)
        return [file.media_type for one in said if one.author is Author.AGENT for file in one.attachments]

    assert await until(sent) == ["application/pdf"]
    database = side.world.database
    kept = await store_upload(database, side.files, conversation, "broken.txt", b"cracked", 1000)
    await side.world.writes("Look", conversation, attachments=(kept.id,))
    await side.thread_says("Look")
    assert side.files_shown() == ["label.pdf", "broken.txt"]


async def what_is_changed_in_its_moment_goes_as_it_is_then(side: TeamSide) -> None:
    await side.deletes(await side.says("wrong window"))
    await side.edits(await side.says("teh order"), "the order")
    assert [line.text for line in await side.screen(1)] == ["You said: the order"]
    assert await side.world.texts(await side.conversation(), "agent") == ["the order"]


async def an_edit_after_its_moment_changes_nothing(side: TeamSide) -> None:
    delivered = await side.says("It costs 10 EUR")
    await side.screen(1)
    await side.edits(delivered, "It costs 100 EUR")
    await side.thread_says("Editing it here does not change")
    assert await side.world.texts(await side.conversation(), "agent") == ["It costs 10 EUR"]


async def killed_in_its_moment_a_message_goes_once(side: TeamSide) -> None:
    await side.says("Hello")

    await until(side.lines)
    await side.kill()
    await side.up()
    await side.screen(1)
    await side.says("The end")
    assert [line.text for line in await side.screen(2)] == ["You said: Hello", "You said: The end"]
    assert await side.world.texts(await side.conversation(), "agent") == ["Hello", "The end"]


async def an_erased_customer_hears_nothing_more(side: TeamSide) -> None:
    await side.says("Hello Rumpelstiltskin")
    await side.screen(1)
    conversation = await side.conversation()
    erasure = Erasure(side.world.database, side.files, _forget)
    held = await erasure.find(conversation)
    receipt = await erasure.erase(held.customer, "a test")
    assert receipt.elsewhere == {"threads of the team on slack": 1}
    assert {line.text for line in await side.lines()} == {""}
    await side.says("Are you there?")
    await until(lambda: _is_settled(side))
    assert set(await side.world.texts(conversation)) == {""}


async def _forget(conversation: str) -> None:
    """The scripted engine remembers nothing."""


async def _is(side: Side, mode: Mode) -> bool:
    return await side.world.mode(await side.conversation()) is mode


async def _heard(side: Side, text: str) -> bool:
    return text in await side.world.texts(await side.conversation(), "bot")


async def _is_note(side: Side, text: str) -> bool:
    said = await side.world.said(await side.conversation(), notes=True)
    return any(text in one.text and one.author is Author.NOTE for one in said)


async def _is_settled(side: TeamSide) -> bool:
    states = [line.state for line in await side.lines()]
    return len(states) == 2 and LineState.HELD not in states


TEAM_STORIES: Sequence[Callable[[Any], Awaitable[None]]] = (
    given_back_and_taken_again,
    what_is_resolved_is_over_in_the_thread_too,
    files_go_both_ways,
    what_is_changed_in_its_moment_goes_as_it_is_then,
    an_edit_after_its_moment_changes_nothing,
    killed_in_its_moment_a_message_goes_once,
    an_erased_customer_hears_nothing_more,
)
