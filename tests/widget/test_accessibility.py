"""axe finds nothing (WCAG 2.2 AA), in light and dark, on a screen and on a phone; and nothing is cut off."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Frame, Page, expect

from tests.widget.conftest import Visit, open_chat, write
from tests.widget.scripted import Running, ScriptedDesk

pytestmark = pytest.mark.browser

SIZES = {"screen": (1280, 800), "phone": (360, 740)}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
TABLE = "| Region | Days |\n|---|---|\n| Norway | 1–3 |\n\nSee [prices](/help/en) and `LO-12345`."


def violations(page: Page | Frame) -> list[Any]:
    """Return what axe finds, each with the elements; a frame is asked by itself."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [(rule["id"], [node["html"][:160] for node in rule["nodes"]]) for rule in found]


def is_wider_than_the_screen(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


@pytest.mark.parametrize(("size", "scheme"), [("screen", "dark"), ("phone", "light")])
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/?lang=zh",
        "/help/en",
        "/help/zh",
        "/help/en?q=norway",
        "/help/en?q=xyzzy",
        "/help/en/delivery/delivery-times-and-costs",
        "/help/zh/app/set-up-a-smart-lamp",
        "/help/en/nowhere",
    ],
)
def test_a_page_is_for_everyone(visit: Visit, path: str, size: str, scheme: str) -> None:
    page = visit(path, *SIZES[size], color_scheme=scheme)
    page.locator("firstline-launcher").wait_for(state="attached")
    assert violations(page) == []
    assert not is_wider_than_the_screen(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("colour", [None, "#fde047", "#111111"])
def test_the_chat_is_for_everyone(
    visit: Visit, desk: ScriptedDesk, server: Running, scheme: str, colour: str | None
) -> None:
    desk.answer = lambda text: [
        {
            "text": TABLE,
            "kind": "answer",
            "sources": [{"article": "a", "title": "A", "url": "/help/en", "score": 1}],
        },
        {
            "text": "Which?",
            "kind": "suggestions",
            "buttons": [{"id": "b_1", "title": "Costs"}],
            "ticket": "T-1042",
        },
    ]
    desk.refusals.append({"code": "too_long", "detail": "That is too long.", "retry_after": None})
    page = visit(*("/", 1280, 800), color_scheme=scheme)
    if colour:
        page.evaluate(f"Firstline('update', {{colour: '{colour}'}})")
    chat = open_chat(page)
    write(chat, "refused")
    expect(chat.locator(".failure")).to_be_visible()
    write(chat, "hello")
    expect(chat.locator(".buttons")).to_be_visible()
    server.do(desk.change(desk.talk, "human", name="Mina"))
    server.do(desk.say(desk.talk, "agent", "Hello.", agent_name="Mina"))
    expect(chat.locator(".agent .bubble")).to_be_visible()
    chat.get_by_role("button", name="Menu").click()
    assert violations(page.frames[1]) == []


@pytest.mark.parametrize("size", SIZES)
def test_the_panel_as_a_page_of_its_own(visit: Visit, size: str) -> None:
    page = visit("/chat", *SIZES[size])
    expect(page.locator("textarea")).to_be_focused()
    assert violations(page) == []
    small = page.evaluate(
        """() => [...document.querySelector('firstline-chat').shadowRoot.querySelectorAll('button, a')]
        .map(e => e.getBoundingClientRect()).filter(r => r.width < 44 || r.height < 44).length"""
    )
    assert small == 0
