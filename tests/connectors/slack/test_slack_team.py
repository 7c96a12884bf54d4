"""The team's side: a hand-off comes up in the channel, is taken, answered in its thread, and ended."""

from __future__ import annotations

import asyncio

from desk.handoff import Handoffs
from nouns import Mode
from platforms.slack.state import TEAM_CHANNEL
from tests.connectors.slack.conftest import Office
from tests.world import until


async def test_a_hand_off_is_taken_and_answered_in_its_thread(office: Office) -> None:
    conversation, anchor, _ = await office.taken()
    assert await office.world.mode(conversation) is Mode.HUMAN
    ts = await office.play.write("U0ASTRID", TEAM_CHANNEL, "Hello, I look into it.", thread=anchor)
    await office.hears(conversation, "Hello, I look into it.")
    await office.reaction(ts, "white_check_mark")
    await office.world.writes("Thank you!", conversation)
    await office.thread_says(anchor, "Thank you!")
