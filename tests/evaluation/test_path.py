"""Ours and stock take turns, and each round is compared with its neighbour."""

import psutil

from evaluation.path import Side, talks_of


def test_a_talk_has_four_questions_between_a_greeting_and_a_thank_you() -> None:
    talks = talks_of(["a", "b", "c", "d", "e"])
    assert talks[0] == ["Hello", "a", "b", "c", "d", "Thanks, that helped"]
    assert len(talks) == 2


def test_a_side_counts_rounds_and_forgets_the_warm_up() -> None:
    side = Side(lambda: [1.0, 3.0], [psutil.Process()])
    side.run()
    side.forget()
    side.run()
    figures = side.figures()
    assert len(figures["rounds"]) == 1
    assert figures["wait"]["n"] == 2
    assert {"messages_per_second", "cpu_ms_per_message", "memory"} <= set(figures)
