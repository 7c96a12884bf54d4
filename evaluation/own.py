"""`firstline evaluate knowledge` without options: the articles' own probes, and what none answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from bot.settings import Settings
from evaluation.intervals import of_share
from evaluation.questions import HeldOut, held_out, out_of_scope
from knowledge.base import KnowledgeBase
from knowledge.checks.probes import ask_probes, figures_of, same_article
from knowledge.index import Progress, build_folder
from nouns import Answer, Decision
from reading.reader import Reader

LANGUAGES = ("en", "zh")


async def evaluate_own(
    settings: Settings, reader: Reader, progress: Progress | None = None
) -> dict[str, Any]:
    """Ask every probe, and every question that is out of scope; shares by language."""
    index = settings.data_dir / "index"
    await build_folder(settings.articles_dir, reader, index, progress)
    base = KnowledgeBase.open(index, settings.articles_dir, reader, settings.answer_error_rate)
    probes = await ask_probes(base, reader, progress)
    return {
        "probes": figures_of(probes),
        "held_out": await ask_held_out(base, reader),
        "out_of_scope": await ask_out_of_scope(base, reader),
    }


async def ask_held_out(base: KnowledgeBase, reader: Reader) -> dict[str, Any]:
    """Ask questions that nothing was fitted on; a third is not covered, and to answer one of these is wrong.

    A question that stands word for word among an article's known ones is no test and left out.
    """
    figures: dict[str, Any] = {}
    known = {question.lower() for article in base.articles() for question in article.questions}
    for language in LANGUAGES:
        rows = [row for row in held_out(language) if row.question.lower() not in known]
        if rows:
            asked = [(row, await _ask(base, reader, row, language)) for row in rows]
            figures[language] = sum_up(asked)
    return figures


async def _ask(base: KnowledgeBase, reader: Reader, row: HeldOut, language: str) -> Answer:
    return await base.search(row.question, await reader.read(row.question), language=language)


def sum_up(asked: Sequence[tuple[HeldOut, Answer]]) -> dict[str, Any]:
    """Return shares with their 95 % intervals, and each wrong answer."""
    covered = [(row, answer) for row, answer in asked if row.articles]
    first = [(row, answer) for row, answer in covered if is_right(row, answer)]
    answered = [(row, answer) for row, answer in asked if answer.decision is Decision.ANSWER]
    wrong = [(row, answer) for row, answer in answered if not is_right(row, answer)]
    shares = {
        "r1": (len(first), len(covered)),
        "wrong_of_answered": (len(wrong), len(answered)),
        "coverage_of_covered": (sum(bool(row.articles) for row, _ in answered), len(covered)),
        "uncovered_answered": (sum(not row.articles for row, _ in answered), len(asked) - len(covered)),
    }
    told = {name: round(hits / n, 3) if n else None for name, (hits, n) in shares.items()}
    sure = {f"{name}_95": of_share(hits, n) for name, (hits, n) in shares.items() if n}
    return {"n": len(asked), "covered": len(covered), **told, **sure, "wrong": [_told(*one) for one in wrong]}


def is_right(row: HeldOut, answer: Answer) -> bool:
    """Say whether the first article is one that answers the question."""
    found = answer.hits[0].passage.article if answer.hits else ""
    return any(same_article(found, article) for article in row.articles)


def _told(row: HeldOut, answer: Answer) -> dict[str, Any]:
    return {
        "question": row.question,
        "article": answer.hits[0].passage.article,
        "wanted": list(row.articles),
        "probability": round(answer.probability, 3),
    }


async def ask_out_of_scope(base: KnowledgeBase, reader: Reader) -> dict[str, Any]:
    """Ask what no article answers; an answer is wrong, a suggestion is a smaller nuisance."""
    decisions: defaultdict[str, list[Decision]] = defaultdict(list)
    wrongly: list[dict[str, Any]] = []
    for question, language in out_of_scope():
        answer = await base.search(question, await reader.read(question), language=language)
        decisions[language].append(answer.decision)
        decisions["all"].append(answer.decision)
        if answer.decision is Decision.ANSWER:
            found = answer.hits[0].passage.article
            wrongly.append(
                {"question": question, "article": found, "probability": round(answer.probability, 3)}
            )
    shares = {language: shares_of(made) for language, made in decisions.items()}
    return {**shares, "answered": wrongly}


def shares_of(decisions: list[Decision]) -> dict[str, float]:
    """Return how many there were, and which share was answered, got suggestions, or an honest no."""
    counted = {decision: sum(one is decision for one in decisions) / len(decisions) for decision in Decision}
    return {
        "n": len(decisions),
        "answered": round(counted[Decision.ANSWER], 3),
        "suggested": round(counted[Decision.SUGGEST], 3),
        "abstained": round(counted[Decision.ABSTAIN], 3),
    }
