"""Probes: shared ones are found by each article that holds them, internal ones must not be answered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from knowledge.base import KnowledgeBase
from knowledge.checks.probes import Probe, ask_probes, broken_by, figures_of
from knowledge.checks.repeats import duplicates_in
from knowledge.features import FEATURES, features_of
from knowledge.index import build
from knowledge.load import articles_in
from knowledge.part import SEARCHERS
from knowledge.rehearse import OF_PROBES, outcomes_of, probed
from knowledge.search import rank, score
from nouns import Article, Decision
from reading.reader import Reader
from reading.tokens import terms

pytestmark = pytest.mark.models

SHARED, SECRET = "Must I pay for sending it?", "which goodwill voucher may I give"
HOLDING = {
    "delivery/norway": ("When will my parcel be in Oslo?", SHARED),
    "returns": (SHARED,),
    "internal/vouchers": (SECRET,),
}


async def built(articles: Path, index: Path, reader: Reader) -> KnowledgeBase:
    found = [replace(one, probes=HOLDING.get(one.id, ())) for one in articles_in(articles)[0]]
    await build(found, reader, index)
    return KnowledgeBase.open(index, articles, reader)


async def test_a_shared_probe_counts_once_and_an_internal_one_asks_for_silence(
    articles: Path, index: Path, reader: Reader
) -> None:
    base = await built(articles, index, reader)
    probes = await ask_probes(base, reader)
    shared = [probe for probe in probes if probe.question == SHARED]
    (secret,) = (probe for probe in probes if probe.question == SECRET)

    assert [probe.article for probe in shared] == ["delivery/norway", "returns"]
    assert shared[0].rank == shared[1].rank == 1
    assert secret.unanswerable and secret.is_kept and secret.beaten_by is None
    figures = figures_of(probes)["en"]
    assert (figures["probes"], figures["unanswerable"], figures["unanswerable_answered"]) == (2, 1, 0)


async def test_a_rehearsal_knows_all_that_answers_and_what_nothing_does(
    articles: Path, index: Path, reader: Reader
) -> None:
    store = (await built(articles, index, reader)).snapshot.stores["en"]
    part, every = store.whole, np.arange(len(store.whole.articles))
    tries = list(probed(part, store.probes, every))
    ids = [{part.articles[number].id for number in each.articles} for each in tries]
    assert ids == [{"delivery/norway"}, {"delivery/norway", "returns"}, set()]

    outcomes = outcomes_of(part, tries, np.ones(len(SEARCHERS), np.float32), OF_PROBES)
    assert outcomes.questions.tolist() == [0, 0, 1, 1, 2]
    assert outcomes.first.tolist()[1::2] == [0, 0]  # hidden, the shared one from both of its articles
    assert outcomes.first[2] == 1 and outcomes.first[4] == 0


async def test_a_question_that_nothing_may_answer_tells_against_an_answer(
    articles: Path, index: Path, reader: Reader
) -> None:
    base = await built(articles, index, reader)
    part = base.snapshot.stores["en"].whole
    assert len(part.refused) == 1  # what a public article holds as well is not refused

    async def features(text: str, *, is_refused: bool = False) -> dict[str, float]:
        vector = await reader.encode_question(text, part.encoder)
        scores = score(part, vector, terms(text), is_refused=is_refused)
        ranking = rank(part, scores, np.ones(len(SEARCHERS), np.float32), part.public)
        return dict(zip(FEATURES, features_of(part, ranking).tolist(), strict=True))

    asked, anew = await features(SECRET), await features(SECRET, is_refused=True)
    assert asked["refused"] == pytest.approx(asked["question meaning"] - 1, abs=1e-4)
    assert anew["refused"] == anew["question meaning"]  # it is the only one, and not compared with itself
    assert (await features(SHARED))["refused"] > asked["refused"]


def test_an_edit_that_answers_what_must_not_be_answered_breaks_a_probe() -> None:
    before = Probe("internal/vouchers", "en", SECRET, None, Decision.ABSTAIN, 0.2, None, unanswerable=True)
    after = replace(before, decision=Decision.ANSWER, beaten_by="returns")
    assert broken_by([before], [after]) == [after] and not broken_by([after], [before])


def test_articles_may_share_a_probe_but_not_a_known_question() -> None:
    one = Article("a", "A", "en", "faq", "", questions=("How do I return lamps?",), probes=(SHARED,))
    other = Article("b", "B", "en", "faq", "", probes=("how do i return lamp", SHARED))
    (duplicate,) = duplicates_in([one, other])
    assert duplicate.question == "How do I return lamps?"
