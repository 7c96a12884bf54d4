"""The sentence of a passage that a question is nearest to, and how it is marked; the text stays as authored.

Only running text is looked at: no heading, table, list, quotation or code. A sentence with marks of its own
(a link, bold words) is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from reading.tokens import sentences, terms

MOST_OF_IT = 0.7  # of the passage; a sentence that carries as much stands out anyway
MOST_LETTERS = 300
HELD = 0.4  # of what was asked; with less in common a sentence was too often beside the point

_other_blocks = re.compile(
    r"^(?:```.*?^```|~~~.*?^~~~|(?: {4}|\t|[ ]{0,3}(?:[#>|]|[-*+] |\d+[.)] )).*?$)", re.M | re.S
)
_own_marks = re.compile(r"[*_`<>|~#\\]|\]\(|https?://")
_end = re.compile(r"[.!?。！？；\s]*$")
OPEN, CLOSE = "\ue000", "\ue001"  # of Unicode's private use: no text of a person's holds them


@lru_cache(maxsize=5000)
def _cut(text: str) -> tuple[tuple[str | None, frozenset[str]], ...]:
    """Cut a passage into sentences with the terms of each; None stands for a row, an item or code."""
    others = [found[0] for found in _other_blocks.finditer(text)]
    running = sentences(_other_blocks.sub("\n", text))
    told = [*((one, one) for one in running), *((None, other) for other in others)]
    return tuple((one, frozenset(terms(held))) for one, held in told)


def best_sentence(text: str, asked: Sequence[str], rarity: Mapping[str, float]) -> str | None:
    """Give the sentence that holds most of what was asked, by rarity; None when none stands out.

    A row of a table that holds as much is what should be read, and nothing is marked.
    """
    told = _cut(text)
    if len(told) < 2:
        return None
    weights = {term: rarity.get(term, 0.0) for term in asked}
    unheard = max(weights.values(), default=0.0)
    total = sum(weight or unheard for weight in weights.values())
    shares = [sum(weights[term] for term in weights.keys() & held) for _, held in told]
    best = max(shares)
    sentence = told[shares.index(best)][0]
    if (
        best < HELD * total
        or not best
        or shares.count(best) > 1
        or sentence is None
        or _own_marks.search(sentence)
    ):
        return None
    if len(sentence) > min(MOST_LETTERS, MOST_OF_IT * len(text)) or text.count(sentence) != 1:
        return None
    return sentence


def emphasised(text: str, sentence: str | None) -> str:
    """Put a sentence in bold, in Markdown; its end stays outside, without which "**…。**" is none."""
    return _marked(text, sentence, "**", "**")


def pointed_at(text: str, sentence: str | None) -> str:
    """Put OPEN and CLOSE around a sentence, for what is rendered and marked then."""
    return _marked(text, sentence, OPEN, CLOSE)


def _marked(text: str, sentence: str | None, start: str, end: str) -> str:
    core = _end.sub("", sentence or "")
    return text.replace(core, f"{start}{core}{end}", 1) if core and text.count(core) == 1 else text
