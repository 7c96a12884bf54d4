"""`firstline evaluate knowledge --across`: what customers are offered of articles in another language.

Of each language some articles are hidden, then all of them, and its held-out questions are asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot.settings import Settings
from evaluation.intervals import of_share
from evaluation.own import LANGUAGES, is_right
from evaluation.questions import HeldOut, held_out, out_of_scope
from knowledge.base import KnowledgeBase
from knowledge.checks.probes import same_article
from knowledge.index import Progress, build
from knowledge.load import check_articles
from knowledge.lone import lone_among
from nouns import Answer, Article, Decision
from reading.reader import Reader

Asked = Sequence[tuple[HeldOut, Answer]]


async def evaluate_across(
    settings: Settings, reader: Reader, progress: Progress | None = None
) -> dict[str, Any]:
    """Ask each language's held-out questions where articles are left in the other language alone."""
    articles = check_articles(settings.articles_dir)
    return {
        language: {
            name: await _figures(settings, reader, kept, language, progress)
            for name, kept in kept_of(articles, language).items()
        }
        for language in LANGUAGES
    }


def kept_of(articles: Sequence[Article], language: str) -> dict[str, list[Article]]:
    """Say what stays when every second counterpart is hidden, when all are, and without the language."""
    public: dict[str, list[str]] = {}
    for one in articles:
        if one.audience == "public":
            public.setdefault(one.language, []).append(one.id)
    own = public.get(language, [])
    doubled = sorted(set(own) - set(lone_among(public).get(language, ())))
    hidden = {
        "every_second_hidden": {*doubled[::2]},
        "counterparts_hidden": {*doubled},
        "other_language_only": {one.id for one in articles if one.language == language},
    }
    return {name: [one for one in articles if one.id not in ids] for name, ids in hidden.items()}


async def _figures(
    settings: Settings,
    reader: Reader,
    articles: Sequence[Article],
    language: str,
    progress: Progress | None,
) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        await build(articles, reader, Path(folder), progress)
        base = KnowledgeBase.open(Path(folder), settings.articles_dir, reader, settings.answer_error_rate)
        strange = [HeldOut(question, ()) for question, its in out_of_scope() if its == language]
        asked, beyond = [
            [(row, await base.search(row.question, await reader.read(row.question), language=language))
             for row in rows]
            for rows in (held_out(language), strange)
        ]  # fmt: skip
    return sum_up(asked, beyond, articles, language)


def sum_up(asked: Asked, beyond: Asked, articles: Sequence[Article], language: str) -> dict[str, Any]:
    """Return shares with their 95 % intervals; `beyond` are questions that no article answers."""
    own = [one.id for one in articles if one.language == language and one.audience == "public"]
    missed = [
        (row, answer)
        for row, answer in asked
        if row.articles and not any(same_article(one, id) for one in row.articles for id in own)
    ]
    left = [(row, answer) for row, answer in missed if answer.decision is Decision.ABSTAIN]
    answered = [(row, answer) for row, answer in asked if answer.decision is Decision.ANSWER]
    uncovered = [(row, answer) for row, answer in asked if not row.articles]
    shares = {
        "right_first": (_count(missed, lambda row, answer: _among(row, answer, 1)), len(missed)),
        "right_among_offered": (_count(missed, _among), len(missed)),
        "offered": (_count(missed, _offered), len(missed)),
        "left_unanswered": (len(left), len(missed)),
        "right_among_offered_of_left": (_count(left, _among), len(left)),
        "wrong_of_answered": (len(answered) - _count(answered, is_right), len(answered)),
        "uncovered_offered": (_count(uncovered, _offered), len(uncovered)),
        "out_of_scope_offered": (_count(beyond, _offered), len(beyond)),
    }
    told: dict[str, Any] = {"n": len(missed)}
    for name, (hits, n) in shares.items():
        if n:
            told |= {name: round(hits / n, 3), f"{name}_95": of_share(hits, n), f"{name}_of": n}
    return told


def _count(asked: Asked, holds: Callable[[HeldOut, Answer], bool]) -> int:
    return sum(holds(row, answer) for row, answer in asked)


def _offered(_row: HeldOut, answer: Answer) -> bool:
    return bool(answer.across)


def _among(row: HeldOut, answer: Answer, first: int | None = None) -> bool:
    found = [hit.passage.article for hit in answer.across[:first]]
    return any(same_article(one, article) for one in found for article in row.articles)
