"""The demo company's own articles: what they say they answer must be found, and nothing else answered."""

import json
from pathlib import Path

import pytest

from knowledge.base import KnowledgeBase
from knowledge.checks.probes import ask_probes, figures_of
from knowledge.index import build_folder
from nouns import Decision
from reading.reader import Reader
from tests.reading.loaded import finish

pytestmark = pytest.mark.models

CHECKOUT = Path(__file__).parents[2]
ARTICLES = CHECKOUT / "knowledge" / "articles"


@pytest.fixture(scope="module")
def demo(reader: Reader, tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    index = tmp_path_factory.mktemp("demo")
    finish(build_folder(ARTICLES, reader, index))
    return KnowledgeBase.open(index, ARTICLES, reader)


async def test_every_probe_finds_its_article(demo: KnowledgeBase, reader: Reader) -> None:
    for language, figures in figures_of(await ask_probes(demo, reader)).items():
        assert figures["r1"] >= 0.90, f"{language}: see firstline knowledge check"
        assert figures["r3"] >= 0.97, f"{language}: see firstline knowledge check"


async def test_questions_from_elsewhere_are_rarely_answered(demo: KnowledgeBase, reader: Reader) -> None:
    lines = (CHECKOUT / "tests" / "data" / "out_of_scope.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines]
    answers = [await demo.search(text, await reader.read(text)) for text in questions]
    assert sum(answer.decision is Decision.ANSWER for answer in answers) <= 0.10 * len(questions)


async def test_another_companys_things_are_not_answered_for(demo: KnowledgeBase, reader: Reader) -> None:
    """Each is a known question but for a name or a thing that no article mentions."""
    for question in ("星巴克礼品卡能用多久", "比亚迪的保修期是几年", "戴森吸尘器充不进电"):
        assert (await demo.search(question, await reader.read(question))).decision is not Decision.ANSWER
    for question in ("礼品卡能用多久", "怎么cancel订单", "寄到挪威的运费是多少"):
        assert (await demo.search(question, await reader.read(question))).decision is Decision.ANSWER
    place = "寄到杭州的运费是多少"  # no article names it, but a place is nobody's thing
    assert (await demo.search(place, await reader.read(place))).decision is not Decision.ABSTAIN


async def test_internal_articles_stay_inside_whatever_is_asked(demo: KnowledgeBase, reader: Reader) -> None:
    internal = [article for article in demo.articles(audience="internal") if article.audience == "internal"]
    assert internal
    for question in (question for article in internal for question in (*article.questions, article.title)):
        answer = await demo.search(question, await reader.read(question), limit=10)
        assert all(hit.passage.audience == "public" for hit in answer.hits)
