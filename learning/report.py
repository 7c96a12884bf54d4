"""The report on a candidate: everything that a person needs to agree with the gate, or to overrule it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import pairwise
from typing import Any

from learning.compare import compare
from learning.gate import Bounds, Verdict, judge

REACHES_SEARCH = ("ask_question", "nlu_fallback")
EDGES = (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0001)
Both = dict[str, Any]


def report_on(
    evidence: Mapping[str, Any],
    error_rate: float,
    bounds: Bounds | None = None,
    searched: Collection[str] = REACHES_SEARCH,
) -> tuple[Verdict, Both]:
    """Return the verdict and the report, from what the engine measured.

    `searched`: the intents that the articles answer, which lose no probe to each other.
    """
    bounds = bounds or Bounds()
    rows = evidence["golden"]
    gold = [row["gold"] for row in rows]
    said = {who: [row[who]["intent"] for row in rows] for who in ("live", "candidate")}
    comparison = compare(gold, said["live"], said["candidate"])
    taken = [probe for probe in evidence["probes"] if _is_taken(probe, bounds, searched)]
    probes = {
        "n": len(evidence["probes"]),
        "lost": [_told(probe) for probe in taken if not _is_close(probe, bounds)],
        "close": [_told(probe) for probe in taken if _is_close(probe, bounds)],
    }
    verdict = judge({**evidence, "probes": probes}, comparison, bounds)
    report = {
        "verdict": verdict.state,
        "sentence": verdict.sentence,
        "sentences": verdict.sentences,
        "checks": [check.to_json() for check in verdict.checks],
        "bounds": asdict(bounds),
        "overall": comparison.overall.to_json(),
        "intents": {intent: one.to_json() for intent, one in comparison.intents.items()},
        "crossed": _crossed(evidence["crossed"]),
        "confusions": list(_confusions(gold, said)),
        "flips": [_flip(row) for row in rows if row["live"]["intent"] != row["candidate"]["intent"]],
        "calibration": {who: calibration(rows, who) for who in said},
        "coverage": {"error_rate": error_rate, **{who: coverage(rows, who, error_rate) for who in said}},
        "probes": {**probes, "gained": _gained(evidence["probes"], searched)},
        "stories": _stories(evidence["stories"]),
        "labels": evidence["labels"],
        "phrases": evidence["phrases"],
        "changes": evidence["changes"],
        "speed": evidence["speed"],
        "size": evidence["size"],
        "seconds_train": evidence["seconds_train"],
    }
    return verdict, report


def calibration(rows: Sequence[Mapping[str, Any]], who: str) -> dict[str, Any]:
    """Return for bins of confidence how often the best intent is right, and the mean gap between the two."""
    bins, gap = [], 0.0
    for low, high in pairwise(EDGES):
        own = [row for row in rows if low <= row[who]["confidence"] < high]
        if own:
            confidence = sum(row[who]["confidence"] for row in own) / len(own)
            right = sum(row[who]["best"] == row["gold"] for row in own) / len(own)
            gap += abs(confidence - right) * len(own) / len(rows)
            bins.append({"n": len(own), "confidence": round(confidence, 4), "right": round(right, 4)})
    return {"bins": bins, "error": round(gap, 4)}


def coverage(rows: Sequence[Mapping[str, Any]], who: str, error_rate: float) -> float:
    """Return the largest share of texts, by falling confidence, of which at most `error_rate` are wrong."""
    wrong, covered = 0, 0
    for count, row in enumerate(sorted(rows, key=lambda row: -row[who]["confidence"]), 1):
        wrong += row[who]["best"] != row["gold"]
        if wrong <= error_rate * count:
            covered = count
    return round(covered / max(len(rows), 1), 4)


def _crossed(found: Mapping[str, Any] | None) -> Both | None:
    """Return what cross-validation shows: the same figures as of the golden set, on the live data."""
    if found is None:
        return None
    gold, live, candidate = zip(*found["rows"], strict=True)
    comparison = compare(gold, live, candidate)
    right = [(a == true, b == true) for true, a, b in found["rows"]]
    return {
        "folds": found["folds"],
        "of": found["of"],
        **comparison.overall.to_json(),
        "better": right.count((False, True)),
        "worse": right.count((True, False)),
        "intents": {intent: one.to_json() for intent, one in comparison.intents.items()},
    }


def _is_taken(probe: Both, bounds: Bounds, searched: Collection[str]) -> bool:
    """Tell whether a probe reached the search under the live model, and surely doesn't now."""
    return (
        probe["live"]["intent"] in searched
        and probe["candidate"]["intent"] not in searched
        and probe["candidate"]["confidence"] >= bounds.sure
    )


def _is_close(probe: Both, bounds: Bounds) -> bool:
    """Tell whether both lean to the same intent about as surely, on the two sides of being sure enough."""
    live, candidate = probe["live"], probe["candidate"]
    nearly = candidate["confidence"] - live["confidence"] < bounds.close
    return bool(live["best"] == candidate["intent"] and nearly)


def _told(probe: Both) -> dict[str, str]:
    return {"text": probe["text"], "intent": probe["candidate"]["intent"]}


def _gained(probes: Sequence[Mapping[str, Any]], searched: Collection[str]) -> int:
    return sum(
        probe["live"]["intent"] not in searched and probe["candidate"]["intent"] in searched
        for probe in probes
    )


def _confusions(gold: Sequence[str], said: Mapping[str, Sequence[str]]) -> Iterator[dict[str, Any]]:
    """Return the pairs (gold, said) that became rarer or more frequent, the largest change first."""
    counts = {who: Counter(zip(gold, said[who], strict=True)) for who in said}
    pairs = {pair for who in counts for pair in counts[who] if pair[0] != pair[1]}
    changed = [(counts["candidate"][pair] - counts["live"][pair], pair) for pair in pairs]
    for change, (true, wrong) in sorted(changed, key=lambda one: (-abs(one[0]), one[1])):
        if change:
            before, now = counts["live"][true, wrong], counts["candidate"][true, wrong]
            yield {"gold": true, "said": wrong, "live": before, "candidate": now}


def _flip(row: Mapping[str, Any]) -> dict[str, Any]:
    better = row["candidate"]["intent"] == row["gold"]
    worse = row["live"]["intent"] == row["gold"]
    return {**row, "change": "better" if better else "worse" if worse else "other"}


def _stories(stories: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    broken = [story["name"] for story in stories if not story["candidate"]]
    return {"n": len(stories), "safety": sum(story["safety"] for story in stories), "broken": broken}
