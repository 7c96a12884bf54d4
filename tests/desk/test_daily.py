"""The day in numbers, and reminders of who waits: jobs that a restart does not forget."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.app import jobs_of
from bot.engine import EngineSays
from bot.workers import Worker
from desk.daily import DAILY, Daily, hour_of
from desk.summary import Topic, as_markdown, duration
from desk.summary_texts import TEXTS
from nouns import Kind, Message, Problem, Reading, Reply
from records import handoffs, jobs, tickets
from records.database import Database
from records.tables import deliveries
from records.tables import jobs as job_table
from tests.world import MONDAY, Clock, World

ROOM = ("room", "C1")
ARTICLES = {"parcel": "delivery/late", "customs": "delivery/norway", "refund": "returns/how"}


class Unsure:
    """An engine that finds nothing; the nearest article goes by a word of the question."""

    async def ask(self, message: Message, reading: Reading, language: str) -> EngineSays:
        article = next((found for word, found in ARTICLES.items() if word in message.text), None)
        knowledge = {"passages": [{"article": article}]} if article else {}
        kind = Kind.ANSWER if "hours" in message.text else Kind.ABSTAIN
        return EngineSays([Reply("…", kind)], "ask_question", [], [], "scripted", knowledge)


async def work(world: World) -> None:
    """Do the jobs that are due, as the worker does."""
    table = jobs_of(world.handoffs, world.reminders, world.daily)
    worker = Worker(world.database, table)
    while due := await jobs.lease_due(world.database, "test", 60):
        for job in due:
            await worker.do(job)


async def posted(database: Database, channel: str) -> list[dict[str, Any]]:
    """What stands in the outbox for a channel."""
    async with database.read() as connection:
        rows = await connection.execute(select(deliveries).where(deliveries.c.channel == channel))
        return [{"address": row.address, **row.payload} for row in rows]


async def test_the_day_is_told_the_next_morning_in_the_room_and_by_mail(
    database: Database, clock: Clock
) -> None:
    world = World.of(database, mail=True, team="team@desk.test", rooms=[ROOM])
    world.bot.engine = Unsure()
    await world.daily.run()
    for text in ("Where is my parcel?", "Do I pay customs?", "A refund?", "Your hours?"):
        await world.talk(text)
    await world.waiting()
    clock.forward(hours=23)
    await work(world)
    (told,) = await posted(database, "room")
    assert told["address"] == "C1" and "The day in numbers: 2024-06-03" in told["text"]
    assert "Messages from customers: 5" in told["text"] and "Answered by the bot: 1" in told["text"]
    assert "Handed over to people: 1" in told["text"] and "delivery (2): “Do I pay customs?”" in told["text"]
    assert "http://desk.test/desk/summary?day=2024-06-03" in told["text"]
    assert any("day in numbers" in mail["subject"] for mail in await posted(database, "email"))


async def test_each_day_is_told_once_however_often_the_program_starts(
    database: Database, clock: Clock
) -> None:
    world = World.of(database, rooms=[ROOM])
    for _ in range(3):
        await world.daily.run()
        await World.of(database, rooms=[ROOM]).daily.run()
    clock.forward(hours=23)
    await work(world)
    await world.daily.run()
    clock.forward(hours=23)
    await work(world)
    clock.forward(hours=2)
    await work(world)
    days = [told["text"].splitlines()[0] for told in await posted(database, "room")]
    assert days == ["**The day in numbers: 2024-06-03**", "**The day in numbers: 2024-06-04**"]


async def test_after_days_of_silence_only_the_day_that_was_planned_is_told(
    database: Database, clock: Clock
) -> None:
    world = World.of(database, rooms=[ROOM])
    await world.daily.run()
    clock.forward(days=5)
    await World.of(database, rooms=[ROOM]).daily.run()
    await work(world)
    assert len(await posted(database, "room")) == 1


async def test_the_hour_is_the_companys_and_can_be_switched_off(database: Database, clock: Clock) -> None:
    world = World.of(database)
    daily = Daily(database, world.post, ZoneInfo("Asia/Shanghai"), time(9), timedelta(hours=24), [ROOM])
    await daily.run()
    await Daily(database, world.post, ZoneInfo("UTC"), None, timedelta(hours=24)).run()
    async with database.read() as connection:
        (row,) = await connection.execute(select(job_table).where(job_table.c.kind == DAILY))
    assert (row.payload["day"], row.due_at) == ("2024-06-03", datetime(2024, 6, 4, 1, 0, tzinfo=UTC))


async def test_another_hour_holds_for_what_is_planned_already(database: Database, clock: Clock) -> None:
    world = World.of(database)
    for hour in (12, 14):
        await Daily(database, world.post, ZoneInfo("UTC"), time(hour), timedelta(hours=24)).run()
    async with database.read() as connection:
        (row,) = await connection.execute(select(job_table).where(job_table.c.kind == DAILY))
    assert row.due_at.hour == 14


@pytest.mark.parametrize(("words", "hour"), [("09:00", time(9)), ("7:30", time(7, 30)), ("off", None)])
def test_the_hour_is_read(words: str, hour: time | None) -> None:
    assert hour_of(words) == hour


@pytest.mark.parametrize("words", ["9", "25:00", "nine", "09:60"])
def test_what_is_no_hour_is_refused_with_the_cure(words: str) -> None:
    with pytest.raises(Problem, match="09:00"):
        hour_of(words)


async def test_first_response_time_is_from_the_wait_to_a_persons_first_words(
    database: Database, clock: Clock
) -> None:
    world, kari = World.of(database), await World.of(database).agent()
    for minutes in (2, 4, 30):
        handoff = await world.waiting()
        clock.forward(minutes=minutes / 2)
        await world.handoffs.take(handoff.id, kari)
        clock.forward(minutes=minutes / 2)
        await world.handoffs.write(handoff.conversation, kari, "Hello")
        clock.forward(minutes=10)
        await world.handoffs.write(handoff.conversation, kari, "Anything else?")
    stepped_in = await world.talk("hello")
    await world.handoffs.begin(stepped_in, kari)
    await world.handoffs.write(stepped_in, kari, "I saw you")
    summary = await world.daily.of(date(2024, 6, 3))
    assert summary.first_response_seconds == pytest.approx(240, abs=1)
    assert duration(summary.first_response_seconds, "en") == "4 min"


async def test_tickets_that_rest_too_long_are_overdue(database: Database, clock: Clock) -> None:
    world, kari = World.of(database), await World.of(database).agent()
    for _ in range(2):
        await world.handoffs.to_ticket((await world.waiting()).id, kari)
    clock.forward(hours=25)
    await world.tickets.reply("T-1002", kari, "On its way")
    summary = await world.daily.of(date(2024, 6, 4))
    assert [ticket.number for ticket in summary.overdue] == ["T-1001"]
    assert "Tickets overdue: 1 (T-1001)" in as_markdown(summary, "en", "http://desk.test")
    async with database.read() as connection:
        assert (await tickets.by_number(connection, "T-1002")).status == "pending"


async def test_the_team_is_reminded_until_somebody_takes(database: Database, clock: Clock) -> None:
    world, kari = World.of(database, mail=True, team="team@desk.test"), await World.of(database).agent()
    handoff, taken = await world.waiting(), await world.waiting()
    await world.handoffs.take(taken.id, kari)
    for _ in range(2):
        clock.forward(minutes=5)
        await work(World.of(database, mail=True, team="team@desk.test"))
    async with database.read() as connection:
        found = await handoffs.by_id(connection, handoff.id)
        other = await handoffs.by_id(connection, taken.id)
    assert found and other and (found.reminders, other.reminders) == (2, 0)
    subjects = [mail["subject"] for mail in await posted(database, "email")]
    assert subjects[-2:] == [
        "⏰ A customer has been waiting for a person for 5 min.",
        "⏰ A customer has been waiting for a person for 10 min.",
    ]
    clock.forward(minutes=5)
    await work(world)
    async with database.read() as connection:
        waiting = select(job_table.c.key).where(job_table.c.done_at.is_(None))
        assert not list(await connection.execute(waiting))


def test_topics_and_words_are_there_in_each_language() -> None:
    assert all(variants.get(language) for variants in TEXTS.values() for language in ("en", "zh"))
    assert Topic("delivery", 2, "x").count == 2 and MONDAY.tzinfo is UTC
