"""Writing articles as people do: preview as one types, warned before anything breaks, on every screen."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from nouns import Role
from tests.pages.conftest import RULES, Enter, Running
from tests.pages.test_desk_browser import LOOKS, live
from tests.pages.writers import NORWAY, workshop_in

pytestmark = pytest.mark.browser

EDIT = "/desk/knowledge/edit/delivery/norway"


@pytest.fixture(scope="module")
def desk(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A running desk with articles, its owner, Ada, and a maintainer, Mia."""
    folder = tmp_path_factory.mktemp("knowledge")
    shutil.copy(empty_database, folder / "desk.db")
    running = Running(folder / "desk.db", folder / "files", workshop_in(folder))
    running.do(running.world.agent("Ada", Role.OWNER))
    running.do(running.world.agent("Mia", Role.MAINTAINER))
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def articles(desk: Running) -> Path:
    """The folder of articles, as it was at first."""
    folder: Path = desk.parts[2].folder
    (folder / "delivery" / "norway.md").write_text(NORWAY, "utf-8")
    desk.do(desk.parts[2].editor.refresh())
    return folder


def axe_finds_nothing(page: Page) -> None:
    found = Axe().run(page, options=RULES).response["violations"]
    assert [(rule["id"], [node["html"][:160] for node in rule["nodes"]]) for rule in found] == [], page.url
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), page.url


def test_an_article_is_found_edited_with_preview_and_saved_by_key(
    desk: Running, enter: Enter, articles: Path
) -> None:
    page = live(enter("Mia"), "/desk/knowledge")
    page.get_by_role("searchbox").fill("norw")
    expect(page.get_by_text("2 of 5 articles")).to_be_visible()
    page.get_by_role("link", name="Delivery to Norway").click()
    expect(page.locator(".probe-list")).to_be_visible()
    page.keyboard.press("e")

    text = page.get_by_role("textbox", name="Text")
    text.fill("A parcel to Norway takes **3 working days** and costs NOK 79.")
    expect(page.locator("#preview strong")).to_have_text("3 working days")
    expect(page.get_by_text("You have changes that are not saved.")).to_be_visible()
    desk.do(desk.world.waiting("Refreshes the page"))
    expect(page.locator("#waiting-count")).not_to_be_empty()
    expect(text).to_have_value(re.compile("3 working days"))
    text.press("Control+s")

    expect(page.get_by_text("Saved. Customers get it from now on.")).to_be_visible()
    expect(page.locator(".article-body strong")).to_have_text("3 working days")
    assert "# the postal prices" in (articles / "delivery" / "norway.md").read_text("utf-8")


def test_what_would_break_is_shown_and_saved_only_when_wanted(
    desk: Running, enter: Enter, articles: Path
) -> None:
    page = live(enter("Mia"), EDIT)
    page.get_by_label("Title").fill("Send back a lamp that I do not like")
    page.get_by_label("Questions people ask").fill("send back a lamp that I do not like, how")
    page.get_by_role("button", name="Save").click()

    warning = page.get_by_role("alert")
    expect(warning).to_contain_text("would no longer find their article")
    expect(warning.get_by_role("link", name="Return a lamp")).to_be_visible()
    axe_finds_nothing(page)
    assert (articles / "delivery" / "norway.md").read_text("utf-8") == NORWAY
    page.get_by_role("button", name="Save anyway").click()
    expect(page.get_by_text("Saved. Customers get it from now on.")).to_be_visible()


def test_who_saves_second_sees_both_texts(desk: Running, enter: Enter, articles: Path) -> None:
    mia, ada = live(enter("Mia"), EDIT), live(enter("Ada"), EDIT)
    body = NORWAY.split("---\n\n")[1]
    ada.get_by_role("textbox", name="Text").fill(body + "\nSays Ada.")
    ada.get_by_role("button", name="Save").click()
    expect(ada.get_by_text("Saved. Customers get it from now on.")).to_be_visible()

    mia.get_by_role("textbox", name="Text").fill(body + "\nSays Mia.")
    mia.get_by_role("button", name="Save").click()

    expect(mia.get_by_role("alert")).to_contain_text("Says Ada.")
    expect(mia.get_by_role("textbox", name="Text")).to_have_value(body + "\nSays Mia.")
    axe_finds_nothing(mia)
    mia.get_by_role("button", name="Save", exact=True).click()
    expect(mia.locator(".article-body")).to_contain_text("Says Mia.")


def test_leaving_asks_when_something_is_not_saved(desk: Running, enter: Enter) -> None:
    page = live(enter("Mia"), EDIT)
    page.get_by_role("textbox", name="Text").press("End")
    page.keyboard.type(" more")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))

    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_role("textbox", name="Text")).to_have_value(re.compile(" more"))

    assert asked == ["beforeunload"]
    page.get_by_role("textbox", name="Text").evaluate("box => box.form.requestSubmit()")
    page.wait_for_url("**/articles/**")


def test_an_article_is_retired_and_brought_back(desk: Running, enter: Enter) -> None:
    page = live(enter("Ada"), "/desk/knowledge/articles/returns")
    page.get_by_role("button", name="Retire").click()
    dialog = page.get_by_role("dialog")
    axe_finds_nothing(page)
    dialog.get_by_role("button", name="Retire").click()
    expect(page.get_by_text("Retired. Customers no longer get it.")).to_be_visible()

    page.get_by_text("Retired articles").click()
    page.get_by_role("button", name="Bring back").click()
    expect(page.get_by_role("heading", name="Return a lamp")).to_be_visible()


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_on_the_writers_pages(desk: Running, enter: Enter, look: str) -> None:
    page = enter("Ada", **LOOKS[look])
    pages = {
        "/desk/knowledge": "#list",
        "/desk/knowledge/articles/delivery/norway": ".probe-list",
        EDIT: ".preview",
        "/desk/knowledge/new": ".preview",
        "/desk/knowledge/check": ".check-head",
    }
    for path, part in pages.items():
        live(page, path)
        expect(page.locator(part)).to_be_attached()
        axe_finds_nothing(page)
    page.goto(EDIT)
    if page.locator(".editor-tabs").is_visible():
        page.locator(".editor-tabs label").last.click()
        expect(page.locator("#preview")).to_be_visible()
