"""A stopped build, a full disk, another version's index: nothing is lost. Large bases rank like small."""

import errno
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from actions.answering import address_of
from knowledge import field, store
from knowledge.base import KnowledgeBase
from knowledge.editing import Editor
from knowledge.index import build_folder, open_snapshot
from knowledge.search import rank, score
from knowledge.store import Store
from nouns import Decision, Problem
from reading.cache import VectorCache
from reading.encoders import Encoder, Vectors
from reading.reader import Reader
from reading.tokens import terms

pytestmark = pytest.mark.models


class Counting(Encoder):
    """Encodes by the letters, counts the texts, and stops after so many."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.name, self.dimension, self.seen, self.stop_after = "counting", 8, 0, stop_after

    def _encode(self, encode: Any, texts: Any) -> Vectors:
        if self.stop_after is not None and self.seen >= self.stop_after:
            raise KeyboardInterrupt
        self.seen += len(texts)
        vectors = np.array([[1 + text.count(letter) for letter in "aeinorst"] for text in texts], np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def questions(self, texts: Any) -> Vectors:
        return self._encode(None, texts)

    def passages(self, texts: Any) -> Vectors:
        return self._encode(None, texts)


def reader_of(encoder: Encoder, path: Path | None) -> Reader:
    return Reader(encoder, encoder, VectorCache(path), lambda _: encoder)


async def test_a_build_that_was_stopped_goes_on_where_it_was(
    articles: Path, index: Path, tmp_path: Path
) -> None:
    whole, first, second = Counting(), Counting(stop_after=8), Counting()
    await build_folder(articles, reader_of(whole, None), tmp_path / "elsewhere")
    with pytest.raises(KeyboardInterrupt):
        await build_folder(articles, reader_of(first, tmp_path / "vectors.db"), index)
    assert not (index / "current").exists() and not list(index.glob(".building-*"))
    await build_folder(articles, reader_of(second, tmp_path / "vectors.db"), index)
    assert first.seen > 0 and first.seen + second.seen == whole.seen


async def test_a_full_disk_is_told_and_the_old_index_serves(
    reader: Reader, articles: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = await build_folder(articles, reader, index)
    (articles / "more.md").write_text("# More\n\nMore.", encoding="utf-8")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("knowledge.index.write_store", full)
        with pytest.raises(Problem, match=r"disk of .* is full.*what was encoded is kept") as refused:
            await build_folder(articles, reader, index)
    assert refused.value.code == "disk_full" and open_snapshot(index, reader).version == old.version
    assert not list(index.glob(".building-*"))
    assert (await build_folder(articles, reader, index)).version != old.version


@pytest.mark.parametrize(("change", "age"), [(1, "A newer"), (-1, "An older")])
async def test_an_index_of_another_version_is_refused_with_the_cure(
    reader: Reader, articles: Path, index: Path, change: int, age: str
) -> None:
    described = index / (await build_folder(articles, reader, index)).version / "snapshot.json"
    told = json.loads(described.read_text(encoding="utf-8"))
    described.write_text(json.dumps(told | {"format": told["format"] + change}), encoding="utf-8")
    with pytest.raises(Problem, match=f"{age} version of Firstline built .*firstline knowledge build"):
        open_snapshot(index, reader)
    assert (await build_folder(articles, reader, index)).version  # the cure


async def test_a_damaged_snapshot_is_built_again(reader: Reader, articles: Path, index: Path) -> None:
    version = (await build_folder(articles, reader, index)).version
    (index / version / "en" / "body" / "terms.npy").write_bytes(b"half")
    assert (await build_folder(articles, reader, index)).version == version
    assert open_snapshot(index, reader).stores["en"].article("returns")


async def test_an_article_deleted_while_cited_is_gone_without_harm(
    reader: Reader, articles: Path, index: Path
) -> None:
    await build_folder(articles, reader, index)
    editor = Editor(KnowledgeBase.open(index, articles, reader), articles, index, reader)
    question = "how do I send something back"
    cited = (await editor.base.search(question, await reader.read(question))).hits[0].passage
    await editor.remove("returns", editor.text("returns")[1])
    assert address_of(cited) == "/help/en/returns#top" and "60 days" in cited.text
    assert editor.base.passage(cited.id) is None
    again = await editor.base.search(question, await reader.read(question))
    assert "returns" not in [hit.passage.article for hit in again.hits]


async def test_a_large_base_is_ranked_like_a_small_one(
    reader: Reader, articles: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(120):
        head = f"title: Lamp {number}\nquestions: [what does lamp {number} cost]"
        text = f"---\n{head}\n---\nLamp {number} costs {number} EUR."
        (articles / f"lamp-{number}.md").write_text(text, encoding="utf-8")
    snapshot = await build_folder(articles, reader, index)
    whole = snapshot.stores["en"]
    monkeypatch.setattr(store, "FLAT", 50)
    monkeypatch.setattr(store, "SAMPLE", 20)
    large = Store(whole.folder)
    assert whole.is_small and not large.is_small and field.FLAT == 4000
    fusion = np.array(snapshot.judges["en"].fusion, np.float32)
    assert whole.first is not None
    for question in ("what is the price of lamp 77", "I forgot my password", "parcel to Oslo", "lamp 5"):
        own, words = np.frombuffer((await reader.read(question)).vector, "<f4"), terms(question)
        near = [one.near(whole.first.asks(own), words, fusion) for one in (whole, large)]
        again = [one.again(part) for one, part in zip((whole, large), near, strict=True)]
        both = await reader.encode_again(question, own)
        for vector, parts in ((whole.first.asks(own), near), (both, again)):
            firsts = []
            for part in parts:
                ranking = rank(part, score(part, vector, words), fusion, part.public)
                firsts.append([part.articles[place].id for place in ranking.order[:3]])
            assert firsts[0][0] == firsts[1][0] and len({*firsts[0]} & {*firsts[1]}) >= 2
    base = KnowledgeBase(snapshot, index, reader).with_snapshot(snapshot)
    base.serve(type(snapshot)(snapshot.version, "", {"en": large}, snapshot.judges, {}))
    known = await base.search("what does lamp 99 cost", await reader.read("what does lamp 99 cost"))
    assert known.hits[0].passage.article == "lamp-99" and known.decision is Decision.ANSWER
    internal = await base.search("which goodwill voucher may I give", await reader.read("voucher"))
    assert "internal/vouchers" not in [hit.passage.article for hit in internal.hits]
