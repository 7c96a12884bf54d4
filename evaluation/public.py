"""`firstline evaluate public`: help pages and questions of others, each base by what was learned on the rest.

Each base is a folder: `articles` with `questions.jsonl`, and, where some articles were taken
away so that their questions are covered no more, `articles_75pct` with `questions_75pct.jsonl`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from evaluation.baseline import plain_scores
from evaluation.intervals import of_resampled, of_share
from evaluation.knowledge import rows_of
from evaluation.ranking import Doubles, auroc, coverage_at
from knowledge.arrays import Floats
from knowledge.decide import Judge, features_of, shipped_judge
from knowledge.index import Progress, Snapshot, build
from knowledge.load import articles_in
from knowledge.part import Part
from knowledge.rehearse import Outcomes, Try, fit_fusion, judge_of, outcomes_of_labelled
from knowledge.search import rank, score
from nouns import Problem
from reading.reader import Reader
from reading.tokens import terms

WHOLE, THINNED = ("articles", "questions.jsonl"), ("articles_75pct", "questions_75pct.jsonl")
ERROR_RATES = (0.05, 0.10, 0.20)
LANGUAGE = "en"
UNCOVERED = -1


@dataclass(frozen=True)
class Base:
    """One base, indexed, with its questions asked of every searcher."""

    name: str
    part: Part
    texts: list[str]
    tries: list[Try]

    @property
    def gold(self) -> Doubles:
        """The right article of each question, UNCOVERED for none."""
        return np.array([each.article for each in self.tries])


@dataclass(frozen=True)
class Outcome:
    """How sure one was of each question, whether the first article was right, and whether any could be."""

    sure: Doubles
    right: Doubles
    covered: Doubles


Figure = Callable[[Outcome], float | None]


async def evaluate_public(
    data: Path, reader: Reader, *, baseline: bool = True, progress: Progress | None = None
) -> dict[str, Any]:
    """Measure every base by weights that the other ones taught, beside the plain baseline."""
    whole = await bases_in(data, WHOLE, reader, progress)
    thinned = await bases_in(data, THINNED, reader, progress)
    ours = [_ours(base, judge) for base, judge in _taught(whole, thinned, whole)]
    figures: dict[str, Any] = {"right_first": _right_first(whole, ours)}
    decided = [_ours(base, judge) for base, judge in _taught(whole, thinned, thinned)]
    figures["decision"] = _decision(thinned, decided)
    if baseline:
        plain = [await _plain(base, reader) for base in whole]
        figures["baseline"] = {"right_first": _right_first(whole, plain)}
        figures["baseline"]["decision"] = _decision(thinned, [await _plain(base, reader) for base in thinned])
        figures["right_first_gain"] = _gain(ours, plain)
    return figures


async def bases_in(
    data: Path, names: tuple[str, str], reader: Reader, progress: Progress | None = None
) -> list[Base]:
    """Index every base under a folder, and ask its questions of every searcher."""
    folders = [folder for folder in sorted(data.iterdir()) if (folder / names[1]).is_file()]
    if len(folders) < 2:
        raise Problem(
            "bases_missing", 422, f"{data} holds fewer than two folders with {names[1]}.", "See --help."
        )
    return [await _base(folder, names, reader, progress) for folder in folders]


async def _base(folder: Path, names: tuple[str, str], reader: Reader, progress: Progress | None) -> Base:
    part = (await _snapshot(folder / names[0], reader, progress)).stores[LANGUAGE].whole
    rows = rows_of(folder / names[1])
    places = {article.id: place for place, article in enumerate(part.articles)}
    texts = [row["question"] for row in rows]
    vectors = await reader.encode_questions(texts, part.encoder)
    tries = [
        Try(places.get(row["article"], UNCOVERED), score(part, vector, terms(row["question"])), known=False)
        for row, vector in zip(rows, vectors, strict=True)
    ]
    return Base(folder.name, part, texts, tries)


async def _snapshot(articles: Path, reader: Reader, progress: Progress | None) -> Snapshot:
    with TemporaryDirectory() as aside:
        return await build(articles_in(articles)[0], reader, Path(aside), progress)


def learn_from(whole: Sequence[Base], thinned: Sequence[Base], *, own: bool = False) -> Judge:
    """Fit fusion and decision on the labelled questions of some bases."""
    fusions = [
        fit_fusion(base.part, [each for each in base.tries if each.article >= 0], _shipped(base))
        for base in whole
    ]
    fusion = np.mean(fusions, axis=0).astype(np.float32)
    return judge_of(
        [outcomes_of_labelled(base.part, base.tries, fusion) for base in thinned], fusion, own=own
    )


def outcomes_in(bases: Sequence[Base], fusion: Floats) -> list[Outcomes]:
    """Ask the labelled questions of some bases."""
    return [outcomes_of_labelled(base.part, base.tries, fusion) for base in bases]


def _shipped(base: Base) -> Floats:
    return np.array(shipped_judge(base.part.encoder).fusion, np.float32)


def _taught(
    whole: Sequence[Base], thinned: Sequence[Base], asked: Sequence[Base]
) -> list[tuple[Base, Judge]]:
    """Pair each base with a judge that has seen all the others, and nothing of this one."""
    return [
        (base, learn_from(*([one for one in bases if one.name != base.name] for bases in (whole, thinned))))
        for base in asked
    ]


def _ours(base: Base, judge: Judge) -> Outcome:
    shown, fusion = np.ones(len(base.part.articles), bool), np.array(judge.fusion, np.float32)
    rankings = [rank(base.part, each.scores, fusion, shown) for each in base.tries]
    sure = [judge.first.probability(features_of(base.part, ranking)) for ranking in rankings]
    return _outcome(base, np.array([ranking.order[0] for ranking in rankings]), np.array(sure))


async def _plain(base: Base, reader: Reader) -> Outcome:
    scores = await plain_scores(base.part.articles, base.texts, reader)
    return _outcome(base, scores.argmax(1), scores.max(1))


def _outcome(base: Base, first: Doubles, sure: Doubles) -> Outcome:
    return Outcome(sure, (first == base.gold).astype(float), (base.gold >= 0).astype(float))


def _right_first(bases: Sequence[Base], outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Say which share of the covered questions has its article first, by base and pooled."""
    told = {}
    for name, one in _with_pooled(bases, outcomes).items():
        hits, n = int((one.right * one.covered).sum()), int(one.covered.sum())
        told[name] = {"n": n, "r1": round(hits / n, 4), "r1_95": of_share(hits, n)}
    return told


def _decision(bases: Sequence[Base], outcomes: Sequence[Outcome]) -> dict[str, Any]:
    return {
        name: {"n": len(one.sure)}
        | {
            figure: told
            for figure_name, of in _FIGURES.items()
            for figure, told in _with_interval(figure_name, of, one).items()
        }
        for name, one in _with_pooled(bases, outcomes).items()
    }


def _with_interval(name: str, of: Figure, one: Outcome) -> dict[str, Any]:
    value = of(one)
    interval = of_resampled(lambda rows: of(_rows(one, rows)), range(len(one.sure)))
    return {name: None if value is None else round(value, 4), f"{name}_95": interval}


def _covered_at(rate: float) -> Figure:
    return lambda one: coverage_at(rate, one.sure, one.right)


_FIGURES: dict[str, Figure] = {
    "auroc_covered": lambda one: auroc(one.sure, one.covered),
    "auroc_right": lambda one: auroc(one.sure, one.right),
    **{f"coverage_at_{round(100 * rate)}pct": _covered_at(rate) for rate in ERROR_RATES},
}


def _gain(ours: Sequence[Outcome], plain: Sequence[Outcome]) -> dict[str, Any]:
    """Say how much more is right first than by the baseline, pooled, with the paired interval."""
    gains = np.concatenate([one.right - other.right for one, other in zip(ours, plain, strict=True)])
    interval = of_resampled(lambda rows: float(gains[np.asarray(rows)].mean()), range(len(gains)))
    return {"pooled": round(float(gains.mean()), 4), "pooled_95": interval}


def _with_pooled(bases: Sequence[Base], outcomes: Sequence[Outcome]) -> Mapping[str, Outcome]:
    pooled = Outcome(*(
        np.concatenate([getattr(one, name) for one in outcomes]) for name in ("sure", "right", "covered")
    ))  # fmt: skip
    return {base.name: one for base, one in zip(bases, outcomes, strict=True)} | {"pooled": pooled}


def _rows(one: Outcome, rows: Sequence[int]) -> Outcome:
    chosen = np.asarray(rows)
    return replace(one, sure=one.sure[chosen], right=one.right[chosen], covered=one.covered[chosen])
