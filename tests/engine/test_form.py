"""The ticket form: filled, digressed from, left."""

from engine.problems import ActionFailed
from tests.engine.actionserver import ActionServer
from tests.engine.world import InProcess

SUBJECT, EMAIL, ORDER = "What is the problem?", "Which e-mail address", "What is your order number?"


async def test_a_ticket_is_asked_for_step_by_step_and_opened(desk: InProcess) -> None:
    assert SUBJECT in (await desk.say("open a ticket"))[0]
    assert EMAIL in (await desk.say("my lamp is broken"))[0]
    assert ORDER in (await desk.say("me@example.com"))[0]
    answer = await desk.ask("LO-12345")
    assert [u["text"] for u in answer["utterances"]] == [
        "ticket: my lamp is broken / me@example.com / LO-12345"
    ]
    assert answer["active_form"] is None
    assert answer["slots"] == {"language": "en"}


async def test_what_was_said_at_once_is_not_asked_again(desk: InProcess) -> None:
    answer = await desk.ask("open a ticket for LO-12345, me@example.com")
    assert SUBJECT in answer["utterances"][-1]["text"]
    assert await desk.say("it flickers") == ["ticket: it flickers / me@example.com / LO-12345"]


async def test_small_talk_is_answered_and_the_form_asks_again(desk: InProcess) -> None:
    await desk.say("open a ticket")
    answer = await desk.ask("thanks")
    assert answer["utterances"][0]["response"] == "utter_thanks"
    assert SUBJECT in answer["utterances"][1]["text"]
    assert answer["active_form"] == "ticket_form"


async def test_a_question_is_answered_by_the_action_and_the_form_asks_again(desk: InProcess) -> None:
    await desk.say("open a ticket", "my lamp is broken")
    said = await desk.say("wait, what are your opening hours?")
    assert said[0] == "answer to: wait, what are your opening hours?"
    assert EMAIL in said[1]
    assert ORDER in (await desk.say("me@example.com"))[0]


async def test_what_is_not_valid_is_asked_again(desk: InProcess) -> None:
    said = await desk.say("open a ticket", "my lamp is broken", "it is somewhere at home")
    assert said[0] == "That is no e-mail address."
    assert EMAIL in said[1]


async def test_an_address_counts_in_whatever_words_it_comes(desk: InProcess) -> None:
    said = await desk.say("open a ticket", "my lamp is broken", "thanks, me@example.com")
    assert ORDER in said[0]


async def test_cancel_leaves_the_form_and_empties_it(desk: InProcess) -> None:
    await desk.say("open a ticket", "my lamp is broken")
    answer = await desk.ask("cancel")
    assert [u["text"] for u in answer["utterances"]] == ["cancelled"]
    assert (answer["active_form"], answer["slots"]) == (None, {"language": "en"})


async def test_asking_for_a_human_leaves_the_form(desk: InProcess) -> None:
    await desk.say("open a ticket")
    answer = await desk.ask("i want to talk to a human")
    assert [u["text"] for u in answer["utterances"]] == ["hand_over"]
    assert answer["active_form"] is None


async def test_after_a_ticket_the_bot_answers_as_before_and_another_can_be_opened(desk: InProcess) -> None:
    await desk.say("open a ticket", "my lamp is broken", "me@example.com", "LO-12345")
    assert await desk.say("do you ship to norway") == ["answer to: do you ship to norway"]
    said = await desk.say("open a ticket", "it hums", "you@example.com", "none")
    assert said == ["ticket: it hums / you@example.com / none"]


async def test_the_form_speaks_chinese(desk: InProcess) -> None:
    said = await desk.say("我要提交工单")
    assert said == ["好的，我来为您提交工单。请用一两句话描述您的问题。"]


async def test_the_validating_action_may_choose_the_next_slot(desk: InProcess, actions: ActionServer) -> None:
    works = actions.script["validate_ticket_form"]

    def order_first(call: dict) -> tuple:
        status, body = works(call)
        filled = call["tracker"]["slots"]
        if filled["ticket_subject"] and not filled["ticket_order"]:
            body["events"].append({"event": "slot", "name": "requested_slot", "value": "ticket_order"})
        return status, body

    actions.script["validate_ticket_form"] = order_first
    assert ORDER in (await desk.say("open a ticket", "my lamp is broken"))[0]


async def test_a_failing_validation_fails_the_turn_and_keeps_the_form_as_it_was(
    desk: InProcess, actions: ActionServer
) -> None:
    await desk.say("open a ticket")
    before = await desk.engine.tracker("c_1")
    works = actions.script["validate_ticket_form"]
    actions.script["validate_ticket_form"] = lambda call: (500, {})
    try:
        await desk.say("my lamp is broken")
    except ActionFailed as failure:
        assert "ticket_form" in failure.detail
    assert await desk.engine.tracker("c_1") == before
    actions.script["validate_ticket_form"] = works
    assert EMAIL in (await desk.say("my lamp is broken"))[0]
