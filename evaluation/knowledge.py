"""`firstline evaluate knowledge`: build an index aside, ask it questions, compare with the gold."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from evaluation.drawing import coverage_curve
from evaluation.ranking import auroc, coverage_at, curve
from knowledge.arrays import Doubles
from knowledge.base import KnowledgeBase
from knowledge.index import Progress, build
from knowledge.load import articles_in
from nouns import Decision, Problem
from reading.reader import Reader

DEEP = 10
ERROR_RATE = 0.05
POINTS = 50  # of the curve, in figures


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
    picture: Path | None = None,
) -> dict[str, Any]:
    """Measure search and decision on labelled questions; writes each prediction as a line when asked to.

    `picture`: where the curve of what each error rate buys is drawn, as SVG.
    """
    rows = rows_of(questions)
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
    if picture:
        picture.write_text(drawn(asked), encoding="utf-8")
    return figures(asked) | {
        "curve": _points(asked),
        "promises": [asdict(promise) for promise in base.promises],
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
        "coverage_at_5pct_error": coverage_at(ERROR_RATE, sureness(asked), rightness(asked)),
        "auroc": auroc(sureness(asked), np.array([one.gold is not None for one in asked], np.float64)),
    }


def _points(asked: Sequence[Asked]) -> list[dict[str, float]]:
    points = curve(sureness(asked), rightness(asked))[:: max(1, len(asked) // POINTS)]
    return [{"answered": answered, "wrong": wrong} for answered, wrong in points]


def drawn(asked: Sequence[Asked]) -> str:
    """Draw the curve, and where the decision in use stands on it."""
    answered = [one for one in asked if one.decision is Decision.ANSWER]
    wrong = sum(not one.right for one in answered)
    chosen = (len(answered) / len(asked), wrong / len(answered)) if answered else None
    points = curve(sureness(asked), rightness(asked))
    return coverage_curve(points, ERROR_RATE, chosen, f"What is answered of {len(asked)} questions")


def sureness(asked: Sequence[Asked]) -> Doubles:
    """Return the probabilities."""
    return np.array([one.probability for one in asked], np.float64)


def rightness(asked: Sequence[Asked]) -> Doubles:
    """Return 1 where answering is right, else 0."""
    return np.array([one.right for one in asked], np.float64)


async def _ask(base: KnowledgeBase, reader: Reader, row: dict[str, Any]) -> Asked:
    reading = await reader.read(row["question"])
    answer = await base.search(row["question"], reading, limit=DEEP)
    ranking = tuple((hit.passage.article, hit.score) for hit in answer.hits)
    return Asked(row["question"], row["article"], answer.decision, answer.probability, ranking)


def rows_of(path: Path) -> list[dict[str, Any]]:
    """Read questions, a JSON line each."""
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
