"""What a folder of articles holds, told apart by content, so that only what changed is read again."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge.arrays import fingerprint
from knowledge.load import article_of
from nouns import Article, Problem

UNSURE_SECONDS = 2.0  # a file as young as that may change again under the same time (git: "racily clean")


@dataclass(frozen=True)
class Found:
    """An article that is there: `key` changes when it does; `read` gives it, or raises article_broken."""

    id: str
    key: int
    read: Callable[[], Article]

    @classmethod
    def of(cls, article: Article) -> Found:
        """Find an article that is in no file."""
        return cls(article.id, fingerprint(repr(article).encode("utf-8", "replace")), lambda: article)


class Files:
    """The `.md` files of a folder; one whose size and time stayed is not opened again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._seen: dict[str, tuple[tuple[int, int, int], Found]] = {}

    def found(self) -> list[Found]:
        """List the articles by path."""
        if not self.folder.is_dir():
            raise Problem(
                "article_broken", 422, f"{self.folder}: There is no such folder.",
                "Set ARTICLES_DIR to the folder of articles.",
            )  # fmt: skip
        now, seen = time.time_ns(), {}
        for path, stat in sorted(_walk(str(self.folder))):
            mark = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            known = self._seen.get(path)
            one = known[1] if known and known[0] == mark else self._found(Path(path))
            if one is None:
                continue  # it went away between the list and the look
            sure = now - stat.st_mtime_ns > UNSURE_SECONDS * 1e9
            seen[path] = (mark if sure else (0, 0, 0), one)
        self._seen = seen
        return [one for _, one in seen.values()]

    def _found(self, path: Path) -> Found | None:
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        id = path.relative_to(self.folder).with_suffix("").as_posix()
        key = fingerprint(f"{id}\0".encode("utf-8", "replace") + content)
        return Found(id, key, lambda: article_of(path.read_bytes(), path, self.folder))


def read_all(found: Sequence[Found], *, strict: bool) -> tuple[list[tuple[Found, Article]], list[Found]]:
    """Read articles; broken ones raise one Problem that names all of them, or come back apart."""
    read, broken, problems = [], [], []
    for one in found:
        try:
            read.append((one, one.read()))
        except FileNotFoundError:
            continue
        except Problem as problem:
            broken.append(one)
            problems.append(problem)
    if problems and strict:
        sentence = " ".join(problem.sentence for problem in problems)
        raise Problem(
            "articles_broken", 422, sentence, "Correct them and build again; the old index still serves."
        )
    return read, broken


def _walk(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(entry.path)
            elif entry.name.endswith(".md") and entry.is_file():
                yield entry.path, entry.stat()
