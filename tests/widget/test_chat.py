"""What customers see of the chat, in a real browser, against a scripted desk."""

from __future__ import annotations

import base64
import re

import pytest
from playwright.sync_api import expect

from tests.widget.conftest import Visit, open_chat, write
from tests.widget.scripted import NORWAY, Running, ScriptedDesk

pytestmark = pytest.mark.browser

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
CHOICE = [{"id": "b_yes", "title": "Yes"}, {"id": "b_no", "title": "No"}]


def test_a_question_is_answered_with_its_source(visit: Visit) -> None:
    chat = open_chat(visit())
    write(chat, "Do you ship to Norway?")
    expect(chat.locator(".bot .bubble")).to_contain_text("1–3 working days")
    source = chat.get_by_role("link", name="Delivery to Norway")
    expect(source).to_have_attribute("target", "_blank")
    expect(chat.locator(".customer .mark")).to_have_text("Delivered")


def test_markup_in_a_customers_text_stays_text(visit: Visit) -> None:
    chat = open_chat(visit())
    write(chat, "<img src=x onerror=alert(1)> **bold**")
    expect(chat.locator(".customer .bubble")).to_have_text("<img src=x onerror=alert(1)> **bold**")


def test_a_yes_or_no_is_pressed_once(visit: Visit, desk: ScriptedDesk) -> None:
    desk.answer = lambda text: [{"text": "Cancel it?", "buttons": CHOICE}] if text != "Yes" else []
    chat = open_chat(visit())
    write(chat, "Cancel my order")
    chat.get_by_role("button", name="Yes").click()
    expect(chat.locator(".customer .bubble").last).to_have_text("Yes")
    expect(chat.get_by_role("button", name="No")).to_be_disabled()


def test_a_reload_brings_the_conversation_back(visit: Visit) -> None:
    page = visit()
    write(open_chat(page), "Do you ship to Norway?")
    expect(page.frame_locator("firstline-launcher iframe").locator(".bot .bubble")).to_be_visible()
    page.reload()
    chat = open_chat(page)
    expect(chat.locator(".customer .bubble")).to_have_text("Do you ship to Norway?")
    expect(chat.locator(".bot .bubble")).to_have_count(1)


def test_a_message_written_offline_is_sent_once_after_a_reload(
    visit: Visit, desk: ScriptedDesk, server: Running
) -> None:
    page = visit()
    chat = open_chat(page)
    write(chat, "first")
    expect(chat.locator(".bot .bubble")).to_be_visible()
    desk.open = False
    server.do(desk.hang_up())
    expect(chat.get_by_text("No connection.")).to_be_visible()
    write(chat, "second, in a tunnel")
    expect(chat.locator(".pending .mark")).to_have_text("Waiting for connection")
    desk.open = True
    page.reload()
    chat = open_chat(page)
    expect(chat.locator(".customer .bubble")).to_have_text(["first", "second, in a tunnel"])
    expect(chat.locator(".pending")).to_have_count(0)
    assert [m["text"] for m in desk.talk.messages if m["author"] == "customer"] == [
        "first",
        "second, in a tunnel",
    ]


def test_a_lost_line_comes_back_and_misses_nothing(visit: Visit, desk: ScriptedDesk, server: Running) -> None:
    chat = open_chat(visit())
    write(chat, "hello")
    expect(chat.locator(".bot .bubble")).to_have_count(1)
    talk = desk.talk
    server.do(desk.hang_up())
    server.do(desk.say(talk, "bot", "while you were away", quiet=True))
    expect(chat.locator(".bot .bubble")).to_have_count(2)
    assert desk.hellos[-1]["since"] == 2


def test_a_gap_is_fetched_and_a_repeat_is_dropped(visit: Visit, desk: ScriptedDesk, server: Running) -> None:
    chat = open_chat(visit())
    write(chat, "hello")
    expect(chat.locator(".bot .bubble")).to_have_count(1)
    server.do(desk.say(desk.talk, "bot", "three", quiet=True))
    four = server.do(desk.say(desk.talk, "bot", "four"))
    server.do(desk.tell(desk.talk, {"type": "message", "message": four}))
    server.do(desk.say(desk.talk, "bot", "six, after a note of the team", skip=1))
    expect(chat.locator(".bot .bubble").last).to_contain_text("six")
    expect(chat.locator(".bot .bubble")).to_have_text([re.compile("."), "three", "four", re.compile("six")])


def test_the_header_tells_who_answers(visit: Visit, desk: ScriptedDesk, server: Running) -> None:
    chat = open_chat(visit())
    write(chat, "I want a person")
    expect(chat.locator(".bot .bubble")).to_be_visible()
    server.do(desk.change(desk.talk, "waiting", 2))
    expect(chat.locator(".who p")).to_have_text("Number 2 in line for a colleague")
    server.do(desk.change(desk.talk, "human", name="Mina"))
    server.do(desk.tell(desk.talk, {"type": "typing", "author": "agent", "agent_name": "Mina"}))
    expect(chat.get_by_text("Mina is typing")).to_be_attached()
    server.do(desk.say(desk.talk, "agent", "Hello, Mina here.", agent_name="Mina"))
    expect(chat.locator(".agent header")).to_contain_text("Mina")
    expect(chat.locator(".who p")).to_have_text("Mina is here for you")


def test_a_closed_conversation_offers_a_new_one(visit: Visit, desk: ScriptedDesk, server: Running) -> None:
    chat = open_chat(visit())
    write(chat, "hello")
    expect(chat.locator(".bot .bubble")).to_be_visible()
    old = desk.talk
    server.do(desk.change(old, "closed"))
    chat.get_by_role("button", name="Start a new conversation").click()
    write(chat, "something else")
    expect(chat.locator(".customer .bubble")).to_have_text("something else")
    expect(chat.locator(".bot .bubble")).to_be_visible()
    assert desk.talk.id != old.id
    assert desk.hellos[-1]["previous"]["conversation"] == old.id


def test_a_token_the_server_forgot_starts_afresh(visit: Visit, desk: ScriptedDesk, server: Running) -> None:
    chat = open_chat(visit())
    write(chat, "hello")
    expect(chat.locator(".bot .bubble")).to_be_visible()
    desk.talks.clear()
    page = chat.owner.page
    page.reload()
    chat = open_chat(page)
    expect(chat.get_by_role("alert")).to_contain_text("We started a new one")
    write(chat, "still works")
    expect(chat.locator(".bot .bubble")).to_be_visible()


def test_too_fast_is_said_and_sent_later(visit: Visit, desk: ScriptedDesk) -> None:
    desk.refusals.append({"code": "rate_limited", "detail": "Too fast.", "retry_after": 1})
    chat = open_chat(visit())
    write(chat, "hello hello")
    expect(chat.get_by_role("alert")).to_contain_text("writing very fast")
    expect(chat.locator(".bot .bubble")).to_be_visible()


def test_a_refused_message_can_be_tried_again(visit: Visit, desk: ScriptedDesk) -> None:
    desk.refusals.append({"code": "too_long", "detail": "That is too long.", "retry_after": None})
    chat = open_chat(visit())
    write(chat, "a novel")
    expect(chat.locator(".failure")).to_contain_text("That is too long.")
    chat.get_by_role("button", name="Try again").click()
    expect(chat.locator(".bot .bubble")).to_be_visible()
    expect(chat.locator(".failed")).to_have_count(0)


def test_a_picture_is_sent_and_shown(visit: Visit, desk: ScriptedDesk) -> None:
    chat = open_chat(visit())
    chat.locator("input[type=file]").set_input_files(
        {"name": "lamp.png", "mimeType": "image/png", "buffer": PIXEL}
    )
    expect(chat.get_by_role("button", name="Remove lamp.png")).to_be_visible()
    expect(chat.locator("progress")).to_have_count(0)
    chat.get_by_role("button", name="Send").click()
    expect(chat.get_by_role("img", name="lamp.png")).to_be_visible()
    expect(chat.locator(".mark")).to_have_text("Delivered")
    assert desk.talk.messages[0]["attachments"][0]["name"] == "lamp.png"


def test_a_file_too_large_is_not_sent(visit: Visit, desk: ScriptedDesk) -> None:
    chat = open_chat(visit())
    huge = {"name": "film.mp4", "mimeType": "video/mp4", "buffer": b"0" * 2_000_001}
    chat.locator("input[type=file]").set_input_files(huge)
    expect(chat.get_by_role("alert")).to_contain_text("film.mp4 is too large (up to 2 MB)")
    assert desk.files == {}


def test_enter_sends_shift_enter_and_composition_do_not(visit: Visit) -> None:
    chat = open_chat(visit())
    area = chat.locator("textarea")
    area.fill("你好")
    area.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    area.press("Shift+Enter")
    area.press_sequentially("世界")
    expect(chat.locator(".customer")).to_have_count(0)
    area.press("Enter")
    expect(chat.locator(".customer .bubble")).to_have_text("你好\n世界")


def test_the_limit_is_counted_and_held(visit: Visit) -> None:
    chat = open_chat(visit())
    write(chat, "x" * 4003)
    expect(chat.get_by_text("3 characters too many")).to_be_visible()
    expect(chat.locator(".customer")).to_have_count(0)
    chat.locator("textarea").fill("x" * 3990)
    expect(chat.get_by_text("10 characters left")).to_be_visible()


def test_a_second_tab_stays_in_step(visit: Visit, server: Running) -> None:
    page = visit()
    other = page.context.new_page()
    other.goto(server.url)
    second = open_chat(other)
    first = open_chat(page)
    write(first, "from the first tab")
    expect(second.locator(".customer .bubble")).to_have_text("from the first tab")
    write(second, "from the second")
    expect(first.locator(".customer .bubble")).to_have_text(["from the first tab", "from the second"])


def test_the_menu_changes_language_and_keeps_the_transcript(visit: Visit, desk: ScriptedDesk) -> None:
    chat = open_chat(visit())
    write(chat, "Do you ship to Norway?")
    expect(chat.locator(".bot .bubble")).to_be_visible()
    chat.get_by_role("button", name="Menu").click()
    with chat.owner.page.expect_download() as download:
        chat.get_by_role("button", name="Download transcript").click()
    text = download.value.path().read_text("utf-8")
    assert "Do you ship to Norway?" in text and NORWAY["text"] in text
    chat.get_by_role("button", name="Menu").click()
    chat.get_by_role("button", name="中文").click()
    expect(chat.get_by_placeholder("输入消息…")).to_be_visible()
    write(chat, "你好")
    expect(chat.locator(".bot .bubble")).to_have_count(2)
    assert desk.hellos[-1]["language"] == "zh"


def test_a_right_to_left_message_reads_right_to_left(visit: Visit) -> None:
    chat = open_chat(visit())
    write(chat, "مرحبا")
    expect(chat.locator(".customer .bubble")).to_have_css("direction", "rtl")


def test_chinese_browsers_get_chinese(visit: Visit) -> None:
    chat = open_chat(visit(locale="zh-CN"))
    expect(chat.locator(".welcome h2")).to_have_text("您好，欢迎来到橡木灯光")
    expect(chat.locator(".who p")).to_have_text("即时回复")
