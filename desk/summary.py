"""A day in numbers, for the team: in its room, by mail, and on a page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from desk.summary_texts import word
from nouns import Ticket
from records import daybook
from records.daybook import Asked

MOST_TOPICS = 5
EXAMPLE_LENGTH = 90
SHOWN_TICKETS = 10


@dataclass(frozen=True, slots=True)
class Topic:
    """What customers asked in vain; `name`: the folder of the nearest article, None if it is near to none."""

    name: str | None
    count: int
    example: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What a day brought; `waiting` and `overdue` are as things stand now."""

    day: date
    asked: int
    answered: int
    handed_over: int
    first_response_seconds: float | None
    unanswered: Sequence[Topic]
    waiting: int
    overdue: Sequence[Ticket]


async def summary_of(
    connection: AsyncConnection, day: date, zone: ZoneInfo, now: datetime, overdue_after: timedelta
) -> Summary:
    """Count a day, from midnight to midnight in a zone."""
    since = datetime.combine(day, time(), zone)
    until = datetime.combine(day + timedelta(days=1), time(), zone)
    said = await daybook.asked(connection, since, until)
    waits = await daybook.first_responses(connection, since, until)
    return Summary(
        day=day,
        asked=await daybook.count(connection, "asked", since, until),
        answered=sum(one.answered for one in said),
        handed_over=await daybook.count(connection, "handed_over", since, until),
        first_response_seconds=median(waits) if waits else None,
        unanswered=topics(said),
        waiting=await daybook.waiting(connection),
        overdue=await daybook.overdue(connection, now - overdue_after),
    )


def topics(said: Sequence[Asked]) -> list[Topic]:
    """Group what found no answer by where the nearest article stands, the most frequent first."""
    found: defaultdict[str | None, list[str]] = defaultdict(list)
    for one in said:
        if one.found_nothing:
            found[one.article.partition("/")[0] if one.article else None].append(one.text)
    made = [Topic(name, len(texts), texts[-1][:EXAMPLE_LENGTH]) for name, texts in found.items()]
    return sorted(made, key=lambda topic: (-topic.count, topic.name or ""))[:MOST_TOPICS]


def as_markdown(summary: Summary, language: str, desk_url: str) -> str:
    """Return a summary as a message."""
    rows = [
        f"**{word('title', language, day=summary.day.isoformat())}**",
        f"- {word('asked', language)}: {summary.asked}",
        f"- {word('answered', language)}: {summary.answered}",
        f"- {word('handed_over', language)}: {summary.handed_over}",
        f"- {word('first_response', language)}: {duration(summary.first_response_seconds, language)}",
    ]
    if summary.unanswered:
        rows += ["", f"**{word('unanswered', language)}**"]
        rows += [
            f"- {topic.name or word('no_topic', language)} ({topic.count}): “{topic.example}”"
            for topic in summary.unanswered
        ]
    rows += ["", f"**{word('now', language)}**", f"- {word('waiting', language)}: {summary.waiting}"]
    numbers = ", ".join(ticket.number for ticket in summary.overdue[:SHOWN_TICKETS])
    more = f" ({numbers})" if numbers else ""
    rows.append(f"- {word('overdue', language)}: {len(summary.overdue)}{more}")
    rows += ["", f"[{word('open', language)}]({desk_url}/desk/summary?day={summary.day.isoformat()})"]
    return "\n".join(rows)


def duration(seconds: float | None, language: str) -> str:
    """Return a time in words; a dash for none."""
    if seconds is None:
        return "–"
    if seconds < 90:
        return word("seconds", language, n=round(seconds))
    minutes = round(seconds / 60)
    if minutes < 90:
        return word("minutes", language, n=minutes)
    return word("hours", language, n=f"{minutes / 60:.1f}")
