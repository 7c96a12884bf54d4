"""The review as pages and commands use it: one queue behind both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from learning.apply import Apply, Follow
from learning.folders import Folders, known_digests
from learning.gaps import Gap, gaps_in
from learning.judging import Judging, draft_of
from learning.queue import Find, Queue, Reads
from learning.suggest import suggest
from nouns import Problem
from records import drafts
from records.database import Database
from records.verdicts import Reviewer


@dataclass(frozen=True, slots=True)
class Sources:
    """What a review asks: who reads texts, who finds public passages, best first, and who serves articles."""

    reader: Reads
    find: Find
    golden_share: float
    follow: Follow | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """The review of one company."""

    database: Database
    folders: Folders
    queue: Queue
    judging: Judging
    apply: Apply

    @classmethod
    def of(cls, database: Database, folders: Folders, sources: Sources) -> Review:
        """Put a review together."""
        queue = Queue(
            database, sources.reader, sources.find, partial(known_digests, folders), sources.golden_share
        )
        apply = Apply(database, folders, sources.follow)
        return cls(database, folders, queue, Judging(database, folders), apply)

    async def gaps(self) -> Sequence[Gap]:
        """Return what is asked and not answered."""
        async with self.database.read() as connection:
            return await gaps_in(connection, self.database.now())

    async def suggest_drafts(self) -> int:
        """Draft articles from what humans answered; return how many drafts are new."""
        return await suggest(self.database, self.queue.reader)

    async def draft_gap(self, key: str, reviewer: Reviewer) -> str:
        """Draft an article on a gap, from what humans answered to its questions."""
        gap = next((gap for gap in await self.gaps() if gap.key == key), None)
        if gap is None:
            raise Problem("gap_unknown", 404, "There is no such gap any more.", "Look at the list again.")
        async with self.database.write() as writing:
            made = await drafts.add(writing, draft_of(gap.items, f"gap:{key}"), reviewer[1])
        if made is None:
            raise Problem("drafted_already", 409, "There is a draft on this already.", "See the drafts.")
        return made
