"""Look at a question: rank what comes near it, decide, and say whether to look again with both encoders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from knowledge.across import less_odds
from knowledge.arrays import Floats
from knowledge.decide import KNOWN, Look, decide, grounds_of, is_settled
from knowledge.features import features_of
from knowledge.index import Snapshot
from knowledge.part import SEARCHERS, Part
from knowledge.search import best_passage, rank, score
from knowledge.sentence import best_sentence
from knowledge.store import Store
from nouns import Answer, Decision, Hit


@dataclass(frozen=True)
class Served:
    """A snapshot and its thresholds: swapped as one, so that no answer mixes two.

    `less`: by how many log odds a language's questions are covered less often than its judge supposes.
    """

    snapshot: Snapshot
    thresholds: Mapping[str, float]
    less: Mapping[str, float]

    @classmethod
    def of(cls, snapshot: Snapshot, error_rate: float) -> Served:
        """Prepare a snapshot for being served."""
        thresholds = {language: judge.threshold(error_rate) for language, judge in snapshot.judges.items()}
        less = {language: less_odds(snapshot.stores.values(), language) for language in snapshot.stores}
        return cls(snapshot, thresholds, less)


@dataclass(frozen=True)
class Question:
    """A question to one language's articles, its terms, how many hits are wanted, and by whom."""

    served: Served
    store: Store
    text: str
    words: tuple[str, ...]
    limit: int
    audience: str


class Seen(NamedTuple):
    """What a look gave; `again` looks again, given both encoders' vector, where this one settled nothing."""

    answer: Answer
    again: Callable[[Floats], Answer] | None


def look_at(asked: Question, vector: Floats) -> Seen:
    """Look at a question for the first time."""
    judge = asked.served.snapshot.judges[asked.store.language]
    part = asked.store.near(vector, asked.words, np.array(judge.fusion, np.float32))
    if not asked.words or not (part.public | (asked.audience == "internal")).any():
        return Seen(Answer(Decision.ABSTAIN, 0.0, (), asked.served.snapshot.version), None)
    (answer, sure), again = _look(asked, part, vector, judge), judge.again
    if again is None or asked.store.first is None or is_settled(sure):
        return Seen(answer, None)

    def look_again(both: Floats) -> Answer:
        return replace(_look(asked, asked.store.again(part), both, again)[0], again=True)

    return Seen(answer, look_again)


def _look(asked: Question, part: Part, vector: Floats, look: Look) -> tuple[Answer, float]:
    """Give the answer, and how sure its judge is before it is told what is not translated."""
    fusion, scores = np.array(look.fusion, np.float32), score(part, vector, asked.words)
    ranking = rank(part, scores, fusion, part.public | (asked.audience == "internal"))
    features, less = features_of(part, ranking), asked.served.less[part.language]
    first, among = look.first.probability(features, less), look.among.probability(features, less)
    sure = look.first.probability(features)
    known = part.known.get(tuple(sorted(asked.words)))
    if known is not None:
        ranking, first, sure = ranking.led_by(known), max(first, KNOWN), KNOWN
    threshold = asked.served.thresholds[part.language]
    hits = [
        Hit(
            part.passages[best_passage(part, scores, article, fusion)],
            float(ranking.fused[article]),
            _by_searcher(ranking.raw[:, article]),
            _by_searcher(fusion * ranking.standard[:, article]),
        )
        for article in ranking.order[: asked.limit]
    ]
    decision = decide(first, among, threshold, len(ranking.order))
    if decision is Decision.ANSWER:
        hits[0] = replace(hits[0], best=best_sentence(hits[0].passage.text, asked.words, part.rarity))
    answer = Answer(
        decision,
        first,
        hits,
        asked.served.snapshot.version,
        threshold=threshold,
        grounds=grounds_of(look.first, features, less),
        known=known is not None,
    )
    return answer, sure


def _by_searcher(numbers: Floats) -> Mapping[str, float]:
    return dict(zip(SEARCHERS, numbers.tolist(), strict=True))
