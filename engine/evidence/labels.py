"""Which new labels are strange: what alike texts and the live data say of each (Northcutt et al. 2021).

A label counts as strange when two machines that have not seen it prefer another intent by a clear margin: one
taught the old data alone, which poison can't reach, and one taught old and new data but this row, which lets
honest news speak for each other. Labels moved to another intent speak for each other too, so pairs of intents
are counted a second time: what the first machine is sure of, and the second at least leans to.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.evidence.likeness import Likeness, Likes, against
from engine.evidence.rows import Row, some_of

CLEAR = 0.35  # by how much the other intent must be ahead, of scores from 0 to 1
SURE = 0.6  # by how much for the machine of the old data alone, where the other one only leans the same way
MOST_ROWS = 4000  # of the old data that are compared with, so that a large company waits seconds too
MOST_TOLD = 40


def strange_labels(old: Sequence[Row], new: Sequence[Row]) -> dict[str, Any]:
    """Compare the new rows with the old; return counts, the pairs of intents, and the strangest texts."""
    old = some_of(old, MOST_ROWS)
    rows = [*old, *new]
    intents = sorted({row.intent for row in rows})
    alike = Likeness.learn(rows).between(rows, rows)
    labels = [row.intent for row in rows]
    before = Likes.learn(alike[: len(old), : len(old)], labels[: len(old)], intents)
    after = Likes.learn(alike, labels, intents)
    base, base_like = against(before.own, labels[: len(old)], intents)
    by_old, like = against(before.of(alike[len(old) :, : len(old)]), labels[len(old) :], intents)
    by_all, _ = against(after.own[len(old) :], labels[len(old) :], intents)
    ahead = np.minimum(by_old, by_all)
    strange = np.flatnonzero(ahead > CLEAR)
    return {
        "new": len(new),
        "strange": len(strange),
        "old": len(old),
        "strange_before": int((base > CLEAR).sum()),
        "pairs": [
            *_pairs(old, base > CLEAR, base_like, (new, ahead > CLEAR, like), sure=False),
            *_pairs(old, base > SURE, base_like, (new, (by_old > SURE) & (by_all > 0), like), sure=True),
        ],
        "strangest": [
            {"text": new[i].text, "intent": new[i].intent, "like": like[i], "by": round(float(ahead[i]), 3)}
            for i in strange[np.argsort(-ahead[strange])][:MOST_TOLD]
        ],
    }


def _pairs(
    old: Sequence[Row],
    strange_before: np.ndarray,
    base_like: Sequence[str],
    now: tuple[Sequence[Row], np.ndarray, Sequence[str]],
    *,
    sure: bool,
) -> list[dict[str, Any]]:
    """Return for each pair (given, like) how many new labels are strange, and as how many old ones are."""
    new, strange, like = now
    given_before = Counter(row.intent for row in old)
    given_now = Counter(row.intent for row in new)
    before = Counter((old[i].intent, base_like[i]) for i in np.flatnonzero(strange_before))
    counted = Counter((new[i].intent, like[i]) for i in np.flatnonzero(strange))
    return [
        {
            "given": given,
            "like": like,
            "strange": count,
            "of": given_now[given],
            "strange_before": before[given, like],
            "of_before": given_before[given],
            "sure": sure,
        }
        for (given, like), count in counted.most_common(MOST_TOLD)
    ]
