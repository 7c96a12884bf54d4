"""Questions that lean on what was answered before."""

import pytest

from knowledge.base import KnowledgeBase
from knowledge.follow import Topic, completions, leans
from nouns import Answer, Decision
from reading.reader import Reader

pytestmark = pytest.mark.models

NORWAY = Topic("How long does a parcel to Norway take?", "delivery/norway", "Delivery to Norway")


@pytest.mark.parametrize(
    "question",
    [
        "and to Norway?",
        "what about the app?",
        "how much is it?",
        "how long?",
        "香港呢",
        "那可以退吗",
        "要多久",
    ],
)
def test_some_questions_lean_on_the_one_before(question: str) -> None:
    assert leans(question)


@pytest.mark.parametrize(
    "question",
    ["Do you ship to Norway?", "is it possible to return a lamp", "怎么取消订单", "what is the weather like"],
)
def test_others_stand_alone(question: str) -> None:
    assert not leans(question)


async def test_new_words_take_the_place_of_those_they_are_nearest_to(reader: Reader) -> None:
    assert "How long does a parcel to Sweden take" in await completions("and to Sweden?", NORWAY, reader)
    chinese = Topic("寄到瑞典运费多少", "delivery/sweden", "寄往瑞典")
    assert "寄到挪威运费多少" in await completions("那挪威呢？", chinese, reader)


async def test_a_clause_keeps_its_words_and_gets_the_topic(reader: Reader) -> None:
    assert await completions("what does it cost?", NORWAY, reader) == [
        "what does it cost? – Delivery to Norway"
    ]


async def ask(base: KnowledgeBase, reader: Reader, question: str) -> Answer:
    return await base.search(question, await reader.read(question), after=NORWAY)


async def test_a_follow_up_is_answered_and_says_what_it_was_taken_for(
    company: KnowledgeBase, reader: Reader
) -> None:
    answer = await ask(company, reader, "how many days is that?")
    assert (answer.hits[0].passage.article, answer.completed) == (
        "delivery/norway",
        "how many days is that? – Delivery to Norway",
    )


async def test_a_new_topic_is_asked_as_it_stands(company: KnowledgeBase, reader: Reader) -> None:
    for question in ("I forgot my password", "and who won the world cup?"):
        assert (await ask(company, reader, question)).completed is None
    assert (await ask(company, reader, "and who won the world cup?")).decision is not Decision.ANSWER
