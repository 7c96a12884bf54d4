"""A browser and a scripted desk for the tests of the widget and the public pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, sync_playwright

from tests.widget.scripted import Running, ScriptedDesk, running

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium, one for each module."""
    if not CHROMIUM.exists():
        pytest.skip("needs Debian's chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    """The scripted desk on a free port."""
    with running() as server:
        yield server


@pytest.fixture
def desk(server: Running) -> ScriptedDesk:
    """The scripted desk, with nothing said yet."""
    server.do(server.desk.hang_up())
    fresh = ScriptedDesk()
    for name in ("talks", "files", "hellos", "refusals", "answer", "open", "elsewhere", "shop"):
        setattr(server.desk, name, getattr(fresh, name))
    return server.desk


Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, server: Running, desk: ScriptedDesk) -> Iterator[Visit]:
    """Open a page as a visitor; what goes wrong in its scripts fails the test."""
    contexts, failures = [], []

    def open_page(path: str = "/", width: int = 1280, height: int = 800, **more: object) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            **{"locale": "en-GB", "reduced_motion": "reduce", **more},
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.goto(server.url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert failures == []


def open_chat(page: Page) -> FrameLocator:
    """Press the launcher and return the panel."""
    page.locator("firstline-launcher button").click()
    chat = page.frame_locator("firstline-launcher iframe")
    chat.locator("textarea").wait_for()
    return chat


def write(chat: FrameLocator, text: str) -> None:
    """Type a message and send it with Enter."""
    chat.locator("textarea").fill(text)
    chat.locator("textarea").press("Enter")
