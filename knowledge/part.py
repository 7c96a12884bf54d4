"""The articles of one language, ready to be searched."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.field import Field
from knowledge.split import passages_of, plain
from knowledge.topic import Topic
from nouns import Article, Passage
from reading.script import CJK_LANGUAGES
from reading.tokens import terms

Ints = NDArray[np.int64]

FIELDS = ("body", "heading", "question")
SEARCHERS = (*(f"{field} {way}" for field in FIELDS for way in ("meaning", "words")), "topic")


@dataclass(frozen=True)
class Part:
    """One language's articles and passages, and the three fields over them.

    `passage_starts[i]` is the first passage of article i, `question_starts[i]` its first known question;
    a title stands as the last question of its article, so that none is without. `vocabulary[i]` counts in how
    many texts of article i a term stands, `rarity` weighs a term by how few articles hold it,
    `known` gives the article of a known question by its sorted terms.
    """

    language: str
    encoder: str
    articles: tuple[Article, ...]
    passages: tuple[Passage, ...]
    passage_starts: Ints
    question_starts: Ints
    fields: dict[str, Field]
    topic: Topic
    rarity: dict[str, float]
    vocabulary: tuple[Counter[str], ...]
    known: dict[tuple[str, ...], int]

    def save(self, folder: Path) -> None:
        """Write the part into a new folder."""
        folder.mkdir()
        for name, field in self.fields.items():
            field.save(folder / name)
        self.topic.save(folder / "topic.npz")
        described = {
            "encoder": self.encoder,
            "articles": [asdict(article) for article in self.articles],
        }
        (folder / "part.json").write_text(json.dumps(described, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def open(cls, folder: Path) -> Part:
        """Read a part whole."""
        described = json.loads((folder / "part.json").read_text(encoding="utf-8"))
        articles = [Article(**fields) for fields in described["articles"]]
        fields = {name: Field.open(folder / name) for name in FIELDS}
        return part_of(folder.name, described["encoder"], articles, fields, Topic.open(folder / "topic.npz"))


def part_of(
    language: str, encoder: str, articles: Sequence[Article], fields: dict[str, Field], topic: Topic
) -> Part:
    """Put a part together from its articles and what was made of them."""
    cut = [passages_of(article) for article in articles]
    vocabulary = tuple(
        Counter(term for text in [*_bodies(passages), *_asked(article)] for term in set(terms(text)))
        for article, passages in zip(articles, cut, strict=True)
    )
    return Part(
        language,
        encoder,
        tuple(articles),
        tuple(passage for passages in cut for passage in passages),
        _starts(map(len, cut)),
        _starts(len(_asked(article)) for article in articles),
        fields,
        topic,
        _rarity(vocabulary),
        vocabulary,
        _known(articles),
    )


def texts_of(articles: Sequence[Article]) -> dict[str, list[str]]:
    """List what each field compares a question with."""
    passages = [passage for article in articles for passage in passages_of(article)]
    return {
        "body": _bodies(passages),
        "heading": [" – ".join([passage.title, *passage.headings]) for passage in passages],
        "question": [text for article in articles for text in _asked(article)],
    }


def owners_of(articles: Sequence[Article]) -> Ints:
    """Give the article of every text of `texts_of`, field after field."""
    passages = [number for number, article in enumerate(articles) for _ in passages_of(article)]
    asked = [number for number, article in enumerate(articles) for _ in _asked(article)]
    return np.array(passages + passages + asked, np.int64)


def is_cjk_language(language: str) -> bool:
    """Whether articles of this language go to the encoder for Han, kana and hangul."""
    return language.split("-")[0].lower() in CJK_LANGUAGES


def _bodies(passages: Iterable[Passage]) -> list[str]:
    return ["\n".join([passage.title, *passage.headings[-1:], plain(passage.text)]) for passage in passages]


def _asked(article: Article) -> list[str]:
    return [*article.questions, article.title]


def _starts(sizes: Iterable[int]) -> Ints:
    return np.concatenate([[0], np.cumsum(list(sizes))[:-1]]).astype(np.int64)


def _known(articles: Sequence[Article]) -> dict[tuple[str, ...], int]:
    """Map known questions to the one article that claims them; internal articles claim nothing."""
    claims: dict[tuple[str, ...], set[int]] = defaultdict(set)
    for number, article in enumerate(articles):
        for text in _asked(article) if article.audience == "public" else ():
            claims[tuple(sorted(terms(text)))].add(number)
    return {words: min(numbers) for words, numbers in claims.items() if len(numbers) == 1}


def _rarity(vocabulary: Sequence[Counter[str]]) -> dict[str, float]:
    """Weigh a term by how few articles hold it (inverse document frequency as in BM25)."""
    counts = Counter(term for held in vocabulary for term in held)
    return {term: math.log1p((len(vocabulary) - n + 0.5) / (n + 0.5)) for term, n in counts.items()}
