"""Fits the judges that are shipped for bases too small to learn from: `firstline evaluate public --ship`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from evaluation.public import THINNED, WHOLE, Tell, bases_in, check_names, outcomes_in
from knowledge.arrays import Floats
from knowledge.decide import Judge, shipped_judge
from knowledge.features import FEATURES
from knowledge.index import build
from knowledge.load import check_articles
from knowledge.part import Part
from knowledge.rehearse import OF_PROBES, Outcomes, fit_fusion, judge_of, outcomes_of, probed, probes_of
from reading.reader import Reader

OF_AN_ENCODER = tuple(name for name in FEATURES if "meaning" in name or name.startswith("topic"))


async def ship(data: Path, company: Path, target: Path, reader: Reader, tell: Tell) -> None:
    """Learn from public bases and a company's probes, and write the judges that Firstline brings along."""
    check_names(data, ())
    whole = await bases_in(data, WHOLE, reader, tell)
    thinned = await bases_in(data, THINNED, reader, tell)
    with TemporaryDirectory() as aside:
        snapshot = await build(
            check_articles(company), reader, Path(aside), lambda done, of: tell("Indexing", done, of)
        )
    prior = np.array(shipped_judge("any").fusion, np.float32)
    fusion = np.mean([fit_fusion(b.part, [e for e in b.tries if e.articles], prior) for b in whole], axis=0)
    outcomes = [*outcomes_in(thinned, fusion), await _rehearsed(snapshot.stores["en"].whole, fusion, reader)]
    chinese = snapshot.stores["zh"].whole
    judges = {
        "minilm": _judge(outcomes, fusion),
        "e5": _judge([await _rehearsed(chinese, prior, reader)], prior),
        "any": _judge([_blind(one) for one in outcomes], fusion),
    }
    told = {encoder: judge.to_json() for encoder, judge in judges.items()}
    rows = (f"  {json.dumps(name)}: {json.dumps(judge)}" for name, judge in told.items())
    target.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")


async def _rehearsed(part: Part, fusion: Floats, reader: Reader) -> Outcomes:
    vectors = await reader.encode_questions(probes_of(part.articles), part.encoder)
    return outcomes_of(part, list(probed(part, vectors, np.arange(part.size))), fusion, OF_PROBES)


def _judge(outcomes: Sequence[Outcomes], fusion: Floats) -> Judge:
    """Fit on all, but tell of the last ones alone what came out: the company's.

    A public base counts one passage as right where several answer: its errors look graver than they are.
    """
    judge = judge_of(outcomes, fusion, own=False)
    return replace(judge, tried=judge.tried[-len(outcomes[-1].questions) :])


def _blind(outcomes: Outcomes) -> Outcomes:
    """Forget what depends on how an encoder's cosines lie, for an encoder that nobody has measured."""
    features = outcomes.features.copy()
    features[:, [FEATURES.index(name) for name in OF_AN_ENCODER]] = 0
    return replace(outcomes, features=features)
