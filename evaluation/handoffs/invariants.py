"""What must hold however a schedule went, looked for in rows, in what triggers saw, and on the platforms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, Row, select, text

from desk.relay import is_aside
from evaluation.handoffs import audit
from evaluation.handoffs.outside import TOWN
from evaluation.handoffs.world import Told, World
from records.database import Database
from records.tables import conversations, deliveries, facts, handoffs, jobs, messages, thread_lines, threads

OPEN = ("waiting", "taken")
MOST_REPLIES = 2
LOOKED_AT: list[Executable] = [
    *(
        select(table)
        for table in (conversations, messages, deliveries, facts, handoffs, jobs, thread_lines, threads)
    ),
    *(text(f"SELECT * FROM {name}") for name in audit.TABLES),
]
Rows = list[Row[Any]]


@dataclass
class Found:
    """All that a schedule left behind in the records; `told`: what people were told had happened."""

    told: Told
    now: datetime
    conversations: Rows
    messages: Rows
    deliveries: Rows
    facts: Rows
    handoffs: Rows
    jobs: Rows
    thread_lines: Rows
    threads: Rows
    said: Rows
    settled: Rows
    wrong: Rows


async def gather(database: Database, told: Told, now: datetime) -> Found:
    """Read all that is looked at."""
    async with database.read() as connection:
        return Found(told, now, *[list(await connection.execute(query)) for query in LOOKED_AT])


async def broken(world: World) -> list[str]:
    """Return what does not hold in a world, in words; empty when all does."""
    found = await gather(world.database, world.told, world.clock.now)
    of_rows = [wrong for check in OF_ROWS for wrong in check(found)]
    return of_rows + [wrong for check in OF_PLATFORMS for wrong in check(found, world)]


def owned(found: Found) -> Iterator[str]:
    """The bot never speaks while a person owns the conversation; a person only in their own."""
    for row in found.said:
        announced = row.kind == "handoff" and row.reply_to is None
        if row.author == "bot" and (row.mode == "closed" or (row.mode == "human" and not announced)):
            yield f"the bot spoke while the conversation was {row.mode}: {row.message}"
        if row.author == "agent" and (row.mode != "human" or row.owner != row.agent):
            yield f"somebody wrote who did not have the conversation: {row.message}"


def taken_by_one(found: Found) -> Iterator[str]:
    """Two people can't take one conversation; states and modes agree."""
    yield from (row.what for row in found.wrong)
    for handoff, takers in found.told.takes.items():
        if len(takers) > 1:
            yield f"{len(takers)} people took {handoff}"
    for held in found.conversations:
        still = [one for one in found.handoffs if one.conversation == held.id and one.state in OPEN]
        mode = {"waiting": "waiting", "taken": "human"}[still[0].state] if still else None
        if (mode or held.mode) != held.mode or (not mode and held.mode in ("waiting", "human")):
            yield f"{held.id} is {held.mode}, its hand-off {still[0].state if still else 'ended'}"
        if mode == "human" and still[0].agent != held.agent:
            yield f"{held.id} and its hand-off name different people"


def nothing_lost(found: Found) -> Iterator[str]:
    """What a customer was told is stored is there, once, and was answered or left to a person."""
    known = {row.id: row for row in found.messages}
    replies = Counter(row.in_reply_to for row in found.messages if row.in_reply_to)
    left = {row.data.get("message") or row.data.get("in_reply_to") for row in found.facts
            if row.kind in ("passed_on", "reply_dropped")}  # fmt: skip
    for external, message in found.told.customers.items():
        if message not in known:
            yield f"{external} is not there"
        elif known[message].answered_at is None or not (replies[message] or message in left):
            yield f"{external} was never dealt with"
    for message, count in replies.items():
        if count > MOST_REPLIES:
            yield f"{message} was answered {count} times"
    yield from (f"{one} was written and is not there" for one in found.told.agents - known.keys())


def delivered_once(found: Found, world: World) -> Iterator[str]:
    """What was said arrives in town once, in order."""
    arrived = [sent.id for _, _, sent in world.town.arrived]
    due = [row for row in found.deliveries if row.channel == TOWN]
    town = {row.id for row in found.conversations if row.channel == TOWN}
    spoken = [one for one in found.messages if one.conversation in town and one.author in ("bot", "agent")]
    if len(spoken) != len(due):
        yield f"{len(spoken)} messages and {len(due)} deliveries"
    if arrived != sorted(row.id for row in due):
        yield f"arrived {arrived}, and there were {sorted(row.id for row in due)}"
    yield from (f"delivery {row.id} is {row.state}" for row in found.deliveries if row.state != "sent")


def shown_in_threads(found: Found, world: World) -> Iterator[str]:
    """What a customer writes while a hand-off is open stands in its thread, once."""
    for thread in found.threads:
        handoff = next(one for one in found.handoffs if one.id == thread.handoff)
        shown = Counter(world.team.lines(thread.id))
        yield from (f"{one} stands twice in {thread.id}" for one, count in shown.items() if count > 1)
        for message in found.messages:
            during = handoff.created_at < message.created_at <= (handoff.ended_at or message.created_at)
            mine = message.conversation == thread.conversation and message.author == "customer"
            if mine and during and message.id not in shown:
                yield f"{message.external_id} is not in the thread of its hand-off"


def lines_settled(found: Found) -> Iterator[str]:
    """What colleagues write becomes one message to the customer, or a note, and is never forgotten."""
    known = {row.external_id: row for row in found.thread_lines}
    for row in found.messages:
        if row.author == "agent" and is_aside(row.text):
            yield f"an aside went out: {row.text}"
    for id in found.told.lines:
        if id not in known or known[id].state == "held":
            yield f"line {id} was forgotten"
    sent = Counter(row.message for row in found.thread_lines if row.message)
    yield from (f"{message} is two lines" for message, count in sent.items() if count > 1)
    for row in found.settled:
        line = known[row.line]
        has = row.mode == "human" and row.owner == line.agent == row.handoff
        as_written = line.external_id not in found.told.changed and not is_aside(line.text)
        if row.state == "note" and has and as_written:
            yield f"the taker's line {row.line} was kept back"


def timers_kept(found: Found) -> Iterator[str]:
    """No wait is endless, no job is left, and who waited in vain has a ticket and was told."""
    told = {row.extra.get("ticket") for row in found.messages if row.author == "bot"}
    for row in found.handoffs:
        if row.state == "waiting" and row.expires_at and row.expires_at < found.now:
            yield f"{row.id} waits for ever"
        if row.state == "expired" and (not row.ticket or row.ticket not in told):
            yield f"{row.id} expired and the customer was not told of a ticket"
    for row in found.jobs:
        if row.error or (row.done_at is None and row.due_at < found.now):
            yield f"job {row.key}: {row.error or 'not done'}"


OF_ROWS = (owned, taken_by_one, nothing_lost, lines_settled, timers_kept)
OF_PLATFORMS = (delivered_once, shown_in_threads)
