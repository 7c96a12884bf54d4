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
from learning.gate_texts import Sentences, say
from records.models import State

TEXTS_NAMED = 3


@dataclass(frozen=True, slots=True)
class Bounds:
    """What counts as not worse; stated in every report.

    `overall` and `per_intent` are margins of F1; an intent is looked at from `enough` golden texts on.
    `strange`: by how much the share of strange labels may be higher than among the live data's. `luck` bounds
    what is put down to chance, as -log10 of its likelihood; `luck_sure`: the same, where the live data are
    sure that a label is wrong; `luck_outside`: where texts read like none of their intent. `pull`: which
    share of other intents' texts a new phrase may move, more than under the live model; `sure`: how sure an
    intent must be to count as having taken a probe, and `close`: by how much surer than under the live model,
    where that leant to the same and was just not sure enough.
    """

    overall: float = 0.02
    per_intent: float = 0.15
    enough: int = 30
    golden: int = 150
    strange: float = 0.03
    luck: float = 3.2
    luck_sure: float = 2.4
    luck_outside: float = 4.7
    phrase_luck: float = 6.0
    pull: float = 0.1
    sure: float = 0.5
    close: float = 0.15


@dataclass(frozen=True, slots=True)
class Check:
    """One check: passed, failed, or (None) nothing that can be concluded; with the reason in a sentence."""

    name: str
    passed: bool | None
    sentences: Sentences

    def to_json(self) -> dict[str, Any]:
        """Return it for a report."""
        told = {"sentence": self.sentences["en"], "sentences": self.sentences}
        return {"name": self.name, "passed": self.passed, **told}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says of a candidate, and why, in one sentence."""

    state: State
    sentences: Sentences
    checks: tuple[Check, ...]

    @property
    def sentence(self) -> str:
        """Return why, in English."""
        return self.sentences["en"]


def judge(evidence: Mapping[str, Any], comparison: Comparison, bounds: Bounds | None = None) -> Verdict:
    """Return the verdict on a candidate."""
    checks = tuple(_checks(evidence, comparison, bounds or Bounds()))
    failed = [check.sentences for check in checks if check.passed is False]
    unsure = [check.sentences for check in checks if check.passed is None]
    if failed:
        more = say("more", reason=failed[0], n=len(failed) - 1) if len(failed) > 1 else failed[0]
        return Verdict(State.REJECTED, more, checks)
    if unsure:
        return Verdict(State.UNSURE, say("person", reason=unsure[0]), checks)
    return Verdict(State.CANDIDATE, say("passed", told=_told(comparison.overall)), checks)


def _checks(evidence: Mapping[str, Any], comparison: Comparison, bounds: Bounds) -> Iterator[Check]:
    yield _stories(evidence["stories"])
    yield _probes(evidence["probes"])
    yield _size(comparison.overall, bounds)
    if comparison.overall.n >= bounds.golden:
        yield _overall(comparison.overall, bounds)
        yield _each_intent(comparison.intents, bounds)
    if evidence.get("labels") is None:
        yield Check("labels", None, say("labels_unknown"))
        return
    yield _labels(evidence["labels"], bounds)
    yield _pairs(evidence["labels"], bounds)
    yield _outsiders(evidence["labels"], bounds)
    yield _phrases(evidence["phrases"], bounds)


def _stories(stories: list[Mapping[str, Any]]) -> Check:
    broken = [story for story in stories if not story["candidate"]]
    safety = [story for story in broken if story["safety"]]
    lost = [story for story in broken if story["live"]]
    if safety:
        told = say("stories_unsafe", name=safety[0]["name"], n=len(safety), of=len(stories))
        return Check("stories", False, told)
    if lost:
        return Check("stories", False, say("stories_lost", name=lost[0]["name"]))
    return Check("stories", True, say("stories_well", of=len(stories)))


def _probes(probes: Mapping[str, Any]) -> Check:
    if lost := probes["lost"]:
        return Check("probes", False, say("probes_lost", n=len(lost), **lost[0]))
    if close := probes.get("close"):
        return Check("probes", True, say("probes_close", of=probes["n"], n=len(close), **close[0]))
    return Check("probes", True, say("probes_kept", of=probes["n"]))


def _size(overall: Difference, bounds: Bounds) -> Check:
    if overall.n < bounds.golden:
        return Check("golden", None, say("golden_small", n=overall.n, least=bounds.golden))
    return Check("golden", True, say("golden", n=overall.n))


def _overall(overall: Difference, bounds: Bounds) -> Check:
    passed = overall.lower > -bounds.overall
    return Check("overall", passed, say("overall", told=_told(overall), margin=bounds.overall))


def _each_intent(intents: Mapping[str, Difference], bounds: Bounds) -> Check:
    enough = {intent: one for intent, one in intents.items() if one.n >= bounds.enough}
    few = len(intents) - len(enough)
    worse = [(one.lower, intent) for intent, one in enough.items() if one.lower <= -bounds.per_intent]
    if worse:
        intent = min(worse)[1]
        told = say("intent_worse", intent=intent, told=_told(enough[intent]), margin=bounds.per_intent)
        return Check("intents", False, told)
    told = say("intents_few" if few else "intents_well", n=len(enough), few=few, enough=bounds.enough)
    return Check("intents", True, told)


def _labels(labels: Mapping[str, Any], bounds: Bounds) -> Check:
    base = (labels["strange_before"] + 0.5) / (labels["old"] + 1)
    share = labels["strange"] / max(labels["new"], 1)
    expected = labels["new"] * min(base + bounds.strange, 1.0)
    told = {"n": labels["strange"], "of": labels["new"], "share": share, "base": base}
    if surprise_of(labels["strange"], expected) > bounds.luck:
        return Check("labels", False, say("labels_strange", **told, **labels["strangest"][0]))
    return Check("labels", True, say("labels", **told))


def _pairs(labels: Mapping[str, Any], bounds: Bounds) -> Check:
    """Look for labels moved from one intent to another, too few to show among all."""
    for pair in labels["pairs"]:
        rate = (pair["strange_before"] + 0.5) / (pair["of_before"] + 1)
        luck = bounds.luck_sure if pair.get("sure") else bounds.luck
        if surprise_of(pair["strange"], rate * pair["of"]) > luck:
            told = say("pairs_mixed", **pair, n=pair["strange"], before=pair["strange_before"])
            return Check("pairs", False, told)
    return Check("pairs", True, say("pairs_well"))


def _outsiders(labels: Mapping[str, Any], bounds: Bounds) -> Check:
    """Look for labels moved to an intent that they have nothing in common with, from wherever they came."""
    for one in labels["outsiders"]:
        rate = (one["outside_before"] + 0.5) / (one["of_before"] + 1)
        if surprise_of(one["outside"], rate * one["of"]) > bounds.luck_outside:
            texts = ", ".join(map(repr, one["texts"][:TEXTS_NAMED]))
            told = say("outsiders", **{**one, "texts": texts, "before": one["outside_before"]})
            return Check("outsiders", False, told)
    return Check("outsiders", True, say("outsiders_none"))


def _phrases(phrases: list[Mapping[str, Any]], bounds: Bounds) -> Check:
    for phrase in phrases:
        pulls = phrase["moved"] - phrase["moved_live"] >= bounds.pull
        if phrase["surprise"] > bounds.phrase_luck and pulls:
            told: dict[str, Any] = {**phrase, "n": phrase["texts"]}
            return Check("phrases", False, say("phrase", **told))
    return Check("phrases", True, say("phrases_well"))


def surprise_of(count: int, expected: float) -> float:
    """Return -log10 of the chance of `count` or more where `expected` are (Poisson)."""
    if count <= expected or count == 0:
        return 0.0
    logs = [k * math.log(expected) - expected - math.lgamma(k + 1) for k in range(count, count + 100)]
    highest = max(logs)
    return -(highest + math.log(sum(math.exp(one - highest) for one in logs))) / math.log(10)


def _told(one: Difference) -> Sentences:
    return say("difference", live=one.live, candidate=one.candidate, lower=one.lower, n=one.n)
