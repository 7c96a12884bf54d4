"""Words: what a search compares. English is cut by spaCy and stemmed, Chinese is cut by jieba."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

from reading.script import CJK, fold

_runs = re.compile(f"[{CJK}]+|[^{CJK}]+").findall
_is_cjk_run = re.compile(f"[{CJK}]").match
_between_blanks = re.compile(r"[\w'’-]+|[^\w'’-]+").findall
NAMES = frozenset({"nr", "nrt", "nt", "nz"})  # of persons, groups and brands, as jieba's dictionary tags them
_sentence_ends = re.compile(r"(?<=[。！？；])|(?<=[.!?])\s+|\n+")


def terms(text: str) -> tuple[str, ...]:
    """Cut a text into lower-case search terms; mixed text is cut by each script's rule, once folded."""
    found: list[str] = []
    for run in _runs(fold(text)):
        found += _cjk_terms(run) if _is_cjk_run(run) else _word_terms(run)
    return tuple(found)


def words(text: str) -> list[tuple[int, int]]:
    """Say where the words of a text stand, as they are written: start and end of each."""
    places, start = [], 0
    for run in _runs(text):
        for word in _chinese().cut(run) if _is_cjk_run(run) else _between_blanks(run):
            if any(map(str.isalnum, word)):
                places.append((start, start + len(word)))
            start += len(word)
    return places


def sentences(text: str) -> list[str]:
    """Cut a text after its sentence marks (Chinese ones need no blank) and at its line ends."""
    return [part.strip() for part in _sentence_ends.split(text) if part.strip()]


@lru_cache(maxsize=20_000)
def is_thing(term: str) -> bool:
    """Whether a Chinese term is a name or a noun of two letters or more, and no place."""
    kind = _kind(term)
    return kind.startswith("n") and kind != "ns"


@lru_cache(maxsize=20_000)
def is_name(term: str) -> bool:
    """Whether a Chinese term of two letters or more is a proper name, and no place."""
    return _kind(term) in NAMES


def _kind(term: str) -> str:
    """Give the tag of one Chinese word of two letters or more, else nothing."""
    tagged = _chinese().tag(term) if len(term) > 1 and _is_cjk_run(term) else []
    return str(tagged[0][1]) if len(tagged) == 1 else ""


def has_verb(text: str) -> bool:
    """Whether a verb stands in a Chinese text."""
    return any(kind == "v" for _, kind in _chinese().tag(text))


@lru_cache(maxsize=20_000)
def pieces(term: str) -> tuple[str, ...]:
    """Give what a Chinese term that stands in no dictionary is made of; jieba joins letters by guessing."""
    return () if _chinese().has_word(term) else tuple(_chinese().cut(term, hmm=False))


def _word_terms(text: str) -> list[str]:
    tokenize, stem = _english()
    words = (word.lower().strip("-'’_") for word in tokenize(text))
    return [stem(word) for word in words if any(map(str.isalnum, word))]


def _cjk_terms(text: str) -> list[str]:
    return [word for word in _chinese().cut_for_search(text) if word.strip()]


@cache
def _english() -> tuple[Callable[[str], list[str]], Callable[[str], str]]:
    """Load spaCy's English tokenizer (30 us a sentence) and Snowball's stemmer.

    The tagger and lemmatizer of en_core_web_sm took 2 ms for one question and ranked no page better.
    """
    import spacy
    import Stemmer

    tokenizer, stemmer = spacy.blank("en").tokenizer, Stemmer.Stemmer("english")

    def tokenize(text: str) -> list[str]:
        return [token.text for token in tokenizer(text)]

    return tokenize, stemmer.stemWord


@cache
def _chinese() -> Any:
    """Load jieba's dictionary in its Rust build: 4 us a sentence, and it keeps T-1042 in one piece."""
    import rjieba

    return rjieba.Jieba()
