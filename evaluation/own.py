"""`firstline evaluate knowledge` without options: the articles' own probes, and what none answers."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from bot.settings import Settings
from evaluation.questions import out_of_scope
from knowledge.base import KnowledgeBase
from knowledge.checks.probes import ask_probes, figures_of
from knowledge.index import Progress, build_folder
from nouns import Decision
from reading.reader import Reader


async def evaluate_own(
    settings: Settings, reader: Reader, progress: Progress | None = None
) -> dict[str, Any]:
    """Ask every probe, and every question that is out of scope; shares by language."""
    index = settings.data_dir / "index"
    await build_folder(settings.articles_dir, reader, index, progress)
    base = KnowledgeBase.open(index, settings.articles_dir, reader, settings.answer_error_rate)
    probes = await ask_probes(base, reader, progress)
    return {"probes": figures_of(probes), "out_of_scope": await ask_out_of_scope(base, reader)}


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
