"""Our BM25 gives the scores of bm25s (Lucene's variant), to every text, to some, and after an edit."""

from collections import Counter
from collections.abc import Sequence

import bm25s
import numpy as np
import pytest

from knowledge import words as module
from knowledge.arrays import Owners, bounds
from knowledge.words import Counted, Rows, Vocabulary, Words, hash_of, rows_of, words_of

TERMS = [f"term{number}" for number in range(60)]


@pytest.fixture(scope="module")
def texts() -> list[list[str]]:
    random = np.random.default_rng(1)
    shares = 1 / np.arange(1, 61)
    return [list(random.choice(TERMS, size, p=shares / shares.sum())) for size in random.integers(1, 40, 300)]


@pytest.fixture(scope="module")
def words(texts: list[list[str]]) -> Words:
    return indexed(texts)


def indexed(texts: Sequence[Sequence[str]]) -> Words:
    starts, hashes, counts = rows_of([Counted.of(Counter(map(hash_of, text))) for text in texts])
    vocabulary = Vocabulary(np.unique(hashes))
    numbers = np.searchsorted(vocabulary.hashes, hashes).astype(np.int32)
    return words_of(vocabulary, Rows(starts, numbers, counts))


def test_every_text_gets_the_score_of_bm25s(texts: list[list[str]], words: Words) -> None:
    oracle = bm25s.BM25(method="lucene")
    oracle.index(texts, show_progress=False)
    for asked in (["term0", "term7", "term7"], ["term59"], ["term3", "term20", "term41", "unheard"]):
        known = [term for term in asked if term in oracle.vocab_dict]
        assert np.allclose(words.every(asked), oracle.get_scores(known), atol=1e-5)


def test_some_texts_get_the_same_scores_by_themselves(words: Words) -> None:
    rows, asked = np.array([7, 3, 299, 3]), ["term1", "term30", "unheard"]
    assert np.allclose(words.of(rows).every(asked), words.every(asked)[rows], atol=1e-5)


def test_the_best_are_found_without_scoring_all(words: Words) -> None:
    asked = ["term2", "term11", "term50"]
    scores = words.every(asked)
    assert scores[words.said(asked).best(10)[0]].min() >= np.sort(scores)[-10] - 1e-6
    assert len(words.said(["unheard"]).best(10)[0]) == 0


def test_what_is_usual_is_the_same_whether_every_text_has_a_score_or_few_do(
    words: Words, monkeypatch: pytest.MonkeyPatch
) -> None:
    articles = Owners.within(bounds([1, 9, 2, 88, 200]))
    counted, asked = np.array([True, True, False, True, True]), ["term2", "term40", "term55"]
    every = words.said(asked).usual(articles, counted)
    monkeypatch.setattr(module, "DENSE", 0)
    assert np.allclose(words.said(asked).usual(articles, counted), every, atol=1e-5)
    assert words.said(["unheard"]).usual(articles, counted) == (0, 0)


def test_texts_of_which_terms_left_some_out_get_their_whole_scores(
    words: Words, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, asked = np.array([4, 9, 120, 121, 298]), ["term0", "term1", "term17"]
    monkeypatch.setattr(module, "CHAMPIONS_DENSE", 30)
    said = words.said(asked)
    assert not said.whole
    some = words.some(rows, asked, said, words.of(rows[:2]))
    assert np.allclose(some, words.every(asked)[rows], atol=1e-5)
