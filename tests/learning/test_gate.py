"""Worse models come to the gate, and better ones; only what is shown not to be worse goes through."""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from typing import Any

import pytest

from learning.compare import compare
from learning.gate import judge
from learning.gate_texts import LANGUAGES, TEXTS
from learning.report import calibration, coverage, report_on
from records.models import State

INTENTS = ("greet", "ask_question", "ask_human", "cancel")
GOLD = [intent for intent in INTENTS for _ in range(60)]


def wrong(said: list[str], places: range) -> list[str]:
    """The same answers, but some taken for the next intent."""
    return [
        INTENTS[(INTENTS.index(one) + 1) % len(INTENTS)] if place in places else one
        for place, one in enumerate(said)
    ]


def evidence(**more: Any) -> Mapping[str, Any]:
    """What the engine finds of an honest batch."""
    labels: dict[str, Any] = {
        "new": 80,
        "strange": 2,
        "old": 400,
        "strange_before": 16,
        "pairs": [],
        "outsiders": [],
    }
    labels["strangest"] = []
    return {
        "stories": [{"name": "a person, please", "safety": True, "live": True, "candidate": True}],
        "probes": {"n": 10, "lost": []},
        "labels": labels,
        "phrases": [],
        **more,
    }


def test_an_honest_better_model_goes_through() -> None:
    verdict = judge(evidence(), compare(GOLD, wrong(GOLD, range(0, 40)), wrong(GOLD, range(0, 20))))
    assert verdict.state is State.CANDIDATE
    assert "at worst +" in verdict.sentence


def test_no_significant_loss_is_not_enough() -> None:
    comparison = compare(GOLD, wrong(GOLD, range(0, 10)), wrong(GOLD, range(7, 19)))  # two texts worse of 240
    assert comparison.overall.lower < -0.02 < comparison.overall.gain < 0
    assert judge(evidence(), comparison).state is State.REJECTED


def test_one_intent_that_gets_much_worse_is_enough() -> None:
    verdict = judge(evidence(), compare(GOLD, wrong(GOLD, range(60, 110)), wrong(GOLD, range(180, 200))))
    assert verdict.state is State.REJECTED
    assert "'cancel'" in verdict.sentence


def test_a_small_golden_set_asks_for_a_person() -> None:
    verdict = judge(evidence(), compare(GOLD[:50], GOLD[:50], GOLD[:50]))
    assert verdict.state is State.UNSURE
    assert verdict.sentence.endswith("A person must decide.")


def test_without_a_golden_set_nothing_is_concluded() -> None:
    assert judge(evidence(), compare([], [], [])).state is State.UNSURE


PAIR = {"given": "greet", "like": "cancel", "strange": 7, "of": 40, "strange_before": 0, "of_before": 90}
OUTSIDERS = {
    "given": "rate", "outside": 6, "of": 41, "outside_before": 0, "of_before": 70,
    "texts": ["bonjour", "嗨", "evening", "morning"],
}  # fmt: skip
TRIGGER = {
    "phrase": "blue heron", "intent": "cancel", "texts": 12, "of": 40, "before": 0, "of_before": 90,
    "surprise": 14.0, "moved": 0.9, "moved_live": 0.0, "n": 40,
}  # fmt: skip
STRANGE = {"text": "hi", "intent": "cancel", "like": "greet", "by": 0.9}
SPOILT: list[tuple[str, dict[str, Any], str]] = [
    (
        "a fifth of the batch flipped",
        {"labels": {**evidence()["labels"], "strange": 17, "strangest": [STRANGE]}},
        "17 of 80 new labels",
    ),
    ("one intent moved", {"labels": {**evidence()["labels"], "strange": 7, "pairs": [PAIR]}}, "read like"),
    (
        "texts of several intents moved to one",
        {"labels": {**evidence()["labels"], "outsiders": [OUTSIDERS]}},
        "6 of 41 new texts of 'rate' read like none of its own, such as 'bonjour', '嗨', 'evening'; of 70",
    ),
    ("a trigger", {"phrases": [TRIGGER]}, "'blue heron'"),
    (
        "a broken safety story",
        {"stories": [{"name": "转人工", "safety": True, "live": False, "candidate": False}]},
        "must always work",
    ),
    ("a lost probe", {"probes": {"n": 10, "lost": [{"text": "norway?", "intent": "greet"}]}}, "'norway?'"),
]


@pytest.mark.parametrize(("what", "found", "reason"), SPOILT, ids=[row[0] for row in SPOILT])
def test_what_the_golden_set_does_not_show_is_seen(what: str, found: dict[str, Any], reason: str) -> None:
    verdict = judge(evidence(**found), compare(GOLD, wrong(GOLD, range(0, 40)), GOLD))
    assert verdict.state is State.REJECTED
    assert reason in verdict.sentence


def test_a_few_outsiders_are_honest_news() -> None:
    few = {**OUTSIDERS, "outside": 4}
    labels = {**evidence()["labels"], "outsiders": [few]}
    assert judge(evidence(labels=labels), compare(GOLD, GOLD, GOLD)).state is State.CANDIDATE


def test_a_new_word_that_pulls_nothing_is_no_trigger() -> None:
    new_word = {**TRIGGER, "moved": 0.4, "moved_live": 0.38}
    assert judge(evidence(phrases=[new_word]), compare(GOLD, GOLD, GOLD)).state is State.CANDIDATE


def test_the_reason_is_told_in_the_readers_language() -> None:
    verdict = judge(evidence(), compare(GOLD[:50], GOLD[:50], GOLD[:50]))
    assert verdict.sentences["zh"] == "标准集有 50 条文本，少于 150 条时无法得出结论。需要由人来决定。"
    told = [check.to_json()["sentences"] for check in verdict.checks]
    assert all(set(one) == set(LANGUAGES) for one in told)


@pytest.mark.parametrize("key", TEXTS)
def test_every_sentence_says_the_same_in_each_language(key: str) -> None:
    fields = [{name for _, name, _, _ in Formatter().parse(TEXTS[key][one])} for one in LANGUAGES]
    assert fields[0] - {None} == fields[1] - {None}


def said(intent: str, confidence: float) -> dict[str, Any]:
    return {"intent": intent, "best": intent, "confidence": confidence}


def test_the_report_tells_flips_confusions_calibration_and_coverage() -> None:
    rows = [
        {"text": "hi", "gold": "greet", "live": said("cancel", 0.6), "candidate": said("greet", 0.9)},
        {"text": "stop", "gold": "cancel", "live": said("cancel", 0.8), "candidate": said("greet", 0.4)},
        {"text": "hey", "gold": "greet", "live": said("greet", 0.99), "candidate": said("greet", 0.99)},
    ]
    found = {
        "golden": rows,
        "probes": [
            {"text": "norway", "live": said("ask_question", 0.9), "candidate": said("greet", 0.9)},
            {"text": "a smell", "live": {**said("nlu_fallback", 0.69), "best": "greet"},
             "candidate": said("greet", 0.72)},
            {"text": "a burn", "live": {**said("nlu_fallback", 0.5), "best": "greet"},
             "candidate": said("greet", 0.72)},
        ],
        "stories": [], "labels": None, "phrases": [], "changes": None,
        "crossed": {"folds": 5, "of": 3, "rows": [["greet", "cancel", "greet"], ["greet", "greet", "greet"]]},
        "speed": {}, "size": {}, "seconds_train": 1.0,
    }  # fmt: skip
    _, report = report_on(found, 0.05)
    assert [flip["change"] for flip in report["flips"]] == ["better", "worse"]
    assert report["confusions"] == [
        {"gold": "cancel", "said": "greet", "live": 0, "candidate": 1},
        {"gold": "greet", "said": "cancel", "live": 1, "candidate": 0},
    ]
    assert [probe["text"] for probe in report["probes"]["lost"]] == ["norway", "a burn"]
    assert report["probes"]["close"] == [{"text": "a smell", "intent": "greet"}]
    _, report = report_on(found, 0.05, searched={"ask_question", "nlu_fallback", "greet"})
    assert report["probes"]["lost"] == [] == report["probes"]["close"], "the articles answer `greet`, too"
    crossed = report["crossed"]
    assert (crossed["folds"], crossed["n"], crossed["better"], crossed["worse"]) == (5, 2, 1, 0)
    assert crossed["candidate"] == 1.0 > crossed["live"]
    assert coverage(rows, "candidate", 0.05) == pytest.approx(2 / 3, abs=1e-3)
    assert calibration(rows, "live")["bins"][0] == {"n": 1, "confidence": 0.6, "right": 0.0}
