"""With no Slack at all: articles, canned replies, colleagues, the day in numbers, reminders."""

from __future__ import annotations

import json
import re
from html import unescape

from desk.mail import Post
from desk.reminders import Reminders
from nouns import Mode
from records import conversations, messages
from tests.pages.conftest import SITE, Browser, World


async def taken(world: World, name: str = "Ada") -> tuple[Browser, str]:
    """A conversation that somebody at the desk has taken."""
    browser, (conversation, handoff) = await world.at_desk(name), await world.waiting()
    await browser.post(f"/desk/handoffs/{handoff}/take")
    return browser, conversation


async def said(world: World, conversation: str) -> str:
    async with world.database.read() as connection:
        return (await messages.since(connection, conversation))[-1].text


async def test_an_article_is_sent_with_its_source(world: World) -> None:
    ada, conversation = await taken(world)
    path = f"/desk/conversations/{conversation}/articles"
    assert 'value="delivery/norway#how-long"' in (await ada.get(f"{path}?q=norway")).text
    await ada.post(path, {"passage": "delivery/norway#how-long"})
    assert await said(world, conversation) == (
        "1 to 3 days.\n\n[📖 Delivery to Norway](http://desk.test/help/en/delivery/norway#how-long)"
    )


async def test_an_internal_article_is_never_sent(world: World) -> None:
    ada, conversation = await taken(world)
    before = await said(world, conversation)
    refused = await ada.post(f"/desk/conversations/{conversation}/articles", {"passage": "refunds#limit"})
    assert refused.status_code == 404 and await said(world, conversation) == before


async def test_a_conversation_is_assigned_to_a_colleague(world: World) -> None:
    ben = await world.agent("Ben")
    ada, conversation = await taken(world)
    assert (
        f'<option value="{ben.id}">Ben</option>'
        in (await ada.get(f"/desk/conversations/{conversation}")).text
    )
    await ada.post(f"/desk/conversations/{conversation}/assign", {"agent": ben.id})
    async with world.database.read() as connection:
        held = await conversations.by_id(connection, conversation)
    assert (held.mode, held.agent) == (Mode.HUMAN, ben.id)
    refused = await ada.post(f"/desk/conversations/{conversation}/assign", {"agent": ben.id})
    assert refused.status_code == 409


async def test_canned_replies_are_written_changed_found_and_removed(world: World) -> None:
    ada, conversation = await taken(world)
    given = {"id": "", "name": "Greeting", "en": "Hello {customer}, {agent} here.", "zh": "您好"}
    await ada.post("/desk/replies", given)
    picker = (await ada.get(f"/desk/conversations/{conversation}/replies?q=greet")).text
    assert 'data-insert="Hello Kari, Ada here."' in picker
    page = (await ada.get("/desk/replies")).text
    (id,) = re.findall(r'id="(r_[^"]+)"><details', page)
    refused = await ada.post("/desk/replies", {**given, "en": "kept in the form"})
    assert refused.status_code == 422 and "kept in the form" in refused.text
    await ada.post("/desk/replies", {**given, "id": id, "name": "Hello"})
    assert "Hello</span>" in (await ada.get("/desk/replies")).text
    await ada.post(f"/desk/replies/{id}/drop")
    assert "No canned replies yet" in (await ada.get("/desk/replies")).text


async def test_the_day_in_numbers_has_a_page(world: World) -> None:
    ada = await world.at_desk("Ada")
    await world.waiting()
    today = (await ada.get("/desk/summary")).text
    assert re.search(r"<dt>Messages from customers</dt><dd>1</dd>", today)
    assert re.search(r"<dt>Waiting now</dt><dd>1</dd>", today) and "Next day" not in today
    assert "<dd>0</dd>" in (await ada.get("/desk/summary?day=2024-02-29")).text
    assert (await ada.get("/desk/summary?day=tomorrow")).status_code == 200


async def test_a_reminder_reaches_every_open_page(world: World) -> None:
    ada = await world.at_desk("Ada")
    _, handoff = await world.waiting()
    await Reminders(world.database, Post(False, "", SITE), None).remind({"handoff": handoff})
    shown = re.search(r"data-waiting='([^']*)'", (await ada.get("/desk")).text)
    assert shown and json.loads(unescape(shown[1]))[0]["reminders"] == 1


async def test_the_packet_says_it_in_short(world: World) -> None:
    ada = await world.at_desk("Ada")
    conversation, _ = await world.waiting("My lamp is broken. It was a present for my mother.")
    page = (await ada.get(f"/desk/conversations/{conversation}")).text
    assert "In short" in page and "<li>It was a present for my mother.</li>" in page
