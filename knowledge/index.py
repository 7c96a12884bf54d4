"""Snapshots: an index is built aside, never changed, and swapped in whole by a pointer file.

A build copies what the current snapshot holds of the articles that stayed, and cuts and encodes the others.
Vectors are kept as they are encoded (`reading.cache`), so that a build that was killed goes on where it was.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from knowledge.arrays import fingerprint
from knowledge.assemble import New, write_store
from knowledge.cut import FIELDS, Cut
from knowledge.decide import Judge
from knowledge.disk import aside_in
from knowledge.field import FORMAT
from knowledge.found import Files, Found, read_all
from knowledge.kept import current_version, forget_old, point
from knowledge.lone import LoneVectors, encode_lone, lone_in, write_lone
from knowledge.part import Part, is_cjk_language
from knowledge.refit import judge_of
from knowledge.store import MadeBy, Store
from nouns import Article, Problem
from reading.reader import Reader

LOOKED_AGAIN = 2000  # articles; e5 would take the build of more than 10,000 passages beyond 15 minutes
DRIFT = 0.05  # share of articles that may change before the judge is fitted anew

UNUSABLE = (Problem, OSError, ValueError, KeyError, RuntimeError)  # what a damaged snapshot raises

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Snapshot:
    """A store and a judge for each language: all that a search needs. `version` hashes what it is made of.

    `inputs` hashes articles, encoders and format; `drift` counts by language the articles that changed since
    its judge was fitted.
    """

    version: str
    inputs: str
    stores: Mapping[str, Store]
    judges: Mapping[str, Judge]
    drift: Mapping[str, int]

    @property
    def parts(self) -> dict[str, Part]:
        """All articles of each language, as ranking sees them."""
        return {language: store.whole for language, store in self.stores.items()}

    @property
    def drifted(self) -> list[str]:
        """The languages whose judge should be fitted anew."""
        return [
            language
            for language, changed in self.drift.items()
            if changed > DRIFT * len(self.stores[language].keys)
        ]


async def build_folder(
    articles_dir: Path, reader: Reader, index_dir: Path, progress: Progress | None = None
) -> Snapshot:
    """Build from a folder of articles; refuse when one is broken, and leave the old index serving."""
    return await build_found(Files(articles_dir).found(), reader, index_dir, progress)


async def build(
    articles: Sequence[Article], reader: Reader, folder: Path, progress: Progress | None = None
) -> Snapshot:
    """Build and switch to a snapshot of these articles; when nothing changed there is nothing to do."""
    return await build_found([Found.of(article) for article in articles], reader, folder, progress)


async def build_found(
    found: Sequence[Found],
    reader: Reader,
    folder: Path,
    progress: Progress | None = None,
    *,
    live: bool = False,
) -> Snapshot:
    """Build and switch to a snapshot of what was found.

    `live`: customers wait, so a broken article keeps its last good text and judges are not fitted anew.
    """
    folder.mkdir(parents=True, exist_ok=True)
    old = await asyncio.to_thread(_open_if_fits, folder, reader)
    with aside_in(folder) as aside:
        made = await make(found, reader, aside, old, progress, live=live)
        if made is not old:
            _move_in(aside, folder / made.version, reader)
    point(folder, made.version)
    forget_old(folder, made.version)
    return made if made is old else await asyncio.to_thread(open_snapshot, folder, reader)


async def make(
    found: Sequence[Found],
    reader: Reader,
    folder: Path,
    old: Snapshot | None,
    progress: Progress | None = None,
    *,
    live: bool = False,
) -> Snapshot:
    """Make a snapshot in an empty folder; give the old one back when nothing changed."""
    fits = (
        {}
        if old is None
        else {
            language: store
            for language, store in old.stores.items()
            if store.encoder == _encoder_of(language, reader, len(found))
        }
    )
    sorted_out = await asyncio.to_thread(_sort_out, found, fits, live)
    if not sorted_out.keys:
        raise Problem("articles_missing", 422, "There are no articles.", "Write one, or set ARTICLES_DIR.")
    if old is not None and old.inputs == _inputs(sorted_out.keys, reader):
        return old
    encoders = sorted_out.encoders(reader)
    across, lone = reader.multilingual, {}
    if across:
        lone = await asyncio.to_thread(lone_in, sorted_out.kept, sorted_out.cuts, fits, encoders, across)
    meter = _Meter(_size(sorted_out.cuts) + sum(one.size for one in lone.values()), progress)
    with nullcontext() if live else reader.all_hands():
        new = await _encode(sorted_out.cuts, encoders, reader, meter)
        alone = await encode_lone(lone, across, reader, meter.add) if across else {}
    await asyncio.to_thread(_write, folder, sorted_out, new, old, reader, live)
    return await asyncio.to_thread(_with_lone, folder, alone, old, reader)


def open_snapshot(folder: Path, reader: Reader) -> Snapshot:
    """Open the current snapshot; refuse one that other encoders, or another version, made."""
    version = current_version(folder)
    if version is None or not (folder / version).is_dir():
        raise Problem(
            "index_missing", 503, f"There is no index in {folder}.", "Run `firstline knowledge build`."
        )
    return open_at(folder / version, reader.article_encoders)


def open_at(folder: Path, encoders: Mapping[str, int]) -> Snapshot:
    """Open a snapshot by its folder."""
    described = json.loads((folder / "snapshot.json").read_text(encoding="utf-8"))
    if described["format"] != FORMAT:
        age = "A newer" if described["format"] > FORMAT else "An older"
        raise Problem(
            "index_old", 503,
            f"{age} version of Firstline built the index in {folder.parent}.",
            "Run `firstline knowledge build`.",
        )  # fmt: skip
    _check_encoders(described["encoders"], encoders)
    stores = {language: Store(folder / language) for language in described["judges"]}
    judges = {language: Judge.from_json(told) for language, told in described["judges"].items()}
    return Snapshot(described["version"], described["inputs"], stores, judges, described["drift"])


def rejudge(folder: Path, snapshot: Snapshot, judges: Mapping[str, Judge], reader: Reader) -> Snapshot | None:
    """Switch to the same articles under other judges; None when another snapshot is current by now."""
    if current_version(folder) != snapshot.version:
        return None
    drift = {language: 0 if language in judges else n for language, n in snapshot.drift.items()}
    with aside_in(folder) as aside:
        for language in snapshot.stores:
            shutil.copytree(folder / snapshot.version / language, aside / language, copy_function=os.link)
        version = _describe(aside, snapshot.inputs, {**snapshot.judges, **judges}, drift, reader)
        _move_in(aside, folder / version, reader)
    point(folder, version)
    forget_old(folder, version)
    return open_snapshot(folder, reader)


@dataclass(frozen=True)
class _Sorted:
    """What stays, by language (id and old number), what was cut anew, the keys, and how many were found."""

    kept: Mapping[str, Sequence[tuple[str, int]]]
    cuts: Sequence[Cut]
    keys: Sequence[int]
    found: int

    def languages(self) -> list[str]:
        return sorted({*self.kept, *(cut.article.language for cut in self.cuts)})

    def encoders(self, reader: Reader) -> dict[str, str]:
        return {language: _encoder_of(language, reader, self.found) for language in self.languages()}


def _sort_out(found: Sequence[Found], stores: Mapping[str, Store], live: bool) -> _Sorted:
    places = {
        int(key): (language, number)
        for language, store in stores.items()
        for number, key in enumerate(store.keys)
    }
    kept: dict[str, list[tuple[str, int]]] = {}
    keys = [one.key for one in found if one.key in places]
    for one in found:
        if one.key in places:
            language, number = places[one.key]
            kept.setdefault(language, []).append((one.id, number))
    read, broken = read_all([one for one in found if one.key not in places], strict=not live)
    for one in broken:  # it keeps its last good text, if it had one
        for language, store in stores.items():
            last = store.number(one.id)
            if last is not None:
                kept.setdefault(language, []).append((one.id, last))
                keys.append(int(store.keys[last]))
    cuts = [Cut.of(one.key, article) for one, article in read]
    return _Sorted(kept, cuts, [*keys, *(cut.key for cut in cuts)], len(found))


def _size(cuts: Sequence[Cut]) -> int:
    """Count the texts to encode."""
    return sum(sum(map(len, cut.texts.values())) + len(cut.article.probes) for cut in cuts)


async def _encode(
    cuts: Sequence[Cut], encoders: Mapping[str, str], reader: Reader, meter: _Meter
) -> dict[str, New]:
    by_language: dict[str, list[Cut]] = {}
    for cut in cuts:
        by_language.setdefault(cut.article.language, []).append(cut)
    new = {}
    for language, group in by_language.items():
        encoder, vectors = encoders[language], {}
        for name in FIELDS:
            encode = reader.encode_questions if name == "question" else reader.encode_passages
            texts = [text for cut in group for text in cut.texts[name]]
            vectors[name] = await encode(texts, encoder, meter.add)
        probes = [probe for cut in group for probe in cut.article.probes]
        new[language] = New(group, vectors, await reader.encode_questions(probes, encoder, meter.add))
    return new


def _write(
    folder: Path,
    sorted_out: _Sorted,
    new: Mapping[str, New],
    old: Snapshot | None,
    reader: Reader,
    live: bool,
) -> None:
    judges, drift = {}, {}
    for language, encoder in sorted_out.encoders(reader).items():
        before = old.stores.get(language) if old else None
        if before and before.encoder != encoder:
            before = None
        kept, more = sorted_out.kept.get(language, ()), new.get(language)
        more = more or _nothing(reader.article_encoders[encoder])
        write_store(folder / language, MadeBy(encoder, reader.first_of(encoder)), before, kept, more)
        store = Store(folder / language)
        judge = old.judges.get(language) if old and before else None
        drift[language] = _changes(before, kept, store) + (old.drift.get(language, 0) if old else 0)
        if judge is None or (not live and drift[language] > DRIFT * len(store.keys)):
            judge, drift[language] = judge_of(store), 0
        judges[language] = judge
    inputs = _inputs(sorted_out.keys, reader)
    _describe(folder, inputs, judges, drift, reader)


def _with_lone(
    folder: Path, lone: Mapping[str, LoneVectors], old: Snapshot | None, reader: Reader
) -> Snapshot:
    """Write beside each store what has no counterpart, and open it all."""
    for language, its in lone.items():
        before = old.stores.get(language) if old else None
        write_lone(Store(folder / language), reader.multilingual or "", before, its)
    return open_at(folder, reader.article_encoders)


def _describe(
    folder: Path, inputs: str, judges: Mapping[str, Judge], drift: Mapping[str, int], reader: Reader
) -> str:
    told: dict[str, Any] = {
        "format": FORMAT,
        "encoders": reader.article_encoders,
        "inputs": inputs,
        "judges": {language: judge.to_json() for language, judge in judges.items()},
        "drift": drift,
    }
    version = f"{fingerprint(json.dumps(told, sort_keys=True).encode()):016x}"
    text = json.dumps(told | {"version": version}, ensure_ascii=False)
    (folder / "snapshot.json").write_text(text, encoding="utf-8")
    return version


def _inputs(keys: Sequence[int], reader: Reader) -> str:
    """Hash everything that an index is made of: articles, encoders, and the format of the files."""
    made_of = (
        f"{FORMAT} {sorted(reader.article_encoders.items())} ".encode()
        + np.sort(np.array(keys, np.uint64)).tobytes()
    )
    return hashlib.blake2b(made_of, digest_size=8).hexdigest()


def _changes(before: Store | None, kept: Sequence[tuple[str, int]], store: Store) -> int:
    """Count the articles that came, changed or went."""
    gone = len(before.keys) - len(kept) if before else 0
    return max(gone, len(store.keys) - len(kept))


def _nothing(dimension: int) -> New:
    empty = np.empty((0, dimension), np.float32)
    return New((), dict.fromkeys(FIELDS, empty), empty)


def _encoder_of(language: str, reader: Reader, articles: int) -> str:
    """Name what encodes a language's articles; of a large base, one look has to do."""
    asked = "暖" if is_cjk_language(language) else "warm"
    return reader.article_encoder_of(asked) if articles <= LOOKED_AGAIN else reader.encoder_of(asked)


def _check_encoders(built: Mapping[str, int], loaded: Mapping[str, int]) -> None:
    if not built.items() <= loaded.items():
        raise Problem(
            "index_encoder", 409,
            f"The index was built with {_told(built)}, but the encoders loaded are {_told(loaded)}.",
            "Run `firstline knowledge build`, or set ENCODER, ENCODER_CJK and SECOND_LOOK back.",
        )  # fmt: skip


def _told(encoders: Mapping[str, int]) -> str:
    return " and ".join(f"{name} ({dimension} dimensions)" for name, dimension in encoders.items())


def _open_if_fits(folder: Path, reader: Reader) -> Snapshot | None:
    """Open the current snapshot to build on; one that is missing, damaged or another's is no help."""
    try:
        return open_snapshot(folder, reader)
    except UNUSABLE:
        return None


class _Meter:
    """Counts encoded texts and tells whoever watches."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self.total, self.done, self.progress = total, 0, progress

    def add(self, count: int) -> None:
        self.done += count
        if self.progress:
            self.progress(self.done, self.total)


def _move_in(aside: Path, whole: Path, reader: Reader) -> None:
    """Give a snapshot its name; one of that name that opens was built at the same time and is as good."""
    try:
        aside.replace(whole)
    except OSError:
        if not whole.is_dir():
            raise
        try:
            open_at(whole, reader.article_encoders)
        except UNUSABLE:
            whole.rename(whole.with_name(f".building-damaged-{whole.name}-{time.time_ns()}"))
            aside.replace(whole)
