import numpy as np
import pytest

from knowledge.base import KnowledgeBase
from nouns import Answer, Decision
from reading.reader import Reader

pytestmark = pytest.mark.models


@pytest.fixture
def base(company: KnowledgeBase) -> KnowledgeBase:
    return company


async def ask(base: KnowledgeBase, reader: Reader, question: str, **more: str) -> Answer:
    return await base.search(question, await reader.read(question), **more)


async def test_a_known_question_is_answered_from_its_article(base: KnowledgeBase, reader: Reader) -> None:
    answer = await ask(base, reader, "Do you ship to Norway?")
    assert answer.decision is Decision.ANSWER and answer.index == base.version
    assert answer.hits[0].passage.article == "delivery/norway" and answer.hits[0].scores["body meaning"] > 0.3


async def test_a_question_finds_articles_of_its_own_language(base: KnowledgeBase, reader: Reader) -> None:
    chinese, english = (
        await ask(base, reader, "可以寄到挪威吗"),
        await ask(base, reader, "Norway?", language="zh"),
    )
    assert {hit.passage.language for hit in chinese.hits} == {"zh"}
    assert {hit.passage.language for hit in english.hits} == {"en"}


async def test_what_no_article_covers_is_not_answered(base: KnowledgeBase, reader: Reader) -> None:
    for question in ("What is the square root of 361?", "北京有哪些好吃的烤鸭店"):
        assert (await ask(base, reader, question)).decision is not Decision.ANSWER


async def test_an_internal_article_never_comes_out(base: KnowledgeBase, reader: Reader) -> None:
    answer = await ask(base, reader, "which goodwill voucher may I give")
    assert (
        all(hit.passage.audience == "public" for hit in answer.hits)
        and answer.decision is not Decision.ANSWER
    )
    assert base.article("internal/vouchers") is None and base.passage("internal/vouchers#top") is None
    assert "internal/vouchers" not in [article.id for article in base.articles()]


async def test_the_team_sees_internal_articles(base: KnowledgeBase, reader: Reader) -> None:
    answer = await ask(base, reader, "which goodwill voucher may I give", audience="internal")
    assert answer.hits[0].passage.article == "internal/vouchers"
    assert base.article("internal/vouchers", audience="internal") is not None


async def test_each_hit_is_of_another_article(base: KnowledgeBase, reader: Reader) -> None:
    answer = await ask(base, reader, "parcel password return")
    articles = [hit.passage.article for hit in answer.hits]
    assert len(articles) == len(set(articles)) == 3
    assert [hit.score for hit in answer.hits] == sorted((hit.score for hit in answer.hits), reverse=True)


@pytest.mark.parametrize(
    "question", ["", "   ", "???", "\0", "\ud83d", "🙂", "a" * 5000, "挪威" * 2500, "return " * 700]
)
async def test_whatever_is_asked_gets_a_decision(base: KnowledgeBase, reader: Reader, question: str) -> None:
    answer = await ask(base, reader, question)
    assert answer.decision in Decision and 0 <= answer.probability <= 1


async def test_words_without_letters_abstain(base: KnowledgeBase, reader: Reader) -> None:
    answer = await ask(base, reader, "?!")
    assert (answer.decision, list(answer.hits)) == (Decision.ABSTAIN, [])


async def test_passages_and_articles_are_looked_up_by_id(base: KnowledgeBase) -> None:
    passage = base.passage("delivery/norway#where-can-i-pick-it-up")
    assert passage is not None and passage.headings == ("Where can I pick it up?",)
    assert [article.id for article in base.articles(language="zh")] == ["delivery/norway.zh"]


async def test_an_answer_shows_its_grounds(base: KnowledgeBase, reader: Reader) -> None:
    answer = await ask(base, reader, "When will a parcel to Oslo arrive?")
    assert answer.probability == pytest.approx(
        1 / (1 + np.exp(-sum(one.share for one in answer.grounds))), 1e-3
    )
    for hit in answer.hits:
        assert hit.score == pytest.approx(sum(hit.shares.values()), abs=1e-3)
    assert 0 < answer.threshold <= 1
