"""Snapshots: an index is built aside, never changed, and swapped in whole by a pointer file."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from knowledge.decide import Judge
from knowledge.field import FORMAT, Field, Floats
from knowledge.load import check_articles
from knowledge.part import Part, is_cjk_language, owners_of, part_of, texts_of
from knowledge.rehearse import probes_of, rehearse
from knowledge.topic import Topic
from nouns import Article, Problem
from reading.reader import Reader
from reading.tokens import terms

POINTER = "current"
KEPT_SNAPSHOTS = 5
STALE_SECONDS = 6 * 3600

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Snapshot:
    """A part and a judge for each language: all that a search needs. `version` hashes what went in."""

    version: str
    parts: Mapping[str, Part]
    judges: Mapping[str, Judge]


async def build_folder(
    articles_dir: Path, reader: Reader, index_dir: Path, progress: Progress | None = None
) -> Snapshot:
    """Build from a folder of articles; refuse when one is broken, and leave the old index serving."""
    return await build(check_articles(articles_dir), reader, index_dir, progress)


async def build(
    articles: Sequence[Article], reader: Reader, folder: Path, progress: Progress | None = None
) -> Snapshot:
    """Build and switch to a snapshot of these articles; when nothing changed there is nothing to do."""
    if not articles:
        raise Problem("articles_missing", 422, "There are no articles.", "Write one, or set ARTICLES_DIR.")
    version = version_of(articles, reader)
    if not (folder / version).is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".building-", dir=folder))
        try:
            await _write(aside, articles, reader, progress)
            _move_in(aside, folder / version)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    _point(folder, version)
    _forget_old(folder, version)
    return open_snapshot(folder, reader)


def version_of(articles: Sequence[Article], reader: Reader) -> str:
    """Hash everything that an index is made of: articles, encoders, and the format of the files."""
    made_of = [FORMAT, sorted(reader.encoders.items()), sorted(articles, key=lambda article: article.id)]
    return hashlib.blake2b(repr(made_of).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def current_version(folder: Path) -> str | None:
    """Read which snapshot is the current one."""
    pointer = folder / POINTER
    return pointer.read_text(encoding="utf-8").strip() if pointer.is_file() else None


def open_snapshot(folder: Path, reader: Reader) -> Snapshot:
    """Open the current snapshot whole; refuse one that other encoders made."""
    version = current_version(folder)
    if version is None or not (folder / version).is_dir():
        raise Problem(
            "index_missing", 503, f"There is no index in {folder}.", "Run `firstline knowledge build`."
        )
    described = json.loads((folder / version / "snapshot.json").read_text(encoding="utf-8"))
    if described["format"] != FORMAT:
        raise Problem(
            "index_old",
            503,
            "Another version of Firstline built the index.",
            "Run `firstline knowledge build`.",
        )
    _check_encoders(described["encoders"], reader.encoders)
    parts = {language: Part.open(folder / version / language) for language in described["judges"]}
    judges = {language: Judge.from_json(told) for language, told in described["judges"].items()}
    return Snapshot(version, parts, judges)


def _check_encoders(built: Mapping[str, int], loaded: Mapping[str, int]) -> None:
    if not built.items() <= loaded.items():
        raise Problem(
            "index_encoder", 409,
            f"The index was built with {_told(built)}, but the encoders loaded are {_told(loaded)}.",
            "Run `firstline knowledge build`, or set ENCODER and ENCODER_CJK back.",
        )  # fmt: skip


def _told(encoders: Mapping[str, int]) -> str:
    return " and ".join(f"{name} ({dimension} dimensions)" for name, dimension in encoders.items())


async def _write(
    folder: Path, articles: Sequence[Article], reader: Reader, progress: Progress | None
) -> None:
    judges: dict[str, Judge] = {}
    by_language = {
        language: [article for article in articles if article.language == language]
        for language in sorted({article.language for article in articles})
    }
    meter = _Meter(
        sum(map(len, texts_of(articles).values())) + len(probes_of(articles)),
        progress,
    )
    for language, group in by_language.items():
        part, questions = await _part(language, group, reader, meter)
        probes = await reader.encode_questions(probes_of(group), part.encoder, meter.add)
        judges[language] = await reader.work(partial(rehearse, part, questions, probes))
        part.save(folder / language)
    described = {
        "format": FORMAT,
        "encoders": reader.encoders,
        "judges": {language: judge.to_json() for language, judge in judges.items()},
    }
    (folder / "snapshot.json").write_text(json.dumps(described, ensure_ascii=False), encoding="utf-8")


class _Meter:
    """Counts encoded texts and tells whoever watches."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self.total, self.done, self.progress = total, 0, progress

    def add(self, count: int) -> None:
        self.done += count
        if self.progress:
            self.progress(self.done, self.total)


async def _part(
    language: str, articles: Sequence[Article], reader: Reader, meter: _Meter
) -> tuple[Part, Floats]:
    """Encode and index the articles of one language; also give the vectors of its known questions."""
    encoder = reader.encoder_of("暖" if is_cjk_language(language) else "warm")
    fields: dict[str, Field] = {}
    vectors: dict[str, Floats] = {}
    for name, texts in texts_of(articles).items():
        encode = reader.encode_questions if name == "question" else reader.encode_passages
        vectors[name] = await encode(texts, encoder, meter.add)
        fields[name] = Field.of(vectors[name], [terms(text) for text in texts])
    topic = Topic.learn(np.concatenate(list(vectors.values())), owners_of(articles))
    return part_of(language, encoder, articles, fields, topic), vectors["question"]


def _move_in(aside: Path, whole: Path) -> None:
    try:
        aside.replace(whole)
    except OSError:  # two built the same at once: the other's is as good
        if not whole.is_dir():
            raise


def _point(folder: Path, version: str) -> None:
    handle, name = tempfile.mkstemp(prefix=".pointing-", dir=folder)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(version)
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(folder / POINTER)


def _forget_old(folder: Path, version: str) -> None:
    """Remove all but the latest snapshots (who serves one holds it whole) and what killed builds left."""
    others = [path for path in folder.glob("[!.]*") if path.is_dir() and path.name != version]
    stale = [path for path in folder.glob(".*ing-*") if path.stat().st_mtime < time.time() - STALE_SECONDS]
    for old in [*sorted(others, key=lambda path: path.stat().st_mtime)[: 1 - KEPT_SNAPSHOTS], *stale]:
        shutil.rmtree(old, ignore_errors=True)
