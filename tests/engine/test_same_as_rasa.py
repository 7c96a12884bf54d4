"""Ours against Rasa's own: one script, one model; the same replies, events, slots and predictions."""

import itertools
import random
import time
from pathlib import Path
from typing import Any

import pytest
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.core.policies.rule_policy import RulePolicy
from rasa.core.tracker_store import InMemoryTrackerStore, SQLTrackerStore
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.events import ActionReverted, UserUtteranceReverted
from rasa.shared.core.trackers import DialogueStateTracker

from engine.channel import WholeUtterances
from engine.livetracker import LiveTracker
from engine.reading import Reading, beside_message
from engine.replacements import remove_all
from tests.engine.actionserver import ActionServer
from tests.engine.textservice import read
from tests.engine.world import InProcess, endpoint_of

SCRIPT = (
    "hello", "do you ship to norway", "open a ticket", "thanks", "my lamp is broken",
    "wait, how long is it?", "no address", "me@example.com", "are you a bot", "LO-12345", "five stars",
    "我要提交工单", "灯坏了", "取消", "open a ticket for LO-54321", "i want to talk to a human",
    "xyzzy plugh", "bye", "open a ticket", "yes", "cancel",
)  # fmt: skip
VOLATILE = {"timestamp", "message_id", "model_id", "assistant_id"}


def still(value: Any) -> Any:
    """Return a JSON value without what differs between any two runs."""
    if isinstance(value, dict):
        return {key: still(inner) for key, inner in value.items() if key not in VOLATILE}
    return [still(inner) for inner in value] if isinstance(value, list) else value


async def by_rasa(agent: Agent, texts: tuple[str, ...], conversation: str) -> list[list[dict]]:
    """Say a script to Rasa as it ships and return what it answered."""
    replies = []
    for text in texts:
        channel = WholeUtterances()
        with beside_message(Reading.from_json(read(text))):
            message = UserMessage(text, channel, conversation, input_channel="firstline")
            await agent.handle_message(message)
        replies.append(channel.messages)
    return replies


@pytest.fixture(params=[InMemoryTrackerStore, SQLTrackerStore])
def rasa_agent(request: pytest.FixtureRequest, model: Path, actions: ActionServer, tmp_path: Path) -> Agent:
    options = {"db": str(tmp_path / "rasa.db")} if request.param is SQLTrackerStore else {}
    return Agent.load(
        str(model), tracker_store=request.param(None, **options), action_endpoint=endpoint_of(actions.port)
    )


@pytest.fixture(autouse=True)
def always_the_first_response(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("numpy.random.choice", lambda choices: choices[0])
    monkeypatch.setattr("engine.responses.drawn", lambda message, utter_action: 0)


async def test_a_script_gives_the_same_replies_events_and_slots(rasa_agent: Agent, desk: InProcess) -> None:
    ours = [(await desk.ask(text))["utterances"] for text in SCRIPT]
    remove_all()
    theirs = await by_rasa(rasa_agent, SCRIPT, "c_1")
    kept = await rasa_agent.tracker_store.retrieve_full_tracker("c_1")
    tracker = await desk.engine.tracker("c_1")
    assert ours == theirs
    assert still(tracker["events"]) == still([event.as_dict() for event in kept.events])
    assert tracker["slots"] == {k: v for k, v in kept.current_slot_values().items() if v is not None}


async def test_a_tracker_read_from_disk_is_the_tracker_kept_alive(desk: InProcess) -> None:
    await desk.say(*SCRIPT[:8])
    store = desk.engine._model.store
    alive = await store.retrieve("c_1")
    store._live.clear()
    read_again = await store.retrieve("c_1")
    assert read_again is not alive
    assert_same_state(read_again, alive)
    assert await desk.say("LO-12345") == ["ticket: my lamp is broken / me@example.com / LO-12345"]


async def test_what_another_process_wrote_is_seen(desk: InProcess) -> None:
    await desk.say("hello")
    store = desk.engine._model.store
    other = type(store)(store.domain, log=store.log)
    tracker = await other.retrieve("c_1")
    tracker.update(UserUtteranceReverted())
    await other.save(tracker)
    assert len((await store.retrieve("c_1")).events) == len(tracker.events)


async def test_random_walks_see_what_stock_sees(desk: InProcess) -> None:
    """After each turn a copy is a replay, the last states end all states, and predictions are equal."""
    chance = random.Random(7)
    policy = next(
        node._component
        for node in desk.engine._model.processor.graph_runner._instantiated_nodes.values()
        if isinstance(node._component, RulePolicy)
    )
    domain = desk.engine._model.processor.domain
    for walk in range(3):
        for _ in range(25):
            await desk.ask(chance.choice(SCRIPT), f"c_{walk}")
            tracker = await desk.engine._model.store.retrieve(f"c_{walk}")
            for seen in (tracker, tracker_before_the_answer(tracker)):
                assert_same_state(seen.copy(), DialogueStateTracker.copy(seen))
                assert seen.last_states(domain, 4) == seen.past_states(domain)[-4:]
                assert lean(policy, seen, domain) == stock(policy, seen, domain)


def tracker_before_the_answer(tracker: LiveTracker) -> LiveTracker:
    """Return the tracker as the policies saw it: right after what the customer said."""
    last = max(i for i, event in enumerate(tracker.events) if event.type_name == "user")
    events = list(itertools.islice(tracker.events, last + 1))
    return LiveTracker.from_events(tracker.sender_id, events, tracker._fresh_slots())


def lean(policy: RulePolicy, tracker: LiveTracker, domain: Any) -> Any:
    """Return what our policy predicts."""
    return policy.predict_action_probabilities(tracker, domain)


def stock(policy: RulePolicy, tracker: LiveTracker, domain: Any) -> Any:
    """Return what Rasa's own class predicts with the same rules."""
    rasa_policy = object.__new__(RulePolicy)
    rasa_policy.__dict__.update(policy.__dict__)
    prediction = rasa_policy.predict_action_probabilities(DialogueStateTracker.copy(tracker), domain)
    prediction.policy_name = type(policy).__name__
    return prediction


def assert_same_state(one: DialogueStateTracker, other: DialogueStateTracker) -> None:
    """Compare all that a tracker holds."""
    assert list(one.events) == list(other.events)
    assert one.current_state() == other.current_state()
    assert one.active_loop == other.active_loop
    assert {n: s.has_been_set for n, s in one.slots.items()} == {
        n: s.has_been_set for n, s in other.slots.items()
    }


@pytest.mark.parametrize("undoing", [ActionReverted, UserUtteranceReverted])
async def test_states_are_right_after_an_undoing_event(desk: InProcess, undoing: type) -> None:
    await desk.say(*SCRIPT[:6])
    tracker = await desk.engine._model.store.retrieve("c_1")
    domain = desk.engine._model.processor.domain
    tracker.last_states(domain, 4)
    tracker.update(undoing())
    assert tracker.last_states(domain, 4) == tracker.past_states(domain)[-4:]


async def test_the_planned_graph_gives_what_dask_gives(desk: InProcess) -> None:
    await desk.say("hello")
    processor = desk.engine._model.processor
    tracker = await desk.engine._model.store.retrieve("c_1")
    runner, schema = processor.graph_runner, processor.model_metadata
    target = schema.nlu_target
    for text in SCRIPT:
        messages = [UserMessage(text)]
        inputs = {"__message__": messages, "__tracker__": tracker}
        with beside_message(Reading.from_json(read(text))):
            ours = runner.run(inputs, [target])[target]
            theirs = DaskGraphRunner.run(runner, inputs, [target])[target]
        assert [m.as_dict() for m in ours] == [m.as_dict() for m in theirs]
    ours = runner.run({"__tracker__": tracker}, [schema.core_target])
    assert ours == DaskGraphRunner.run(runner, {"__tracker__": tracker}, [schema.core_target])


async def test_a_long_conversation_stays_as_fast_as_a_short_one(desk: InProcess) -> None:
    async def seconds(turns: int) -> float:
        taken = []
        for _ in range(turns):
            started = time.perf_counter()
            await desk.ask("do you ship to norway")
            taken.append(time.perf_counter() - started)
        return sorted(taken)[turns // 3]  # what a turn takes when the machine is not busy elsewhere

    await seconds(3)
    early = await seconds(15)
    await seconds(170)
    assert await seconds(15) < 2.5 * early
