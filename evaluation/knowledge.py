"""`firstline evaluate knowledge`: build an index aside, ask it questions, compare with the gold."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from knowledge.base import KnowledgeBase
from knowledge.index import Progress, build
from knowledge.load import articles_in
from nouns import Decision, Problem
from reading.reader import Reader

DEEP = 10
ERROR_RATE = 0.05


@dataclass(frozen=True)
class Asked:
    """One question asked: the article that should come first (None: not covered), and what came."""

    question: str
    gold: str | None
    decision: Decision
    probability: float
    ranking: tuple[tuple[str, float], ...]

    @property
    def rank(self) -> int | None:
        """The gold article's place, from 1; None when it is not covered or not among the first ten."""
        return next(
            (place for place, (article, _) in enumerate(self.ranking, 1) if article == self.gold), None
        )

    @property
    def right(self) -> bool:
        """Whether answering was, or would have been, right."""
        return self.rank == 1


async def evaluate_knowledge(
    articles: Path,
    questions: Path,
    predictions: Path | None,
    reader: Reader,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Measure search and decision on labelled questions; writes each prediction as a line when asked to."""
    rows = _rows(questions)
    with TemporaryDirectory() as folder:
        start = time.perf_counter()
        found, _ = articles_in(articles)
        await build(found, reader, Path(folder))
        seconds_build = time.perf_counter() - start
        base = KnowledgeBase.open(Path(folder), articles, reader, ERROR_RATE)
    start = time.perf_counter()
    asked = [await _ask(base, reader, row) for row in _watched(rows, progress)]
    milliseconds = 1000 * (time.perf_counter() - start) / len(asked)
    if predictions:
        predictions.write_text("".join(_line(one) for one in asked), encoding="utf-8")
    return figures(asked) | {
        "n": len(asked),
        "seconds_build": round(seconds_build, 2),
        "ms_per_question": round(milliseconds, 2),
    }


def figures(asked: Sequence[Asked]) -> dict[str, float | None]:
    """Sum up: ranks over covered questions, decisions over all of them."""
    covered = [one for one in asked if one.gold is not None]
    answered = [one for one in asked if one.decision is Decision.ANSWER]
    return {
        "r1": _share([one.rank == 1 for one in covered]),
        "r3": _share([one.rank is not None and one.rank <= 3 for one in covered]),
        "r5": _share([one.rank is not None and one.rank <= 5 for one in covered]),
        "mrr10": _share([1 / one.rank if one.rank else 0.0 for one in covered]),
        "answered": _share([one.decision is Decision.ANSWER for one in asked]),
        "wrong_of_answered": _share([not one.right for one in answered]),
        "coverage_at_5pct_error": coverage_at(ERROR_RATE, asked),
        "auroc": auroc(
            [one.probability for one in covered], [one.probability for one in asked if one.gold is None]
        ),
    }


def coverage_at(error_rate: float, asked: Sequence[Asked]) -> float:
    """Give the largest share of all that could be answered, by falling probability, with so few wrong."""
    wrong, covered = 0, 0
    ordered = sorted(asked, key=lambda one: -one.probability)
    for place, one in enumerate(ordered, 1):
        wrong += not one.right
        tied = place < len(ordered) and ordered[place].probability == one.probability
        if not tied and wrong <= error_rate * place:
            covered = place
    return covered / len(asked)


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """Give the chance that a covered question scores above an uncovered one (Mann-Whitney U, ties half)."""
    if not positive or not negative:
        return None
    above = sum((one > other) + (one == other) / 2 for one in positive for other in negative)
    return above / (len(positive) * len(negative))


async def _ask(base: KnowledgeBase, reader: Reader, row: dict[str, Any]) -> Asked:
    reading = await reader.read(row["question"])
    answer = await base.search(row["question"], reading, limit=DEEP)
    ranking = tuple((hit.passage.article, hit.score) for hit in answer.hits)
    return Asked(row["question"], row["article"], answer.decision, answer.probability, ranking)


def _rows(path: Path) -> list[dict[str, Any]]:
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            rows.append({"question": str(row["question"]), "article": row.get("article")})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Problem(
                "questions_broken", 422, f"{path}, line {number}: this is not a question.",
                'Write {"question": "…", "article": "…" or null}.',
            ) from error  # fmt: skip
    if not rows:
        raise Problem("questions_missing", 422, f"{path} holds no question.", "Write one a line.")
    return rows


def _watched(rows: list[dict[str, Any]], progress: Progress | None) -> Any:
    for done, row in enumerate(rows, 1):
        yield row
        if progress:
            progress(done, len(rows))


def _line(one: Asked) -> str:
    told = {
        "question": one.question,
        "gold": one.gold,
        "decision": one.decision.value,
        "probability": one.probability,
        "ranking": [{"article": article, "score": score} for article, score in one.ranking],
    }
    return json.dumps(told, ensure_ascii=False) + "\n"


def _share(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
