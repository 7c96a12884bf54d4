from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chi2

from knowledge.checks.probes import same_article
from knowledge.checks.repeats import duplicates_in
from knowledge.decide import Judge, Logistic, Tried, decide, grounds_of, most, shipped_judge
from knowledge.features import FEATURES
from knowledge.part import SEARCHERS
from nouns import Article, Decision


@pytest.mark.parametrize("encoder", ["minilm", "e5", "/models/another"])
def test_a_judge_is_shipped_for_every_encoder(encoder: str) -> None:
    judge = shipped_judge(encoder)
    assert len(judge.fusion) == len(SEARCHERS)
    assert len(judge.first.weights) == len(judge.among.weights) == len(FEATURES)
    assert Judge.from_json(judge.to_json()) == judge


NOTHING = Logistic((0.0,), 0.0, (0.0,))


def judge(asked: list[tuple[float, int]], overlap: float = 0.0, *, own: bool = True) -> Judge:
    tried = (Tried(sure, right, 1.0, number) for number, (sure, right) in enumerate(asked))
    return Judge((), NOTHING, NOTHING, tuple(tried), overlap, own)


SURE_AND_RIGHT = [(0.95, 1)] * 100
UNSURE = [(0.6, 1), (0.6, 0)] * 50


def test_what_is_promised_has_been_tested() -> None:
    tested = judge([*SURE_AND_RIGHT, *UNSURE])
    promised = tested.promised(0.05)
    assert promised is not None and 0.6 < promised <= 0.95
    assert tested.threshold(0.05) == promised


def test_a_looser_rate_buys_more_answers() -> None:
    outcomes = [*SURE_AND_RIGHT, *[(0.8, 1)] * 90, *[(0.8, 0)] * 10, *UNSURE]
    assert judge(outcomes).threshold(0.2) < judge(outcomes).threshold(0.05)


def test_too_few_outcomes_promise_nothing_and_are_answered_carefully() -> None:
    few = judge([(0.95, 1)] * 40 + [(0.6, 0)] * 10)
    assert few.promised(0.05) is None
    assert 0.6 < few.threshold(0.05) <= 0.95


def test_a_question_counts_both_ways_and_once() -> None:
    """Half of the questions are answered with their article there, and wrongly once it is hidden."""
    ways = [way for number in range(50) for way in (Tried(0.95, 1, 0.8, number), Tried(0.6, 0, 0.2, number))]
    more = [
        way for number in range(50, 100) for way in (Tried(0.8, 1, 0.8, number), Tried(0.8, 0, 0.2, number))
    ]
    both = replace(judge([]), tried=(*ways, *more))
    assert both.questions == 100
    assert 0.8 < both.careful(0.05) <= 0.95
    assert both.answered(0.9) == pytest.approx(0.4) and both.answered(0.7) == pytest.approx(0.9)


@pytest.mark.parametrize("events", [0, 3, 17])
def test_the_bound_of_equal_events_is_the_exact_one_of_a_count(events: int) -> None:
    assert most(np.ones(events), np.ones(200)) == pytest.approx(chi2.ppf(0.95, 2 * (events + 1)) / 2)


def test_many_small_events_are_bound_more_tightly_than_few_large_ones() -> None:
    assert most(np.full(100, 0.1), np.full(300, 0.1)) < most(np.ones(10), np.ones(30))


def test_another_bases_outcomes_promise_nothing() -> None:
    assert judge([(0.95, 1)] * 500, own=False).promised(0.05) is None


def test_a_promise_holds_on_questions_of_the_same_kind() -> None:
    """Of 200 bases whose true error is known, at most about one in twenty may break its promise."""
    chance, broken = np.random.default_rng(0), 0
    for _ in range(200):
        sure = chance.random(300)
        right = chance.random(300) < sure
        threshold = judge(list(zip(sure.tolist(), right.astype(int).tolist(), strict=True))).promised(0.1)
        broken += threshold is not None and (1 - threshold) / 2 > 0.1
    assert broken <= 16


def test_the_curve_tells_what_each_threshold_buys() -> None:
    (strictest, *_, loosest) = judge([*SURE_AND_RIGHT, *UNSURE]).curve()
    assert (strictest["wrong"], loosest["answered"], loosest["wrong"]) == (0.0, 1.0, 0.25)


def test_the_grounds_add_up_to_the_probability() -> None:
    model = Logistic(tuple(0.1 * n for n in range(len(FEATURES))), -1.0, (0.5,) * len(FEATURES))
    features = np.linspace(0, 1, len(FEATURES))
    odds = sum(ground.share for ground in grounds_of(model, features))
    assert model.probability(features) == pytest.approx(1 / (1 + np.exp(-odds)))


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
