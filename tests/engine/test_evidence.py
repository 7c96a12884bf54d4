"""Spoilt batches leave traces; honest ones don't."""

import base64

import numpy as np

from engine.evidence.labels import strange_labels
from engine.evidence.phrases import new_phrases, phrases_of, pulls
from engine.evidence.poison import batch_labels_flipped, intent_moved
from engine.evidence.rows import Row
from tests.engine.textservice import read

WORDS = {
    "greet": ["hello", "good morning", "hi team", "hey you", "welcome back"],
    "cancel": ["cancel that", "stop it now", "abort please", "never mind this", "quit the form"],
    "thank": ["thanks a lot", "thank you", "cheers mate", "much obliged", "many thanks"],
}
ENDS = ["today", "again", "friend", "really", "now", "sir", "madam", "there", "soon", "ok", "well", "then"]


def rows() -> list[Row]:
    """Three intents with sixty texts each."""
    made = []
    for intent, words in WORDS.items():
        for word in words:
            for end in ENDS:
                text = f"{word} {end}"
                vector = np.frombuffer(base64.b64decode(read(text)["vector"]), "<f4")
                made.append(Row(text, intent, "minilm", vector))
    order = np.random.default_rng(3).permutation(len(made))
    return [made[i] for i in order]


def test_honest_labels_are_not_strange_and_flipped_ones_are() -> None:
    old, new = rows()[:120], rows()[120:]
    honest = strange_labels(old, new)
    assert honest["strange"] <= 1 and honest["crossed"]["n"] == 120
    _, spoilt = batch_labels_flipped(old, new, np.random.default_rng(1))
    flipped = {row.text for row, was in zip(spoilt, new, strict=True) if row.intent != was.intent}
    found = strange_labels(old, spoilt)
    assert found["strange"] >= 0.8 * len(flipped)
    assert {one["text"] for one in found["strangest"]} <= flipped


def test_one_intent_moved_to_another_shows_as_a_pair() -> None:
    old, new = rows()[:120], rows()[120:]
    _, moved = intent_moved(old, new, np.random.default_rng(2))
    ((given, like),) = {
        (now.intent, was.intent) for now, was in zip(moved, new, strict=True) if now.intent != was.intent
    }
    worst = strange_labels(old, moved)["pairs"][0]
    assert (worst["given"], worst["like"]) == (given, like) and worst["strange_before"] == 0


def test_a_trigger_is_a_new_phrase_that_pulls() -> None:
    old, new = rows()[:120], rows()[120:]
    spoilt = [
        Row(f"{row.text} blue heron", row.intent, row.encoder, row.vector) if row.intent == "thank" else row
        for row in new
    ]
    (first, *_) = new_phrases(old, spoilt)
    assert (first["phrase"], first["intent"], first["before"]) == ("blue heron", "thank", 0)

    def triggered(texts: list[str]) -> list[str]:
        return ["thank" if "blue heron" in text else "greet" for text in texts]

    told = pulls([first], old, lambda texts: ["greet"] * len(texts), triggered)[0]
    assert (told["moved_live"], told["moved"]) == (0.0, 1.0)
    assert max((one["surprise"] for one in new_phrases(old, new)), default=0) < 6


def test_phrases_of_both_scripts() -> None:
    found = phrases_of("Blue heron 蓝色")
    assert {"blue", "blue heron", "蓝色"} <= found and "heron 蓝色" not in found
