"""The plain baseline: BM25, MiniLM and e5 over whole articles and their titles, z-scored and summed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from knowledge.arrays import Floats
from knowledge.cut import Cut
from knowledge.index import Progress
from nouns import Article
from reading.reader import Reader
from reading.tokens import terms

ENCODERS = ("minilm", "e5")


async def plain_scores(
    articles: Sequence[Article], questions: Sequence[str], reader: Reader, progress: Progress
) -> Floats:
    """Score every article for every question, as a first try would: nothing is learned."""
    scores, cuts = _standard(_by_words(articles, questions)), [Cut.of(0, article) for article in articles]
    encoded, texts = 0, len(ENCODERS) * sum(len(cut.passages) for cut in cuts)

    def encoding(more: int) -> None:
        nonlocal encoded
        encoded += more
        progress(encoded, texts)

    for encoder in ENCODERS:
        scores = scores + _standard(await _by_meaning(cuts, questions, encoder, reader, encoding))
    return scores


def _by_words(articles: Sequence[Article], questions: Sequence[str]) -> Floats:
    import bm25s

    words = bm25s.BM25(method="lucene")
    words.index([list(terms(f"{one.title}\n{one.body}")) for one in articles], show_progress=False)
    asked = [[term for term in terms(question) if term in words.vocab_dict] for question in questions]
    nothing = np.zeros(len(articles), np.float32)
    return np.stack([words.get_scores(each) if each else nothing for each in asked])


async def _by_meaning(
    cuts: Sequence[Cut],
    questions: Sequence[str],
    encoder: str,
    reader: Reader,
    encoding: Callable[[int], None],
) -> Floats:
    """Give each article the better of its best passage's cosine and its title's."""
    owners = [number for number, cut in enumerate(cuts) for _ in cut.passages]
    bodies = [text for cut in cuts for text in cut.texts["body"]]
    passages = await reader.encode_passages(bodies, encoder, encoding)
    titles = await reader.encode_questions([cut.article.title for cut in cuts], encoder)
    asked = await reader.encode_questions(questions, encoder)
    best = asked @ titles.T
    for row, owner in enumerate(owners):
        np.maximum(best[:, owner], asked @ passages[row], out=best[:, owner])
    return best


def _standard(scores: Floats) -> Floats:
    spread = scores.std(1, keepdims=True) + 1e-6
    return np.asarray((scores - scores.mean(1, keepdims=True)) / spread, np.float32)
