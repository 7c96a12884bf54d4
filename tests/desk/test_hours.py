"""Office hours: rules, zones, nights and the days when clocks change."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from desk.hours import OfficeHours
from nouns import Problem


def is_open(rules: str, moment: str, zone: str = "UTC") -> bool:
    return OfficeHours.parse(rules, zone).open_at(datetime.fromisoformat(moment).replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("rules", "moment", "expected"),
    [
        ("always", "2024-06-09T03:00", True),
        ("Mon-Fri 09:00-17:00", "2024-06-03T09:00", True),
        ("Mon-Fri 09:00-17:00", "2024-06-03T08:59", False),
        ("Mon-Fri 09:00-17:00", "2024-06-03T17:00", False),
        ("Mon-Fri 09:00-17:00", "2024-06-08T12:00", False),
        ("Mon-Fri 09:00-17:00; Sat 10:00-12:00", "2024-06-08T11:00", True),
        ("Sat-Mon 10:00-12:00", "2024-06-09T11:00", True),
        ("Sat-Mon 10:00-12:00", "2024-06-04T11:00", False),
        ("Sun 00:00-24:00", "2024-06-09T23:59:59", True),
        ("Sun 00:00-24:00", "2024-06-10T00:00", False),
        ("Fri 22:00-02:00", "2024-06-07T23:00", True),
        ("Fri 22:00-02:00", "2024-06-08T01:59", True),
        ("Fri 22:00-02:00", "2024-06-08T02:00", False),
        ("Fri 22:00-02:00", "2024-06-07T01:00", False),
        ("Sun 22:00-02:00", "2024-06-10T01:00", True),
    ],
)
def test_the_office_is_open_when_a_rule_says_so(rules: str, moment: str, expected: bool) -> None:
    assert is_open(rules, moment) is expected


def test_the_hours_are_the_companys_own() -> None:
    assert not is_open("Mon 09:00-17:00", "2024-06-03T08:30", "UTC")
    assert is_open("Mon 09:00-17:00", "2024-06-03T08:30", "Europe/Oslo")
    assert is_open("Mon 09:00-17:00", "2024-06-03T01:30", "Asia/Shanghai")


def test_hours_follow_the_clock_on_the_wall_over_a_change_to_summer_time() -> None:
    rules, zone = "Sun 09:00-17:00", "Europe/Oslo"
    assert not is_open(rules, "2024-03-24T07:30", zone)  # 08:30, winter
    assert is_open(rules, "2024-03-31T07:30", zone)  # 09:30, summer since that night
    assert is_open(rules, "2024-10-27T08:30", zone)  # 09:30, winter again


@pytest.mark.parametrize(
    "rules",
    [
        "nine to five",
        "Mon-Fri",
        "Mon-Fry 09:00-17:00",
        "Mon 9-17",
        "Mon 25:00-26:00",
        "Mon 09:00+02:00-17:00",
    ],
)
def test_a_rule_that_cannot_be_read_is_shown_with_the_cure(rules: str) -> None:
    with pytest.raises(Problem, match=r"Write it like \"Mon-Fri 09:00-17:00\"") as refused:
        OfficeHours.parse(f"Sat 10:00-12:00; {rules}", "UTC")
    assert rules in refused.value.sentence


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd"])
def test_an_unknown_zone_is_shown_with_the_cure(zone: str) -> None:
    with pytest.raises(Problem, match="Write it like Europe/Oslo"):
        OfficeHours.parse("always", zone)
