"""Where articles are written: what they are like now, what an edit would break, saving, retiring."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from knowledge.base import KnowledgeBase
from knowledge.checks.contradictions import Contradiction, contradictions_in
from knowledge.checks.links import DeadLink, dead_links_in, linking_to
from knowledge.checks.probes import Probe, ask_probes, broken_by
from knowledge.checks.report import Checker, Report
from knowledge.disk import save_file
from knowledge.editing import Editor, mark_of
from knowledge.found import Files, Found
from knowledge.load import article_of, articles_in
from nouns import Article, Problem
from reading.reader import Reader
from records.use import Use

RETIRED = ".retired"  # put behind a file's name: no longer an article, and still there for git and for people


@dataclass(frozen=True)
class Trial:
    """What an edit would change: probes of any article it breaks, its own ones, and what is wrong with it."""

    broken: Sequence[Probe]
    own: Sequence[Probe]
    contradictions: Sequence[Contradiction]
    dead_links: Sequence[DeadLink]

    @property
    def is_fine(self) -> bool:
        """Whether nothing is to be asked before it goes live."""
        return not (self.broken or self.contradictions or self.dead_links)


class Workshop:
    """The articles of a company, for those who write them; `languages` are the company's, its own first."""

    def __init__(self, editor: Editor, reader: Reader, folder: Path, languages: Sequence[str]) -> None:
        self.editor, self.folder, self.languages = editor, folder, languages
        self._reader = reader
        self._one_at_a_time = asyncio.Lock()
        self._asked: tuple[str, Sequence[Probe]] | None = None
        self._files = Files(folder)
        self._faults: dict[tuple[str, int], Problem | None] = {}

    @property
    def base(self) -> KnowledgeBase:
        """What customers are answered from."""
        return self.editor.base

    def articles(self) -> list[Article]:
        """List all articles, internal ones too, as they are served."""
        return self.base.articles(audience="internal")

    def article(self, id: str) -> Article:
        """Look an article up, or say that it is not there."""
        found = self.base.article(id, audience="internal")
        if found is None:
            raise Problem("article_missing", 404, "There is no such article.", "Look at the list again.")
        return found

    def broken(self) -> list[tuple[str, Problem]]:
        """Tell which files don't parse, in the folder as it is now, by their articles' ids."""
        faults: dict[tuple[str, int], Problem | None] = {}
        for one in self._files.found():
            mark = (one.id, one.key)
            faults[mark] = self._faults[mark] if mark in self._faults else _fault_of(one)
        self._faults = faults
        return [(id, problem) for (id, _), problem in faults.items() if problem]

    def text(self, id: str) -> tuple[str, str]:
        """Read an article's file and its mark; there must be one."""
        text, seen = self.editor.text(id)
        if not seen:
            raise Problem("article_missing", 404, "There is no such article.", "Look at the list again.")
        return text, seen

    def asked(self) -> Sequence[Probe] | None:
        """Give the probes' results, when the articles served now have been asked already."""
        return self._asked[1] if self._asked and self._asked[0] == self.base.version else None

    async def probes(self) -> Sequence[Probe]:
        """Ask every probe of the articles served now, once."""
        async with self._one_at_a_time:
            known = self.asked()
            if known is None:
                base = self.base
                known = await ask_probes(base, self._reader)
                self._asked = (base.version, known)
        return known

    async def report(self, today: date, use: Use) -> Report:
        """Check everything, as `firstline knowledge check` does."""
        articles, problems = await asyncio.to_thread(articles_in, self.folder)
        checker = Checker(self.base, self._reader, self.folder, self.languages)
        return await checker.check(articles, today, use, probes=await self.probes(), problems=problems)

    async def trial(self, id: str, text: str) -> Trial:
        """Ask all probes of an edit that is not yet live, and compare."""
        before, tried = await self.probes(), await self.editor.trial(id, text)
        article = article_of(text.encode("utf-8", "ignore"), self.folder / f"{id}.md", self.folder)
        old = self.base.article(id, audience="internal")
        touched = {article.language, old.language if old else article.language}
        after = await ask_probes(
            tried, self._reader, languages=touched
        )  # other languages have their own part
        articles = [*(other for other in self.articles() if other.id != id), article]
        told, dead = await asyncio.to_thread(
            lambda: (contradictions_in(articles, of=id), dead_links_in(articles, self.folder))
        )
        return Trial(
            broken_by(before, after),
            [probe for probe in after if probe.article == id],
            told,
            [link for link in dead if link.article == id],
        )

    async def save(self, id: str, text: str, seen: str) -> None:
        """Write an article and answer from it."""
        await self.editor.save(id, text, seen)

    def links_to(self, id: str) -> list[Article]:
        """List the articles that link to this one: their links die when it goes."""
        return linking_to(id, self.articles())

    def retired(self) -> list[str]:
        """List the articles that were retired and can be brought back."""
        paths = self.folder.rglob(f"*.md{RETIRED}")
        return sorted(
            path.relative_to(self.folder).as_posix().removesuffix(f".md{RETIRED}") for path in paths
        )

    async def retire(self, id: str, seen: str) -> None:
        """Stop answering from an article; its file stays beside, under another name."""
        _, now = self.text(id)
        if len(self.articles()) < 2:
            raise Problem("article_last", 409, "This is the only article.", "Write another one first.")
        if now == seen:
            save_file(self._retired_path(id), (self.folder / f"{id}.md").read_bytes())
        await self.editor.remove(id, seen)

    async def restore(self, id: str) -> None:
        """Answer from a retired article again."""
        aside = self._retired_path(id)
        if id not in self.retired():
            raise Problem("article_missing", 404, "There is no such article.", "Look at the list again.")
        await self.editor.save(id, aside.read_bytes().decode("utf-8"), mark_of(b""))
        aside.unlink(missing_ok=True)

    def _retired_path(self, id: str) -> Path:
        self.editor.text(id)  # refuses what can't name an article
        return self.folder / f"{id}.md{RETIRED}"


def _fault_of(one: Found) -> Problem | None:
    try:
        one.read()
    except Problem as problem:
        return problem
    return None
