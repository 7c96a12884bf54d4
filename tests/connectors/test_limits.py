"""A minute's window that moves, and forgets who has gone."""

import pytest

from connectors import limits
from connectors.limits import MovingWindow


class Time:
    """A clock that only the test moves."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    clock = Time()
    monkeypatch.setattr(limits, "time", clock)
    return clock


def test_the_third_of_two_waits_until_the_first_is_a_minute_old(time: Time) -> None:
    window = MovingWindow()
    assert window.hit("c_1", 2) == 0
    time.now += 20
    assert window.hit("c_1", 2) == 0
    assert window.hit("c_1", 2) == 40
    time.now += 40
    assert window.hit("c_1", 2) == 0
    assert window.hit("c_1", 2) == 20


def test_one_does_not_count_for_another(time: Time) -> None:
    window = MovingWindow()
    assert [window.hit(key, 1) for key in ("c_1", "c_2")] == [0, 0]


def test_a_limit_of_none_lets_nothing_through(time: Time) -> None:
    assert MovingWindow().hit("c_1", 0) == 60


def test_who_has_gone_is_forgotten(time: Time) -> None:
    window = MovingWindow()
    for number in range(100):
        window.hit(f"c_{number}", 60)
    time.now += 30
    window.hit("c_0", 60)
    time.now += 40
    window.hit("c_new", 60)
    assert list(window._seen) == ["c_0", "c_new"]
