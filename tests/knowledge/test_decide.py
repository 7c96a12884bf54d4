import pytest

from knowledge.checks.probes import same_article
from knowledge.checks.repeats import duplicates_in
from knowledge.decide import FEATURES, Judge, Logistic, decide, shipped_judge
from knowledge.part import SEARCHERS
from nouns import Article, Decision


@pytest.mark.parametrize("encoder", ["minilm", "e5", "/models/another"])
def test_a_judge_is_shipped_for_every_encoder(encoder: str) -> None:
    judge = shipped_judge(encoder)
    assert len(judge.fusion) == len(SEARCHERS)
    assert len(judge.first.weights) == len(judge.among.weights) == len(FEATURES)
    assert Judge.from_json(judge.to_json()) == judge


def test_fewer_errors_cost_answers() -> None:
    judge = shipped_judge("minilm")
    assert judge.threshold(0.02) > judge.threshold(0.05) > judge.threshold(0.2)
    assert judge.threshold(0.0) <= 1.0


def test_the_threshold_is_the_lowest_that_keeps_the_error_rate() -> None:
    nothing = Logistic((0.0,), 0.0)
    judge = Judge((), nothing, nothing, ((0.5, 0.2), (0.7, 0.05), (0.9, 0.01)))
    assert [judge.threshold(rate) for rate in (0.3, 0.05, 0.04, 0.001)] == [0.5, 0.7, 0.9, 1.0]


@pytest.mark.parametrize(
    ("first", "among", "articles", "decision"),
    [
        (0.9, 0.95, 9, Decision.ANSWER),
        (0.6, 0.8, 9, Decision.SUGGEST),
        (0.3, 0.4, 9, Decision.ABSTAIN),
        (0.6, 0.8, 1, Decision.ABSTAIN),
    ],
)
def test_answer_suggest_or_abstain(first: float, among: float, articles: int, decision: Decision) -> None:
    assert decide(first, among, 0.7, articles) is decision


def test_questions_that_two_articles_claim_are_found() -> None:
    one = Article("a", "A", "en", "faq", "", questions=("How do I return lamps?",))
    other = Article("b", "B", "en", "faq", "", probes=("how do i return lamp",))
    (duplicate,) = duplicates_in([one, other])
    assert duplicate.articles == ("a", "b")


def test_an_article_is_itself_in_another_language() -> None:
    assert same_article("delivery/norway", "delivery/norway.zh")
    assert not same_article("delivery/norway", "delivery/sweden.zh")
