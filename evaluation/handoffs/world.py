"""A desk on real SQLite and a clock passed in, with people, channels and everything that runs beside."""

from __future__ import annotations

import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from actions.asked import Readings
from bot.conversation import Conversations
from bot.workers import LEASE_SECONDS, Sender, Worker
from desk.handoff import EXPIRES, Handoffs
from desk.hours import OfficeHours
from desk.mail import Post
from desk.relay import RELAY, Relay
from desk.reminders import REMIND, Reminders
from desk.room import TeamRoom
from desk.tickets import Tickets
from evaluation.handoffs import audit
from evaluation.handoffs.outside import PLACE, ROOM, TOWN, Engine, Platform, Reader, TeamPlatform
from evaluation.handoffs.steps import SteppedDatabase, Steps
from nouns import Agent, Incoming, Problem, Role
from records import agents, conversations, inbox, jobs, outbox
from records.tables import metadata

BEGINNING = datetime(2024, 6, 3, 10, 0, tzinfo=UTC)
WAIT = timedelta(minutes=15)
REMIND_EVERY = timedelta(minutes=10)
OWNER = "app"
DUE = "SELECT 1 FROM deliveries WHERE state IN ('queued', 'sending') AND channel ="
TEAM = ("Kari", "Ben")
KEPT = ("agents", "agent_identities")
EMPTIED = [
    *(table.name for table in reversed(metadata.sorted_tables) if table.name not in KEPT), *audit.TABLES,
]  # fmt: skip


@dataclass
class Clock:
    """A clock that the schedule moves; no two moments are the same."""

    now: datetime = BEGINNING

    def __call__(self) -> datetime:
        """Return the time."""
        self.now += timedelta(milliseconds=1)
        return self.now


@dataclass(frozen=True)
class Build:
    """What a world is built of; a test puts something broken in its place."""

    handoffs: type[Handoffs] = Handoffs
    conversations: type[Conversations] = Conversations
    relay: type[Relay] = Relay
    room: type[TeamRoom] = TeamRoom
    town: type[Platform] = Platform


@dataclass
class Told:
    """What people were told had happened; the records must agree, whatever came between."""

    customers: dict[str, str] = field(default_factory=dict)
    takes: dict[str, list[str]] = field(default_factory=dict)
    agents: set[str] = field(default_factory=set)
    lines: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)


@dataclass
class World:
    """One schedule's desk; `told` and the platforms are outside and outlive a kill, the rest does not."""

    database: SteppedDatabase
    steps: Steps
    clock: Clock
    build: Build
    chance: random.Random
    files: Path
    told: Told
    handoffs: Handoffs
    relay: Relay
    room: TeamRoom
    town: Platform
    team: TeamPlatform
    engine: Engine
    people: Sequence[Agent] = ()
    kills: int = 0
    unacknowledged: list[tuple[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin the first life."""
        self.live()

    def live(self) -> None:
        """Begin a life: nothing is in memory but what the program makes at its start."""
        self.bot = self.build.conversations(
            self.database, Reader(), self.engine, self.handoffs, Readings(), lambda: {"code": "scripted"}
        )
        self.bot.owner = OWNER
        reminders = Reminders(self.database, self.handoffs.post, REMIND_EVERY)
        table = {
            EXPIRES: lambda payload: self.handoffs.expire(payload["handoff"]),
            REMIND: reminders.remind,
            RELAY: lambda payload: self.relay.settle(self.team, payload),
        }
        self.worker = Worker(self.database, table)
        self.senders = [Sender(self.database, self.town), Sender(self.database, self.team)]

    async def kill(self) -> None:
        """Drop all that is in memory; rows and leases stay."""
        await self.steps.kill()
        self.kills += 1
        self.database.cut = False
        self.live()

    async def takes_message(self, incoming: Incoming) -> None:
        """Let a channel take a customer's message; only then its sender is told so."""
        with suppress(Problem):
            taken = await inbox.take(self.database, incoming, "en")
            self.told.customers[f"{incoming.channel}:{incoming.external_id}"] = taken.message

    async def takes_line(self, anchor: str, written: Any) -> None:
        """Let the room's channel take what a colleague wrote; what is refused comes again."""
        try:
            await self.relay.take(ROOM, PLACE, anchor, written)
        except Problem:
            self.unacknowledged.append((anchor, written))
        else:
            self.told.lines.add(written.id)

    def answers(self, conversation: str) -> None:
        """Let the bot deal with a conversation, unless it is at it."""
        name = f"bot:{conversation}"
        if not self.steps.named(name):
            self.steps.begin(name, self._answer_all(conversation))

    async def _answer_all(self, conversation: str) -> None:
        while await self.bot.answer_next(conversation):
            pass

    async def delivers(self) -> bool:
        """Begin to deliver what is due; False when nothing is."""
        begun = False
        for sender in self.senders:
            channel = sender.connector.channel
            if not self.database.has(f"{DUE} '{channel}' LIMIT 1"):
                continue
            for delivery in await outbox.lease_due(self.database, channel, OWNER, LEASE_SECONDS):
                self.steps.begin(f"send:{delivery.key}", sender.deliver(delivery))
                begun = True
        return begun

    async def works(self) -> bool:
        """Begin to do the jobs that are due, one after the other; False when none is."""
        if self.steps.named("worker") or not self.database.has("SELECT 1 FROM jobs WHERE done_at IS NULL"):
            return False
        due = await jobs.lease_due(self.database, OWNER, LEASE_SECONDS)
        if due:
            self.steps.begin("worker", self._work(due))
        return bool(due)

    async def _work(self, due: Sequence[jobs.Job]) -> None:
        for job in due:
            await self.worker.do(job)

    def follows(self, conversation: str) -> None:
        """Let the team's room follow a conversation."""
        if not self.steps.named("room"):
            self.steps.begin("room", self.room.follow(conversation))

    async def pending(self) -> list[str]:
        """Return the conversations in which a customer's message waits."""
        if not self.database.has("SELECT 1 FROM conversations WHERE pending > 0 LIMIT 1"):
            return []
        async with self.database.read() as connection:
            return await conversations.with_pending(connection)


@dataclass
class Stage:
    """A database that one schedule after the other is played on."""

    url: str
    files: Path
    build: Build = Build()
    database: SteppedDatabase | None = None
    people: Sequence[Agent] = ()

    async def set_up(self, seed: str) -> World:
        """Return a fresh world on the emptied database."""
        steps, clock, chance = Steps(), Clock(), random.Random(seed)
        random.seed(seed)  # the sender's pauses between attempts
        database = await self._empty(steps, clock)
        post = Post(False, "Lumen & Oak", "http://desk.test")
        hours = OfficeHours.parse("always", "UTC")
        handoffs = self.build.handoffs(database, Tickets(database, post), hours, WAIT, post, REMIND_EVERY)
        world = World(
            database=database,
            steps=steps,
            clock=clock,
            build=self.build,
            chance=chance,
            files=self.files,
            told=Told(),
            handoffs=handoffs,
            relay=self.build.relay(database, handoffs, self.files),
            room=self.build.room(database, ROOM, PLACE),
            town=self.build.town(TOWN, steps, chance, database),
            team=TeamPlatform(ROOM, steps, chance, database),
            engine=Engine(steps, chance, handoffs),
        )
        world.people = self.people
        return world

    async def close(self) -> None:
        """Close the database."""
        if self.database:
            await self.database.close()

    async def _empty(self, steps: Steps, clock: Clock) -> SteppedDatabase:
        if self.database is None:
            self.database = SteppedDatabase(self.url, clock, steps)
            await self._begin(self.database)
        database = self.database
        database.steps, database.now, database.cut = steps, clock, False
        database.script([f"DELETE FROM {name}" for name in EMPTIED])
        return database

    async def _begin(self, database: SteppedDatabase) -> None:
        async with database.engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
            await audit.watch(connection)
        async with database.write() as writing:
            self.people = [
                await agents.add(writing, name, f"{name.lower()}@desk.test", Role.AGENT) for name in TEAM
            ]
            for agent in self.people:
                await agents.link(writing, agent.id, ROOM, agent.name)
