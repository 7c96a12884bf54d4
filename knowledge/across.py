"""Articles that exist in one language alone, for questions in another, which nothing in their own answers.

Languages lie on two sides, by script, as questions do. What an article without a counterpart on the other
side is known by (questions, title, headings) is encoded by a multilingual encoder. No threshold on these
gives answers that are right often enough, but they do for suggestions that say in which language they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from knowledge.arrays import Floats, Ints, mapped
from knowledge.near import nearest, open_near
from knowledge.part import is_cjk_language
from nouns import Hit, Passage

if TYPE_CHECKING:
    from knowledge.store import Store

FLOOR = 0.89  # cosine from which on an article is offered: of what nothing answers a tenth reaches it
WITHIN = 0.03  # of the first one's cosine, for others to be offered beside it
OFFERED = 3
LEAD = 0.01  # an article begins with its plainest answer: another heading must fit better by this much
ROWS = 64  # rows, among which are the articles to offer
UNCOVERED = 0.25  # share of questions without an article that a judge is fitted for
FOLDER = "across"


class Near(NamedTuple):
    """An article by its number in its store, which of its passages fits (else the first), and the cosine."""

    number: int
    passage: int
    score: float


class Across:
    """The articles of a store without a counterpart: `numbers` there, and rows, those of questions first.

    `shift` is what a question of the other side lies away from one of this side, in the mean.
    """

    def __init__(self, folder: Path) -> None:
        self.numbers: NDArray[np.int32] = mapped(folder / "numbers.npy")
        self.keys: NDArray[np.uint64] = mapped(folder / "keys.npy")
        self.bounds: Ints = mapped(folder / "bounds.npy")
        self.asked: NDArray[np.int32] = mapped(folder / "asked.npy")
        self._vectors: NDArray[np.float32] = mapped(folder / "vectors.npy")
        self._shift: Floats = mapped(folder / "shift.npy")
        near = folder / "near.faiss"
        self._near = open_near(near) if near.exists() else None

    @classmethod
    def open(cls, folder: Path) -> Across | None:
        """Map what was written beside a store; None where every article has its counterpart."""
        return cls(folder / FOLDER) if (folder / FOLDER).is_dir() else None

    def rows_of(self, place: int) -> Floats:
        """Give the rows of one of the articles."""
        return self._vectors[self.bounds[place] : self.bounds[place + 1]]

    def nearest(self, vector: Floats) -> list[Near]:
        """Find the articles that come nearest to a question, however far they are."""
        moved = vector - self._shift
        moved /= np.linalg.norm(moved)
        best: dict[int, float] = {}
        for row, score in zip(*self._nearest(moved), strict=True):
            best.setdefault(int(np.searchsorted(self.bounds, row, "right")) - 1, float(score))
        places = list(best)[:OFFERED]  # rows come by falling score
        return [Near(int(self.numbers[at]), self._passage(at, moved), best[at]) for at in places]

    def _nearest(self, vector: Floats) -> tuple[Ints, Floats]:
        if self._near is not None:
            return nearest(self._near, vector, ROWS)
        scores = self._vectors @ vector
        rows = np.argsort(-scores, kind="stable")[:ROWS]
        return rows, scores[rows]

    def _passage(self, place: int, vector: Floats) -> int:
        headings = self.rows_of(place)[self.asked[place] :]
        if not len(headings):
            return 0
        fits = headings @ vector
        fits[0] += LEAD
        return int(np.argmax(fits))


def less_odds(stores: Iterable[Store], language: str) -> float:
    """Say how much less likely, in log odds, a question is covered than those that judges learn from.

    They take a quarter of all questions to have no article. Where more than a quarter of what there is exists
    on the other side alone, customers ask for that too: odds are moved to that share (Saerens et al. 2002).
    """
    own, others = 0, 0
    for store in stores:
        if is_cjk_language(store.language) == is_cjk_language(language):
            own += int(np.count_nonzero(store.whole.public))
        elif store.across:
            others += len(store.across.numbers)
    usual = UNCOVERED / (1 - UNCOVERED)
    return max(0.0, math.log(max(others, 1) / max(own, 1) / usual))


def offered(found: Sequence[tuple[Passage, float]]) -> list[Hit]:
    """Choose what to offer: nothing unless the first comes near enough, then those about as near."""
    first = sorted(found, key=lambda one: -one[1])[:OFFERED]
    if not first or first[0][1] < FLOOR:
        return []
    return [Hit(passage, score) for passage, score in first if score >= first[0][1] - WITHIN]
