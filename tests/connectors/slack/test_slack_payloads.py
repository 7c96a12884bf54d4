"""Slack's documented payloads, kept as JSON: what each of them comes to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from records import conversations
from tests.connectors.slack.conftest import Office
from tests.world import until

FOLDER = Path(__file__).parent.parent / "fixtures" / "slack"
DIRECT = "D024BE91L"


async def test_the_documented_direct_message_is_stored_and_its_edit_noted(office: Office) -> None:
    await deliver(office, "message_im")
    await until(lambda: asked(office, "Hello hello can you hear me?"))
    async with office.world.database.read() as connection:
        held = await conversations.latest_at(connection, "slack", DIRECT)
    assert held
    await deliver(office, "message_changed")
    await office.notes(held.id, "→ Hello, world!")
    (said,) = [one for one in await office.world.said(held.id) if one.author == "customer"]
    assert said.external_id == "D024BE91L:1355517523.000005"


async def test_the_documented_mention_begins_a_shared_conversation(office: Office) -> None:
    await deliver(office, "app_mention")

    async def held() -> Any:
        async with office.world.database.read() as connection:
            return await conversations.latest_at(connection, "slack", "C0HELP/1515449522.000016")

    found = await until(held)
    (said,) = [one for one in await office.world.said(found.id) if one.author == "customer"]
    assert found.shared and said.text == "is it everything a river should be?"


@pytest.mark.parametrize("name", ["message_deleted", "thread_unfurled", "channel_join", "bot_message"])
async def test_what_is_no_message_of_a_customer_is_acknowledged_and_left(office: Office, name: str) -> None:
    assert await deliver(office, name) == {}
    assert office.world.engine.asked == []


async def deliver(office: Office, name: str) -> Any:
    """Deliver a payload as it is; return the acknowledgement."""
    return await office.platform.post.deliver("events_api", json.loads((FOLDER / f"{name}.json").read_text()))


async def asked(office: Office, text: str) -> bool:
    """Tell whether the engine was asked this."""
    return text in office.world.engine.asked
