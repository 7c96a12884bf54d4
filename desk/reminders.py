"""Who waits for a person is not forgotten: the team is reminded again and again, by jobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from desk.mail import Post
from desk.room import NOTICE, post
from desk.summary_texts import word
from nouns import Handoff
from records import conversations, customers, facts, handoffs, jobs, threads
from records.database import Database, Writing

REMIND = "handoff_reminder"


async def plan(writing: Writing, handoff: Handoff, every: timedelta | None) -> None:
    """Plan the next reminder of a hand-off."""
    if every:
        await jobs.put(writing, REMIND, _key(handoff), writing.now + every, {"handoff": handoff.id})


async def cancel(writing: Writing, handoff: Handoff) -> None:
    """Take the next reminder of a hand-off back: it waits no more."""
    await jobs.cancel(writing, _key(handoff))


def _key(handoff: Handoff) -> str:
    return f"{REMIND}:{handoff.id}:{handoff.reminders + 1}"


@dataclass(frozen=True, slots=True)
class Reminders:
    """Reminds the team in the hand-off's thread, by mail, and at the desk, whose pages hear of the count."""

    database: Database
    mail: Post
    every: timedelta | None
    language: str = "en"

    async def remind(self, payload: Mapping[str, str]) -> None:
        """Remind of a hand-off that still waits, and plan the next reminder."""
        async with self.database.write() as writing:
            handoff = await handoffs.count_reminder(writing, payload["handoff"])
            if handoff is None:
                return
            held = await conversations.by_id(writing.connection, handoff.conversation)
            name = (await customers.by_id(writing.connection, held.customer)).name
            minutes = round((writing.now - handoff.created_at).total_seconds() / 60)
            who = name or word("a_customer", self.language)
            text = word("reminder", self.language, who=who, minutes=minutes)
            for thread in await threads.all_of_handoff(writing.connection, handoff.id):
                said = {"kind": NOTICE, "text": text, "broadcast": True}
                await post(writing, thread, f"reminder:{handoff.reminders}", said)
            await self.mail.handoff_still_waits(writing, handoff, text)
            data = {"handoff": handoff.id, "number": handoff.reminders}
            await facts.note(writing, "handoff_reminded", held.id, data)
            await plan(writing, handoff, self.every)
