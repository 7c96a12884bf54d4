"""`firstline evaluate follow-ups`: is what leans on the question before answered, and nothing else harmed?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.settings import Settings
from evaluation.intervals import of_share
from evaluation.questions import Story, stories
from knowledge.base import KnowledgeBase
from knowledge.checks.probes import same_article
from knowledge.follow import Topic
from knowledge.index import Progress, build_folder
from nouns import Answer, Decision
from reading.reader import Reader


@dataclass(frozen=True, slots=True)
class Told:
    """One story told: the second question asked as it stands, and asked after the first."""

    story: Story
    alone: Answer
    after: Answer


async def evaluate_follow_ups(
    settings: Settings, reader: Reader, progress: Progress | None = None
) -> dict[str, Any]:
    """Tell every story with and without what was answered before; figures by language."""
    index = settings.data_dir / "index"
    await build_folder(settings.articles_dir, reader, index, progress)
    base = KnowledgeBase.open(index, settings.articles_dir, reader, settings.answer_error_rate)
    told = [await _tell(base, reader, story) for story in stories()]
    return {
        language: sum_up([one for one in told if one.story.language == language])
        for language in sorted({one.story.language for one in told})
    }


async def _tell(base: KnowledgeBase, reader: Reader, story: Story) -> Told:
    first = await base.search(story.first, await reader.read(story.first), language=story.language)
    reading = await reader.read(story.then)
    alone = await base.search(story.then, reading, language=story.language)
    topic = topic_of(first, story.first)
    after = await base.search(story.then, reading, language=story.language, after=topic)
    return Told(story, alone, after)


def topic_of(answer: Answer, question: str) -> Topic | None:
    """Return what the next question may lean on: what was answered, if it was."""
    if answer.decision is not Decision.ANSWER:
        return None
    found = answer.hits[0].passage
    return Topic(answer.completed or question, found.article, found.title)


def sum_up(told: Sequence[Told]) -> dict[str, Any]:
    """Return shares with intervals: right first, and right and answered; what stands alone kept as it was."""
    leaning = [one for one in told if not one.story.stands_alone]
    new = [one for one in told if one.story.stands_alone]
    shares = {
        "r1_alone": [_right(one.story, one.alone) for one in leaning],
        "r1": [_right(one.story, one.after) for one in leaning],
        "answered_right_alone": [_answered(one.alone) and _right(one.story, one.alone) for one in leaning],
        "answered_right": [_answered(one.after) and _right(one.story, one.after) for one in leaning],
        "new_topics_kept": [one.after == one.alone for one in new],
        "outside_answered": [_answered(one.after) for one in new if not one.story.articles],
    }
    figures: dict[str, Any] = {"follow_ups": len(leaning), "new_topics": len(new)}
    for name, hits in shares.items():
        figures[name] = round(sum(hits) / len(hits), 3)
        figures[f"{name}_95"] = of_share(sum(hits), len(hits))
    wrong = [one for one in leaning if _answered(one.after) and not _right(one.story, one.after)]
    figures["wrong_of_answered"] = round(len(wrong) / max(1, sum(_answered(one.after) for one in leaning)), 3)
    figures["missed"] = [_miss(one) for one in leaning if not _right(one.story, one.after)]
    return figures


def _answered(answer: Answer) -> bool:
    return answer.decision is Decision.ANSWER


def _right(story: Story, answer: Answer) -> bool:
    found = answer.hits[0].passage.article if answer.hits else ""
    return any(same_article(found, article) for article in story.articles)


def _miss(one: Told) -> dict[str, Any]:
    found = one.after.hits[0].passage.article if one.after.hits else None
    return {
        "first": one.story.first,
        "then": one.story.then,
        "completed": one.after.completed,
        "found": found,
        "decision": one.after.decision.value,
    }
