"""Fits the judges that are shipped for bases too small to learn from: `firstline evaluate public --ship`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from evaluation.public import THINNED, WHOLE, Base, Tell, bases_in, check_names, fusion_of, outcomes_in
from knowledge.arrays import Floats
from knowledge.decide import Judge
from knowledge.features import FEATURES
from knowledge.index import build
from knowledge.load import check_articles
from knowledge.rehearse import OF_PROBES, Outcomes, Rehearsal, judge_of, outcomes_of, probed, probes_of
from knowledge.store import Store
from reading.reader import Reader

BEGIN = np.array(
    [1.03, 0.57, 0.31, 0.08, 0.29, 0.0, 0.51], np.float32
)  # fitted on the same pages once, by MiniLM
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
    looks = [
        await _looked(whole, thinned, snapshot.stores["en"], look, reader)
        for look in range(len(whole[0].looks))
    ]
    chinese = Rehearsed([await _rehearsed(snapshot.stores["zh"], 0, BEGIN, reader)], BEGIN)
    judges = {
        "minilm": _judge(looks),
        "e5": _judge([chinese]),
        "any": _judge([Rehearsed([_blind(one) for one in looks[0].outcomes], looks[0].fusion)]),
    }
    told = {encoder: judge.to_json() for encoder, judge in judges.items()}
    rows = (f"  {json.dumps(name)}: {json.dumps(judge)}" for name, judge in told.items())
    target.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")


@dataclass(frozen=True)
class Rehearsed:
    """What came out at one look: of the public bases, and of the company's articles last."""

    outcomes: Sequence[Outcomes]
    fusion: Floats


async def _looked(
    whole: Sequence[Base], thinned: Sequence[Base], company: Store, look: int, reader: Reader
) -> Rehearsed:
    fusion = fusion_of(whole, look, BEGIN)
    outcomes = outcomes_in(thinned, look, fusion)
    return Rehearsed([*outcomes, await _rehearsed(company, look, fusion, reader)], fusion)


async def _rehearsed(store: Store, look: int, fusion: Floats, reader: Reader) -> Outcomes:
    part, first = store.whole, store.first
    vectors = await reader.encode_questions(probes_of(part.articles), part.encoder)
    asked = first.asked(vectors) if first and not look else vectors
    return outcomes_of(part, list(probed(part, asked, np.arange(part.size))), fusion, OF_PROBES)


def _judge(looks: Sequence[Rehearsed]) -> Judge:
    """Fit on all, but tell of the last ones alone what came out: the company's.

    A public base counts one passage as right where several answer: its errors look graver than they are.
    """
    rehearsals = [Rehearsal(Outcomes.together(one.outcomes), one.fusion) for one in looks]
    judge = judge_of(rehearsals, own=False)
    return replace(judge, tried=judge.tried[-len(looks[0].outcomes[-1].questions) :])


def _blind(outcomes: Outcomes) -> Outcomes:
    """Forget what depends on how an encoder's cosines lie, for an encoder that nobody has measured."""
    features = outcomes.features.copy()
    features[:, [FEATURES.index(name) for name in OF_AN_ENCODER]] = 0
    return replace(outcomes, features=features)
