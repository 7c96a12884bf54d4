"""The whole way from Slack's own JSON to the relay's decision: nothing reaches a customer that should not."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from connectors.slack.account import Account, client_of
from connectors.slack.calls import Calls, Me, Person, standing_of
from connectors.slack.markup import to_markdown, to_mrkdwn, to_plain
from connectors.slack.team import Team
from desk.relay import Relay, Standing, Verdict, decide
from nouns import Agent, Conversation, Handoff, HandoffState, Mode, Reason, Role
from platforms.slack.state import BOT_USER, OTHER_TEAM, TEAM, Json, people
from records.database import Database
from tests.world import MONDAY, World

MESSAGES = 10_000
SEED = 7
ANCHOR = "1700000000.000100"
TAKER = Agent("a1", "Astrid", "a@x.test", Role.AGENT)
BEN = Agent("a2", "Ben", "b@x.test", Role.AGENT)
LINKED = {"U0ASTRID": TAKER, "U0BEN": BEN, "U0GUEST": Agent("a3", "Gus", "g@x.test", Role.AGENT)}
ASIDES = (
    "// look", "／／ 看", " // x", "\u200b//x", "*// bold*", "_//_ x", "`//` x", "&gt; // quoted",
    "\u2022 // item",
    "<@U0BEN> you?", "<@U0BEN|ben> you?", "<@W0XYZ> you?", "<!subteam^S1|@crew> help", "<!subteam^S1> help",
    "<!here> x", "<!channel|channel> x", "<!everyone>", "*<@U0BEN>* x", "_ <@U0BEN>_ x", "@ben x", "＠ben x",
)  # fmt: skip
PLAIN = (
    "Hello", "See <https://x.test//a|the page>", "https://x.test//a", "1 / 2 // 3", "Ask <@U0BEN> later",
    "&lt;@U0BEN&gt; was a joke", "*Good* morning", "你好", "/ one slash", ":wave: hi", "&amp; more",
)  # fmt: skip
EMPTY = ("", " ", "\u200b", "\n")
ODD: tuple[Json, ...] = (
    {"subtype": "thread_broadcast"}, {"reply_broadcast": True}, {"subtype": "bot_message", "bot_id": "B1"},
    {"bot_id": "B1"}, {"app_id": "A1"}, {"subtype": "me_message"}, {"subtype": "channel_topic"},
    {"subtype": "huddle_thread"}, {"thread_ts": "1600000000.000001"}, {"thread_ts": None},
    {"user_team": OTHER_TEAM}, {"source_team": OTHER_TEAM}, {"ts": ANCHOR}, {"user": None, "bot_id": "B2"},
    {"user": "U0UNKNOWN"}, {"user": ""},
)  # fmt: skip


class Directory(Calls):
    """Slack's people, without a network."""

    async def me(self) -> Me:
        return Me(TEAM, BOT_USER, "B0FIRSTLINE", "")

    async def person(self, user: str) -> Person:
        if user not in PEOPLE:
            return Person(user, user, Standing.UNKNOWN, "")
        return Person(user, PEOPLE[user]["name"], standing_of(PEOPLE[user], await self.me()), "en")


PEOPLE = people()


@pytest.fixture
def team(database: Database, tmp_path: Path) -> Team:
    """The translation from Slack to the relay."""
    account = Account(
        bot_token="xoxb-1", app_token="xapp-1", files=tmp_path, upload_max_bytes=1, languages=("en",)
    )
    relay = Relay(database, World.of(database).handoffs, tmp_path)
    return Team(Directory(account, client_of(account)), relay)


async def test_of_ten_thousand_messages_only_those_meant_for_the_customer_go(team: Team) -> None:
    chance, sent = random.Random(SEED), 0
    for number in range(MESSAGES):
        message, meant = random_message(chance, number)
        mode, state = chance.choice(MODES), chance.choice(STATES)
        held, handoff = standing_at(mode, state)
        written = await team.written(message, ANCHOR)
        goes = decide(written, LINKED.get(written.author), held, handoff) is Verdict.SEND
        assert goes == (meant and mode is Mode.HUMAN and state is HandoffState.TAKEN), str(message)
        sent += goes
    assert sent > MESSAGES // 50


@pytest.mark.parametrize("text", ASIDES)
async def test_asides_in_slacks_own_markup_are_known(team: Team, text: str) -> None:
    written = await team.written(message_of(text), ANCHOR)
    assert decide(written, TAKER, *standing_at(Mode.HUMAN, HandoffState.TAKEN)) is Verdict.ASIDE


@pytest.mark.parametrize("text", PLAIN)
async def test_what_only_looks_like_one_is_sent(team: Team, text: str) -> None:
    written = await team.written(message_of(text), ANCHOR)
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


def random_message(chance: random.Random, number: int) -> tuple[Json, bool]:
    """Return a message as Slack gives it, and whether it was made for the customer."""
    kind = chance.random()
    text = chance.choice(PLAIN if kind < 0.6 else ASIDES if kind < 0.9 else EMPTY)
    files = [{"name": "a.txt", "url_private": "https://files.slack.com/a"}] if chance.random() < 0.15 else []
    user = chance.choice(("U0ASTRID", "U0ASTRID", "U0ASTRID", *PEOPLE))
    message = message_of(text, user=user, ts=f"1700000001.{number:06d}")
    if files:
        message |= {"files": files, "subtype": "file_share"}
    if chance.random() < 0.3:
        message["edited"] = {"user": user, "ts": "1700000002.000000"}
    odd = chance.choice(ODD) if chance.random() < 0.4 else {}
    meant = user == "U0ASTRID" and not odd and text not in ASIDES and (text not in EMPTY or bool(files))
    return {**message, **odd}, meant


def message_of(text: str, **more: Any) -> Json:
    """A plain message of the taker's in the thread."""
    plain = {"type": "message", "user": "U0ASTRID", "user_team": TEAM, "ts": "1700000001.000200"}
    return {**plain, "thread_ts": ANCHOR, "text": text, **more}


def standing_at(mode: Mode, state: HandoffState) -> tuple[Conversation, Handoff]:
    """The taker's conversation and its hand-off."""
    held = Conversation("c1", "u1", "web", "", mode, "en", False, MONDAY, agent=TAKER.id)
    return held, Handoff("h1", "c1", Reason.COMPLAINT, state, {}, MONDAY, agent=TAKER.id)
