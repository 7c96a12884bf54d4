"""Reaching a person, leaving again, and the small talk that needs memory."""

from __future__ import annotations

import pytest

from actions import actions_of
from actions.person import Cancel, HandOver
from actions.question import AnswerQuestion
from actions.talk import ChangeLanguage, Inform, Rate, Repeat
from actions.ticket import TicketStatus
from nouns import Button, Decision, HandoffState, Kind, Mode, Reason, Reply, Source
from records import customers, facts, handoffs
from records.database import Database
from tests.world import World, heard, run


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_every_action_has_something_to_say_in_every_language(database: Database, language: str) -> None:
    world = World.of(database)
    silent = {"validate_ticket_form"}  # the form's own questions are Rasa's
    for action in actions_of(database, world.answering, world.handoffs, world.tickets):
        taken = await world.writes("嗯" if language == "zh" else "hm", language=language)
        replies, _ = await run(action, heard(taken, "hm", "inform", language=language))
        assert bool(replies) is (action.name() not in silent), action.name()
        if action.name() != "action_change_language":
            assert all(
                any("一" <= letter <= "鿿" for letter in r.text) is (language == "zh") for r in replies
            )


@pytest.mark.parametrize(
    ("intent", "reason"), [("ask_human", Reason.ASKED_FOR_HUMAN), ("complain", Reason.COMPLAINT)]
)
async def test_a_person_is_called_for_the_reason_the_customer_gave(
    database: Database, intent: str, reason: Reason
) -> None:
    world = World.of(database)
    taken = await world.writes("!!")
    slots = {"ticket_subject": "lamp", "failed_answers": 1}
    (reply,), after = await run(HandOver(world.handoffs), heard(taken, "!!", intent, slots=slots))
    async with database.read() as connection:
        (handoff,) = await handoffs.listed(connection, HandoffState.WAITING)
    assert (handoff.reason, handoff.packet["slots"]["ticket_subject"]) == (reason, "lamp")
    assert (reply.kind, after["ticket_subject"], after["failed_answers"]) == (Kind.HANDOFF, None, 0)


async def test_cancel_in_the_queue_leaves_it(database: Database) -> None:
    world = World.of(database)
    handoff = await world.waiting()
    taken = await world.writes("never mind", handoff.conversation)
    (reply,), _ = await run(Cancel(world.handoffs), heard(taken, "never mind", "cancel"))
    assert ("out of the queue" in reply.text, await world.mode(handoff.conversation)) == (True, Mode.BOT)


async def test_cancel_in_the_form_leaves_the_form_and_keeps_the_place_in_the_queue(
    database: Database,
) -> None:
    world = World.of(database)
    handoff = await world.waiting()
    taken = await world.writes("never mind", handoff.conversation)
    left = [{"event": "active_loop", "name": None}, {"event": "action", "name": "action_deactivate_loop"}]
    (reply,), slots = await run(Cancel(world.handoffs), heard(taken, "never mind", "cancel", events=left))
    assert (reply.text, await world.mode(handoff.conversation)) == (
        "All right, I've stopped that.",
        Mode.WAITING,
    )
    assert set(slots.values()) == {None}


async def test_cancel_of_nothing_asks_what_was_meant(database: Database) -> None:
    world = World.of(database)
    (reply,), _ = await run(Cancel(world.handoffs), heard(await world.writes("cancel"), "cancel", "cancel"))
    assert "order, a subscription or a return" in reply.text


async def test_a_rating_is_kept(database: Database) -> None:
    taken = await World.of(database).writes("5 stars")
    await run(Rate(database), heard(taken, "5 stars", "rate"))
    async with database.read() as connection:
        known = await facts.of_conversation(connection, taken.conversation)
    rated = [fact.data["text"] for fact in known if fact.kind == "rated"]
    assert rated == ["5 stars"]


async def test_the_last_words_are_repeated_with_all_that_stood_under_them(database: Database) -> None:
    world = World.of(database)
    conversation = await world.talk("Hello")
    said = Reply(
        "1–3 days",
        Kind.ANSWER,
        sources=[Source("delivery/norway", "Norway", "/help/en/delivery/norway", 0.9)],
        buttons=[Button("b_1", "Yes", "affirm")],
    )
    await world.say(conversation, said)
    taken = await world.writes("what?", conversation)
    (reply,), _ = await run(Repeat(database), heard(taken, "what?", "repeat"))
    assert reply == said


async def test_there_is_nothing_to_repeat_at_the_start(database: Database) -> None:
    taken = await World.of(database).writes("what?")
    (reply,), _ = await run(Repeat(database), heard(taken, "what?", "repeat"))
    assert reply.text == "I haven't said anything yet."


@pytest.mark.parametrize(
    ("text", "now", "then"),
    [
        ("用中文", "en", "zh"),
        ("Chinese, please", "en", "zh"),
        ("in English", "zh", "en"),
        ("换语言", "zh", "en"),
    ],
)
async def test_the_language_is_changed_for_good(database: Database, text: str, now: str, then: str) -> None:
    world = World.of(database)
    taken = await world.writes(text, language=now)
    (reply,), slots = await run(ChangeLanguage(database), heard(taken, text, "change_language", language=now))
    held = await world.held(taken.conversation)
    assert (held.language, held.language_pinned, slots) == (then, True, {"language": then})
    assert ("English" in reply.text) is (then == "en")


def inform(world: World) -> Inform:
    question = AnswerQuestion(world.answering, world.handoffs)
    return Inform(world.database, TicketStatus(world.database), question)


async def test_an_address_given_unasked_is_noted_and_proves_nothing(database: Database) -> None:
    world = World.of(database)
    taken = await world.writes("ola@shop.test")
    action = inform(world)
    (reply,), _ = await run(
        action, heard(taken, "ola@shop.test", "inform", entities={"email": "ola@shop.test"})
    )
    async with database.read() as connection:
        customer = await customers.by_id(connection, (await world.held(taken.conversation)).customer)
    assert (customer.email, customer.email_verified) == ("ola@shop.test", False)
    assert "noted ola@shop.test" in reply.text


async def test_an_order_number_given_unasked_gets_ways_on(database: Database) -> None:
    world = World.of(database)
    taken = await world.writes("LO-12345")
    action = inform(world)
    (reply,), _ = await run(action, heard(taken, "LO-12345", "inform", entities={"order_number": "LO-12345"}))
    assert [b.intent for b in reply.buttons] == ["ask_human", "open_ticket"]
    assert reply.buttons[1].entities == {"subject": "LO-12345"}


async def test_a_ticket_number_given_unasked_is_looked_up(database: Database) -> None:
    world = World.of(database)
    taken = await world.writes("T-1001")
    action = inform(world)
    (reply,), _ = await run(action, heard(taken, "T-1001", "inform", entities={"ticket_number": "T-1001"}))
    assert reply.text.startswith("I can't show a ticket T-1001 here.")


async def test_data_beside_a_question_is_no_reason_not_to_answer_it(database: Database) -> None:
    world = World.of(database)
    text = "My lamp LO-12345 flickers"
    world.search.script = {text: Decision.ANSWER}
    tracker = heard(await world.writes(text), text, "inform", entities={"order_number": "LO-12345"})
    tracker.latest_message["intent_ranking"].append({"name": "ask_question", "confidence": 0.4})
    (reply,), _ = await run(inform(world), tracker)
    assert reply.kind is Kind.ANSWER
