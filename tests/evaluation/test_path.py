"""Ours and stock take turns, and each round is compared with its neighbour."""

import psutil

from evaluation.path import Side, talks_a_round, talks_of


def test_a_talk_has_questions_between_a_greeting_and_a_thank_you() -> None:
    talks = talks_of(["a", "b", "c", "d", "e"], 4)
    assert talks == [["Hello", "a", "b", "Thanks, that helped"], ["Hello", "c", "d", "Thanks, that helped"]]


def test_a_round_has_some_two_dozen_messages_however_long_the_talks() -> None:
    assert [talks_a_round(turns) for turns in (6, 12, 30)] == [4, 2, 1]


def test_a_side_counts_rounds_and_forgets_the_warm_up() -> None:
    side = Side(lambda: [1.0, 3.0], [psutil.Process()])
    side.run()
    side.forget()
    side.run()
    figures = side.figures()
    assert len(figures["rounds"]) == 1
    assert figures["wait"]["n"] == 2
    assert {"messages_per_second", "cpu_ms_per_message", "memory"} <= set(figures)
