"""Find the articles without a counterpart in a language of the other script, encode and write them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from knowledge.across import FOLDER
from knowledge.arrays import Floats, bounds
from knowledge.cut import Cut, headings_of, questions_of
from knowledge.load import stem_of
from knowledge.near import near_of, save_near
from knowledge.part import is_cjk_language
from knowledge.phrases import PAIRS
from knowledge.store import Store

if TYPE_CHECKING:
    from reading.reader import Reader

FLAT = 50_000  # up to so many rows all are looked at: questions that nothing answers are few
ENOUGH = 4  # known questions and title: with fewer headings are encoded too, some 25 ms each
SHARE = 0.6  # of the way between two languages that is taken off a question: more ranks no better


@dataclass(frozen=True)
class Texts:
    """What a lone article is found by: known questions with its title; where these are few, its headings."""

    key: int
    questions: Sequence[str]
    headings: Sequence[str]

    def __len__(self) -> int:
        return len(self.questions) + len(self.headings)


@dataclass(frozen=True)
class Lone:
    """The lone articles of a language by id, and the texts of those whose vectors are not there yet."""

    ids: Sequence[str]
    new: Sequence[Texts]

    @property
    def size(self) -> int:
        """How many texts are to be encoded."""
        return sum(map(len, self.new))


@dataclass(frozen=True)
class LoneVectors:
    """Lone articles with, by key, what of them was encoded: rows, and how many of these are questions'."""

    ids: Sequence[str]
    rows: Mapping[int, tuple[Floats, int]]
    shift: Floats


def lone_among(public: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Say which public articles, by language, have no public counterpart on the other side."""
    stems: dict[bool, set[str]] = {True: set(), False: set()}
    for language, ids in public.items():
        stems[is_cjk_language(language)].update(map(stem_of, ids))
    return {
        language: [id for id in ids if stem_of(id) not in stems[not is_cjk_language(language)]]
        for language, ids in public.items()
    }


def lone_in(
    kept: Mapping[str, Sequence[tuple[str, int]]],
    cuts: Sequence[Cut],
    stores: Mapping[str, Store],
    encoders: Mapping[str, str],
    encoder: str,
) -> dict[str, Lone]:
    """Find the lone articles of a build: `kept` names those of the old stores that stay, `cuts` are new.

    A store whose own vectors are those of the multilingual encoder needs no others.
    """
    public: dict[str, list[str]] = {language: [] for language in encoders}
    for language, its in kept.items():
        public[language] += [id for id, number in its if stores[language].whole.public[number]]
    for cut in cuts:
        if cut.article.audience == "public":
            public[cut.article.language].append(cut.article.id)
    found = {}
    for language, ids in lone_among(public).items():
        own = [cut for cut in cuts if cut.article.language == language]
        new = _texts(set(ids), kept.get(language, ()), own, stores.get(language))
        found[language] = Lone(ids, [] if encoders[language] == encoder else list(new))
    return found


async def encode_lone(
    lone: Mapping[str, Lone], encoder: str, reader: Reader, add: Callable[[int], None]
) -> dict[str, LoneVectors]:
    """Encode what is not there yet."""
    found = {language: one for language, one in lone.items() if one.ids}
    rows = {language: await _rows(one.new, encoder, reader, add) for language, one in found.items()}
    if not found:
        return {}
    english, chinese = [await reader.encode_questions(side, encoder) for side in zip(*PAIRS, strict=True)]
    shift = SHARE * (chinese.mean(0) - english.mean(0))
    shifts = {language: -shift if is_cjk_language(language) else shift for language in found}
    return {
        language: LoneVectors(one.ids, rows[language], shifts[language]) for language, one in found.items()
    }


def write_lone(store: Store, encoder: str, old: Store | None, new: LoneVectors) -> None:
    """Write the lone articles of a new store beside it."""
    folder = store.folder / FOLDER
    folder.mkdir()
    numbers = np.sort(np.array([store.number(id) for id in new.ids], np.int32))
    keys = store.keys[numbers]
    before = old.across if old else None
    places = {int(key): place for place, key in enumerate(before.keys)} if before else {}
    rows, asked = [], []
    for number, key in zip(numbers.tolist(), keys.tolist(), strict=True):
        if store.encoder == encoder:
            found, questions = _own_rows(store, number)
        elif key in new.rows:
            found, questions = new.rows[key]
        else:
            assert before is not None
            found, questions = before.rows_of(places[key]), int(before.asked[places[key]])
        rows.append(found)
        asked.append(questions)
    vectors = np.concatenate(rows)
    np.save(folder / "numbers.npy", numbers)
    np.save(folder / "keys.npy", keys)
    np.save(folder / "bounds.npy", bounds([len(its) for its in rows]))
    np.save(folder / "asked.npy", np.array(asked, np.int32))
    np.save(folder / "vectors.npy", vectors)
    np.save(folder / "shift.npy", np.asarray(new.shift, np.float32))
    if len(vectors) > FLAT:
        save_near(near_of(vectors, None), folder / "near.faiss")


def _texts(
    lone: set[str], kept: Sequence[tuple[str, int]], cuts: Sequence[Cut], store: Store | None
) -> Iterator[Texts]:
    for cut in cuts:
        if cut.article.id in lone:
            yield _found_by(cut.key, cut.texts["question"], cut.texts["heading"])
    known = set(store.across.keys.tolist()) if store and store.across else set()
    for id, number in kept:
        if store and id in lone and (key := int(store.keys[number])) not in known:
            article, passages = store.stock.articles[number], store.stock.passages_of(number)
            yield _found_by(key, questions_of(article), headings_of(passages))


def _found_by(key: int, questions: Sequence[str], headings: Sequence[str]) -> Texts:
    return Texts(key, questions, headings if len(questions) < ENOUGH else [])


async def _rows(
    texts: Sequence[Texts], encoder: str, reader: Reader, add: Callable[[int], None]
) -> dict[int, tuple[Floats, int]]:
    if not texts:
        return {}
    asked = await reader.encode_questions([text for one in texts for text in one.questions], encoder, add)
    told = await reader.encode_passages([text for one in texts for text in one.headings], encoder, add)
    questions = np.split(asked, np.cumsum([len(one.questions) for one in texts])[:-1])
    headings = np.split(told, np.cumsum([len(one.headings) for one in texts])[:-1])
    return {
        one.key: (np.concatenate(both), len(both[0]))
        for one, *both in zip(texts, questions, headings, strict=True)
    }


def _own_rows(store: Store, number: int) -> tuple[Floats, int]:
    asked = slice(*store.question_bounds[number : number + 2])
    told = slice(*store.passage_bounds[number : number + 2])
    questions = np.asarray(store.fields["question"].vectors[asked], np.float32)
    headings = np.asarray(store.fields["heading"].vectors[told], np.float32)
    return np.concatenate([questions, headings]), len(questions)
