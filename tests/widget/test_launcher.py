"""The button, the window it opens, and what a site can ask of them."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.widget.conftest import Visit, open_chat, write
from tests.widget.scripted import Running, ScriptedDesk

pytestmark = pytest.mark.browser

SITE = """<!doctype html><title>A shop</title><a href="#">first link</a>
<script>
window.Firstline = window.Firstline || function () {(Firstline.q = Firstline.q || []).push(arguments)};
window.heard = [];
for (const event of ["ready", "open", "close", "unread", "message", "conversation"])
  Firstline("on", event, data => heard.push([event, data]));
%s
</script>
<script async src="%s/widget.js" %s></script>"""


def embed(page: Page, server: Running, calls: str = "", attributes: str = "") -> None:
    """Open somebody's shop, on an origin of its own, that embeds the chat."""
    server.desk.shop = SITE % (calls, server.url, attributes)
    page.goto(server.url.replace("127.0.0.1", "localhost") + "/shop")
    page.locator("firstline-launcher").wait_for(state="attached")


def test_escape_closes_and_focus_returns(visit: Visit) -> None:
    page = visit()
    chat = open_chat(page)
    expect(chat.locator("textarea")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("firstline-launcher button")).to_be_focused()
    expect(page.locator("firstline-launcher button")).to_have_attribute("aria-expanded", "false")


def test_a_message_while_closed_is_counted_on_the_button(
    visit: Visit, desk: ScriptedDesk, server: Running
) -> None:
    page = visit()
    write(open_chat(page), "hello")
    expect(page.frame_locator("firstline-launcher iframe").locator(".bot .bubble")).to_be_visible()
    page.keyboard.press("Escape")
    server.do(desk.say(desk.talk, "agent", "Are you there?", agent_name="Mina"))
    button = page.get_by_role("button", name="Open chat, 1 unread")
    expect(button).to_be_visible()
    button.click()
    expect(page.locator("firstline-launcher .badge")).to_be_hidden()


def test_calls_made_before_the_script_are_kept(visit: Visit, server: Running) -> None:
    page = visit("/help/en")
    embed(page, server, 'Firstline("boot",{language:"zh",colour:"#7c2d12"});Firstline("open");')
    chat = page.frame_locator("firstline-launcher iframe")
    expect(chat.get_by_placeholder("输入消息…")).to_be_visible()
    assert chat.locator(".top").evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(124, 45, 18)"
    page.wait_for_function("heard.some(([e]) => e === 'ready') && heard.some(([e]) => e === 'open')")


def test_data_attributes_stand_for_settings(visit: Visit, server: Running) -> None:
    page = visit("/help/en")
    embed(page, server, attributes='data-language="zh" data-position="left" data-colour="#fde047"')
    button = page.get_by_role("button", name="打开聊天")
    assert (button.bounding_box() or {})["x"] < 100
    assert button.evaluate("e => getComputedStyle(e).color") == "rgb(17, 20, 24)"


def test_hide_show_and_shutdown(visit: Visit, server: Running) -> None:
    page = visit("/help/en")
    embed(page, server, attributes='data-hide-launcher="true"')
    button = page.locator("firstline-launcher button")
    expect(button).to_be_hidden()
    page.evaluate("Firstline('show')")
    expect(button).to_be_visible()
    page.evaluate("Firstline('hide')")
    expect(button).to_be_hidden()
    page.evaluate("Firstline('shutdown')")
    expect(page.locator("firstline-launcher")).to_have_count(0)


def test_a_stranger_cannot_speak_for_the_launcher(visit: Visit) -> None:
    page = visit()
    chat = open_chat(page)
    chat.locator("body").evaluate(
        "() => window.postMessage({firstline: 'settings', settings: {language: 'zh'}}, '*')"
    )
    write(chat, "hello")
    expect(chat.get_by_placeholder("Write a message…")).to_be_visible()


def test_on_a_phone_the_panel_fills_the_screen(visit: Visit) -> None:
    page = visit(width=390, height=844)
    open_chat(page)
    assert page.locator("firstline-launcher iframe").bounding_box() == {
        "x": 0,
        "y": 0,
        "width": 390,
        "height": 844,
    }
    expect(page.locator("firstline-launcher button")).to_be_hidden()


def test_a_mailed_link_goes_on_with_its_conversation(
    visit: Visit, desk: ScriptedDesk, server: Running
) -> None:
    talk = desk.new_talk()
    server.do(desk.say(talk, "agent", "Your lamp is repaired.", agent_name="Mina"))
    page = visit("/help/en")
    embed(page, server, f'Firstline("boot",{{open:true,conversation:"{talk.id}",token:"{talk.token}"}});')
    chat = page.frame_locator("firstline-launcher iframe")
    expect(chat.locator(".agent .bubble")).to_have_text("Your lamp is repaired.")
