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
from evaluation.intervals import Rows, of_drawn, of_share
from evaluation.knowledge import rows_of
from evaluation.ranking import auroc, coverage_at
from knowledge.arrays import Doubles, Floats
from knowledge.decide import Judge, Look, is_settled, shipped_judge
from knowledge.features import features_of
from knowledge.index import Snapshot, build
from knowledge.load import articles_in
from knowledge.part import Part
from knowledge.rehearse import Outcomes, Rehearsal, Try, fit_fusion, judge_of, outcomes_of_labelled
from knowledge.search import Ranking, rank, score
from nouns import Problem
from reading.reader import Reader
from reading.tokens import terms

WHOLE, THINNED = ("articles", "questions.jsonl"), ("articles_75pct", "questions_75pct.jsonl")
ERROR_RATES = (0.05, 0.10, 0.20)
LANGUAGE = "en"
UNCOVERED = -1


@dataclass(frozen=True)
class Base:
    """One base, indexed, with its questions asked of every searcher, at the first look and at the second."""

    name: str
    part: Part
    texts: list[str]
    looks: list[list[Try]]
    first_encoder: str

    @property
    def gold(self) -> Doubles:
        """The right article of each question, UNCOVERED for none."""
        return np.array([each.articles[0] if each.articles else UNCOVERED for each in self.looks[0]])


@dataclass(frozen=True)
class Outcome:
    """How sure one was of each question, whether the first article was right, and whether any could be."""

    sure: Doubles
    right: Doubles
    covered: Doubles


Figure = Callable[[Outcome], float | None]
Tell = Callable[[str, int, int], None]


async def evaluate_public(
    data: Path, reader: Reader, tell: Tell, *, only: Sequence[str] = (), baseline: bool = True
) -> dict[str, Any]:
    """Measure bases by weights that the other ones taught, beside the fused score alone and the baseline.

    `only`: measure these, and use the others to learn from. What was encoded is kept: a run that was stopped
    goes on where it was.
    """
    names = check_names(data, only)
    whole = await bases_in(data, WHOLE, reader, tell)
    thinned = await bases_in(data, THINNED, reader, tell)
    asked, decided = ([base for base in bases if base.name in names] for bases in (whole, thinned))
    ours = [_ours(base, judge) for base, judge in _taught(whole, thinned, asked)]
    figures: dict[str, Any] = {"right_first": _right_first(asked, ours)}
    both = [(_ours(base, judge), _fused(base, judge)) for base, judge in _taught(whole, thinned, decided)]
    after, before = [one for one, _ in both], [one for _, one in both]
    tell("Resampling", 0, 1)
    figures |= {"decision": _decision(decided, after), "fused_score_alone": _decision(decided, before)}
    figures["decision_gain"] = _decision_gain(decided, after, before)
    if baseline:
        plain = [await _plain(base, reader, tell) for base in asked]
        plainly = [await _plain(base, reader, tell) for base in decided]
        figures["baseline"] = {
            "right_first": _right_first(asked, plain),
            "decision": _decision(decided, plainly),
        }
        figures["right_first_gain"] = _gain(asked, ours, plain)
    return figures


def check_names(data: Path, only: Sequence[str]) -> set[str]:
    """Return the bases to measure; refuse unknown names, and a folder with nothing to learn from."""
    there = (
        {folder.name for folder in data.iterdir() if (folder / WHOLE[1]).is_file()}
        if data.is_dir()
        else set()
    )
    if len(there) < 2:
        raise Problem(
            "bases_missing", 422, f"{data} holds fewer than two folders with {WHOLE[1]}.", "See --help."
        )
    if unknown := set(only) - there:
        told = ", ".join(sorted(unknown))
        raise Problem(
            "base_unknown", 422, f"{data} holds no base {told}.", f"There are: {', '.join(sorted(there))}."
        )
    return set(only) or there


async def bases_in(data: Path, names: tuple[str, str], reader: Reader, tell: Tell) -> list[Base]:
    """Index every base under a folder, and ask its questions of every searcher."""
    folders = [folder for folder in sorted(data.iterdir()) if (folder / names[1]).is_file()]
    return [await _base(folder, names, reader, tell) for folder in folders]


async def _base(folder: Path, names: tuple[str, str], reader: Reader, tell: Tell) -> Base:
    store = (await _snapshot(folder / names[0], reader, tell)).stores[LANGUAGE]
    part, first = store.whole, store.first
    rows = rows_of(folder / names[1])
    places = {article.id: place for place, article in enumerate(part.articles)}
    texts = [row["question"] for row in rows]
    vectors = await reader.encode_questions(texts, part.encoder)
    looks: list[list[Try]] = []
    for asked in [first.asked(vectors), vectors] if first else [vectors]:
        looks.append([])
        for row, vector in zip(rows, asked, strict=True):
            scores = score(part, vector, terms(row["question"]))
            right = (places[row["article"]],) if row["article"] in places else ()
            looks[-1].append(Try(right, scores, known=False))
            tell(f"{folder.name}/{names[1]}: asking", len(looks[-1]), len(rows))
    return Base(folder.name, part, texts, looks, first.encoder if first else part.encoder)


async def _snapshot(articles: Path, reader: Reader, tell: Tell) -> Snapshot:
    def encoding(done: int, of: int) -> None:
        tell(f"{articles.parent.name}/{articles.name}: indexing", done, of)

    with TemporaryDirectory() as aside:
        return await build(articles_in(articles)[0], reader, Path(aside), encoding)


def learn_from(whole: Sequence[Base], thinned: Sequence[Base], *, own: bool = False) -> Judge:
    """Fit fusion and decision on the labelled questions of some bases."""
    rehearsals = []
    for look in range(len(whole[0].looks)):
        fusion = fusion_of(whole, look, _shipped(whole[0], look))
        rehearsals.append(Rehearsal(Outcomes.together(outcomes_in(thinned, look, fusion)), fusion))
    return judge_of(rehearsals, own=own)


def fusion_of(bases: Sequence[Base], look: int, near: Floats) -> Floats:
    """Fit the searchers' weights for a look on each base alone, held near some; take the mean."""
    covered = [[each for each in base.looks[look] if each.articles] for base in bases]
    fitted = [fit_fusion(base.part, tries, near) for base, tries in zip(bases, covered, strict=True)]
    mean: Floats = np.mean(fitted, axis=0).astype(np.float32)
    return mean


def _shipped(base: Base, look: int) -> Floats:
    looks = shipped_judge(base.first_encoder).looks
    return np.array(looks[min(look, len(looks) - 1)].fusion, np.float32)


def outcomes_in(bases: Sequence[Base], look: int, fusion: Floats) -> list[Outcomes]:
    """Ask the labelled questions of some bases."""
    return [outcomes_of_labelled(base.part, base.looks[look], fusion) for base in bases]


def _taught(
    whole: Sequence[Base], thinned: Sequence[Base], asked: Sequence[Base]
) -> list[tuple[Base, Judge]]:
    """Pair each base with a judge that has seen all the others, and nothing of this one."""
    return [
        (base, learn_from(*([one for one in bases if one.name != base.name] for bases in (whole, thinned))))
        for base in asked
    ]


def _ours(base: Base, judge: Judge) -> Outcome:
    first, sure = list[int](), list[float]()
    for tries in zip(*base.looks, strict=True):
        for each, look in zip(tries, judge.looks, strict=True):
            ranking = _ranking(base, each, look)
            probability = look.first.probability(features_of(base.part, ranking))
            if is_settled(probability):
                break
        first.append(ranking.order[0])
        sure.append(probability)
    return _outcome(base, np.array(first), np.array(sure))


def _ranking(base: Base, each: Try, look: Look) -> Ranking:
    shown = np.ones(len(base.part.articles), bool)
    return rank(base.part, each.scores, np.array(look.fusion, np.float32), shown)


def _fused(base: Base, judge: Judge) -> Outcome:
    """Trust the fused score of the first article by itself: what the learned decision is compared with."""
    rankings = [_ranking(base, each, judge.looks[-1]) for each in base.looks[-1]]
    first = np.array([ranking.order[0] for ranking in rankings])
    return _outcome(base, first, np.array([float(ranking.fused.max()) for ranking in rankings]))


async def _plain(base: Base, reader: Reader, tell: Tell) -> Outcome:
    def encoding(done: int, of: int) -> None:
        tell(f"{base.name}: the plain baseline", done, of)

    scores = await plain_scores(base.part.articles, base.texts, reader, encoding)
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
    interval = of_drawn(lambda rows: of(_rows(one, rows)), len(one.sure))
    return {name: None if value is None else round(value, 4), f"{name}_95": interval}


def _covered_at(rate: float) -> Figure:
    return lambda one: coverage_at(rate, one.sure, one.right)


_FIGURES: dict[str, Figure] = {
    "auroc_covered": lambda one: auroc(one.sure, one.covered),
    "auroc_right": lambda one: auroc(one.sure, one.right),
    **{f"coverage_at_{round(100 * rate)}pct": _covered_at(rate) for rate in ERROR_RATES},
}


def _gain(bases: Sequence[Base], ours: Sequence[Outcome], plain: Sequence[Outcome]) -> dict[str, Any]:
    """Say how much more is right first than by the baseline, with the paired intervals."""
    others = _with_pooled(bases, plain)
    told: dict[str, Any] = {}
    for name, one in _with_pooled(bases, ours).items():
        gains = one.right - others[name].right
        told |= {name: round(float(gains.mean()), 4), f"{name}_95": _of_mean(gains)}
    return told


def _of_mean(values: Doubles) -> list[float]:
    return of_drawn(lambda rows: float(values[rows].mean()), len(values))


def _decision_gain(
    bases: Sequence[Base], after: Sequence[Outcome], before: Sequence[Outcome]
) -> dict[str, Any]:
    """Say how much larger the areas are than by the fused score alone, with the paired intervals."""
    others = _with_pooled(bases, before)
    return {
        name: {
            figure: told
            for area in ("auroc_covered", "auroc_right")
            for figure, told in _larger(area, one, others[name]).items()
        }
        for name, one in _with_pooled(bases, after).items()
    }


def _larger(area: str, one: Outcome, other: Outcome) -> dict[str, Any]:
    of = _FIGURES[area]

    def gain(rows: Rows) -> float | None:
        mine, theirs = of(_rows(one, rows)), of(_rows(other, rows))
        return None if mine is None or theirs is None else mine - theirs

    whole = gain(np.arange(len(one.sure)))
    interval = of_drawn(gain, len(one.sure))
    return {area: None if whole is None else round(whole, 4), f"{area}_95": interval}


def _with_pooled(bases: Sequence[Base], outcomes: Sequence[Outcome]) -> Mapping[str, Outcome]:
    pooled = Outcome(*(
        np.concatenate([getattr(one, name) for one in outcomes]) for name in ("sure", "right", "covered")
    ))  # fmt: skip
    return {base.name: one for base, one in zip(bases, outcomes, strict=True)} | {"pooled": pooled}


def _rows(one: Outcome, rows: Rows) -> Outcome:
    return replace(one, sure=one.sure[rows], right=one.right[rows], covered=one.covered[rows])
