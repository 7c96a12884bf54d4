"""`firstline bench knowledge --passages N`: build an index of N made-up passages, search it, edit it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import psutil

from bot.settings import Settings
from evaluation.figures import Spread, machine, size_of, told
from evaluation.made_up import PASSAGES, Source, article_of, cuts_of, markdown_of, sources_of
from evaluation.perturbed import Perturbing
from knowledge.arrays import Floats, fingerprint
from knowledge.assemble import New, write_store
from knowledge.base import KnowledgeBase
from knowledge.cut import FIELDS
from knowledge.decide import shipped_judge
from knowledge.editing import Editor
from knowledge.found import Files
from knowledge.index import Snapshot, build_found
from knowledge.search import rank, score, usual
from knowledge.store import MadeBy, Store
from nouns import Reading
from reading.reader import Reader
from reading.tokens import terms

WHOLE_WAY = 20_000  # passages up to which files are written, read, cut and edited as a company's would be
SEARCHES = 500
COMPARED = 100  # of these with the ranking of all articles …
COMPARED_LARGE = 20  # … or of so many, where that takes seconds each
DEEP = 10
SHORT = {"en": "Where is my parcel?", "zh": "我的包裹在哪里？"}
ENCODED = 40

Step = Callable[[str, int, int | None], None]


async def bench_knowledge(
    settings: Settings, reader: Reader, passages: int, language: str, encoded: int, step: Step
) -> dict[str, Any]:
    """Measure; `encoded` passages are really encoded, the vectors of the others lie around theirs."""
    sources, before = sources_of(settings.articles_dir, language), psutil.Process().memory_info().rss
    perturbing = Perturbing(reader, encoded, len(sources))
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="bench-", dir=settings.data_dir) as name:
        folder, size = Path(name), max(1, passages // PASSAGES)
        whole_way = passages <= WHOLE_WAY
        step("Building", 0, None)
        build = _whole_way if whole_way else _assembled
        began = time.perf_counter()
        base = await build(folder, perturbing, sources, language, size)
        seconds = time.perf_counter() - began
        store = base.snapshot.stores[language]
        figures: dict[str, Any] = {
            "passages": len(store.stock.passages),
            "articles": len(store.keys),
            "language": language,
            "perturbed_vectors": perturbing.perturbed,
            "build": perturbing.told(seconds),
            "encode_one_short_question": told(await _encode_one(reader, language)),
            "index_bytes": size_of(folder / "index"),
            "memory_added_bytes": psutil.Process().memory_info().rss - before,
        }
        step("Searching", 0, None)
        figures["search_first_time"] = await _search(base, store, perturbing)
        figures["search"] = await _search(base, store, perturbing)
        step("Comparing with the ranking of all articles", 0, None)
        figures["against_exact"] = _compare(store, base, COMPARED if whole_way else COMPARED_LARGE)
        if whole_way:
            step("Editing", 0, None)
            figures["edit_seconds"] = await _edit(folder, base, perturbing, sources, language)
    return figures | {"machine": machine()}


async def _whole_way(
    folder: Path, reader: Perturbing, sources: Sequence[Source], language: str, size: int
) -> KnowledgeBase:
    for number in range(size):
        article = article_of(number, sources, language)
        path = folder / "articles" / f"{article.id}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(markdown_of(article), encoding="utf-8")
    found = Files(folder / "articles").found()
    snapshot = await build_found(found, reader, folder / "index")  # type: ignore[arg-type]  # stands in for one
    return KnowledgeBase(snapshot, folder / "index", reader)  # type: ignore[arg-type]


async def _assembled(
    folder: Path, reader: Perturbing, sources: Sequence[Source], language: str, size: int
) -> KnowledgeBase:
    """Build as a build does once texts are cut; judged as shipped, since the vectors are not real."""
    cuts = list(cuts_of(range(size), sources, language))
    encoder = reader.encoder_of(sources[0].title)
    vectors: dict[str, Floats] = {}
    for name in FIELDS:
        texts = [text for cut in cuts for text in cut.texts[name]]
        encode = reader.encode_questions if name == "question" else reader.encode_passages
        vectors[name] = await encode(texts, encoder)
    (folder / "index").mkdir()
    new = New(cuts, vectors, np.empty((0, reader.encoders[encoder]), np.float32))
    write_store(folder / "index" / language, MadeBy(encoder), None, (), new)
    store = Store(folder / "index" / language)
    snapshot = Snapshot(
        "bench", "bench", {language: store}, {language: shipped_judge(encoder)}, {language: 0}
    )
    return KnowledgeBase(snapshot, folder / "index", reader)  # type: ignore[arg-type]


async def _search(base: KnowledgeBase, store: Store, reader: Perturbing) -> dict[str, Any]:
    """Ask known questions, their vectors moved a little; encoding is not counted, cutting into words is.

    The first time, files are mapped, articles parsed and answers cut into sentences too.
    """
    questions = _questions(store, SEARCHES)
    reader.asked = _Counted({question: vector for question, _, vector in questions})
    readings = [(question, _reading(store, first)) for question, first, _ in questions]
    await base.search(*readings[0])
    spent = []
    for question, reading in readings:
        began = time.perf_counter()
        await base.search(question, reading)
        spent.append(1000 * (time.perf_counter() - began))
    return told(Spread.of(spent)) | {"looked_at_again": round(reader.asked.count / len(questions), 3)}


def _compare(store: Store, base: KnowledgeBase, size: int) -> dict[str, float]:
    """Rank among those found and among all articles, standardised alike: do the same come first?

    Where there is a second look, by that one, among what the first found.
    """
    judge = base.snapshot.judges[store.language]
    shares, firsts, near = [], [], []
    for question, first, whole_vector in _questions(store, size):
        words = terms(question)
        part = store.near(first, words, np.array(judge.fusion, np.float32))
        vector, look = (first, judge) if store.first is None else (whole_vector, judge.looks[-1])
        part, fusion = store.again(part), np.array(look.fusion, np.float32)
        ranking = rank(part, score(part, vector, words), fusion, part.public)
        mean, spread = usual(part, ranking.raw, part.public)
        every = replace(store.whole, usual=dict(enumerate(zip(mean, spread, strict=True))))
        some = ranking.order[:DEEP]
        whole = rank(every, score(every, vector, words), fusion, every.public).order[:DEEP]
        found = [part.articles[place].id for place in some]
        exact = [store.stock.articles[place].id for place in whole]
        shares.append(len({*found} & {*exact}) / len(exact))
        firsts.append(found[0] == exact[0])
        body = store.fields["body"]
        true = np.argpartition(-body.by_meaning(first), DEEP)[:DEEP]
        near.append(len({*body.nearest(first, 32)[0].tolist()} & {*true.tolist()}) / DEEP)
    return {
        "n": size,
        f"recall_at_{DEEP}": round(float(np.mean(shares)), 4),
        "same_first": round(float(np.mean(firsts)), 4),
        f"nearest_bodies_recall_at_{DEEP}": round(float(np.mean(near)), 4),
    }


async def _edit(
    folder: Path, base: KnowledgeBase, reader: Perturbing, sources: Sequence[Source], language: str
) -> dict[str, float]:
    """Save one article from a page, and change another by hand; until it is served."""
    editor = Editor(base, folder / "articles", folder / "index", reader)  # type: ignore[arg-type]
    await editor.refresh()
    one, other = (article_of(number, sources, language) for number in (1, 2))
    text, seen = editor.text(one.id)
    began, version = time.perf_counter(), base.version
    await editor.save(one.id, text.replace("## ", "## New: ", 1), seen)
    saved = time.perf_counter() - began
    assert base.version != version
    path = folder / "articles" / f"{other.id}.md"
    began = time.perf_counter()
    path.write_text(path.read_text("utf-8").replace("## ", "## New: "), encoding="utf-8")
    await editor.refresh()
    by_hand = time.perf_counter() - began
    return {"saved_from_a_page": round(saved, 2), "changed_by_hand": round(by_hand, 2)}


def _questions(store: Store, size: int) -> list[tuple[str, Floats, Floats]]:
    """Give known questions without their last word, a vector for the first look, and the whole one."""
    draw = np.random.default_rng(fingerprint(b"questions") % 2**32)
    asked = []
    for number in draw.integers(0, len(store.keys), size):
        row = int(store.question_bounds[number])
        vector = np.asarray(store.fields["question"].vectors[row], np.float32)
        moved = vector + 0.3 * draw.normal(size=vector.shape).astype(np.float32) / np.sqrt(len(vector))
        moved /= np.linalg.norm(moved)
        words = store.stock.articles[int(number)].questions[0].split()
        question = " ".join(words[: max(3, len(words) - 1)])
        asked.append((question, store.first.asked(moved) if store.first else moved, moved))
    return asked


def _reading(store: Store, vector: Floats) -> Reading:
    """Read a question as the encoder of the first look does."""
    first = store.first
    own, encoder = (first.unasked(vector), first.encoder) if first else (vector, store.encoder)
    return Reading(store.language, encoder, own.astype("<f4").tobytes())


class _Counted(dict[str, Floats]):
    """Vectors of questions that were looked at again; counts how many were."""

    count = 0

    def __getitem__(self, question: str) -> Floats:
        self.count += 1
        return super().__getitem__(question)


async def _encode_one(reader: Reader, language: str) -> Spread:
    encoder, spent = reader.encoder_of(SHORT[language]), []
    for number in range(ENCODED):
        began = time.perf_counter()
        await reader.encode_question(f"{SHORT[language]} {number}", encoder)
        spent.append(1000 * (time.perf_counter() - began))
    return Spread.of(spent[5:])
