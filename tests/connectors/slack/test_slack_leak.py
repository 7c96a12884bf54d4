"""The whole way from Slack's own JSON to the relay's decision: nothing reaches a customer that should not."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from connectors.slack.account import Account, client_of
from connectors.slack.markup import to_markdown, to_mrkdwn, to_plain
from connectors.slack.team import Team
from desk.relay import Relay, Verdict, Written, decide
from evaluation.leaks.bench import bench_leak
from evaluation.leaks.talk import ASIDES, PLAIN, Workspace, message_of, random_message
from nouns import Agent, Conversation, Handoff, HandoffState, Mode, Reason, Role
from records.database import Database, Writing
from records.threads import Thread
from tests.world import MONDAY, World

MESSAGES, WHOLE_WAY = 10_000, 300
SEED = 7
ANCHOR = "1700000000.000100"
TAKER = Agent("a1", "Astrid", "a@x.test", Role.AGENT)
BEN = Agent("a2", "Ben", "b@x.test", Role.AGENT)
LINKED = {"U0ASTRID": TAKER, "U0BEN": BEN, "U0GUEST": Agent("a3", "Gus", "g@x.test", Role.AGENT)}


@pytest.fixture
def team(database: Database, tmp_path: Path) -> Team:
    """The translation from Slack to the relay."""
    account = Account(
        bot_token="xoxb-1", app_token="xapp-1", files=tmp_path, upload_max_bytes=1, languages=("en",)
    )
    relay = Relay(database, World.of(database).handoffs, tmp_path)
    return Team(Workspace(account, client_of(account)), relay)


async def test_of_ten_thousand_messages_only_those_meant_for_the_customer_go(team: Team) -> None:
    chance, sent = random.Random(SEED), 0
    for number in range(MESSAGES):
        message, meant = random_message(chance, number, ANCHOR)
        meant = meant and message["user"] == "U0ASTRID"
        mode, state = chance.choice(MODES), chance.choice(STATES)
        held, handoff = standing_at(mode, state)
        written = await team.written(message, ANCHOR)
        goes = decide(written, LINKED.get(written.author), held, handoff) is Verdict.SEND
        assert goes == (meant and mode is Mode.HUMAN and state is HandoffState.TAKEN), str(message)
        sent += goes
    assert sent > MESSAGES // 50


class Hasty(Relay):
    """A relay that sends what it held, whatever became of it meanwhile."""

    async def _verdict(self, writing: Writing, thread: Thread, written: Written) -> tuple[Any, Verdict]:
        agent, verdict = await super()._verdict(writing, thread, written)
        return agent, Verdict.SEND if verdict is Verdict.ASIDE else verdict


def test_the_whole_way_through_edits_deletes_and_changes_of_hands_lets_none_slip() -> None:
    figures = bench_leak(WHOLE_WAY, SEED, lambda done, all: None)
    assert figures["leaks"] == figures["kept_back"] == 0, figures["found"]
    assert figures["reached"] > 15 and figures["edits"] > 50 and figures["deletes"] > 15
    assert bench_leak(WHOLE_WAY // 3, SEED, lambda done, all: None, Hasty)["leaks"] > 0


@pytest.mark.parametrize("text", ASIDES)
async def test_asides_in_slacks_own_markup_are_known(team: Team, text: str) -> None:
    written = await team.written(message_of(text, ANCHOR), ANCHOR)
    assert decide(written, TAKER, *standing_at(Mode.HUMAN, HandoffState.TAKEN)) is Verdict.ASIDE


@pytest.mark.parametrize("text", PLAIN)
async def test_what_only_looks_like_one_is_sent(team: Team, text: str) -> None:
    written = await team.written(message_of(text, ANCHOR), ANCHOR)
    assert decide(written, TAKER, *standing_at(Mode.HUMAN, HandoffState.TAKEN)) is Verdict.SEND


def test_markup_goes_over_and_back() -> None:
    assert (
        to_markdown("*Hi* <https://x.test|you> &amp; <@U1>", {"U1": "Ben"})
        == "**Hi** [you](https://x.test) & @Ben"
    )
    assert to_plain("<https://x.test> <mailto:a@x.test|a@x.test>") == "https://x.test a@x.test"
    markdown = "# Title\n- **one** & *two*\n[a <b>](https://x.test)"
    assert to_mrkdwn(markdown) == "*Title*\n• *one* &amp; _two_\n<https://x.test|a &lt;b&gt;>"
    assert to_mrkdwn("<!channel> <@U1>") == "&lt;!channel&gt; &lt;@U1&gt;"


MODES = (Mode.HUMAN, Mode.HUMAN, Mode.HUMAN, *Mode)
STATES = (HandoffState.TAKEN, HandoffState.TAKEN, HandoffState.TAKEN, *HandoffState)


def standing_at(mode: Mode, state: HandoffState) -> tuple[Conversation, Handoff]:
    """The taker's conversation and its hand-off."""
    held = Conversation("c1", "u1", "web", "", mode, "en", False, MONDAY, agent=TAKER.id)
    return held, Handoff("h1", "c1", Reason.COMPLAINT, state, {}, MONDAY, agent=TAKER.id)
