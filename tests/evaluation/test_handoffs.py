"""The hand-off's invariants under any interleaving, and whether what is broken on purpose is found."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from bot.conversation import Conversations
from desk.handoff import Handoffs
from desk.relay import Relay
from desk.room import TeamRoom
from evaluation.handoffs.bench import play_some, summed
from evaluation.handoffs.moves import MOVES, Moves
from evaluation.handoffs.outside import Platform
from evaluation.handoffs.schedule import at_rest
from evaluation.handoffs.world import Build, Stage
from nouns import Agent, Conversation, Delivery, Handoff, HandoffState, Message, Mode, Reply
from records import conversations, handoffs, outbox
from records.database import Writing

EXAMPLES, STEPS, PLAYED, AGAIN = 40, 12, 156, 4
PEOPLE = [name for name in MOVES if name.startswith(("somebody", "colleague"))]
BESIDE = [name for name in MOVES if name.startswith(("outbox", "jobs", "room", "bot", "something"))]
Choice = st.integers(0, 2**32)


class Schedules(RuleBasedStateMachine):
    """What may happen to a desk, chosen by hypothesis, which makes what it breaks as short as it can."""

    stage: Stage
    runner: asyncio.Runner

    @initialize(seed=Choice)
    def begin(self, seed: int) -> None:
        self.moves = Moves(self.runner.run(self.stage.set_up(str(seed))))

    @rule(seed=Choice, times=st.integers(1, 3))
    def customers_write(self, seed: int, times: int) -> None:
        for _ in range(times):
            self.make("customer_writes", seed)

    @rule(seed=Choice)
    def a_message_comes_again(self, seed: int) -> None:
        self.make("customer_repeats", seed)

    @rule(seed=Choice, name=st.sampled_from(PEOPLE))
    def people_act(self, seed: int, name: str) -> None:
        self.make(name, seed)

    @rule(seed=Choice, name=st.sampled_from(BESIDE))
    def work_goes_on(self, seed: int, name: str) -> None:
        self.make(name, seed)

    @rule(seed=Choice, name=st.sampled_from(["killed", "killed_within_a_transaction"]))
    def everything_is_killed(self, seed: int, name: str) -> None:
        self.make(name, seed)

    @rule(seed=Choice, name=st.sampled_from(["a_moment_passes", "a_while_passes"]))
    def time_passes(self, seed: int, name: str) -> None:
        self.make(name, seed)

    def make(self, name: str, seed: int) -> None:
        self.moves.world.chance.seed(seed)
        self.runner.run(self.moves.move(name))

    def teardown(self) -> None:
        if hasattr(self, "moves"):
            outcome = self.runner.run(at_rest(self.moves, 0))
            assert outcome.broken == [], outcome.moves


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Say nothing of deliveries that fail by design."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.configure(**before)


@pytest.fixture
def schedules() -> Iterator[type[Schedules]]:
    """The machine, with a database that its schedules are played on one after the other."""
    with TemporaryDirectory() as folder, asyncio.Runner() as runner:
        stage = Stage(f"sqlite:///{folder}/firstline.db", Path(folder))
        yield type("Playing", (Schedules,), {"stage": stage, "runner": runner})
        runner.run(stage.close())


def test_no_interleaving_breaks_a_hand_off(schedules: type[Schedules]) -> None:
    run_state_machine_as_test(
        schedules,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
            database=None,
        ),
    )


def test_random_schedules_break_nothing_and_are_the_same_each_time() -> None:
    again = summed(play_some(1, range(AGAIN)))
    first = play_some(1, range(PLAYED))
    assert summed(first[:AGAIN]) == again
    figures = summed(first)
    assert figures["violations"] == 0, figures["found"]
    assert figures["takes"] > 70 and figures["kills"] > 60 and figures["agent_messages"] > 30


class Talkative(Conversations):
    """A bot that goes on talking when a person is there."""

    async def _pass_on(self, held: Conversation, message: Message) -> bool:
        more = await super()._pass_on(held, message)
        async with self.database.write() as writing:
            replies = [Reply("I am still here")]
            await outbox.say(writing, held.id, replies, only_if=outbox.ANY, in_reply_to=message.id)
        return more


class Generous(Handoffs):
    """A desk at which two can take one conversation."""

    async def take(self, handoff: str, agent: Agent) -> Handoff:
        async with self.database.read() as connection:
            known = await handoffs.by_id(connection, handoff)
        assert known
        if known.state is not HandoffState.TAKEN:
            return await super().take(handoff, agent)
        async with self.database.write() as writing:
            await handoffs.pass_to(writing, handoff, agent.id)
            await conversations.set_mode(writing, known.conversation, Mode.HUMAN, agent=agent.id)
        return known


class Forgetful(Handoffs):
    """A desk whose timers live in memory alone."""

    async def _begin_waiting(self, writing: Writing, held: Conversation, handoff: Handoff) -> None:
        await conversations.set_mode(writing, held.id, Mode.WAITING, only_from=[Mode.BOT])


class Blunt(Platform):
    """A platform that is told again what it has."""

    async def _arrive(self, delivery: Delivery) -> None:
        await super()._arrive(delivery)
        if delivery.attempts > 1:
            await super()._arrive(delivery)


class Deaf(Conversations):
    """A bot that drops what a person is there for."""

    async def _pass_on(self, held: Conversation, message: Message) -> bool:
        async with self.database.write() as writing:
            await writing.execute(
                conversations.conversations.update()
                .where(conversations.conversations.c.id == held.id)
                .values(pending=0, lease_owner=None, lease_until=None)
            )
        return False


class Leaky(Relay):
    """A relay that does not look who has the conversation when a moment is over."""

    async def _verdict(self, writing: Writing, thread: Any, written: Any) -> Any:
        agent, verdict = await super()._verdict(writing, thread, written)
        return agent, verdict.SEND if agent else verdict


class Late(TeamRoom):
    """A room that shows a thread what was said after it was begun, and no more once a hand-off has ended."""

    async def _pass_on(self, writing: Writing, thread: Any, until: Any) -> dict[str, Any]:
        return {} if until else await super()._pass_on(writing, thread, until)


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (Build(conversations=Talkative), "the bot spoke"),
        (Build(handoffs=Generous), "people took|names"),
        (Build(handoffs=Forgetful), "for ever"),
        (Build(town=Blunt), "arrived"),
        (Build(conversations=Deaf), "never dealt with"),
        (Build(relay=Leaky), "aside went out|job relay_line"),
        (Build(room=Late), "not in the thread"),
    ],
    ids=["talkative", "generous", "forgetful", "blunt", "deaf", "leaky", "late"],
)
def test_what_is_broken_on_purpose_is_found(build: Build, words: str) -> None:
    found: list[str] = []
    for start in range(0, 24, 6):
        outcomes = play_some(1, range(start, start + 6), build)
        found += [wrong for outcome in outcomes for wrong in outcome.broken]
        if any(re.search(words, wrong) for wrong in found):
            return
    pytest.fail(f"nothing of {words} among {found[:5]}")
