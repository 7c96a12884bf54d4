"""Once a day the team is told how it went: a job that plans the next one, so that no restart forgets it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from desk.mail import CHANNEL as MAIL
from desk.mail import Post
from desk.summary import Summary, as_markdown, summary_of
from desk.summary_texts import word
from nouns import Problem
from records import jobs, outbox
from records.database import Database, Writing

DAILY = "daily_summary"
OFF = ("", "off", "never")
Room = tuple[str, str]


def hour_of(words: str) -> time | None:
    """Read the setting: `09:00`, or `off`; or say what is wrong with it."""
    if words.strip().lower() in OFF:
        return None
    if not re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", words.strip()):
        raise Problem(
            "summary_at", 500, f"SUMMARY_AT {words!r} is not a time.", "Write it like 09:00, or off."
        )
    hours, minutes = words.strip().split(":")
    return time(int(hours), int(minutes))


@dataclass(frozen=True, slots=True)
class Daily:
    """Tells of each day at an hour of the next; `rooms` are channels with a place on each."""

    database: Database
    post: Post
    zone: ZoneInfo
    at: time | None
    overdue_after: timedelta
    rooms: Sequence[Room] = ()
    language: str = "en"

    async def run(self) -> None:
        """Plan the next one; one that a stopped program missed is told at the start, once."""
        async with self.database.write() as writing:
            await self.plan(writing)

    async def plan(self, writing: Writing) -> None:
        """Plan the summary that comes next; each day is told once."""
        if self.at is None:
            return
        today = writing.now.astimezone(self.zone).date()
        due = datetime.combine(today, self.at, self.zone)
        if due <= writing.now:
            today += timedelta(days=1)
            due = datetime.combine(today, self.at, self.zone)
        day = (today - timedelta(days=1)).isoformat()
        key = f"{DAILY}:{day}"
        await jobs.put(writing, DAILY, key, due, {"day": day})
        await jobs.move(writing, key, due)  # planned before, for another hour

    async def tell(self, payload: Mapping[str, str]) -> None:
        """Tell the team of a day, in every room and by mail, and plan the next."""
        summary = await self.of(date.fromisoformat(payload["day"]))
        async with self.database.write() as writing:
            await self.plan(writing)
            if self.at is not None:
                await self._post(writing, summary)

    async def of(self, day: date) -> Summary:
        """Return a day's summary."""
        async with self.database.read() as connection:
            now = self.database.now()
            return await summary_of(connection, day, self.zone, now, self.overdue_after)

    async def _post(self, writing: Writing, summary: Summary) -> None:
        text = as_markdown(summary, self.language, self.post.base_url)
        for room in self.rooms:
            key = f"{DAILY}:{summary.day}:{room[0]}"
            await outbox.post(writing, room, key=key, payload={"text": text, "at": writing.now.timestamp()})
        if self.post.on and self.post.team:
            subject = word("title", self.language, day=summary.day.isoformat())
            mail = {"subject": subject, "text": text.replace("**", "")}
            await outbox.post(writing, (MAIL, self.post.team), key=f"{DAILY}:{summary.day}", payload=mail)
