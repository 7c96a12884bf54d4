"""Articles that state different values of one thing are told; those that only look alike are left alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from knowledge.checks.contradictions import contradictions_in
from knowledge.checks.quantities import plain_numbers, quantities_in
from knowledge.load import articles_in
from nouns import Article

ROOT = Path(__file__).parents[2]
PAIRS = [
    json.loads(line)
    for line in (ROOT / "tests" / "data" / "contradictions.jsonl").read_text("utf-8").splitlines()
]


def company(language: str) -> list[Article]:
    """All the labelled articles of one language, as one company's."""
    return [
        Article(f"{number}/{side}", pair[side][0], language, "faq", pair[side][1])
        for number, pair in enumerate(PAIRS)
        for side in ("one", "other")
        if pair["language"] == language
    ]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_most_contradictions_are_found_and_few_others_told(language: str) -> None:
    told = contradictions_in(company(language))
    among = {
        each.article.split("/")[0] for each in told if each.article.split("/")[0] == each.other.split("/")[0]
    }
    labelled = [
        (str(number) in among, pair["contradict"])
        for number, pair in enumerate(PAIRS)
        if pair["language"] == language
    ]
    found = [told for told, contradict in labelled if contradict]
    false = [told for told, contradict in labelled if not contradict]

    assert sum(found) >= 0.85 * len(found)
    assert sum(false) <= 0.06 * len(false)


def test_the_demo_company_agrees_with_itself_until_a_price_is_changed() -> None:
    articles, _ = articles_in(ROOT / "knowledge" / "articles")
    assert contradictions_in(articles) == []

    changed = [
        Article(**{**vars_of(article), "body": article.body.replace("20 % off", "25 % off")})
        if article.id == "company/trade-programme"
        else article
        for article in articles
    ]
    [told] = contradictions_in(changed)

    assert {told.article, told.other} == {"company/trade-programme", "payment/bulk-orders"}
    assert {told.value, told.other_value} == {"25 %", "20 %"}


def vars_of(article: Article) -> dict[str, object]:
    """The fields of an article."""
    return {name: getattr(article, name) for name in article.__slots__}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (
            "It takes 1–3 working days and costs NOK 1,079.",
            [("working day", 1, 3, ""), ("NOK", 1079, 1079, "")],
        ),
        (
            "Free above EUR 150, up to six family members.",
            [("EUR", 150, 150, "over"), ("of member", 6, 6, "under")],
        ),
        ("a two-week trial, 8:00 am", [("day", 14, 14, ""), ("time", 8, 8, "")]),
        (
            "每月 2.99 欧元，试用七天，最多 6 人",
            [("EUR", 2.99, 2.99, ""), ("day", 7, 7, ""), ("of 人", 6, 6, "under")],
        ),
        ("11 月 11 日起，保修两年", [("date", 1111, 1111, ""), ("month", 24, 24, "")]),
        ("Order LO-12345, port 8080, 192.168.1.4, E27, code 429, version 2.3.1", []),
    ],
)
def test_numbers_are_read_with_their_units(text: str, values: list[tuple[str, float, float, str]]) -> None:
    found = [(q.unit, q.low, q.high, q.role) for q in quantities_in(plain_numbers(text))]
    assert found == values
