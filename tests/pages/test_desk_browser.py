"""The desk as people use it: live, by keyboard, on a phone, in the dark, and with axe finding nothing."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from nouns import Kind, Reason, Reply, Source
from records import outbox
from tests.pages.conftest import RULES, Enter, Running, World

pytestmark = pytest.mark.browser

NOTE_COLOUR = "rgb(252, 239, 217)"
UNDERSTOOD = {
    "ranking": [{"name": "complain", "confidence": 0.71}, {"name": "ask_human", "confidence": 0.2}],
    "slots": {"order_number": "LO-12345"},
    "knowledge": {"passages": [{"article": "delivery/lost", "title": "A lost parcel", "score": 0.62}]},
}


async def full_conversation(world: World) -> str:
    """A conversation with an answer, a packet and a hand-off that waits."""
    conversation = await world.customer_says("How long does it take?", name="Kari")
    async with world.database.write() as writing:
        source = Source("delivery/norway", "Delivery to Norway", "/help/en/delivery/norway", 0.9)
        answer = Reply("**1 to 3** working days.", Kind.ANSWER, sources=[source])
        await outbox.say(writing, conversation, [answer])
    await world.handoffs.hand_over(conversation, Reason.COMPLAINT, conversation, UNDERSTOOD)
    return conversation


async def customer_types(world: World, conversation: str) -> None:
    """What the widget's connection says while the customer writes."""
    world.database.wakes.tell(f"conversation:{conversation}", "typing:customer")


def live(page: Page, path: str) -> Page:
    page.goto(path)
    expect(page.locator("body[data-live=on]")).to_be_visible()
    return page


def test_a_hand_off_comes_is_taken_answered_and_resolved_without_a_reload(
    desk: Running, enter: Enter
) -> None:
    page = live(enter("Ada"), "/desk")
    page.evaluate("window.loadedOnce = true")

    conversation, _ = desk.do(desk.world.waiting("My lamp hums", name="Liv"))

    row = page.locator(f"#waiting-{conversation}")
    expect(row).to_contain_text("My lamp hums")
    expect(page).to_have_title(re.compile(r"^\(\d+\) Queue"))
    assert page.evaluate("window.loadedOnce")
    row.get_by_role("button", name="Take").click()
    page.wait_for_url(f"**/conversations/{conversation}")
    expect(page.locator("body[data-live=on]")).to_be_visible()
    box = page.get_by_role("textbox", name="Message")
    box.fill("Which lamp is it?")
    box.press("Shift+Enter")
    box.type("The floor lamp?")
    box.press("Enter")
    expect(page.locator(".by-agent").last).to_contain_text("The floor lamp?")
    expect(box).to_have_value("")
    box.fill("half a dra")
    desk.do(desk.world.customer_says("<b>Fjell</b>", conversation))
    expect(page.locator(".by-customer").last).to_contain_text("<b>Fjell</b>")
    expect(box).to_have_value("half a dra")
    page.get_by_role("button", name="Resolve").click()
    expect(page.get_by_text("This conversation is closed.")).to_be_visible()


def test_a_note_is_written_by_key_and_looks_like_one(desk: Running, enter: Enter) -> None:
    conversation, _ = desk.do(desk.world.waiting("Note me"))
    page = live(enter("Ada"), f"/desk/conversations/{conversation}")
    page.keyboard.press("t")
    expect(page.get_by_role("radio", name="Reply")).to_be_attached()

    page.keyboard.press("n")
    page.keyboard.type("Regular customer")
    expect(page.locator("form.composer")).to_have_css("background-color", NOTE_COLOUR)
    desk.do(desk.world.customer_says("Hello?", conversation))
    expect(page.locator(".by-customer").last).to_contain_text("Hello?")
    expect(page.locator("form.composer")).to_have_css("background-color", NOTE_COLOUR)
    page.keyboard.press("Enter")

    expect(page.locator(".by-note")).to_contain_text("Regular customer")


def test_who_comes_second_is_told_and_the_row_goes(desk: Running, enter: Enter) -> None:
    conversation, _ = desk.do(desk.world.waiting("Two want me"))
    stale = enter("Bo")
    stale.context.route_web_socket("**/desk/live*", lambda socket: None)
    stale.goto("/desk")
    ada = enter("Ada")
    ada.goto("/desk")
    ada.locator(f"#waiting-{conversation}").get_by_role("button", name="Take").click()
    ada.wait_for_url("**/conversations/*")

    stale.locator(f"#waiting-{conversation}").get_by_role("button", name="Take").click()

    expect(stale.locator(".notice")).to_contain_text("Ada took it first.")
    expect(stale.locator(f"#waiting-{conversation}")).to_have_count(0)
    expect(stale.locator(f"#others-{conversation}")).to_be_visible()


def test_both_see_that_the_other_types(desk: Running, enter: Enter) -> None:
    conversation, _ = desk.do(desk.world.waiting("Typing"))
    ada, bo = enter("Ada"), enter("Bo")
    live(ada, f"/desk/conversations/{conversation}").keyboard.press("t")
    expect(ada.get_by_role("radio", name="Reply")).to_be_attached()
    live(bo, f"/desk/conversations/{conversation}")

    ada.get_by_role("textbox", name="Message").type("Hel")
    expect(bo.locator("#typing")).to_have_text("Ada is typing…")
    desk.do(customer_types(desk.world, conversation))

    expect(ada.locator("#typing")).to_have_text("The customer is typing…")


def test_a_file_and_an_article_are_sent(desk: Running, enter: Enter) -> None:
    conversation, _ = desk.do(desk.world.waiting("Send me things"))
    page = live(enter("Ada"), f"/desk/conversations/{conversation}")
    page.get_by_role("button", name="Take").last.click()
    file = {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"two lamps"}
    page.locator("[data-pick-input]").set_input_files(
        [file, {**file, "name": "big.txt", "buffer": b"x" * 2000}]
    )
    expect(page.locator(".notice")).to_contain_text("A file may have")
    expect(page.locator(".file-chip:not(.is-loading)")).to_have_count(1)

    page.get_by_role("button", name="Send an article").click()
    page.get_by_role("searchbox", name="Search the articles").fill("norway")
    page.get_by_role("button", name="Insert").click()
    page.get_by_role("textbox", name="Message").press("Enter")

    sent = page.locator(".by-agent").last
    expect(sent.get_by_role("link", name="Delivery to Norway")).to_be_visible()
    expect(sent.get_by_role("link", name="plan.txt")).to_be_visible()


def test_a_newcomer_is_told_of_by_a_notification(desk: Running, enter: Enter) -> None:
    page = enter("Ada")
    page.add_init_script(
        "window.told = []; document.hasFocus = () => false;"
        "window.Notification = class { static permission = 'granted';"
        " constructor(title, options) { window.told.push(`${title}: ${options.body}`); } }"
    )
    live(page, "/desk/tickets")

    desk.do(desk.world.waiting("Anybody there?"))

    expect(page).to_have_title(re.compile(r"^\(\d+\) Tickets"))
    assert page.evaluate("window.told") == ["A customer is waiting: Anybody there?"]


def test_the_list_is_walked_by_keys_which_can_be_switched_off(desk: Running, enter: Enter) -> None:
    desk.do(desk.world.waiting("Walk to me"))
    page = live(enter("Ada"), "/desk")

    page.keyboard.press("j")
    expect(page.locator("[data-row]:focus")).to_have_count(1)
    page.keyboard.press("?")
    page.get_by_role("checkbox", name="Use single-key shortcuts").uncheck()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("g")
    page.keyboard.press("t")

    expect(page).to_have_url(re.compile("/desk$"))


def test_a_ticket_is_changed_and_the_list_filtered_in_place(desk: Running, enter: Enter) -> None:
    conversation = desk.do(desk.world.customer_says("Broken on arrival"))
    page = live(enter("Ada"), f"/desk/conversations/{conversation}")
    page.locator("#ticket-menu summary").click()
    page.get_by_label("Subject").fill("Broken Fjell")
    page.locator("#ticket-menu").get_by_role("button", name="Open ticket").click()
    page.wait_for_url("**/desk/tickets/T-*")

    page.get_by_label("Priority").select_option("urgent")
    expect(page.get_by_text("changed priority from Normal to Urgent")).to_be_visible()
    page.goto("/desk/tickets")
    page.get_by_role("searchbox").fill("nothing like it")
    expect(page.get_by_text("No ticket fits these filters")).to_be_visible()
    page.get_by_role("searchbox").fill("fjell")

    expect(page.get_by_role("link", name="Broken Fjell")).to_be_visible()
    expect(page).to_have_url(re.compile("q=fjell"))


LOOKS = {
    "screen": {"viewport": {"width": 1440, "height": 900}},
    "tablet in the dark": {"viewport": {"width": 820, "height": 1100}, "color_scheme": "dark"},
    "phone in Chinese": {"viewport": {"width": 360, "height": 740}, "locale": "zh-CN"},
}


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_and_nothing_is_cut_off(desk: Running, enter: Enter, look: str) -> None:
    conversation = desk.do(full_conversation(desk.world))
    page = enter("Ada", **LOOKS[look])
    paths = [
        "/desk",
        f"/desk/conversations/{conversation}",
        "/desk/conversations",
        "/desk/tickets",
        "/desk/team",
    ]

    for path in paths:
        live(page, path)
        found = Axe().run(page, options=RULES).response["violations"]
        assert [(rule["id"], [node["html"][:160] for node in rule["nodes"]]) for rule in found] == [], path
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), path
