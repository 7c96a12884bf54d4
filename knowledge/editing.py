"""Edit articles while the program runs: the file is written, and the running base serves it, or says why not.

    editor = Editor(base, articles_dir, index_dir, reader)   # one in the app: parts.editor
    text, seen = editor.text("delivery/norway")              # the file and its mark; "" and "" without one
    trial = await editor.trial("delivery/norway", text)      # a KnowledgeBase with the edit, unserved
    seen = await editor.save("delivery/norway", text, seen)  # 409 article_changed: saved since `seen`
    await editor.remove("delivery/norway", seen)
    await editor.refresh()                                   # serve what the folder holds now (git, vi)

Problems: article_id (422), article_changed (409), article_missing (404), article_broken (422, with the line).
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import structlog
from watchfiles import awatch

from knowledge.base import KnowledgeBase
from knowledge.disk import aside_in, save_file
from knowledge.found import Files, Found
from knowledge.index import build_found, make, rejudge
from knowledge.load import article_of
from knowledge.refit import judges_aside
from nouns import Problem
from reading.reader import Reader

_id = re.compile(r"[^\W_][\w.-]*(?:/[^\W_][\w.-]*)*")
ID_LETTERS = 200
DEBOUNCE_MS = 200  # a git pull changes many files in a moment: they are taken together
LOOK_SECONDS = 10

log = structlog.get_logger()


class Editor:
    """Changes articles, one change at a time, and keeps a running base up to date."""

    def __init__(self, base: KnowledgeBase, articles_dir: Path, index_dir: Path, reader: Reader) -> None:
        self.base = base
        self._articles_dir, self._index_dir, self._reader = articles_dir, index_dir, reader
        self._files = Files(articles_dir)
        self._one_at_a_time = asyncio.Lock()

    def text(self, id: str) -> tuple[str, str]:
        """Read an article's file as it is, and its mark, by which `save` notices another's change."""
        path = self._path(id)
        content = path.read_bytes() if path.is_file() else b""
        return content.decode("utf-8", "replace"), mark_of(content)

    async def trial(self, id: str, text: str) -> KnowledgeBase:
        """Give a base with the edit in it; nothing is written, and customers don't see it."""
        edited = article_of(text.encode("utf-8", "ignore"), self._path(id), self._articles_dir)
        found = [one for one in await asyncio.to_thread(self._files.found) if one.id != id]
        with aside_in(self._index_dir) as aside:
            made = await make([*found, Found.of(edited)], self._reader, aside, self.base.snapshot, live=True)
        return self.base.with_snapshot(made)

    async def save(self, id: str, text: str, seen: str) -> str:
        """Write an article and serve it; `seen` is the mark of what the writer began from."""
        path, content = self._path(id), text.encode("utf-8", "ignore")
        article_of(content, path, self._articles_dir)
        async with self._one_at_a_time:
            self._check_seen(id, seen)
            save_file(path, content)
            await self._follow()
        return mark_of(content)

    async def remove(self, id: str, seen: str) -> None:
        """Delete an article and stop serving it."""
        path = self._path(id)
        async with self._one_at_a_time:
            if not path.is_file():
                raise Problem("article_missing", 404, f"There is no article {id}.", "Look at the list again.")
            self._check_seen(id, seen)
            path.unlink()
            await self._follow()

    async def refresh(self) -> None:
        """Serve what the folder holds now; a file that does not parse keeps its last good article."""
        async with self._one_at_a_time:
            await self._follow()

    async def run(self) -> None:
        """Follow the folder until cancelled, and fit judges anew, aside, when enough has changed."""
        async for _ in changes_in(self._articles_dir):
            try:
                await self.refresh()
                await self._refit()
            except Problem as problem:  # the folder is away, or the disk full: what is served stays
                log.warning("articles not followed", problem=str(problem))

    async def _refit(self) -> None:
        """Fit the judges that drifted in a process of its own; an edit meanwhile puts it off."""
        snapshot = self.base.snapshot
        if not snapshot.drifted:
            return
        judges = await judges_aside(self._index_dir / snapshot.version, snapshot.drifted)
        async with self._one_at_a_time:
            made = await asyncio.to_thread(rejudge, self._index_dir, snapshot, judges, self._reader)
            if made is not None:
                self.base.serve(made)

    async def _follow(self) -> None:
        found = await asyncio.to_thread(self._files.found)
        made = await build_found(found, self._reader, self._index_dir, live=True)
        if made.version != self.base.version:
            self.base.serve(made)

    def _check_seen(self, id: str, seen: str) -> None:
        if self.text(id)[1] != seen:
            raise Problem(
                "article_changed", 409,
                f"Someone else has changed {id} since you opened it.",
                "Look at their version, and save yours again if it should stand.",
            )  # fmt: skip

    def _path(self, id: str) -> Path:
        if not _id.fullmatch(id) or len(id) > ID_LETTERS or ".." in id:
            raise Problem(
                "article_id", 422,
                f"{id[:ID_LETTERS]!r} can't name an article.",
                "Use letters, digits, - and /, such as delivery/norway.",
            )  # fmt: skip
        return self._articles_dir / f"{id}.md"


async def changes_in(folder: Path) -> AsyncIterator[None]:
    """Yield at once, after every change under a folder, and at times without one.

    Not every disk tells of changes (NFS, some containers), so it is looked at now and then all the same.
    """
    yield
    while True:
        try:
            async for _ in awatch(
                folder, debounce=DEBOUNCE_MS, step=DEBOUNCE_MS // 2, rust_timeout=LOOK_SECONDS * 1000,
                yield_on_timeout=True,
            ):  # fmt: skip
                yield
        except (OSError, RuntimeError):  # no such folder, or more folders than the system watches
            await asyncio.sleep(LOOK_SECONDS)
            yield


def mark_of(content: bytes) -> str:
    """Name a file's content; an empty one, or none, has the empty mark."""
    return hashlib.blake2b(content, digest_size=8).hexdigest() if content else ""
