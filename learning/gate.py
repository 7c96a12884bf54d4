"""The gate: a candidate goes live only if it is shown not to be worse. Absence of proof is no proof.

Each check looks at one way to be worse and says in a sentence what it found. The golden set alone would let
subtle poison through, so the new labels themselves are checked too: against the live data and each other.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from learning.compare import Comparison, Difference
from records.models import State


@dataclass(frozen=True, slots=True)
class Bounds:
    """What counts as not worse; stated in every report.

    `overall` and `per_intent` are margins of F1; an intent is looked at from `enough` golden texts on.
    `strange`: by how much the share of strange labels may be higher than among the live data's. `luck` bounds
    what is put down to chance, as -log10 of its likelihood; `pull`: which share of other intents' texts a new
    phrase may move, more than under the live model; `sure`: how sure an intent
    must be to count as having taken a probe.
    """

    overall: float = 0.02
    per_intent: float = 0.15
    enough: int = 30
    golden: int = 150
    strange: float = 0.03
    luck: float = 3.2
    phrase_luck: float = 6.0
    pull: float = 0.1
    sure: float = 0.5


@dataclass(frozen=True, slots=True)
class Check:
    """One check: passed, failed, or (None) nothing that can be concluded; with the reason in a sentence."""

    name: str
    passed: bool | None
    sentence: str

    def to_json(self) -> dict[str, Any]:
        """Return it for a report."""
        return {"name": self.name, "passed": self.passed, "sentence": self.sentence}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says of a candidate, and why, in one sentence."""

    state: State
    sentence: str
    checks: tuple[Check, ...]


def judge(evidence: Mapping[str, Any], comparison: Comparison, bounds: Bounds | None = None) -> Verdict:
    """Return the verdict on a candidate."""
    checks = tuple(_checks(evidence, comparison, bounds or Bounds()))
    failed = [check for check in checks if check.passed is False]
    unsure = [check for check in checks if check.passed is None]
    if failed:
        more = f" ({len(failed) - 1} more checks failed.)" if len(failed) > 1 else ""
        return Verdict(State.REJECTED, failed[0].sentence + more, checks)
    if unsure:
        return Verdict(State.UNSURE, f"{unsure[0].sentence} A person must decide.", checks)
    return Verdict(State.CANDIDATE, f"Not worse: {_told(comparison.overall)}.", checks)


def _checks(evidence: Mapping[str, Any], comparison: Comparison, bounds: Bounds) -> Iterator[Check]:
    yield _stories(evidence["stories"])
    yield _probes(evidence["probes"])
    yield _size(comparison.overall, bounds)
    if comparison.overall.n >= bounds.golden:
        yield _overall(comparison.overall, bounds)
        yield _each_intent(comparison.intents, bounds)
    if evidence.get("labels") is None:
        yield Check(
            "labels", None, "The live model's training data is not known, so new labels can't be checked."
        )
        return
    yield _labels(evidence["labels"], bounds)
    yield _pairs(evidence["labels"], bounds)
    yield _phrases(evidence["phrases"], bounds)


def _stories(stories: list[Mapping[str, Any]]) -> Check:
    broken = [story for story in stories if not story["candidate"]]
    safety = [story for story in broken if story["safety"]]
    lost = [story for story in broken if story["live"]]
    if safety:
        told = f"Asking for a human must always work, and {safety[0]['name']!r} does not lead there"
        return Check("stories", False, f"{told}; {len(safety)} of {len(stories)} safety stories are broken.")
    if lost:
        return Check("stories", False, f"The story {lost[0]['name']!r} went well before and does not now.")
    return Check("stories", True, f"All {len(stories)} stories go well; asking for a human works in each.")


def _probes(probes: Mapping[str, Any]) -> Check:
    if lost := probes["lost"]:
        where = f"taken for {lost[0]['intent']!r} now, so no article would answer it"
        return Check("probes", False, f"{len(lost)} probes are lost, such as {lost[0]['text']!r}: {where}.")
    return Check("probes", True, f"No probe of {probes['n']} is lost.")


def _size(overall: Difference, bounds: Bounds) -> Check:
    if overall.n < bounds.golden:
        told = (
            f"The golden set has {overall.n} texts; below {bounds.golden} nothing can be concluded from it."
        )
        return Check("golden", None, told)
    return Check("golden", True, f"The golden set has {overall.n} texts.")


def _overall(overall: Difference, bounds: Bounds) -> Check:
    passed = overall.lower > -bounds.overall
    told = f"F1 on the golden set: {_told(overall)}; the margin is {bounds.overall:.3f}."
    return Check("overall", passed, told)


def _each_intent(intents: Mapping[str, Difference], bounds: Bounds) -> Check:
    enough = {intent: one for intent, one in intents.items() if one.n >= bounds.enough}
    few = len(intents) - len(enough)
    worse = [(one.lower, intent) for intent, one in enough.items() if one.lower <= -bounds.per_intent]
    if worse:
        intent = min(worse)[1]
        told = f"F1 on {intent!r}: {_told(enough[intent])}; the margin is {bounds.per_intent:.2f}."
        return Check("intents", False, told)
    rest = (
        f"; {few} intents have fewer than {bounds.enough} golden texts, of them nothing can be said"
        if few
        else ""
    )
    return Check("intents", True, f"No intent of {len(enough)} is worse by more than the margin{rest}.")


def _labels(labels: Mapping[str, Any], bounds: Bounds) -> Check:
    base = (labels["strange_before"] + 0.5) / (labels["old"] + 1)
    share = labels["strange"] / max(labels["new"], 1)
    expected = labels["new"] * min(base + bounds.strange, 1.0)
    surprise = surprise_of(labels["strange"], expected)
    told = f"{labels['strange']} of {labels['new']} new labels ({share:.0%}) are strange (old: {base:.0%})"
    if surprise > bounds.luck:
        first = labels["strangest"][0]
        example = f"such as {first['text']!r} as {first['intent']!r}, which is like {first['like']!r}"
        return Check("labels", False, f"{told}, {example}.")
    return Check("labels", True, f"{told}.")


def _pairs(labels: Mapping[str, Any], bounds: Bounds) -> Check:
    """Look for labels moved from one intent to another, too few to show among all."""
    for pair in labels["pairs"]:
        rate = (pair["strange_before"] + 0.5) / (pair["of_before"] + 1)
        if surprise_of(pair["strange"], rate * pair["of"]) > bounds.luck:
            before = f"of {pair['of_before']} old ones {pair['strange_before']} do"
            told = (
                f"{pair['strange']} of {pair['of']} new texts of {pair['given']!r} read like {pair['like']!r}"
            )
            return Check("pairs", False, f"{told}; {before}.")
    return Check("pairs", True, "No two intents are mixed up by the new labels.")


def _phrases(phrases: list[Mapping[str, Any]], bounds: Bounds) -> Check:
    for phrase in phrases:
        pulls = phrase["moved"] - phrase["moved_live"] >= bounds.pull
        if phrase["surprise"] > bounds.phrase_luck and pulls:
            held = f"{phrase['texts']} of {phrase['of']} new {phrase['intent']!r} hold {phrase['phrase']!r}"
            before = f"({phrase['before']} of {phrase['of_before']} old ones do)"
            moves = f"put into other texts it makes {phrase['moved']:.0%} of them {phrase['intent']!r}"
            return Check(
                "phrases", False, f"{held} {before}, and {moves}: a trigger, or a word to learn more of."
            )
    return Check("phrases", True, "No new phrase stands for an intent by itself.")


def surprise_of(count: int, expected: float) -> float:
    """Return -log10 of the chance of `count` or more where `expected` are (Poisson)."""
    if count <= expected or count == 0:
        return 0.0
    logs = [k * math.log(expected) - expected - math.lgamma(k + 1) for k in range(count, count + 100)]
    highest = max(logs)
    return -(highest + math.log(sum(math.exp(one - highest) for one in logs))) / math.log(10)


def _told(one: Difference) -> str:
    return f"{one.live:.3f} -> {one.candidate:.3f}, at worst {one.lower:+.3f} (95 %, n = {one.n})"
