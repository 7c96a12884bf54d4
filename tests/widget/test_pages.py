"""The public pages as HTTP sees them."""

from __future__ import annotations

import json
import re

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from nouns import Article, Problem
from pages.colour import accent_style, contrast, parse, text_on, towards
from pages.shell import Shell
from pages.site import PublicPages, Site, site_routes, words
from tests.widget.scripted import FewWords, ScriptedDesk, application

SITE = Site("Lumen & Oak", "#0f766e", ["en", "zh"], ["https://shop.example"], 2_000_000)
ARTICLES = [
    Article(
        "delivery/norway",
        "Delivery to Norway",
        "en",
        "faq",
        "Soon.\n\n## How soon?\n\nVery.\n\n## Where?\n\nHere.",
    ),
    Article("delivery/norway.zh", "寄往挪威", "zh", "faq", "很快。"),
    Article("delivery/eu", "Delivery to the EU", "en", "faq", "Sooner. <script>alert(1)</script>"),
    Article("internal/limits", "Refund limits", "en", "faq", "EUR 150.", audience="internal"),
]


def client(*articles: Article, site: Site = SITE) -> TestClient:
    return TestClient(application(ScriptedDesk(), articles, site), follow_redirects=False)


def test_the_launcher_is_kept_until_it_changes() -> None:
    first = client().get("/widget.js")
    assert "max-age=300" in first.headers["cache-control"]
    again = client().get("/widget.js", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_only_allowed_sites_may_frame_the_chat() -> None:
    chat, front = client().get("/chat"), client().get("/")
    assert "frame-ancestors 'self' https://shop.example" in chat.headers["content-security-policy"]
    assert front.headers["content-security-policy"].endswith("frame-ancestors 'self'")


def test_scripts_run_by_nonce_alone() -> None:
    page = client().get("/")
    nonce = re.search(r"'nonce-([^']+)'", page.headers["content-security-policy"])
    assert nonce
    assert {found for found in re.findall(r"<script nonce=\"([^\"]*)\"", page.text)} == {nonce[1]}
    assert "unsafe-inline" not in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("accept", "language"), [("zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("fr,en;q=0.5", "en"), ("nb", "en")]
)
def test_help_speaks_the_browsers_language(accept: str, language: str) -> None:
    page = client().get("/help", headers={"Accept-Language": accept})
    assert (page.status_code, page.headers["location"]) == (302, f"/help/{language}")


def test_an_article_has_anchors_and_its_counterpart() -> None:
    page = client(*ARTICLES).get("/help/en/delivery/norway").text
    assert '<h2 id="how-soon">' in page
    assert 'href="#how-soon"' in page
    assert 'href="/help/zh/delivery/norway.zh"' in page
    assert 'href="/help/en/delivery/eu"' in page


def test_an_article_tells_search_engines_its_questions() -> None:
    page = client(*ARTICLES).get("/help/en/delivery/norway").text
    block = re.search(r'application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert block
    assert [question["name"] for question in json.loads(block[1])["mainEntity"]] == ["How soon?", "Where?"]


def test_markup_in_an_article_is_shown_and_not_run() -> None:
    page = client(*ARTICLES).get("/help/en/delivery/eu").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_internal_articles_are_not_there() -> None:
    for path in ("/help/en/internal/limits", "/help/zh/internal/limits"):
        page = client(*ARTICLES).get(path)
        assert page.status_code == 404
        assert 'role="search"' in page.text
    assert "Refund limits" not in client(*ARTICLES).get("/help/en?q=refund").text


def test_an_article_of_one_language_says_so_in_the_other() -> None:
    page = client(*ARTICLES).get("/help/zh/delivery/eu").text
    assert "本文暂无中文版" in page
    assert '<link rel="canonical" href="/help/en/delivery/eu">' in page


def test_search_finds_and_says_when_it_does_not() -> None:
    assert "/help/en/delivery/norway" in client(*ARTICLES).get("/help/en?q=norway").text
    nothing = client(*ARTICLES).get('/help/en?q=<b>"').text
    assert "Nothing found for “&lt;b&gt;&#34;”" in nothing


def test_a_help_centre_without_articles_is_kind() -> None:
    assert "No articles yet" in client().get("/help/en").text


def test_a_busy_search_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    async def busy(*_: object, **__: object) -> None:
        raise Problem("busy", 503, "Too many readings wait.")

    monkeypatch.setattr(FewWords, "search", busy)
    assert "The search is very busy" in client(*ARTICLES).get("/help/en?q=norway").text


def test_a_company_of_ones_own_gets_a_page_of_its_own() -> None:
    site = Site("Ole's <Bikes>", "#c026d3", ["en"], [], 1, demo=False)
    page = client(site=site).get("/").text
    assert "Ole&#39;s &lt;Bikes&gt;" in page
    assert "Lumen" not in page
    assert "--accent:rgb(192 38 211)" in page


def test_a_mailed_link_opens_its_conversation() -> None:
    async def resume(token: str) -> tuple[str, str] | None:
        return ("c_1", "t</script>") if token == "good" else None

    app = FastAPI()
    app.include_router(site_routes(PublicPages(SITE, Shell.of("Lumen & Oak").environment), resume))
    app.add_exception_handler(Problem, Shell.of("Lumen & Oak").on_problem)
    opened = TestClient(app).get("/t/good")
    assert '"conversation": "c_1", "token": "t\\u003c/script>"' in opened.text
    assert opened.headers["cache-control"] == "no-store"
    assert TestClient(app).get("/t/bad").status_code == 404


@pytest.mark.parametrize("colour", ["#0f766e", "#fde047", "#111", "#ffffff", "#e11d48"])
def test_any_accent_can_be_read(colour: str) -> None:
    accent = parse(colour)
    assert accent
    assert contrast(accent, text_on(accent)) >= 4.5
    for ground in ("#f3f0ea", "#1f1c19"):
        assert contrast(towards(accent, ground), parse(ground) or accent) >= 4.5


def test_what_is_no_colour_styles_nothing() -> None:
    assert accent_style("red;}body{display:none") == ""


@pytest.mark.parametrize("folder", ["site", "help"])
def test_every_text_is_there_in_every_language(folder: str) -> None:
    def shape(value: object) -> object:
        if isinstance(value, dict):
            return {name: shape(inner) for name, inner in value.items()}
        return [shape(inner) for inner in value] if isinstance(value, list) else type(value)

    assert shape(words(folder, "en")) == shape(words(folder, "zh"))
