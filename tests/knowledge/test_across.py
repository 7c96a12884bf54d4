"""What exists in one language alone is offered to who asks in the other, and never answered."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from knowledge.across import FLOOR, OFFERED, offered
from knowledge.base import KnowledgeBase
from knowledge.editing import Editor
from knowledge.index import Snapshot, build_folder
from knowledge.lone import lone_among
from nouns import Answer, Decision, Passage
from reading.reader import Reader
from tests.knowledge.company import ARTICLES

pytestmark = pytest.mark.models

PASSWORD = "怎么重置密码"
TRANSLATED = """---
title: 重置密码
language: zh
kind: faq
questions: [忘记密码怎么办]
---
点击“忘记密码”，按链接操作，30 分钟内有效。
"""
ALIPAY = """---
title: 支付宝付款
language: zh
kind: faq
questions: [可以用支付宝付款吗]
---
可以，结账时选择支付宝。
"""


def lone(snapshot: Snapshot) -> dict[str, list[str]]:
    """Which articles are kept for questions in the other language."""
    return {
        language: [store.stock.articles[int(number)].id for number in store.across.numbers]
        for language, store in snapshot.stores.items()
        if store.across
    }


def names(answer: Answer) -> list[str]:
    return [hit.passage.article for hit in answer.across]


async def ask(base: KnowledgeBase, reader: Reader, question: str) -> Answer:
    return await base.search(question, await reader.read(question))


async def company_of(ids: Sequence[str], folder: Path, reader: Reader, **more: str) -> KnowledgeBase:
    for id, text in ({id: ARTICLES[id] for id in ids} | more).items():
        path = folder / "articles" / f"{id}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    snapshot = await build_folder(folder / "articles", reader, folder / "index")
    return KnowledgeBase(snapshot, folder / "index", reader)


def test_a_counterpart_is_of_the_other_script() -> None:
    public = {"en": ["norway", "returns"], "de": ["norway.de"], "zh": ["norway.zh", "fapiao.zh"]}
    assert lone_among(public) == {"en": ["returns"], "de": [], "zh": ["fapiao.zh"]}


@pytest.mark.parametrize(
    ("scores", "number"),
    [
        ([], 0),
        ([FLOOR - 0.01], 0),
        ([FLOOR, FLOOR - 0.01], 2),
        ([0.95, FLOOR], 1),
        ([0.9] * 5, OFFERED),
    ],
)
def test_only_what_comes_near_is_offered(scores: Sequence[float], number: int) -> None:
    passage = Passage("a#top", "a", "A", (), "A.", "en")
    assert len(offered([(passage, score) for score in scores])) == number


async def test_a_chinese_question_is_offered_the_english_article_that_alone_may_answer_it(
    company: KnowledgeBase, reader: Reader
) -> None:
    answer = await ask(company, reader, PASSWORD)
    assert (answer.decision, names(answer)[0]) == (Decision.ABSTAIN, "account/password")
    assert answer.across[0].passage.language == "en" and answer.across[0].score >= FLOOR


async def test_what_is_answered_in_its_own_language_is_offered_nothing_more(
    company: KnowledgeBase, reader: Reader
) -> None:
    answer = await ask(company, reader, "可以寄到挪威吗")
    assert (answer.decision, answer.across) == (Decision.ANSWER, ())


async def test_what_no_article_covers_is_offered_nothing(company: KnowledgeBase, reader: Reader) -> None:
    for question in ("北京有哪些好吃的烤鸭店", "明天天气怎么样", "???", "🙂", "1", "嗯嗯"):
        assert names(await ask(company, reader, question)) == []


async def test_neither_internal_articles_nor_those_with_a_counterpart_are_offered(
    company: KnowledgeBase, reader: Reader
) -> None:
    assert lone(company.snapshot) == {"en": ["account/password", "returns"]}
    for question in ("我可以给客户哪张优惠券", "which goodwill voucher may I give", "优惠券代码 GOODWILL15"):
        assert "internal/vouchers" not in names(await ask(company, reader, question))


async def test_an_internal_translation_is_none(tmp_path: Path, reader: Reader) -> None:
    hidden = TRANSLATED.replace("kind: faq", "kind: faq\naudience: internal")
    base = await company_of(
        ["account/password", "delivery/norway.zh"], tmp_path, reader, **{"account/password.zh": hidden}
    )
    assert names(await ask(base, reader, PASSWORD)) == ["account/password"]


async def test_a_company_that_writes_english_only_still_helps_who_asks_in_chinese(
    tmp_path: Path, reader: Reader
) -> None:
    base = await company_of(["account/password", "returns", "internal/vouchers"], tmp_path, reader)
    answer = await ask(base, reader, PASSWORD)
    assert (answer.decision, list(answer.hits)) == (Decision.ABSTAIN, [])
    assert names(answer) == ["account/password"] and base.passage(answer.across[0].passage.id)
    assert names(await ask(base, reader, "优惠券代码是多少，GOODWILL15 吗")) == []


async def test_a_company_that_writes_chinese_only_still_helps_who_asks_in_english(
    tmp_path: Path, reader: Reader
) -> None:
    base = await company_of(["delivery/norway.zh"], tmp_path, reader, alipay=ALIPAY)
    answer = await ask(base, reader, "Can I pay with Alipay?")
    assert (answer.decision, names(answer)) == (Decision.ABSTAIN, ["alipay"])
    assert answer.across[0].passage.language == "zh"


async def test_a_company_with_everything_translated_keeps_nothing_more(
    tmp_path: Path, reader: Reader
) -> None:
    base = await company_of(["delivery/norway", "delivery/norway.zh"], tmp_path, reader)
    assert lone(base.snapshot) == {} and not list((tmp_path / "index").glob("*/*/across"))


async def test_a_translation_takes_an_article_out_at_once_and_its_end_brings_it_back(
    reader: Reader, articles: Path, index: Path
) -> None:
    await build_folder(articles, reader, index)
    editor = Editor(KnowledgeBase.open(index, articles, reader), articles, index, reader)
    seen = await editor.save("account/password.zh", TRANSLATED, "")
    assert lone(editor.base.snapshot) == {"en": ["returns"]}
    answer = await ask(editor.base, reader, PASSWORD)
    assert (answer.hits[0].passage.article, names(answer)) == ("account/password.zh", [])
    await editor.remove("account/password.zh", seen)
    assert names(await ask(editor.base, reader, PASSWORD)) == ["account/password"]


async def test_an_edit_changes_what_is_offered_and_keeps_the_rest(
    reader: Reader, articles: Path, index: Path
) -> None:
    await build_folder(articles, reader, index)
    editor = Editor(KnowledgeBase.open(index, articles, reader), articles, index, reader)
    assert names(await ask(editor.base, reader, "灯坏了保修多久")) == []
    warranty = "---\nquestions: [how long is the warranty on a broken lamp]\n---\n# Warranty\n\nFive years."
    await editor.save("warranty", warranty, "")
    assert names(await ask(editor.base, reader, "灯坏了保修多久"))[0] == "warranty"
    assert names(await ask(editor.base, reader, PASSWORD))[0] == "account/password"


async def test_a_question_costs_one_more_text_at_most_and_only_where_nothing_answers(
    company: KnowledgeBase, reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chinese = await company_of(["delivery/norway.zh"], tmp_path, reader, alipay=ALIPAY)
    asked = [
        (base, question, await reader.read(question))
        for base, question in (
            (company, "Do you ship to Norway?"), (company, PASSWORD), (chinese, "Can I pay with Alipay?")
        )
    ]  # fmt: skip
    encoded: list[str] = []
    really = reader.encode_question

    async def counted(text: str, encoder: str) -> object:
        encoded.append(text)
        return await really(text, encoder)

    monkeypatch.setattr(reader, "encode_question", counted)
    for base, question, reading in asked:
        await base.search(question, reading)
    assert encoded == ["Can I pay with Alipay?"]


async def test_without_a_multilingual_encoder_nothing_is_kept(
    reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Reader, "multilingual", None)
    base = await company_of(["account/password", "delivery/norway.zh"], tmp_path, reader)
    assert lone(base.snapshot) == {} and names(await ask(base, reader, PASSWORD)) == []


async def test_where_most_is_written_in_the_other_language_a_few_articles_answer_less(
    tmp_path: Path, reader: Reader
) -> None:
    few = {"account/password": ARTICLES["account/password"]}
    alone = await company_of([], tmp_path / "alone", reader, **few)
    topics = ("发票", "支付宝", "微信", "双十一", "港澳台", "插头", "海关", "代购")
    chinese = {
        f"cn/{n}.zh": f"---\ntitle: {topic}\nlanguage: zh\n---\n{topic}见此。"
        for n, topic in enumerate(topics)
    }
    beside = await company_of([], tmp_path / "beside", reader, **few, **chinese)
    question = "the link for a new password does not open"
    plain, wary = await ask(alone, reader, question), await ask(beside, reader, question)
    assert wary.probability < plain.probability and wary.grounds[-1].feature == "untranslated"
    assert sum(one.share for one in wary.grounds) < sum(one.share for one in plain.grounds)
    known = await ask(beside, reader, "I forgot my password")
    assert (known.decision, known.hits[0].passage.article) == (Decision.ANSWER, "account/password")
