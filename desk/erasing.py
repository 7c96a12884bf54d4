"""Erasing a customer for good: previewed, done in one transaction, and finished beyond the database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from nouns import Problem
from records import attachments, customers, erase, facts, holdings, jobs
from records.database import Database
from records.holdings import Holdings

ERASE = "erase"
AGAIN_SECONDS = 120.0
Forget = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was erased, counted, and where else copies may be; it names nobody."""

    customer: str
    erased_at: datetime
    counts: Mapping[str, int]
    files_deleted: int
    trackers: str
    elsewhere: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Erasure:
    """Erases; `forget` erases what the engine remembers of a conversation, or raises Problem."""

    database: Database
    files: Path
    forget: Forget

    async def find(self, word: str) -> Holdings:
        """Return what is held of the one customer that a word names, or refuse."""
        async with self.database.read() as connection:
            found = await holdings.find(connection, word.strip())
            if not found:
                raise Problem(
                    "customer_unknown",
                    404,
                    f"No customer is known as {word[:60]!r}.",
                    "Name them by id, conversation, ticket, e-mail, or as telegram:ADDRESS.",
                )
            if len(found) > 1:
                raise Problem(
                    "customer_ambiguous",
                    409,
                    f"{len(found)} customers gave that: {', '.join(found)}.",
                    "Name one of them by id.",
                )
            return await holdings.holdings(connection, found[0])

    async def elsewhere(self, held: Holdings) -> dict[str, int]:
        """Count where copies are that are not ours to delete: chats, mailboxes, the team's threads."""
        async with self.database.read() as connection:
            threads = await holdings.threads_of(connection, held)
        places = [*(channel for channel, _ in held.addresses), *("email" for _ in held.emails)]
        places += [f"threads of the team on {channel}" for channel, _, _ in threads]
        return {place: places.count(place) for place in dict.fromkeys(places)}

    async def erase(self, customer: str, by: str) -> Receipt:
        """Erase a customer for good; what can't be done at once stays a job, and nothing is forgotten."""
        async with self.database.read() as connection:
            held = await holdings.holdings(connection, customer)
        elsewhere = await self.elsewhere(held)
        async with self.database.write() as writing:
            who = await customers.by_id(writing.connection, customer)
            await erase.wipe(writing, held)
            payload = {
                "customer": who.id,
                "conversations": list(held.conversations),
                "files": list(held.files),
            }
            for name, seconds in (("now", 0.0), ("again", AGAIN_SECONDS)):
                due = writing.now + timedelta(seconds=seconds)
                key = f"{ERASE}:{who.id}:{name}:{writing.now.timestamp()}"
                await jobs.put(writing, ERASE, key, due, payload)
            data = {"customer": who.id, "by": by, "counts": dict(held.counts)}
            await facts.note(writing, "customer_erased", None, data)
            at = writing.now
        deleted, trackers = await self._finish_now(payload)
        return Receipt(who.id, at, held.counts, deleted, trackers, elsewhere)

    async def finish(self, payload: Mapping[str, Any]) -> None:
        """Erase what a reply under way wrote since, the files' bytes, and what the engine remembers."""
        async with self.database.write() as writing:
            await erase.wipe(writing, await holdings.holdings(writing.connection, payload["customer"]))
        await self._delete_files(payload["files"])
        for conversation in payload["conversations"]:
            await self.forget(conversation)
        await _forget_old_pages(self.database)

    async def _finish_now(self, payload: Mapping[str, Any]) -> tuple[int, str]:
        deleted = await self._delete_files(payload["files"])
        await _forget_old_pages(self.database)
        try:
            for conversation in payload["conversations"]:
                await self.forget(conversation)
        except Problem:  # the job does it when the engine is back
            return deleted, "waiting for the engine"
        return deleted, "erased"

    async def _delete_files(self, files: list[str]) -> int:
        deleted = 0
        for sha256 in dict.fromkeys(files):
            path = attachments.path_of(self.files, sha256)
            async with self.database.write() as writing:  # nobody may send the same bytes meanwhile
                if not await holdings.used_elsewhere(writing.connection, sha256) and path.exists():
                    await asyncio.to_thread(path.unlink, missing_ok=True)
                    deleted += 1
        return deleted


async def _forget_old_pages(database: Database) -> None:
    """Write SQLite's log back, so that its old pages are gone too; deleted bytes it overwrites by itself."""
    if database.is_sqlite:
        async with database.read() as connection:
            await connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
