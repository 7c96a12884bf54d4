"""The sentence of an answer that is marked."""

from datetime import UTC, datetime

import pytest

from connectors.slack.markup import to_mrkdwn
from connectors.telegram.formatting import pieces_of
from connectors.wire import message_json
from knowledge.sentence import best_sentence, emphasised
from nouns import Author, Kind, Message, Source
from reading.tokens import terms

NORWAY = "A parcel takes 1-3 working days. It costs NOK 79. Pick it up at the parcel shop within 14 days."
CHINESE = "包裹需要 1-3 个工作日。运费是 79 克朗。请在 14 天内到自提点领取。"


def best(text: str, question: str) -> str | None:
    asked = terms(question)
    return best_sentence(text, asked, dict.fromkeys(terms(text), 1.0))


@pytest.mark.parametrize(
    ("text", "question", "sentence"),
    [
        (NORWAY, "how much does it cost", "It costs NOK 79."),
        (NORWAY, "where is the parcel shop", "Pick it up at the parcel shop within 14 days."),
        (CHINESE, "运费多少", "运费是 79 克朗。"),
    ],
)
def test_the_sentence_that_holds_most_of_the_question(text: str, question: str, sentence: str) -> None:
    assert best(text, question) == sentence


@pytest.mark.parametrize(
    "text",
    [
        "It costs NOK 79.",
        "It costs NOK 79, whatever the parcel weighs and wherever in Norway it goes to. Fine.",
        "Look here.\n\n| cost | NOK 79 |\n| --- | --- |\n| cost | more |\n\nThat is all of it.",
        "Look here.\n\n- costs NOK 79\n- costs NOK 80\n\nThat is all of it.",
        "Look here.\n\n```\ncost = 79\n```\n\nThat is all of it.",
        "It costs **NOK 79**. It comes within two days and goes anywhere.",
    ],
)
def test_what_stands_out_anyway_or_is_no_running_text_is_not_marked(text: str) -> None:
    assert best(text, "what does it cost") is None


def answer(text: str, sentence: str | None) -> Message:
    source = Source("norway", "Norway", "/help/en/norway", 0.9, sentence)
    return Message("m1", "c1", 1, Author.BOT, text, datetime.now(UTC), Kind.ANSWER, sources=[source])


def test_each_channel_marks_it_in_its_own_way_and_the_text_stays() -> None:
    told = message_json(answer(CHINESE, "运费是 79 克朗。"))
    assert "<mark>运费是 79 克朗</mark>。" in told["html"] and told["text"] == CHINESE
    bold = emphasised(CHINESE, "运费是 79 克朗。")
    assert "<b>运费是 79 克朗</b>。请在" in pieces_of(bold)[0] and "*运费是 79 克朗*。" in to_mrkdwn(bold)
    assert "<mark>" not in message_json(answer(CHINESE, None))["html"]
