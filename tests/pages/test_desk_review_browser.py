"""The review as maintainers use it: by keyboard, in few strokes, on a phone, and with axe finding nothing."""

from __future__ import annotations

import itertools
import os

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from nouns import Decision, Kind, Role
from records import verdicts
from records.verdicts import Judged, Said
from tests.pages.conftest import RULES, Enter, Running

pytestmark = pytest.mark.browser

SHOTS = os.environ.get("SHOTS")
KEYSTROKES = 2.5
INTENTS = ("complain", "greet", "ask_question")
PEOPLE = ("Anna", "Bo", "Cleo", "Dag", "Eli")
THINGS = ("lamp", "parcel", "invoice", "bulb", "cable", "shade", "app", "hub", "colour", "switch")
FATES = ("broken", "late", "lost", "too dark", "flickering", "blue", "hot", "missing", "loud", "bent")


@pytest.fixture(scope="module")
def maintained(desk: Running) -> Running:
    """A desk with a maintainer, Mia, and a queue of a few groups."""
    desk.do(desk.world.agent("Mia", Role.MAINTAINER))
    desk.do(few(desk))
    return desk


async def few(desk: Running) -> None:
    """Four matters: asked twice, unclear, answered by a colleague, in Chinese."""
    logged = desk.world.logged
    ranking = {"ask_question": 0.48, "complain": 0.41, "greet": 0.05}
    await logged.asked("my lamp hums all night", ranking=ranking, articles=["humming"])
    await logged.asked("the lamp hums all night", ranking=ranking, articles=["humming"])
    await logged.asked("mail me at kari@example.org about norway", articles=["norway"])
    talk = await logged.asked("can I dim the Fjell")
    await logged.human(talk, "Yes: hold the touch sensor for three seconds, then let go of it.")
    await logged.asked("为什么我的台灯一直在响", decision=Decision.SUGGEST, kind=Kind.SUGGESTIONS)
    await logged.queue.collect()


async def waiting(desk: Running) -> list[Judged]:
    async with desk.world.database.read() as connection:
        return await verdicts.to_apply(connection)


def look(page: Page, path: str, name: str) -> None:
    """Axe finds nothing, and nothing sticks out sideways."""
    page.goto(path)
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name.replace(' ', '').replace('/', '_')}.png", full_page=True)
    found = Axe().run(page, options=RULES).response["violations"]
    assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == [], name
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name


def test_a_group_is_judged_by_one_key_undone_and_judged_again(maintained: Running, enter: Enter) -> None:
    page = enter("Mia")
    page.goto("/desk/review")
    texts = page.locator(".asked-text")
    expect(texts).to_have_count(2)
    expect(page.locator("#main")).to_contain_text("hums all night")

    page.keyboard.press("1")
    expect(page.locator(".undo")).to_contain_text("Last (2): Intent: ask_question")
    expect(page.locator("#main")).not_to_contain_text("hums all night")
    page.keyboard.press("u")
    expect(page.locator("#main")).to_contain_text("hums all night")
    page.keyboard.press("a")
    page.keyboard.press("1")
    expect(page.locator(".undo")).to_contain_text("Article: humming")

    judged = maintained.do(waiting(maintained))
    assert {(one.kind, one.target) for one in judged} == {(Said.ARTICLE, "humming")}


def test_a_new_intent_is_typed_and_what_is_personal_is_not_shown(maintained: Running, enter: Enter) -> None:
    page = enter("Mia")
    page.goto("/desk/review")
    while not page.get_by_text("name@example.com").count():
        before = page.locator(".asked").inner_text()
        page.keyboard.press("s")
        expect(page.locator(".asked")).not_to_have_text(before)
    assert "kari@" not in page.content()

    page.keyboard.press("n")
    page.keyboard.type("ask_mail")
    page.keyboard.press("Enter")

    expect(page.locator(".undo")).to_contain_text("New intent: ask_mail")

    named = page.locator("button.say", has_text="ask_mail")  # by a key, for the next group
    expect(named).to_contain_text("New intent")
    page.keyboard.press(named.get_attribute("data-stroke") or "")
    expect(page.locator(".undo")).to_contain_text("New intent: ask_mail")
    expect(page.locator(".undo")).not_to_contain_text("name@")
    page.keyboard.press("u")
    expect(named).to_have_count(1)


@pytest.mark.parametrize(
    ("name", "wish"),
    [
        ("light", {"color_scheme": "light", "viewport": {"width": 1280, "height": 860}}),
        ("dark", {"color_scheme": "dark", "viewport": {"width": 1280, "height": 860}}),
        ("phone", {"viewport": {"width": 390, "height": 800}}),
        ("zh", {"locale": "zh-CN", "viewport": {"width": 1280, "height": 860}}),
    ],
)
def test_axe_finds_nothing_on_any_page_of_the_review(
    maintained: Running, enter: Enter, name: str, wish: dict[str, object]
) -> None:
    page = enter("Mia", **wish)
    page.goto("/desk/review/drafts")
    page.locator("form.apply-head button").click()
    expect(page.locator("form.stack").first).to_be_visible()
    for path in ("/desk/review", "/desk/review/apply", "/desk/review/gaps", "/desk/review/drafts"):
        look(page, path, f"{name} {path}")


async def hundred(desk: Running) -> dict[str, str]:
    """A hundred texts of one each, whose right intent the bot ranks first, second or third, or not at all."""
    meant: dict[str, str] = {}
    for number, (thing, fate) in enumerate(itertools.islice(itertools.product(THINGS, FATES), 100)):
        text = f"{PEOPLE[number % 5]}{number} {thing}{number} {fate}{number}"
        order = [INTENTS[(number + step) % 3] for step in range(3)]
        listed = order[:2] if number % 10 == 9 else order
        meant[text] = order[(0, 0, 0, 1, 0, 0, 1, 0, 2, 2)[number % 10]]
        ranking = {name: 0.4 - 0.1 * place for place, name in enumerate(listed)}
        await desk.world.logged.asked(text, ranking=ranking, decision=None, kind=Kind.MESSAGE)
    await desk.world.logged.queue.collect()
    return meant


def test_a_hundred_texts_take_few_keystrokes_each(maintained: Running, enter: Enter) -> None:
    for one in maintained.do(waiting(maintained)):
        maintained.do(maintained.world.logged.judging.solve(one.id, "open"))
    meant = maintained.do(hundred(maintained))
    page = enter("Mia")
    page.goto("/desk/review")
    strokes = judged = skipped = 0

    while judged < 100 and skipped < 20:
        form = page.locator("#judge")
        first = form.locator("input[name=item]").first.get_attribute("value")
        shown = form.locator(".asked-text").all_inner_texts()
        wanted = {meant.get(text.strip()) for text in shown}
        keys = keys_for(page, wanted)
        for key in keys:
            page.keyboard.press(key)
        strokes += len(keys)
        judged, skipped = (judged, skipped + 1) if keys == ["s"] else (judged + len(shown), skipped)
        if judged < 100:
            expect(form.locator(f"input[value='{first}']")).to_have_count(0)

    print(f"{strokes} keystrokes for {judged} texts, {strokes / judged:.2f} each, {skipped} skipped")  # noqa: T201
    assert strokes / judged <= KEYSTROKES
    right = [one for one in maintained.do(waiting(maintained)) if one.item.text in meant]
    assert {one.item.text: one.target for one in right}.items() <= meant.items()


def keys_for(page: Page, wanted: set[str | None]) -> list[str]:
    """What a reviewer presses: the guess's digit, else the intent's first letter; others are skipped."""
    if None in wanted or len(wanted) != 1:
        return ["s"]
    intent = str(wanted.pop())
    button = page.locator(f"button[value='intent:{intent}']")
    if button.count():
        return [str(button.get_attribute("data-stroke"))]
    return ["i", intent[0], "Enter"]
