"""What came of a held-out message: who dealt with it, and was that right?"""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from evaluation.routing import Wanted, came_of, sum_up, wanted
from nouns import Turn


def turn(intent: str, decision: str | None = None, articles: Sequence[str] = ()) -> Turn:
    """A turn as the program keeps it."""
    passages = [{"article": article} for article in articles]
    knowledge = {"decision": decision, "passages": passages} if decision else {}
    ranking = [{"name": intent, "confidence": 0.9}]
    return Turn("m", "c", "text", "en", intent, ranking, [], {}, knowledge, [], {}, datetime.now(UTC))


TICKET = Wanted("open a ticket", "en", "open_ticket")
NORWAY = Wanted("do you ship to Norway", "en", articles=("delivery/norway",))
IKEA = Wanted("does IKEA sell bulbs", "en", articles=())


@pytest.mark.parametrize(
    ("row", "happened", "came"),
    [
        (TICKET, turn("open_ticket"), "done"),
        (TICKET, turn("complain"), "done wrongly"),
        (TICKET, turn("nlu_fallback", "answer", ["tickets"]), "answered wrongly"),
        (NORWAY, turn("ask_question", "answer", ["delivery/norway"]), "answered"),
        (NORWAY, turn("ask_question", "answer", ["returns", "delivery/norway"]), "answered wrongly"),
        (NORWAY, turn("nlu_fallback", "suggest", ["returns", "delivery/norway"]), "suggested"),
        (NORWAY, turn("open_ticket"), "done wrongly"),
        (IKEA, turn("ask_question", "abstain"), "abstained"),
        (IKEA, turn("ask_question", "answer", ["returns"]), "answered wrongly"),
        (IKEA, None, "nothing"),
    ],
)
def test_what_came_of_a_message_is_told_by_its_turn(row: Wanted, happened: Turn | None, came: str) -> None:
    assert came_of(row, happened) == came


def test_what_was_done_or_answered_wrongly_is_counted_and_named() -> None:
    figures = sum_up([
        (TICKET, turn("open_ticket")),
        (NORWAY, turn("ask_question", "answer", ["delivery/norway"])),
        (IKEA, turn("open_ticket")),
        (IKEA, turn("nlu_fallback", "abstain")),
    ])  # fmt: skip
    assert (figures["do_done"], figures["know_answered_right"], figures["uncovered_let_be"]) == (1, 1, 0.5)
    assert figures["routed_right"] == 0.75
    assert figures["wrong_of_acted"] == pytest.approx(1 / 3, abs=1e-3)
    assert figures["wrong_of_acted_95"][0] < 1 / 3 < figures["wrong_of_acted_95"][1]
    assert [one["came"] for one in figures["wrong"]] == ["done wrongly"]


def test_the_messages_are_held_out_distinct_and_of_all_three_kinds() -> None:
    rows = wanted()
    assert len({row.text for row in rows}) == len(rows) > 1000
    kinds = {(row.language, row.kind) for row in rows}
    assert kinds == {(language, kind) for language in ("en", "zh") for kind in ("do", "know", "uncovered")}
