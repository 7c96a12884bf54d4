"""Leases: one holder at a time, until it lets go or is gone."""

from __future__ import annotations

from records import leases
from records.database import Database
from tests.world import Clock


async def test_one_holds_a_lease_and_may_keep_it(database: Database) -> None:
    assert await leases.hold(database, "poller", "app-1", 15)
    assert not await leases.hold(database, "poller", "app-2", 15)
    assert await leases.hold(database, "poller", "app-1", 15)
    assert await leases.hold(database, "another", "app-2", 15)


async def test_it_passes_on_when_it_is_let_go_or_its_time_is_over(database: Database, clock: Clock) -> None:
    await leases.hold(database, "poller", "app-1", 15)
    await leases.let_go(database, "poller", "app-2")
    assert not await leases.hold(database, "poller", "app-2", 15)
    await leases.let_go(database, "poller", "app-1")
    assert await leases.hold(database, "poller", "app-2", 15)
    clock.forward(seconds=16)
    assert await leases.hold(database, "poller", "app-1", 15)
