"""Follow-ups: a question that can't stand alone is completed from what was answered before.

"and to Norway?" after "How much is delivery to Sweden?" becomes "How much is delivery to Norway?": the words
that are nearest in meaning give way. "how long does it take?" keeps its words and gets the topic beside them.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from knowledge.decide import KNOWN
from nouns import Answer, Decision
from reading.reader import Reader
from reading.script import fold, is_cjk
from reading.tokens import has_verb, terms, words

SPAN_WORDS = 3
SHORT_WORDS = 5
SHORT_LETTERS, TIED_LETTERS = 8, 12  # of Chinese without a question word; of "那…呢"
MOST_SPANS = 10  # of the question before, compared with the new words
NEAR = {False: 0.25, True: 0.85}  # from which cosine on words may give way, of MiniLM and of e5

_lead = re.compile(
    r"^(?:(?:ok(?:ay)?|so|and|or|but|then|also)\b[ ,]*)*(?:(?:what|how) about\b|same for\b)?[ ,]*", re.I
)
_tail = re.compile(r"[ ,]*(?:\b(?:too|as well|instead|then|please))?[ ?!.…]*$", re.I)
_lead_zh = re.compile(r"^(?:那么|那|还有|另外|如果是|换成)[，, ]*")
_tail_zh = re.compile(r"[呢嘛啊呀?!。 ]*$")
_preposition = re.compile(r"^(?:to|for|from|in|on|at|by|with|of|寄到|送到|到|在|用)\s*", re.I)
_ends_in_preposition = re.compile(r"(?:\b(?:to|for|from|in|on|at|by|with|of)\s+|寄到|送到|到|在|用)$", re.I)
_asks = re.compile(
    r"\b(?:who|whom|whose|what|which|where|when|why|how|is|are|was|were|do|does|did|can|could|may|will|would|"
    r"should|must|have|has|had|am|i|i'm|i'd|you|we|my)\b",
    re.I,
)
_asks_zh = re.compile("怎么|怎样|如何|什么|哪|谁|几|多[少久长高大远]|吗|能|可以|有没有|是不是|要|会|需|想")
_points = re.compile(r"\b(?:it|its|that|this|these|those|they|them|one|ones|there)\b", re.I)
_not_pointing = re.compile(
    r"\b(?:is|are|was) (?:it|there) (?:a|an|any|possible|ok|okay|safe|true)\b|\bthere (?:is|are)\b"
    r"|\bthat (?:i|you|we)\b",
    re.I,
)
_points_zh = re.compile("它|这个|那个|这种|那种|那里|那边|这里|这样|那样")
_empty_words = (
    "a an the of to for from in on at by with and or but so is are was be do does did can could may will "
    "would should must have has had i you we my your our me us it that this these those they them one there "
    "not no how long much many what which who when where why about get take takes cost costs pay soon"
)
_empty_words_zh = (
    "怎么 怎样 怎么办 如何 什么 哪 哪里 谁 几 几天 多少 多少钱 多久 多长 时间 天 钱 吗 呢 能 可以 要 "
    "等 有 是 的 了 会 需要 办 之内 我 我们 你 你们 付 出 到 寄到 那 那么 还有"
)


@cache
def _empty() -> frozenset[str]:
    """Give the terms that tell nothing of what a question is about."""
    return frozenset([*terms(_empty_words), *_empty_words_zh.split(" ")])


Search = Callable[[str], Awaitable[Answer]]
Holds = Callable[[str, Sequence[str]], bool]


@dataclass(frozen=True)
class Topic:
    """What was answered last: the question, whole, and the article that answered it."""

    question: str
    article: str
    title: str


@dataclass(frozen=True)
class Ways:
    """What following takes: a search, whether an article holds most of some terms, and an encoder."""

    search: Search
    holds: Holds
    reader: Reader


def leans(question: str) -> bool:
    """Whether a question leans on what was said before: "and to Norway?", "how long does it take?"."""
    return _is_fragment(question) or _points_back(question) or not content_of(question)


def content_of(question: str) -> list[str]:
    """Give the terms of a question that tell what it is about."""
    return [term for term in terms(question) if term not in _empty()]


async def follow(question: str, alone: Answer, topic: Topic, ways: Ways) -> Answer:
    """Choose between a question as it stands and its completions; what was completed says so.

    The new words must stand in the article that is found, so that "and who won the world cup?" after an
    answer on delivery finds nothing. A question that does not lean may only stay within the topic's article,
    and only if that holds every one of its words: the capital of Peru is no capital letter of a password.
    """
    new = content_of(_bare(question))
    leaning = leans(question) or (len(new) == 1 and ways.holds(topic.article, new))
    if alone.decision is Decision.ANSWER and (alone.probability >= KNOWN or not leaning):
        return alone
    if not leaning and not _fits(topic.article, new, topic, ways, leaning=False):
        return alone  # whatever a search found would not fit
    completed = await completions(question, topic, ways.reader)
    answers = await asyncio.gather(*map(ways.search, completed))
    fitting = [
        replace(answer, completed=text)
        for text, answer in zip(completed, answers, strict=True)
        if answer.hits and _fits(answer.hits[0].passage.article, new, topic, ways, leaning=leaning)
    ]
    best = max(fitting, key=lambda answer: answer.probability, default=alone)
    if best.decision is Decision.ANSWER:
        return best
    return best if leaning and alone.decision is Decision.ABSTAIN else alone


def _fits(article: str, new: Sequence[str], topic: Topic, ways: Ways, *, leaning: bool) -> bool:
    if leaning:
        return not new or ways.holds(article, new)
    return article == topic.article and all(ways.holds(article, [term]) for term in new)


async def completions(question: str, topic: Topic, reader: Reader) -> list[str]:
    """Complete a question by its topic, in words that a person can check; several ways, to be tried."""
    new, before = _bare(question), fold(topic.question).rstrip(" ?!。")
    if not new or not _is_fragment(question):
        return [f"{question} – {topic.title}"]
    core = _preposition.sub("", new)
    span = await _nearest(core, before, reader)
    added = [f"{before} – {new}", f"{new} – {topic.title}"]
    if span is None:
        return added
    start, end = span
    tied = _ends_in_preposition.search(before[:start])
    return [before[:start] + (core if tied else new) + before[end:], *added]


def _is_fragment(question: str) -> bool:
    """Whether it is no clause of its own: nothing in it asks, but for a lead such as "what about"."""
    new = _bare(question)
    if is_cjk(new):
        return not _asks_zh.search(new) and _is_short(new, tied=_is_tied(question))
    return len(new.split()) <= SHORT_WORDS and not _asks.search(new)


def _is_short(new: str, *, tied: bool) -> bool:
    """Whether Chinese words without a question word are too few for a clause: "那…呢", one word, no verb."""
    if tied:
        return len(new) <= TIED_LETTERS
    return len(new) <= SHORT_LETTERS and (len(words(new)) == 1 or not has_verb(new))


def _is_tied(question: str) -> bool:
    text = fold(question).strip(" ?!。")
    return bool(_lead_zh.match(text)) or text.endswith("呢")


def _points_back(question: str) -> bool:
    text = fold(question).strip()
    if is_cjk(text):
        return bool(_points_zh.search(text) or _lead_zh.match(text))
    return bool(_points.search(_not_pointing.sub(" ", text)))


def _bare(question: str) -> str:
    """Take off what only ties it to the question before: "and …?", "what about …", "那…呢"."""
    text = fold(question).strip()
    if is_cjk(text):
        return _lead_zh.sub("", _tail_zh.sub("", text))
    return _lead.sub("", _tail.sub("", text))


async def _nearest(new: str, before: str, reader: Reader) -> tuple[int, int] | None:
    """Find the words of the question before that the new ones stand for: the nearest in meaning."""
    longest = min(SPAN_WORDS, len(words(new)) + 1)
    spans = sorted(_spans(before, longest), key=lambda span: span[1] - span[0])[:MOST_SPANS]
    encoder = reader.encoder_of(new)
    texts = [new, *(before[start:end] for start, end in spans)]
    vectors = await reader.encode_words(texts, encoder)
    nearness = vectors[1:] @ vectors[0]
    if not spans or nearness.max() < NEAR[is_cjk(new)]:
        return None
    return spans[int(np.argmax(nearness))]


def _spans(text: str, longest: int) -> Iterator[tuple[int, int]]:
    """Give every few words, `longest` at most, in a row that neither begin nor end with an empty one."""
    places = words(text)
    full = [bool(content_of(text[start:end])) for start, end in places]
    for first in range(len(places)):
        for last in range(first, min(first + longest, len(places))):
            if full[first] and full[last]:
                yield places[first][0], places[last][1]
