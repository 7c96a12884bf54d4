"""The shell: headers, errors and texts that every page shares."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pages import desk_texts
from pages.desk_texts import TEXTS, Words
from pages.shell import SecurityHeaders, asset, markdown
from tests.pages.conftest import World


async def test_pages_cannot_be_framed_and_run_only_our_scripts(world: World) -> None:
    first = await world.browser().get("/desk/login")
    policy = first.headers["content-security-policy"]

    assert "frame-ancestors 'none'" in policy and "'unsafe" not in policy
    assert first.headers["x-content-type-options"] == "nosniff"
    assert first.headers["cache-control"] == "no-store"
    assert policy != (await world.browser().get("/desk/login")).headers["content-security-policy"]
    assert "strict-transport-security" not in first.headers


async def test_https_is_remembered_and_chosen_paths_may_be_framed(world: World) -> None:
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Any) -> None:
        sent.append(dict(message["headers"]))

    wrapped = SecurityHeaders(app, {"/chat": ["'self'", "https://shop.test"]})
    await wrapped({"type": "http", "path": "/chat", "scheme": "https"}, lambda: None, send)  # type: ignore[arg-type]

    assert b"frame-ancestors 'self' https://shop.test" in sent[0][b"content-security-policy"]
    assert b"strict-transport-security" in sent[0]


async def test_a_problem_is_a_page_for_people_and_json_for_programs(world: World) -> None:
    browser = await world.at_desk("Ada", language="zh")

    page = await browser.get("/desk/tickets/T-9")
    answer = await browser.client.get("/desk/tickets/T-9", headers={"Accept": "application/json"})

    assert page.status_code == answer.status_code == 404
    assert "没有这个工单" in page.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "ticket_unknown"


def test_every_text_is_there_in_each_language_with_the_same_fields() -> None:
    for key, (english, chinese) in TEXTS.items():
        fields = {part.split("}")[0] for part in english.split("{")[1:]}
        assert chinese and fields == {part.split("}")[0] for part in chinese.split("{")[1:]}, key


def test_no_page_takes_the_name_of_anothers_text() -> None:
    written = [
        key
        for path in (Path(desk_texts.__file__).parent).glob("*texts.py")
        for key in re.findall(
            r'^    "(\w+)": \(', path.read_text("utf-8").partition("PROBLEMS: dict")[0], re.M
        )
    ]
    assert {key for key in written if written.count(key) > 1} == set()


def test_a_domain_word_without_a_text_shows_as_itself() -> None:
    assert Words("zh").of("status", "on_hold") == "暂挂"
    assert Words("en").of("channel", "carrier_pigeon") == "carrier pigeon"


def test_markdown_cannot_carry_scripts() -> None:
    html = markdown("<script>x</script> [a](javascript:alert(1)) **b**")

    assert "<script" not in html and "href" not in html and "<strong>b</strong>" in html


def test_an_assets_address_changes_with_its_content() -> None:
    assert asset("desk/desk.css").startswith("/static/desk/desk.css?v=")
    assert asset("desk/desk.css").split("=")[1] != asset("desk/thread.css").split("=")[1]
