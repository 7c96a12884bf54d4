"""Which new labels are strange: what alike texts and the live data say of each (Northcutt et al. 2021).

A label counts as strange when two machines that have not seen it prefer another intent by a clear margin: one
taught the old data alone, which poison can't reach, and one taught old and new data but this row, which lets
honest news speak for each other. Labels moved to another intent speak for each other too, so pairs of intents
are counted a second time: what the first machine is sure of, and the second at least leans to. And texts that
are moved need not look like one other intent: those that read like none of their own are counted too,
whatever they read like instead.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.evidence.likeness import Likeness, Likes, against, scores_of_own
from engine.evidence.rows import Row, some_of

CLEAR = 0.35  # by how much the other intent must be ahead, of scores from 0 to 1
SURE = 0.6  # by how much for the machine of the old data alone, where the other one only leans the same way
OUTSIDE = 0.1  # a text whose score of the given intent is less (a member's is about 1) is none of it …
OUTSIDE_ALL = 0.25  # … if the machine of old and new data gives it no more than this
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
    base_own = scores_of_own(before.own, labels[: len(old)], intents)
    own = scores_of_own(before.of(alike[len(old) :, : len(old)]), labels[len(old) :], intents)
    own_all = scores_of_own(after.own[len(old) :], labels[len(old) :], intents)
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
        "outsiders": _outsiders(old, base_own < OUTSIDE, new, (own < OUTSIDE) & (own_all < OUTSIDE_ALL)),
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


def _outsiders(
    old: Sequence[Row], outside_before: np.ndarray, new: Sequence[Row], outside: np.ndarray
) -> list[dict[str, Any]]:
    """Return for each intent how many new texts read like none of it, and as how many old ones do."""
    given_before, given_now = Counter(row.intent for row in old), Counter(row.intent for row in new)
    before = Counter(old[i].intent for i in np.flatnonzero(outside_before))
    texts: dict[str, list[str]] = {}
    for i in np.flatnonzero(outside):
        texts.setdefault(new[i].intent, []).append(new[i].text)
    return [
        {
            "given": intent,
            "outside": len(some),
            "of": given_now[intent],
            "outside_before": before[intent],
            "of_before": given_before[intent],
            "texts": some[:MOST_TOLD],
        }
        for intent, some in sorted(texts.items(), key=lambda one: -len(one[1]))
    ]
