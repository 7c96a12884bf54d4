import asyncio
import os
import sys
from pathlib import Path

import pytest

from knowledge.base import KnowledgeBase
from knowledge.index import build_folder, open_snapshot
from knowledge.kept import current_version
from nouns import Problem
from reading.reader import Reader

pytestmark = pytest.mark.models

KILLED = """
import asyncio, sys
from pathlib import Path
from knowledge import index
from tests.knowledge.slow import SlowReader
asyncio.run(index.build_folder(Path(sys.argv[1]), SlowReader(), Path(sys.argv[2])))
"""


async def test_nothing_is_done_when_nothing_changed(reader: Reader, articles: Path, index: Path) -> None:
    seen: list[int] = []
    first = await build_folder(articles, reader, index, lambda done, total: seen.append(done))
    assert seen == sorted(seen) and seen[-1] > 10
    second = await build_folder(articles, reader, index, lambda done, total: pytest.fail("encoded again"))
    assert first.version == second.version == current_version(index)


async def test_a_broken_article_leaves_the_old_index_serving(
    reader: Reader, articles: Path, index: Path
) -> None:
    old = await build_folder(articles, reader, index)
    (articles / "returns.md").write_text("---\ntitle: [oops\n---\n", encoding="utf-8")
    with pytest.raises(Problem, match=r"returns\.md, line"):
        await build_folder(articles, reader, index)
    assert open_snapshot(index, reader).version == old.version


async def test_a_base_swaps_in_the_new_snapshot_whole(reader: Reader, articles: Path, index: Path) -> None:
    await build_folder(articles, reader, index)
    base = KnowledgeBase.open(index, articles, reader)
    old = base.version
    (articles / "warranty.md").write_text("# Warranty\n\nFive years on lamps.", encoding="utf-8")
    await build_folder(articles, reader, index)
    assert base.article("warranty") is None
    await base.reload()
    assert base.version != old and base.article("warranty") is not None


async def test_another_encoder_is_refused_with_the_cure(reader: Reader, articles: Path, index: Path) -> None:
    version = (await build_folder(articles, reader, index)).version
    described = index / version / "snapshot.json"
    described.write_text(
        described.read_text(encoding="utf-8").replace('"minilm+e5": 768', '"other": 768'), encoding="utf-8"
    )
    with pytest.raises(Problem, match=r"other \(768 dimensions\).*firstline knowledge build") as refused:
        open_snapshot(index, reader)
    assert refused.value.code == "index_encoder"


def test_no_index_says_how_to_build_one(reader: Reader, index: Path) -> None:
    with pytest.raises(Problem, match="firstline knowledge build"):
        open_snapshot(index, reader)


async def test_two_builds_at_once_both_end_well(reader: Reader, articles: Path, index: Path) -> None:
    snapshots = await asyncio.gather(*(build_folder(articles, reader, index) for _ in range(3)))
    assert len({snapshot.version for snapshot in snapshots}) == 1
    assert sorted(path.name for path in index.iterdir()) == sorted([snapshots[0].version, "current"])


async def test_a_build_killed_midway_leaves_the_old_snapshot(
    reader: Reader, articles: Path, index: Path
) -> None:
    old = await build_folder(articles, reader, index)
    (articles / "more.md").write_text("# More\n\nMore.", encoding="utf-8")
    building = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", KILLED, str(articles), str(index)),
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": "."},
    )
    assert building.stdout and await building.stdout.readline() == b"encoding\n"
    building.kill()
    await building.wait()
    assert list(index.glob(".building-*")) and open_snapshot(index, reader).version == old.version
    assert (await build_folder(articles, reader, index)).version != old.version
