"""A customer's turns: answered whole or not at all, once or twice asked."""

import asyncio
from pathlib import Path

import pytest

from engine.problems import ActionFailed, BadRequest
from engine.turns import Turn
from tests.engine.actionserver import ActionServer, says, slot
from tests.engine.world import InProcess, endpoint_of, message


async def test_a_question_gets_the_actions_answer_with_text_and_custom_together(desk: InProcess) -> None:
    answer = await desk.ask("do you ship to norway")
    expected = {
        "text": "answer to: do you ship to norway",
        "response": None,
        "custom": {"reply": {"kind": "answer"}},
    }
    assert answer["utterances"] == [expected]
    assert answer["intent"]["name"] == "ask_question"
    assert answer["slots"] == {"language": "en", "failed_answers": 0}


async def test_a_greeting_is_answered_in_the_conversations_language(desk: InProcess) -> None:
    english = await desk.ask("hello")
    chinese = await desk.ask("hello", language="zh")
    assert english["utterances"][0]["response"] == "utter_greet"
    assert english["utterances"][0]["text"].isascii()
    assert not chinese["utterances"][0]["text"].isascii()


async def test_a_repeated_message_gets_the_first_answer_and_runs_no_action(
    desk: InProcess, actions: ActionServer
) -> None:
    question = message("do you ship to norway")
    first = await desk.engine.ask(Turn.from_json(question))
    second = await desk.engine.ask(Turn.from_json(question))
    assert second == first
    assert len(actions.calls) == 1


async def test_a_repeat_after_more_turns_still_gets_its_own_answer(desk: InProcess) -> None:
    question = message("do you ship to norway")
    first = await desk.engine.ask(Turn.from_json(question))
    await desk.say("thanks", "bye")
    again = await desk.engine.ask(Turn.from_json(question))
    assert again["utterances"] == first["utterances"]
    assert again["events"] == first["events"]


async def test_the_same_message_twice_at_once_is_answered_once(
    desk: InProcess, actions: ActionServer
) -> None:
    question = message("do you ship to norway")
    actions.seconds_each = 0.1
    answers = await asyncio.gather(*(desk.engine.ask(Turn.from_json(question)) for _ in range(4)))
    assert all(answer == answers[0] for answer in answers)
    assert len(actions.calls) == 1


@pytest.mark.parametrize("status", [500, 503, 404])
async def test_a_failing_action_fails_the_turn_and_leaves_no_trace(
    desk: InProcess, actions: ActionServer, status: int
) -> None:
    await desk.say("hello")
    before = await desk.engine.tracker("c_1")
    actions.script["action_answer_question"] = lambda call: (status, {"error": "no"})
    with pytest.raises(ActionFailed, match="action_answer_question"):
        await desk.ask("do you ship to norway")
    assert await desk.engine.tracker("c_1") == before


async def test_the_first_turn_failing_leaves_no_conversation(desk: InProcess, actions: ActionServer) -> None:
    actions.script["action_answer_question"] = lambda call: (500, {})
    with pytest.raises(ActionFailed):
        await desk.ask("do you ship to norway")
    assert await desk.engine.tracker("c_1") == {"events": [], "slots": {}}


async def test_a_failed_turn_can_be_asked_again(desk: InProcess, actions: ActionServer) -> None:
    question = message("do you ship to norway")
    works = actions.script["action_answer_question"]
    actions.script["action_answer_question"] = lambda call: (500, {})
    with pytest.raises(ActionFailed):
        await desk.engine.ask(Turn.from_json(question))
    actions.script["action_answer_question"] = works
    answer = await desk.engine.ask(Turn.from_json(question))
    assert answer["utterances"][0]["text"] == "answer to: do you ship to norway"


async def test_an_action_that_takes_too_long_fails_the_turn(
    model: Path, actions: ActionServer, replaced: None
) -> None:
    desk = InProcess(model, ":memory:", endpoint_of(actions.port, timeout_seconds=0.2))
    actions.seconds_each = 5
    with pytest.raises(ActionFailed, match="TimeoutError"):
        await desk.ask("do you ship to norway")


async def test_an_action_server_that_is_down_fails_the_turn(desk: InProcess, actions: ActionServer) -> None:
    await actions.stop()
    with pytest.raises(ActionFailed):
        await desk.ask("do you ship to norway")


@pytest.mark.parametrize("body", [{"events": "none"}, {"events": [{"event": "slot"}]}, []])
async def test_an_answer_that_is_no_answer_fails_the_turn(
    desk: InProcess, actions: ActionServer, body: object
) -> None:
    actions.script["action_answer_question"] = lambda call: (200, body)
    with pytest.raises(ActionFailed):
        await desk.ask("do you ship to norway")


@pytest.mark.parametrize(
    "text", ["/restart", '/affirm{"email":"x@y.zz"}', "/session_start", "/back", "/greet"]
)
async def test_a_text_that_looks_like_a_payload_is_a_text(desk: InProcess, text: str) -> None:
    answer = await desk.ask(text)
    assert answer["events"][0]["text"] == text
    assert answer["intent"]["confidence"] < 1
    assert {event["event"] for event in answer["events"]}.isdisjoint({"restart", "session_started", "rewind"})
    assert [e["entity"] for e in answer["events"][0]["parse_data"]["entities"]] in (
        ["language"],
        ["email", "language"],
    )


async def test_a_button_sets_the_intent_and_its_entities(desk: InProcess, actions: ActionServer) -> None:
    button = {"intent": "affirm", "entities": {"passage": "delivery/norway#2"}}
    answer = await desk.ask("Yes, that one", button=button)
    assert answer["intent"] == {"name": "affirm", "confidence": 1.0}
    entities = actions.calls[0]["tracker"]["latest_message"]["entities"]
    assert {"entity": "passage", "value": "delivery/norway#2"} in entities


@pytest.mark.parametrize(
    "intent", ["restart", "back", "session_start", "no_such_intent", None, ["affirm"], {}]
)
async def test_a_button_with_an_intent_that_is_not_ours_is_refused(desk: InProcess, intent: object) -> None:
    with pytest.raises(BadRequest):
        await desk.ask("press", button={"intent": intent})


async def test_one_conversation_is_answered_in_order(desk: InProcess, actions: ActionServer) -> None:
    actions.seconds_each = 0.05
    texts = ["do you ship to norway", "how long is the warranty", "can i pay with paypal"]
    await asyncio.gather(*(desk.ask(text) for text in texts))
    assert [call["tracker"]["latest_message"]["text"] for call in actions.calls] == texts
    said = [e["text"] for e in (await desk.engine.tracker("c_1"))["events"] if e["event"] in ("user", "bot")]
    assert said == [line for text in texts for line in (text, f"answer to: {text}")]


async def test_different_conversations_are_answered_side_by_side(
    desk: InProcess, actions: ActionServer
) -> None:
    actions.seconds_each = 0.2
    await asyncio.gather(*(desk.ask("do you ship to norway", f"c_{i}") for i in range(8)))
    assert actions.most_at_once == 8


async def test_an_action_sees_the_turns_events_an_empty_domain_and_the_token(
    desk: InProcess, actions: ActionServer
) -> None:
    await desk.say(*["thanks"] * 3, "do you ship to norway")
    (call,) = actions.calls
    assert call["domain"] == {}
    said = [event["text"] for event in call["tracker"]["events"] if event["event"] == "user"]
    assert (call["tracker"]["events"][0]["event"], said) == ("user", ["do you ship to norway"])
    assert actions.headers[0]["X-Engine-Token"] == "token-of-the-tests"


async def test_a_rejecting_action_is_no_failure(desk: InProcess, actions: ActionServer) -> None:
    rejection = {"action_name": "action_inform", "error": "rejected"}
    actions.script["action_inform"] = lambda call: (400, rejection)
    answer = await desk.ask("my order is LO-12345")
    assert [e["name"] for e in answer["events"] if e["event"] == "action_execution_rejected"] == [
        "action_inform"
    ]


async def test_an_action_may_set_any_value(desk: InProcess, actions: ActionServer) -> None:
    value = {"seen": ["a", "b"], "times": 2}
    actions.script["action_rate"] = lambda call: says("thanks", slot("failed_answers", value))
    answer = await desk.ask("five stars")
    assert answer["slots"]["failed_answers"] == value


async def test_the_vector_is_never_stored(desk: InProcess, actions: ActionServer) -> None:
    question = message("do you ship to norway")
    await desk.engine.ask(Turn.from_json(question))
    tracker = await desk.engine.tracker("c_1")
    assert question["reading"]["vector"] not in str(tracker) + str(actions.calls)
