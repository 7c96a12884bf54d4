"""Questions: answered with a source, suggested, or honestly not; and the votes on an answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actions.question import Affirm, AnswerQuestion, Deny
from knowledge.follow import Topic
from nouns import Button, Decision, HandoffState, Kind, Mode, Reason, Reply
from records import handoffs, votes
from records.database import Database
from tests.world import NORWAY, RETURNS, World, heard, run

QUESTION = "Do you ship to Norway?"
CHINESE = replace(
    NORWAY, id="norway.zh#top", article="norway.zh", title="寄往挪威", headings=(), language="zh"
)
TOPIC = {"question": QUESTION, "article": NORWAY.article, "title": NORWAY.title}


def asking(database: Database, decision: Decision = Decision.ANSWER) -> tuple[World, AnswerQuestion]:
    world = World.of(database)
    world.search.script = {QUESTION: decision}
    return world, AnswerQuestion(world.answering, world.handoffs)


async def answered(world: World) -> str:
    """Let the bot answer a question as it does; return the conversation."""
    conversation = (await world.writes(QUESTION)).conversation
    await world.say(conversation, world.answering.show(NORWAY, 0.9, "en"))
    return conversation


async def test_an_answer_names_its_source_and_asks_whether_it_helped(database: Database) -> None:
    world, action = asking(database)
    (reply,), slots = await run(action, heard(await world.writes(QUESTION), QUESTION, "ask_question"))
    assert (reply.text, reply.kind) == (NORWAY.text, Kind.ANSWER)
    assert [source.url for source in reply.sources] == ["/help/en/delivery/norway#how-long"]
    assert [(b.title, b.intent) for b in reply.buttons] == [
        ("Yes, that helped", "affirm"),
        ("No, it didn't", "deny"),
    ]
    assert slots == {"failed_answers": 0, "topic": TOPIC}


async def test_a_question_is_asked_after_what_was_answered_last(database: Database) -> None:
    world, action = asking(database)
    await run(action, heard(await world.writes(QUESTION), QUESTION, "ask_question"))
    assert world.search.after is None
    await run(
        action, heard(await world.writes("how long?"), "how long?", "ask_question", slots={"topic": TOPIC})
    )
    assert world.search.after == Topic(**TOPIC)


async def test_an_english_article_says_so_in_chinese(database: Database) -> None:
    world, action = asking(database)
    tracker = heard(await world.writes(QUESTION), QUESTION, "ask_question", language="zh")
    (reply,), _ = await run(action, tracker)
    assert reply.text.startswith("（暂时只有英文内容）")
    assert [b.title for b in reply.buttons] == ["有帮助", "没帮助"]


async def test_suggestions_are_buttons_that_show_their_passage(database: Database) -> None:
    world, action = asking(database, Decision.SUGGEST)
    taken = await world.writes(QUESTION)
    (reply,), slots = await run(action, heard(taken, QUESTION, "nlu_fallback"))
    assert [b.title for b in reply.buttons] == [
        "Delivery to Norway: How long it takes",
        "Returning a parcel",
        "None of these",
    ]
    pressed = heard(taken, "Returning a parcel", "ask_question", entities=dict(reply.buttons[1].entities))
    (shown,), kept = await run(action, pressed)
    assert (slots, shown.text, kept["topic"]["article"]) == ({}, RETURNS.text, "returns/how")


@pytest.mark.parametrize(("language", "sorry"), [("en", "rather not guess"), ("zh", "不想乱猜")])
async def test_no_answer_is_admitted_with_ways_on(database: Database, language: str, sorry: str) -> None:
    world, action = asking(database, Decision.ABSTAIN)
    tracker = heard(await world.writes(QUESTION), QUESTION, "ask_question", language=language)
    (reply,), slots = await run(action, tracker)
    assert (sorry in reply.text, reply.kind, slots) == (True, Kind.ABSTAIN, {"failed_answers": 1})
    assert [(b.intent, dict(b.entities)) for b in reply.buttons] == [
        ("ask_human", {}),
        ("open_ticket", {"subject": QUESTION}),
    ]


async def test_the_second_failure_in_a_row_hands_over(database: Database) -> None:
    world, action = asking(database, Decision.ABSTAIN)
    taken = await world.writes(QUESTION)
    tracker = heard(taken, QUESTION, "ask_question", slots={"failed_answers": 1})
    (reply,), slots = await run(action, tracker)
    (again,), _ = await run(action, tracker)  # a repeat of the turn opens no second one
    async with database.read() as connection:
        (handoff,) = await handoffs.listed(connection, HandoffState.WAITING)
    assert (reply.kind, again.kind, slots) == (Kind.HANDOFF, Kind.HANDOFF, {"failed_answers": 0})
    assert (handoff.reason, [p["article"] for p in handoff.packet["passages"]]) == (
        Reason.REPEATED_FAILURE,
        ["delivery/norway", "returns/how"],
    )


@pytest.mark.parametrize(("action", "intent", "helpful"), [(Affirm, "affirm", True), (Deny, "deny", False)])
@pytest.mark.parametrize("pressed", [True, False])
async def test_a_yes_or_no_after_an_answer_is_a_vote_on_it(
    database: Database, action: type[Affirm], intent: str, helpful: bool, pressed: bool
) -> None:
    world = World.of(database)
    conversation = await answered(world)
    answer = (await world.said(conversation))[-1]
    taken = await world.writes(intent, conversation)
    entities = {"passage": NORWAY.id} if pressed else {}
    (reply,), _ = await run(action(database, world.handoffs), heard(taken, intent, intent, entities=entities))
    async with database.read() as connection:
        assert await votes.of_message(connection, answer.id) is helpful
    assert reply.text.startswith("Glad" if helpful else "Sorry that it didn't help")


async def test_a_button_votes_on_its_own_answer_and_not_on_the_last_one(database: Database) -> None:
    world = World.of(database)
    conversation = await answered(world)
    first = (await world.said(conversation))[-1]
    await world.say(conversation, world.answering.show(RETURNS, 0.9, "en"))
    taken = await world.writes("Yes, that helped", conversation)
    await run(
        Affirm(database, world.handoffs), heard(taken, "Yes", "affirm", entities={"passage": NORWAY.id})
    )
    async with database.read() as connection:
        assert await votes.of_message(connection, first.id) is True
        assert await votes.of_message(connection, (await world.said(conversation))[-2].id) is None


async def test_yes_to_the_offer_of_a_person_hands_over(database: Database) -> None:
    world, asks = asking(database, Decision.ABSTAIN)
    taken = await world.writes(QUESTION)
    (abstained,), _ = await run(asks, heard(taken, QUESTION, "ask_question"))
    await world.say(taken.conversation, abstained)
    yes = await world.writes("yes please", taken.conversation)
    (reply,), _ = await run(Affirm(database, world.handoffs), heard(yes, "yes please", "affirm"))
    assert (reply.kind, await world.mode(taken.conversation)) == (Kind.HANDOFF, Mode.WAITING)


async def test_no_to_the_offer_of_a_person_offers_nothing_more(database: Database) -> None:
    world, asks = asking(database, Decision.ABSTAIN)
    taken = await world.writes(QUESTION)
    (abstained,), _ = await run(asks, heard(taken, QUESTION, "ask_question"))
    await world.say(taken.conversation, abstained)
    no = await world.writes("no", taken.conversation)
    (reply,), _ = await run(Deny(database, world.handoffs), heard(no, "no", "deny"))
    assert (reply.kind, await world.mode(taken.conversation)) == (Kind.MESSAGE, Mode.BOT)


async def test_none_of_these_is_a_failure(database: Database) -> None:
    world = World.of(database)
    conversation = await world.talk("Hello")
    await world.say(
        conversation, Reply("Is it one of these?", Kind.SUGGESTIONS, buttons=[Button("b", "x", "deny")])
    )
    no = await world.writes("None of these", conversation)
    (reply,), slots = await run(Deny(database, world.handoffs), heard(no, "None of these", "deny"))
    assert (reply.kind, slots) == (Kind.ABSTAIN, {"failed_answers": 1})


@pytest.mark.parametrize(("action", "intent"), [(Affirm, "affirm"), (Deny, "deny")])
async def test_a_yes_or_no_to_nothing_is_no_vote(
    database: Database, action: type[Affirm], intent: str
) -> None:
    world = World.of(database)
    conversation = await world.talk("Hello")
    taken = await world.writes(intent, conversation)
    (reply,), _ = await run(action(database, world.handoffs), heard(taken, intent, intent))
    assert (reply.kind, reply.buttons) == (Kind.MESSAGE, [])


SUGGESTED = {
    "zh": ("我只找到英文的文章", "Delivery to Norway: How long it takes（英文）"),
    "en": ("Is it one of these?", "Delivery to Norway: How long it takes"),
}


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_what_is_there_in_another_language_alone_is_offered_as_such(
    database: Database, language: str
) -> None:
    world, action = asking(database, Decision.ABSTAIN)
    world.search.across = [NORWAY]
    taken = await world.writes(QUESTION)
    (reply,), slots = await run(action, heard(taken, QUESTION, "nlu_fallback", language=language))
    words, title = SUGGESTED[language]
    assert (words in reply.text, reply.kind, slots) == (True, Kind.SUGGESTIONS, {})
    assert (reply.buttons[0].title, reply.buttons[0].intent) == (title, "ask_question")
    assert [(b.intent, dict(b.entities)) for b in reply.buttons[1:]] == [
        ("ask_human", {}),
        ("open_ticket", {"subject": QUESTION}),
    ]


async def test_a_pressed_one_is_shown_with_a_line_on_its_language(database: Database) -> None:
    world, action = asking(database, Decision.ABSTAIN)
    world.search.across = [CHINESE]
    taken = await world.writes(QUESTION)
    (reply,), _ = await run(action, heard(taken, QUESTION, "ask_question"))
    assert "only found articles in Chinese" in reply.text and reply.buttons[0].title == "寄往挪威 (Chinese)"
    pressed = heard(taken, "", "ask_question", entities=dict(reply.buttons[0].entities))
    (shown,), _ = await run(action, pressed)
    assert (shown.kind, shown.text) == (Kind.ANSWER, f"(So far only in Chinese:)\n\n{CHINESE.text}")


async def test_a_long_title_keeps_its_mark(database: Database) -> None:
    world, action = asking(database, Decision.ABSTAIN)
    world.search.across = [replace(CHINESE, title="寄往" * 40)]
    (reply,), _ = await run(action, heard(await world.writes(QUESTION), QUESTION, "ask_question"))
    assert len(reply.buttons[0].title) == 60 and reply.buttons[0].title.endswith("… (Chinese)")


@pytest.mark.parametrize(
    ("action", "intent", "kind"), [(Affirm, "affirm", Kind.HANDOFF), (Deny, "deny", Kind.ABSTAIN)]
)
async def test_yes_and_no_to_articles_of_another_language(
    database: Database, action: type[Affirm], intent: str, kind: Kind
) -> None:
    world, asks = asking(database, Decision.ABSTAIN)
    world.search.across = [CHINESE]
    taken = await world.writes(QUESTION)
    (offered,), _ = await run(asks, heard(taken, QUESTION, "ask_question"))
    await world.say(taken.conversation, offered)
    said = await world.writes(intent, taken.conversation)
    (reply,), _ = await run(action(database, world.handoffs), heard(said, intent, intent))
    assert reply.kind is kind
