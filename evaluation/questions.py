"""The questions to measure with: real ones, from the company's own articles, and those no article answers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from bot.settings import CHECKOUT
from knowledge.load import articles_in
from nouns import Problem

HELD_OUT = CHECKOUT / "tests" / "data"
OUT_OF_SCOPE = HELD_OUT / "out_of_scope.jsonl"
CHINESE_SHARE = 5


@dataclass(frozen=True, slots=True)
class HeldOut:
    """A question about the demo company, and the articles that answer it, best first; none if none does."""

    question: str
    articles: tuple[str, ...]


def questions_of(articles_dir: Path, language: str) -> list[str]:
    """Return distinct questions in a language: probes first, then the known questions."""
    articles, _ = articles_in(articles_dir)
    own = [article for article in articles if article.language == language and article.audience == "public"]
    probes = [probe for article in own for probe in article.probes]
    known = [question for article in own for question in article.questions]
    return list(dict.fromkeys([*probes, *known]))


def mixed(articles_dir: Path, messages: int) -> dict[str, list[str]]:
    """Return so many questions: English ones, and a fifth Chinese where there are Chinese articles."""
    english, chinese = (questions_of(articles_dir, language) for language in ("en", "zh"))
    if not english and not chinese:
        raise Problem(
            "questions_missing", 422, "The articles hold no questions.", "Write `probes` into them."
        )
    of_chinese = (messages if not english else messages // CHINESE_SHARE) if chinese else 0
    shares = {"en": (english, messages - of_chinese), "zh": (chinese, of_chinese)}
    return {
        language: list(islice(cycle(texts), count)) for language, (texts, count) in shares.items() if count
    }


def in_conversations(texts: Sequence[str], turns: int) -> Iterator[list[str]]:
    """Cut texts into conversations of so many turns."""
    for start in range(0, len(texts), turns):
        yield list(texts[start : start + turns])


@dataclass(frozen=True, slots=True)
class Story:
    """A question, what the customer asks then, and the articles that answer that (none: nothing does).

    `stands_alone`: the second question is about something else, and nothing of the first may go into it.
    """

    language: str
    first: str
    then: str
    articles: tuple[str, ...]
    stands_alone: bool


def stories() -> list[Story]:
    """Return the stories of follow-up questions, English and Chinese."""
    rows = map(json.loads, (HELD_OUT / "follow_ups.jsonl").read_text("utf-8").splitlines())
    return [Story(**row | {"articles": tuple(row["articles"])}) for row in rows]


def held_out(language: str) -> list[HeldOut]:
    """Return the demo company's held-out questions of a language."""
    path = HELD_OUT / f"knowledge_heldout_{language}.jsonl"
    rows = map(json.loads, path.read_text("utf-8").splitlines()) if path.exists() else ()
    return [HeldOut(row["question"], tuple(row["articles"])) for row in rows]


def out_of_scope() -> list[tuple[str, str]]:
    """Return question and language of each one that no article answers."""
    lines = OUT_OF_SCOPE.read_text("utf-8").splitlines() if OUT_OF_SCOPE.exists() else []
    rows = [json.loads(line) for line in lines if line.strip()]
    return [(row["question"], row["language"]) for row in rows]
