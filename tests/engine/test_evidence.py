"""Spoilt batches leave traces; honest ones don't. And what replays and starts need of the engine."""

import base64
import os
from pathlib import Path

import numpy as np

from engine.eventlog import EventLog
from engine.evidence.crossed import cross_validated
from engine.evidence.labels import strange_labels
from engine.evidence.phrases import new_phrases, phrases_of, pulls
from engine.evidence.poison import batch_labels_flipped, intent_moved
from engine.evidence.rows import Row, some_of_each
from engine.evidence.stories import PlayedActions, play
from engine.loading import load_model
from tests.engine.actionserver import ActionServer
from tests.engine.textservice import TextService, read
from tests.engine.world import InProcess, Served

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
    assert honest["strange"] <= 1 and honest["old"] == 120
    _, spoilt = batch_labels_flipped(old, new, np.random.default_rng(1))
    flipped = {row.text for row, was in zip(spoilt, new, strict=True) if row.intent != was.intent}
    found = strange_labels(old, spoilt)
    assert found["strange"] >= 0.8 * len(flipped)
    assert {one["text"] for one in found["strangest"]} <= flipped


def test_cross_validation_asks_both_what_neither_has_seen() -> None:
    old, new = rows()[:30], rows()[30:38]  # too few for networks, which take a second each
    relabelled = old[0].labelled("cancel" if old[0].intent == "greet" else "greet")
    found = cross_validated(old, [relabelled, *old[1:], *new])
    assert found is not None and (found["folds"], found["of"]) == (5, 30)
    assert [row[0] for row in found["rows"]] == [row.intent for row in old[1:]]
    assert sum(row[0] == row[2] for row in found["rows"]) >= 20


def test_labels_turned_round_show_in_cross_validation() -> None:
    old, new = rows()[:24], rows()[24:38]
    turned = {"greet": "cancel", "cancel": "thank", "thank": "greet"}
    found = cross_validated(old, [*old, *(row.labelled(turned[row.intent]) for row in new)])
    assert found is not None
    live, candidate = (sum(row[0] == row[who] for row in found["rows"]) for who in (1, 2))
    assert live > candidate


def test_of_much_data_the_large_intents_give_and_the_small_ones_stay_whole() -> None:
    greet, *others = (
        [row for row in rows() if row.intent == intent] for intent in ("greet", "cancel", "thank")
    )
    kept = some_of_each([*greet, *others[0][:20], *others[1][:5]], 45)
    assert {row.intent: sum(one.intent == row.intent for one in kept) for row in kept} == {
        "greet": 20, "cancel": 20, "thank": 5,
    }  # fmt: skip
    assert some_of_each(kept, 45) == kept


def test_too_few_examples_are_not_cut_up() -> None:
    (first, *_) = rows()
    assert cross_validated([first], [first]) is None


def test_one_intent_moved_to_another_shows_as_a_pair() -> None:
    old, new = rows()[:120], rows()[120:]
    _, moved = intent_moved(old, new, np.random.default_rng(2))
    ((given, like),) = {
        (now.intent, was.intent) for now, was in zip(moved, new, strict=True) if now.intent != was.intent
    }
    worst = strange_labels(old, moved)["pairs"][0]
    assert (worst["given"], worst["like"]) == (given, like) and worst["strange_before"] == 0


def test_texts_moved_from_wherever_show_as_outsiders() -> None:
    old, new = rows()[:120], rows()[120:]
    assert all(one["outside"] <= 1 for one in strange_labels(old, new)["outsiders"])
    order = np.random.default_rng(4).permutation(len(new))
    turns = {"greet": "thank", "cancel": "thank", "thank": "thank"}
    moved = {place for place in order[:12] if new[place].intent != "thank"}
    spoilt = [row.labelled(turns[row.intent]) if i in moved else row for i, row in enumerate(new)]
    worst = strange_labels(old, spoilt)["outsiders"][0]
    assert (worst["given"], worst["outside_before"]) == ("thank", 0)
    assert worst["outside"] >= 0.7 * len(moved) and set(worst["texts"]) <= {new[i].text for i in moved}


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


def test_stories_are_played_to_the_end(model: Path, text_service: TextService, replaced: None) -> None:
    served = load_model(model, EventLog(":memory:"), PlayedActions())
    stories = [
        {"steps": [{"user": "hello"}, {"user": "I want a human"}, {"action": "action_hand_over"}]},
        {"steps": [{"user": "hello"}, {"action": "action_hand_over"}]},
    ]
    assert play(stories, served) == [True, False]


async def test_a_damaged_model_is_passed_over_for_the_last_good_one(
    model: Path, actions: ActionServer, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.tar.gz"
    broken.write_bytes(model.read_bytes()[:1000])
    served = Served(model, tmp_path / "trackers.db", actions.port)
    served.environment["FIRSTLINE_MODEL"] = f"{broken}{os.pathsep}{model}"
    await served.start()
    assert (await served.say("hello"))["model"] == "small"
    await served.stop()


async def test_a_message_gets_the_same_variation_whenever_it_is_answered(desk: InProcess) -> None:
    said = set()
    for number in range(6):
        answer = await desk.ask("hello", f"c_{number}", message_id="m_same")
        said.add(answer["utterances"][0]["text"])
    assert len(said) == 1


async def test_a_conversation_can_be_laid_out_as_it_was(served: Served) -> None:
    first = await served.say("open a ticket", conversation="c_then")
    status, _ = await served.call("PUT", "/trackers/c_again", {"events": first["events"]})
    assert status == 204
    answer = await served.say("My lamp flickers", conversation="c_again")
    assert answer["slots"]["ticket_subject"] == "My lamp flickers"
    assert (await served.call("PUT", "/trackers/c_again", {"events": 7}))[0] == 422
