"""What MiniLM alone settles is answered from it; of anything else e5 is asked too."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from knowledge.arrays import Doubles
from knowledge.base import KnowledgeBase
from knowledge.decide import Judge, Logistic, Look, Tried, is_settled
from knowledge.features import FEATURES
from knowledge.index import Snapshot, build_folder, open_snapshot
from knowledge.part import SEARCHERS
from knowledge.rehearse import LEAST_GAINED, Outcomes, Rehearsal, gained, judge_of, unseen
from nouns import Problem
from reading.encoders import BOTH, MINILM_SHARE
from reading.reader import Reader

ASKED, ELSE = "How long does a parcel to Norway take?", "Could my aunt in Oslo get one by Friday?"


def always(probability: float) -> Logistic:
    nothing = (0.0,) * len(FEATURES)
    return Logistic(nothing, float(np.log(probability / (1 - probability))), nothing)


def judged(snapshot: Snapshot, first: float, second: float) -> Snapshot:
    """The same articles, under a judge that is so sure of everything at the first look, and at the second."""
    judge = snapshot.judges["en"]
    again = Look(judge.fusion, always(second), always(second))
    told = Judge(judge.fusion, always(first), always(first), judge.tried, judge.overlap, judge.own, again)
    return Snapshot(snapshot.version, "", snapshot.stores, {**snapshot.judges, "en": told}, {})


@pytest.mark.models
@pytest.mark.parametrize(("first", "again"), [(0.97, False), (0.01, False), (0.5, True), (0.9, True)])
async def test_only_what_the_first_look_does_not_settle_is_looked_at_again(
    company: KnowledgeBase, reader: Reader, first: float, again: bool
) -> None:
    base = company.with_snapshot(judged(company.snapshot, first, 0.7))
    answer = await base.search(ELSE, await reader.read(ELSE))
    assert answer.again is again
    assert answer.probability == pytest.approx(0.7 if again else first, abs=1e-6)


@pytest.mark.models
async def test_the_second_look_goes_by_the_mean_of_both_encoders_cosines(
    company: KnowledgeBase, reader: Reader
) -> None:
    store, own = company.snapshot.stores["en"], np.frombuffer((await reader.read(ELSE)).vector, "<f4")
    assert (store.encoder, reader.parts_of(BOTH)) == (BOTH, ["minilm", "e5"]) and store.first is not None
    body, both = store.fields["body"], await reader.encode_again(ELSE, own)
    minilm = body.by_meaning(store.first.asks(own))
    e5 = store.fields["body"].vectors[:, 384:] @ both[384:] / (1 - MINILM_SHARE)
    assert np.abs(body.by_meaning(both) - MINILM_SHARE * minilm - (1 - MINILM_SHARE) * e5).max() < 1e-5
    alone = await reader.encode_passages([store.stock.passages[0].text], "minilm")
    assert np.linalg.norm(store.first.own(body.vectors[0])) == pytest.approx(
        np.linalg.norm(alone[0]), abs=1e-3
    )


@pytest.mark.models
async def test_a_question_that_an_article_names_is_looked_at_once(
    company: KnowledgeBase, reader: Reader
) -> None:
    named = company.article("delivery/norway")
    assert named is not None
    base = company.with_snapshot(judged(company.snapshot, 0.5, 0.5))
    answer = await base.search(named.questions[0], await reader.read(named.questions[0]))
    assert answer.known and not answer.again


@pytest.mark.models
async def test_without_a_second_look_articles_are_encoded_once_and_an_index_of_two_is_refused(
    articles: Path, index: Path, reader: Reader
) -> None:
    await build_folder(articles, reader, index)
    single = Reader(reader._encoder, reader._encoder_cjk, reader._cache, lambda _: reader._encoder)
    with pytest.raises(Problem, match=r"minilm\+e5 \(768 dimensions\).*SECOND_LOOK"):
        open_snapshot(index, single)
    snapshot = await build_folder(articles, single, index)
    assert snapshot.stores["en"].encoder == "minilm" and snapshot.stores["en"].first is None
    base = KnowledgeBase(snapshot, index, single)
    answer = await base.search(ASKED, await single.read(ASKED))
    assert answer.hits[0].passage.article == "delivery/norway" and not answer.again


@pytest.mark.models
async def test_a_base_that_grows_large_is_looked_at_once_and_again_when_it_is_small(
    articles: Path, index: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await build_folder(articles, reader, index)).stores["en"].encoder == BOTH
    monkeypatch.setattr("knowledge.index.LOOKED_AGAIN", 5)
    (articles / "more.md").write_text("---\ntitle: More lamps\n---\nThere are more lamps.", encoding="utf-8")
    large = await build_folder(articles, reader, index)
    assert large.stores["en"].encoder == "minilm" and large.stores["en"].first is None
    answer = await KnowledgeBase(large, index, reader).search(ASKED, await reader.read(ASKED))
    assert answer.hits[0].passage.article == "delivery/norway" and not answer.again
    (articles / "more.md").unlink()
    assert (await build_folder(articles, reader, index)).stores["en"].encoder == BOTH


def test_what_is_promised_counts_the_second_look_where_the_first_settles_nothing() -> None:
    rows = 400
    draw = np.random.default_rng(3)
    right = (draw.random(rows) < 0.5).astype(np.float64)
    articles, questions = np.arange(rows, dtype=np.float64), np.arange(rows, dtype=np.float64)

    def outcomes(told: float) -> Outcomes:
        """Features of which the first tells by so much whether the first article is right."""
        features = draw.normal(size=(rows, len(FEATURES)))
        features[:, 0] += told * (2 * right - 1)
        features[:, -1] = 0  # a strange name, which weighs what it weighs
        return Outcomes(features, right, right, np.ones(rows), articles, questions)

    weak, strong = outcomes(0.3), outcomes(4.0)

    def errors(tried: tuple[Tried, ...]) -> float:
        return float(np.mean([(each.sure >= 0.5) != each.right for each in tried]))

    alone, both = unseen([weak]), unseen([weak, strong])
    assert all(two.sure == one.sure for one, two in zip(alone, both, strict=True) if is_settled(one.sure))
    assert errors(both) < 0.05 < errors(alone)


def test_a_second_look_is_taken_where_it_puts_more_right_articles_first() -> None:
    rows = 300
    draw = np.random.default_rng(4)
    numbers = np.arange(rows, dtype=np.float64)

    def outcomes(right: Doubles) -> Outcomes:
        """The first article is right for these; no feature tells of which."""
        features = draw.normal(size=(rows, len(FEATURES))) * 0.01
        return Outcomes(features, right, right, np.ones(rows), numbers, numbers)

    first, fusion = (draw.random(rows) < 0.6).astype(np.float64), np.ones(len(SEARCHERS), np.float32)
    better = np.maximum(first, draw.random(rows) < 0.1)
    for second, taken in ((first, False), (better, True), (1 - better, False)):
        looks = [outcomes(first), outcomes(second)]
        assert (gained(*looks) >= LEAST_GAINED) is taken
        judge = judge_of([Rehearsal(each, fusion) for each in looks])
        assert (judge.again is not None) is taken and len(judge.looks) == 1 + taken
