"""What runs beside the answering: deliveries and jobs, done again when they fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sqlalchemy import select

from bot.app import jobs_of
from bot.workers import Sender, Worker
from connectors.port import NotSentError
from nouns import Delivery, DeliveryState, Mode, Reply
from records import jobs, outbox
from records.database import Database
from records.tables import deliveries
from tests.world import Clock, World, until, writes


@dataclass
class ScriptedChannel:
    """A channel that fails as told, then takes what it is given."""

    failures: list[Exception] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    channel: str = "telegram"

    async def run(self) -> None: ...

    async def send(self, delivery: Delivery) -> str | None:
        if self.failures:
            raise self.failures.pop(0)
        assert delivery.message
        self.sent.append(delivery.message.text)
        return "tg-1"


@asynccontextmanager
async def at_work(worker: Sender | Worker) -> AsyncIterator[None]:
    task = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def told(database: Database, *texts: str) -> None:
    taken = await writes(database, "Hi", channel="telegram", address="42")
    async with database.write() as writing:
        await outbox.say(writing, taken.conversation, [Reply(text) for text in texts])


async def is_(found: list[str], expected: list[str]) -> bool:
    return found == expected


async def test_what_is_said_is_delivered_in_order(database: Database) -> None:
    channel = ScriptedChannel()
    async with at_work(Sender(database, channel)):
        await told(database, "one", "two", "three")
        await until(lambda: is_(channel.sent, ["one", "two", "three"]))


async def test_a_failure_of_any_kind_is_tried_again(database: Database, clock: Clock) -> None:
    channel = ScriptedChannel([NotSentError("slow down", retry_after_seconds=7), ValueError("a bug")])
    async with at_work(Sender(database, channel)):
        await told(database, "one", "two")
        for left in (1, 0):
            await until(lambda left=left: is_(["x"] * len(channel.failures), ["x"] * left))
            await until(lambda: waits_again(database))
            clock.forward(minutes=1)
            database.wakes.tell(outbox.TOPIC)
        await until(lambda: is_(channel.sent, ["one", "two"]))


async def waits_again(database: Database) -> bool:
    async with database.read() as connection:
        rows = await connection.execute(select(deliveries.c.state).order_by(deliveries.c.id))
    return {row.state for row in rows} == {DeliveryState.QUEUED}


async def test_one_that_is_refused_for_good_lets_the_next_go(database: Database) -> None:
    channel = ScriptedChannel([NotSentError("blocked", for_good=True)])
    async with at_work(Sender(database, channel)):
        await told(database, "one", "two")
        await until(lambda: is_(channel.sent, ["two"]))


async def test_a_wait_that_is_over_is_noticed_without_anybody_asking(
    database: Database, clock: Clock
) -> None:
    world = World.of(database)
    handoff = await world.waiting()
    async with at_work(Worker(database, jobs_of(world.handoffs, world.reminders, world.daily))):
        clock.forward(minutes=15)
        database.wakes.tell(jobs.TOPIC)
        await until(lambda: ticket_in(world, handoff.conversation))
    assert await world.mode(handoff.conversation) is Mode.BOT


async def ticket_in(world: World, conversation: str) -> bool:
    return (await world.said(conversation))[-1].ticket == "T-1001"


async def test_a_job_that_fails_or_is_unknown_stops_no_other(database: Database, clock: Clock) -> None:
    done: list[str] = []

    async def do(payload: object) -> None:
        done.append("done")

    async def fail(payload: object) -> None:
        raise ValueError("a bug")

    async with database.write() as writing:
        for kind in ("fail", "nobody_knows", "do"):
            await jobs.put(writing, kind, kind, clock.now)
    async with at_work(Worker(database, {"do": do, "fail": fail})):
        await until(lambda: is_(done, ["done"]))
