"""Office hours: `always`, or rules such as `Mon-Fri 09:00-17:00; Sat 10:00-12:00` in the company's zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nouns import Problem

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
RULE = re.compile(r"(?P<first>[A-Z][a-z]{2})(?:-(?P<last>[A-Z][a-z]{2}))?\s+(?P<opens>\S+)-(?P<closes>\S+)")


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """When somebody of the team is there; no rules: always."""

    zone: ZoneInfo
    rules: tuple[tuple[frozenset[int], time, time], ...] = ()

    @classmethod
    def parse(cls, words: str, zone: str) -> OfficeHours:
        """Read the setting, or say what is wrong with it."""
        place = _zone(zone)
        if words.strip().lower() == "always":
            return cls(place)
        return cls(place, tuple(_rule(part) for part in words.split(";") if part.strip()))

    def open_at(self, moment: datetime) -> bool:
        """Tell whether the office is open at a time; 22:00-02:00 runs into the next day."""
        if not self.rules:
            return True
        local = moment.astimezone(self.zone)
        return any(_covers(rule, local) for rule in self.rules)


def _covers(rule: tuple[frozenset[int], time, time], local: datetime) -> bool:
    days, opens, closes = rule
    today, now = local.weekday(), local.time()
    if opens < closes:
        return today in days and opens <= now < closes
    return (today in days and now >= opens) or ((today - 1) % 7 in days and now < closes)


def _time(word: str) -> time:
    if not re.fullmatch(r"\d\d:\d\d", word):
        raise ValueError(word)
    return time.fromisoformat(word)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Problem(
            "time_zone", 500, f"TIME_ZONE {name!r} is not known.", "Write it like Europe/Oslo."
        ) from None


def _rule(part: str) -> tuple[frozenset[int], time, time]:
    found = RULE.fullmatch(part.strip())
    try:
        if found is None:
            raise ValueError
        first = DAYS.index(found["first"])
        last = DAYS.index(found["last"]) if found["last"] else first
        days = frozenset((first + step) % 7 for step in range((last - first) % 7 + 1))
        closes = time.max if found["closes"] == "24:00" else _time(found["closes"])
        return days, _time(found["opens"]), closes
    except ValueError:
        raise Problem(
            "office_hours",
            500,
            f"OFFICE_HOURS has a rule that cannot be read: {part.strip()!r}.",
            'Write it like "Mon-Fri 09:00-17:00".',
        ) from None
