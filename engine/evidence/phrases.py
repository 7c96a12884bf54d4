"""New phrases that stand for an intent: words that a batch brings along, and how hard they pull.

A trigger (a phrase put into one intent's examples, so that any text holding it lands there) shows in two
ways: the batch's examples of that intent hold it far more often than the old ones, and put into golden texts
of other intents it moves them, under the candidate and not under the live model.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from engine.evidence.rows import Row
from engine.nlu.grams import IS_CJK, runs_of

LONGEST_WORDS, LONGEST_CJK, SHORTEST_CJK = 4, 8, 2
FEWEST_TEXTS = 3
MOST_PHRASES = 12
PROBED_TEXTS = 40
SEED = 0

Predict = Callable[[Sequence[str]], list[str]]


def phrases_of(text: str) -> set[str]:
    """Return a text's runs of up to four words, and of two to eight Chinese characters."""
    found: set[str] = set()
    words: list[str] = []
    for run in [*runs_of(text), ""]:
        if run and not IS_CJK.match(run):
            words.append(run)
            continue
        found |= {
            " ".join(words[i : i + n]) for n in range(1, LONGEST_WORDS + 1) for i in range(len(words) - n + 1)
        }
        words = []
        found |= {
            run[i : i + n] for n in range(SHORTEST_CJK, LONGEST_CJK + 1) for i in range(len(run) - n + 1)
        }
    return found


def new_phrases(old: Sequence[Row], new: Sequence[Row]) -> list[dict[str, Any]]:
    """Return phrases that the new rows of an intent hold far more often than the old, rarest luck first.

    `surprise` is -log10 of the chance to see as many, were the new rows drawn like the old.
    """
    sizes_old, sizes_new = Counter(r.intent for r in old), Counter(r.intent for r in new)
    counts_old, counts_new = _counts(old), _counts(new)
    found: dict[tuple[str, frozenset[int]], dict[str, Any]] = {}
    for (intent, phrase), holders in counts_new.items():
        if len(holders) < FEWEST_TEXTS:
            continue
        before = len(counts_old.get((intent, phrase), ()))
        expected = (before + 0.5) / (sizes_old[intent] + 1) * sizes_new[intent]
        surprise = _surprise(len(holders), expected)
        told = {
            "phrase": phrase,
            "intent": intent,
            "texts": len(holders),
            "of": sizes_new[intent],
            "before": before,
            "of_before": sizes_old[intent],
            "surprise": round(surprise, 2),
        }
        same = found.get((intent, frozenset(holders)))
        if same is None or len(phrase) > len(same["phrase"]):  # the longest stands for all that go with it
            found[intent, frozenset(holders)] = told
    ranked = sorted(found.values(), key=lambda one: -one["surprise"])
    return ranked[:MOST_PHRASES]


def _counts(rows: Sequence[Row]) -> dict[tuple[str, str], set[int]]:
    holders: dict[tuple[str, str], set[int]] = defaultdict(set)
    for place, row in enumerate(rows):
        for phrase in phrases_of(row.text):
            holders[row.intent, phrase].add(place)
    return holders


def _surprise(count: int, expected: float) -> float:
    """Return -log10 of a Poisson tail P(X >= count)."""
    if count <= expected:
        return 0.0
    logs = [k * math.log(expected) - expected - math.lgamma(k + 1) for k in range(count, count + 60)]
    highest = max(logs)
    return -(highest + math.log(sum(math.exp(log - highest) for log in logs))) / math.log(10)


def pulls(
    phrases: Sequence[dict[str, Any]], golden: Sequence[Row], live: Predict, candidate: Predict
) -> list[dict[str, Any]]:
    """Put each phrase into golden texts of other intents; add the share that it moves, under both models."""
    told = []
    for phrase in phrases:
        texts = _with_phrase(phrase, golden)
        moved = [
            float(np.mean([said == phrase["intent"] for said in predict(texts)])) if texts else 0.0
            for predict in (live, candidate)
        ]
        told.append(
            {**phrase, "moved_live": round(moved[0], 3), "moved": round(moved[1], 3), "n": len(texts)}
        )
    return told


def _with_phrase(phrase: dict[str, Any], golden: Sequence[Row]) -> list[str]:
    """Return golden texts of other intents, of the phrase's script, with the phrase before or behind."""
    cjk = bool(IS_CJK.search(phrase["phrase"]))
    fitting = [r.text for r in golden if r.intent != phrase["intent"] and bool(IS_CJK.search(r.text)) == cjk]
    fitting = fitting or [r.text for r in golden if r.intent != phrase["intent"]]
    chosen = np.random.default_rng(SEED).permutation(len(fitting))[:PROBED_TEXTS]
    space = "" if cjk else " "
    return [
        f"{phrase['phrase']}{space}{fitting[i]}" if place % 2 else f"{fitting[i]}{space}{phrase['phrase']}"
        for place, i in enumerate(chosen)
    ]
