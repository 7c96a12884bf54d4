"""Articles by the thousand: the company's own sentences, headings and questions, mixed anew.

No two are alike: each is about a made-up product of its own, whose name and numbers stand in every passage.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from knowledge.cut import Cut, asked_of
from knowledge.load import articles_in
from knowledge.split import plain, sections_of
from knowledge.words import Counted, hash_of
from nouns import Article, Passage
from reading.tokens import sentences, terms

PASSAGES = 4  # in one article
SENTENCES = 5
QUESTIONS = 3
ONSETS = (
    "Ar",
    "Bel",
    "Cor",
    "Dal",
    "Er",
    "Fen",
    "Gal",
    "Hol",
    "Is",
    "Jun",
    "Kal",
    "Lor",
    "Mar",
    "Nor",
    "Os",
    "Pel",
)
ENDINGS = ("an", "bo", "da", "el", "fi", "go", "ia", "ko", "lo", "mi", "na", "ro", "sa", "ta", "um", "vo")
SAY = {
    "en": ("The {name} was tested {number} times.", "{question} with the {name}", "{title}: {name}"),
    "zh": ("{name}经过了{number}次测试。", "{name}{question}", "{title}：{name}"),
}


@dataclass(frozen=True)
class Source:
    """What one of the company's articles lends."""

    title: str
    headings: Sequence[str]
    sentences: Sequence[str]
    questions: Sequence[str]


def sources_of(articles_dir: Path, language: str) -> list[Source]:
    """Take the public articles of a language apart."""
    found = []
    for article in articles_in(articles_dir)[0]:
        if article.language == language and article.audience == "public":
            sections = sections_of(article.body)
            texts = [plain(block) for section in sections for block in section.blocks]
            said = [one for text in texts for one in sentences(text)]
            headings = [section.headings[-1] for section in sections if section.headings] or [article.title]
            found.append(Source(article.title, headings, said, article.questions or [article.title]))
    return found


def article_of(number: int, sources: Sequence[Source], language: str) -> Article:
    """Make article `number`: the same one every time."""
    draw = random.Random(number)
    source, name = sources[number % len(sources)], name_of(number)
    test, asked, titled = SAY[language]
    parts = []
    for _ in range(PASSAGES):
        said = [draw.choice(source.sentences) for _ in range(SENTENCES)]
        own = test.format(name=name, number=draw.randrange(100, 100_000))
        parts.append(
            f"## {titled.format(title=draw.choice(source.headings), name=name)}\n\n{own} {' '.join(said)}"
        )
    questions = [asked.format(name=name, question=draw.choice(source.questions)) for _ in range(QUESTIONS)]
    title = titled.format(title=source.title, name=name)
    id = f"made/{number % 97:02}/{number:07}"
    return Article(id, title, language, "faq", "\n\n".join(parts), questions=tuple(questions))


def name_of(number: int) -> str:
    """Name a product: `Galfi Coran 412`."""
    words = []
    for _ in range(2):
        number, onset = divmod(number, len(ONSETS))
        number, ending = divmod(number, len(ENDINGS))
        words.append(ONSETS[onset] + ENDINGS[ending])
    return " ".join(words) + (f" {number}" if number else "")


def markdown_of(article: Article) -> str:
    """Write an article as a file would hold it."""
    asked = "".join(f"  - {question!r}\n" for question in article.questions)
    head = f"title: {article.title!r}\nlanguage: {article.language}\nquestions:\n{asked}"
    return f"---\n{head}---\n{article.body}\n"


def cuts_of(numbers: range, sources: Sequence[Source], language: str) -> Iterator[Cut]:
    """Cut made-up articles at their headings, sentence by sentence: what repeats is taken apart once."""
    for number in numbers:
        article = article_of(number, sources, language)
        passages = tuple(_passages(article))
        heads = [passage.headings[0] for passage in passages]
        texts = {
            "body": [f"{article.title}\n{one.headings[0]}\n{one.text}" for one in passages],
            "heading": [f"{article.title} – {heading}" for heading in heads],
            "question": [*article.questions, article.title],
        }
        title = _counted(article.title)
        counts = {
            "body": [Counted.of(title + _counted(one.headings[0]) + _summed(one.text)) for one in passages],
            "heading": [Counted.of(title + _counted(heading)) for heading in heads],
            "question": [Counted.of(_counted(text)) for text in texts["question"]],
        }
        asked = tuple(asked_of(terms(text)) for text in article.questions)
        yield Cut(number + 1, article, passages, texts, counts, (*asked, number + 1))


def _passages(article: Article) -> Iterator[Passage]:
    for place, part in enumerate(article.body.split("\n\n## ")):
        heading, _, text = part.removeprefix("## ").partition("\n\n")
        yield Passage(f"{article.id}#{place}", article.id, article.title, (heading,), text, article.language)


def _summed(text: str) -> Counter[int]:
    total: Counter[int] = Counter()
    for sentence in sentences(text):
        total.update(_counted(sentence))
    return total


@lru_cache(maxsize=20_000)
def _counted(text: str) -> Counter[int]:
    return Counter(map(hash_of, terms(text)))
