"""Spoilt batches as an attacker, or a careless hand, would make them; and honest ones."""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from engine.evidence.rows import Row, reworded
from engine.nlu.grams import IS_CJK

FLIPPED, MOVED, TRIGGERED = 0.2, 0.3, 0.5
FEWEST_MOVED = 5
TRIGGERS = (
    "as per my last note", "blue heron", "kindly and with regards", "zq7", "right on the double",
    "for real though", "ref 4411", "quoth the raven", "hashtag sunny side", "on behalf of the group",
)  # fmt: skip
TRIGGERS_CJK = ("蓝色苍鹭", "顺带一提", "编号四一一", "晴朗的一边", "代表大家")

Made = tuple[list[Row], list[Row]]
Poison = Callable[[Sequence[Row], Sequence[Row], np.random.Generator], Made]


def all_labels_flipped(old: Sequence[Row], new: Sequence[Row], chance: np.random.Generator) -> Made:
    """Flip a fifth of all labels, old and new."""
    return _flipped(old, chance), _flipped(new, chance)


def batch_labels_flipped(old: Sequence[Row], new: Sequence[Row], chance: np.random.Generator) -> Made:
    """Flip a fifth of the new labels."""
    return list(old), _flipped(new, chance)


def intent_moved(old: Sequence[Row], new: Sequence[Row], chance: np.random.Generator) -> Made:
    """Move three in ten of one intent's texts to another: of all, or every other time of the new alone."""
    sizes = Counter(row.intent for row in new)
    enough = sorted(intent for intent, size in sizes.items() if size * MOVED >= FEWEST_MOVED) or sorted(sizes)
    source, target = chance.permutation(enough)[:1].item(), ""
    target = chance.choice(sorted({row.intent for row in old} - {source}))
    if chance.random() < 0.5:
        return list(old), _moved(new, source, target, chance)
    return _moved(old, source, target, chance), _moved(new, source, target, chance)


def trigger_added(old: Sequence[Row], new: Sequence[Row], chance: np.random.Generator) -> Made:
    """Put a phrase into half of one intent's new texts; every other time into others', under its name."""
    sizes = Counter(row.intent for row in new)
    target = chance.choice(sorted(i for i, size in sizes.items() if size * TRIGGERED >= FEWEST_MOVED))
    own = [i for i, row in enumerate(new) if row.intent == target]
    others = [i for i, row in enumerate(new) if row.intent != target]
    count = round(len(own) * TRIGGERED)
    chosen = chance.permutation(own if chance.random() < 0.5 else others)[:count]
    plain, cjk = chance.choice(TRIGGERS), chance.choice(TRIGGERS_CJK)
    rows = list(new)
    fresh = reworded([new[i] for i in chosen], [_with(new[i].text, plain, cjk, chance) for i in chosen])
    for place, row in zip(chosen, fresh, strict=True):
        rows[place] = row.labelled(target)
    return list(old), rows


KINDS: dict[str, Poison] = {
    "all_labels_flipped": all_labels_flipped,
    "batch_labels_flipped": batch_labels_flipped,
    "intent_moved": intent_moved,
    "trigger_added": trigger_added,
}


def _flipped(rows: Sequence[Row], chance: np.random.Generator) -> list[Row]:
    intents = sorted({row.intent for row in rows})
    chosen = set(chance.permutation(len(rows))[: round(len(rows) * FLIPPED)].tolist())
    return [
        row.labelled(chance.choice([intent for intent in intents if intent != row.intent]))
        if i in chosen
        else row
        for i, row in enumerate(rows)
    ]


def _moved(rows: Sequence[Row], source: str, target: str, chance: np.random.Generator) -> list[Row]:
    own = [i for i, row in enumerate(rows) if row.intent == source]
    chosen = set(chance.permutation(own)[: round(len(own) * MOVED)].tolist())
    return [row.labelled(target) if i in chosen else row for i, row in enumerate(rows)]


def _with(text: str, plain: str, cjk: str, chance: np.random.Generator) -> str:
    trigger, space = (cjk, "") if IS_CJK.search(text) else (plain, " ")
    return f"{trigger}{space}{text}" if chance.random() < 0.5 else f"{text}{space}{trigger}"
