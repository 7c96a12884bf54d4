"""Going on elsewhere: a click makes the link, and who followed it is named and confirmed here."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.widget.conftest import Visit, open_chat
from tests.widget.scripted import Running, ScriptedDesk

pytestmark = pytest.mark.browser


def test_a_visitor_goes_on_in_telegram_and_back(server: Running, desk: ScriptedDesk, visit: Visit) -> None:
    desk.elsewhere = ["telegram"]
    chat = open_chat(visit())
    chat.get_by_role("button", name="Menu").click()
    chat.get_by_role("button", name="Continue on Telegram").click()
    way = chat.get_by_role("link", name="Telegram")
    expect(way).to_have_attribute("href", "https://t.me/lumen_bot?start=abc")
    chat.locator("firstline-composer textarea").fill("Hi")  # the chat goes on meanwhile
    chat.locator("firstline-composer textarea").press("Enter")
    expect(chat.get_by_text("Hi", exact=True)).to_be_visible()
    server.do(desk.follow(desk.talk, "Kari Nordmann"))
    expect(chat.get_by_text("“Kari Nordmann” on Telegram followed your link. Is that you?")).to_be_visible()
    chat.get_by_role("button", name="Yes, that's me").click()
    expect(chat.get_by_text("Linked with Kari Nordmann on Telegram.")).to_be_visible()
    chat.get_by_role("button", name="Menu").click()
    chat.get_by_role("button", name="Unlink Kari Nordmann on Telegram").click()
    chat.get_by_role("button", name="Menu").click()
    expect(chat.get_by_role("button", name="Continue on Telegram")).to_be_visible()
    assert desk.talk.link is None


def test_somebody_else_is_refused_by_name(server: Running, desk: ScriptedDesk, visit: Visit) -> None:
    desk.elsewhere = ["telegram"]
    chat = open_chat(visit())
    chat.get_by_role("button", name="Menu").click()
    chat.get_by_role("button", name="Continue on Telegram").click()
    expect(chat.get_by_role("link", name="Telegram")).to_be_visible()
    server.do(desk.follow(desk.talk, "Mallory"))
    chat.get_by_role("button", name="No", exact=True).click()
    expect(chat.get_by_text("Mallory")).to_have_count(0)
    assert desk.talk.link is None


def test_where_there_is_no_telegram_nothing_is_offered(visit: Visit) -> None:
    chat = open_chat(visit())
    chat.get_by_role("button", name="Menu").click()
    expect(chat.get_by_role("button", name="Download transcript")).to_be_visible()
    expect(chat.get_by_role("button", name="Continue on Telegram")).to_have_count(0)
