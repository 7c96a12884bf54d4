"""Cross-validation of what the live model and the candidate are taught, on the same texts.

The live data that the candidate still holds are cut into five parts. For each part the classifier's linear
head (engine/nlu: support vectors on grams and vectors) is fitted twice without it, on the live data and on
the candidate's, and both are asked that part. Its networks are left out: a fit of theirs takes ten seconds.
"""

import warnings
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.model_selection import StratifiedKFold

from engine.evidence.heads import examples_of
from engine.evidence.rows import Row, some_of_each
from engine.nlu.fitting import Examples, fit_linear, scales_of, scores_of
from engine.nlu.grams import Grams

FOLDS = 5
MOST_ROWS = 3000  # of the live data, so that a large company waits a minute and not an hour
SEED = 0


def cross_validated(old: Sequence[Row], now: Sequence[Row]) -> dict[str, Any] | None:
    """Return what both say of each live text that neither has seen; None when too few are there to cut up."""
    before = some_of_each(old, MOST_ROWS)
    left_out = {row.label for row in old} - {row.label for row in before}
    after = [row for row in now if row.label not in left_out]
    labels = {row.label for row in after}
    asked = [row for row in before if row.label in labels]
    largest = [count for _, count in Counter(row.intent for row in asked).most_common(2)]
    if len(largest) < 2 or largest[0] < FOLDS or largest[1] < 2:
        return None
    parts = _parts(asked)
    live = _said(asked, parts, before)
    same = {row.label for row in before} == labels
    candidate = live if same else _said(asked, parts, after)
    rows = [[row.intent, a, b] for row, a, b in zip(asked, live, candidate, strict=True)]
    return {"folds": FOLDS, "of": len(old), "rows": rows}


def _parts(rows: Sequence[Row]) -> np.ndarray:
    """Return the part, from 0 on, to which each row belongs; each part has its share of every intent."""
    parts = np.zeros(len(rows), int)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # an intent with few examples is not in every part
        cutter = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
        for number, (_, own) in enumerate(cutter.split(rows, [row.intent for row in rows])):
            parts[own] = number
    return parts


def _said(asked: Sequence[Row], parts: np.ndarray, taught: Sequence[Row]) -> list[str]:
    """Return the intent of each row by a head that was fitted on what is taught without its part."""
    intents = sorted({row.intent for row in (*asked, *taught)})
    grams = Grams.learn([row.text for row in taught])  # knows no intent, so all parts may share it
    known, new = (_examples(rows, grams, intents) for rows in (taught, asked))
    part_of = {row.text: part for row, part in zip(asked, parts, strict=True)}
    of_taught = np.array([part_of.get(row.text, -1) for row in taught])
    said = np.zeros(len(asked), int)
    for part in range(FOLDS):
        some = known.take(np.flatnonzero(of_taught != part))
        own = np.flatnonzero(parts == part)
        said[own] = scores_of((fit_linear(some, scales_of(some)),), new.take(own))[0].argmax(axis=1)
    return [intents[i] for i in said]


def _examples(rows: Sequence[Row], grams: Grams, intents: list[str]) -> Examples:
    return examples_of(rows, grams, np.array([intents.index(row.intent) for row in rows]), len(intents))
