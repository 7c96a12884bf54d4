"""What the check tells a writer: dead links, repeats, what is stale, unused, or missing in a language."""

from __future__ import annotations

import subprocess
from collections import Counter
from datetime import date
from pathlib import Path

import httpx2
import pytest

from knowledge.checks.links import dead_links_in, dead_web_links, linking_to
from knowledge.checks.repeats import repeats_in
from knowledge.checks.report import Report, votes_of
from knowledge.checks.upkeep import stale_in, touched_in, untranslated_in, unused_in
from nouns import Article
from records.use import Use

TODAY = date(2026, 11, 27)


def article(id: str, body: str = "Text.", language: str = "en", audience: str = "public") -> Article:
    return Article(id, id.title(), language, "faq", body, audience)


@pytest.mark.parametrize(
    ("link", "reason"),
    [
        ("#prices", None),
        ("#nothing", "anchor"),
        ("/help/en/delivery/norway", None),
        ("/help/en/delivery/norway#how-long", None),
        ("/help/en/delivery/norway#gone", "anchor"),
        ("/help/en/delivery/sweden", "article"),
        ("/help/en", None),
        ("norway.md#how-long", None),
        ("../delivery/norway.md", None),
        ("../secret.md", "internal"),
        ("../../../etc/passwd", "file"),
        ("picture.png", None),
        ("../picture.png", "file"),
        ("mailto:help@lumen.example", None),
        ("https://lumen.example/", None),
    ],
)
def test_a_link_is_followed_within_the_articles(tmp_path: Path, link: str, reason: str | None) -> None:
    (tmp_path / "delivery").mkdir()
    (tmp_path / "delivery" / "picture.png").write_bytes(b"")
    articles = [
        article("delivery/prices", f"## Prices\n\nSee [this]({link})."),
        article("delivery/norway", "## How long\n\nThree days."),
        article("secret", audience="internal"),
    ]

    assert [dead.reason for dead in dead_links_in(articles, tmp_path)] == ([reason] if reason else [])


def test_who_links_to_an_article_is_known() -> None:
    one, other = article("a/one", "[x](two.md) [y](https://two.example)"), article("a/two")
    assert linking_to("a/two", [one, other]) == [one]


async def test_links_to_the_web_are_asked_for_once_each() -> None:
    asked: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.url.path)
        if request.url.path == "/down":
            raise httpx2.ConnectError("no route")
        return httpx2.Response(404 if request.url.path == "/gone" else 403)

    body = "[a](https://x.example/gone) [b](https://x.example/down) [c](https://x.example/members)"
    dead = await dead_web_links([article("a", body), article("b", body)], httpx2.MockTransport(answer))

    assert sorted(asked) == ["/down", "/gone", "/members"]
    assert {(link.article, link.detail) for link in dead if "gone" in link.target} == {
        ("a", "status 404"),
        ("b", "status 404"),
    }
    assert len(dead) == 4


def test_passages_that_stand_twice_are_told_in_each_language() -> None:
    text = "Choose the colour at the checkout; we make it by hand in three weeks, and it can't be sent back."
    same = "Choose the colour at the checkout; we make it by hand in four weeks, and it can't be sent back."
    other = (
        "Our showroom in Bergen is open on weekdays, and you may bring a lamp that hums or flickers with you."
    )
    chinese = "定制颜色的灯罩由我们的工匠手工制作，需要三周时间，制作完成之后不能退货，也不能换货。"
    articles = [
        article("a", text), article("b", same), article("c", other),
        article("a.zh", chinese, "zh"), article("b.zh", chinese + "谢谢。", "zh"),
    ]  # fmt: skip

    assert {(repeat.article, repeat.other) for repeat in repeats_in(articles)} == {
        ("a", "b"),
        ("a.zh", "b.zh"),
    }


def test_what_is_overdue_or_untouched_and_still_asked_is_stale() -> None:
    due = Article("due", "Due", "en", "faq", "", review_by="2026-11-26")
    fine = Article("fine", "Fine", "en", "faq", "", review_by="2026-11-27")
    touched = {"old": date(2025, 1, 1), "new": TODAY, "asleep": date(2024, 1, 1)}
    articles = [due, fine, article("old"), article("new"), article("asleep")]

    found = stale_in(articles, touched, {"old": 7, "new": 9}, TODAY)

    assert [(stale.article, stale.reason) for stale in found] == [("old", "untouched"), ("due", "overdue")]


def test_a_file_was_touched_when_git_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("Text.", "utf-8")
    when = "2024-03-01T12:00:00Z"
    environment = {
        "GIT_AUTHOR_DATE": when,
        "GIT_COMMITTER_DATE": when,
        "HOME": str(tmp_path),
        "PATH": "/usr/bin:/bin",
    }
    commands = (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=K", "-c", "user.email=k@x.example", "commit", "-qm", "A"],
    )
    assert touched_in(tmp_path, [article("a")])["a"] != date(2024, 3, 1)
    for command in commands:
        subprocess.run(["git", *command], cwd=tmp_path, env=environment, check=True)

    assert touched_in(tmp_path, [article("a")]) == {"a": date(2024, 3, 1)}


def test_internal_articles_need_no_translation_and_no_customers() -> None:
    articles = [article("a"), article("a.zh", language="zh"), article("b"), article("c", audience="internal")]

    assert [(one.article, one.language) for one in untranslated_in(articles, ["en", "zh"], {})] == [
        ("b", "zh")
    ]
    assert unused_in(articles, {"a": 1}) == ["a.zh", "b"]


def test_what_was_offered_across_languages_most_is_to_be_translated_first() -> None:
    found = untranslated_in([article("a"), article("b")], ["en", "zh"], {"a": 9}, {"b": 2})

    assert [(one.article, one.asked, one.suggested) for one in found] == [("b", 0, 2), ("a", 9, 0)]


def test_one_no_among_many_yes_is_no_warning() -> None:
    use = Use(yes=Counter(liked=9, split=1), no=Counter(liked=1, split=3))
    report = Report(2, votes=votes_of(use))

    assert [votes.article for votes in report.votes] == ["split", "liked"]
    assert [votes.article for votes in report.voted_down] == ["split"] and report.warnings == 1
    assert report.to_json()["ok"]


def test_too_few_probes_found_fail_the_check_by_language() -> None:
    figures = {"en": {"r1": 0.96}, "zh": {"r1": 0.94}}
    report = Report(2, figures=figures)

    assert report.short_languages == ["zh"] and report.faults == 1
    assert not report.to_json()["ok"]
