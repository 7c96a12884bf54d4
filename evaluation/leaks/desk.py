"""A desk whose threads colleagues write in while it changes hands; who has it is kept beside the records."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from connectors.slack.account import CHANNEL, Account, client_of
from connectors.slack.team import Team
from desk.handoff import Handoffs
from desk.hours import OfficeHours
from desk.mail import Post
from desk.relay import RELAY, Relay
from desk.tickets import Tickets
from evaluation.handoffs.steps import SteppedDatabase, Steps
from evaluation.handoffs.world import Clock
from evaluation.leaks.talk import TAKERS, Workspace
from nouns import Agent, Incoming, Role
from platforms.slack.state import TEAM_CHANNEL, Json
from records import agents, inbox, jobs, threads
from records.tables import metadata

LINKED = ("U0ASTRID", "U0BEN", "U0GUEST")
LEASE_SECONDS = 60


@dataclass
class Desk:
    """One conversation after the other; `taker` is the Slack user who has it, `anchor` its newest thread."""

    database: SteppedDatabase
    clock: Clock
    handoffs: Handoffs
    relay: Relay
    slack: Workspace
    chance: random.Random
    people: Mapping[str, Agent] = field(default_factory=dict)
    conversation: str = ""
    taker: str | None = None
    anchor: str = ""
    anchors: list[str] = field(default_factory=list)

    @property
    def team(self) -> Team:
        """Return the translation between the threads and the desk."""
        return Team(self.slack, self.relay)

    async def begins(self) -> None:
        """Let a customer come whom somebody of the team takes."""
        incoming = Incoming("web", f"w{len(self.anchors)}", "", "A person, please")
        self.conversation = (await inbox.take(self.database, incoming, "en")).conversation
        await self.steps_in()

    async def steps_in(self) -> None:
        """Let somebody take the conversation: a hand-off with a thread of its own."""
        self.taker = self.chance.choice(TAKERS)
        handoff = await self.handoffs.begin(self.conversation, self.people[self.taker])
        self.anchor = f"16{len(self.anchors):08d}.000100"
        self.anchors.append(self.anchor)
        async with self.database.write() as writing:
            room = (CHANNEL, TEAM_CHANNEL)
            thread = await threads.begin(writing, handoff.id, self.conversation, room, 0)
            await threads.change(writing, thread.id, anchor=self.anchor)

    async def changes_hands(self) -> None:
        """Let a colleague have the conversation, or the bot, or nobody any more."""
        assert self.taker
        agent, fate = self.people[self.taker], self.chance.random()
        if fate < 0.5:
            self.taker = next(one for one in TAKERS if one != self.taker)
            await self.handoffs.assign(self.conversation, agent, self.people[self.taker].id)
        elif fate < 0.8:
            await self.handoffs.give_back(self.conversation, agent)
            self.taker = None
        else:
            await self.handoffs.resolve(self.conversation, agent)
            self.taker, self.conversation = None, ""

    async def goes_on(self) -> None:
        """Let somebody have a conversation again, if nobody has."""
        if not self.conversation:
            await self.begins()
        elif self.taker is None:
            await self.steps_in()

    async def moment_passes(self) -> None:
        """Let the moment of all that is held be over."""
        self.clock.now += timedelta(seconds=self.relay.undo_seconds + 1)
        while due := await jobs.lease_due(self.database, "bench", LEASE_SECONDS):
            for job in due:
                if job.kind == RELAY:
                    await self.relay.settle(self.team, job.payload)
                await jobs.done(self.database, job)

    async def edited(self, before: Json, now: Json | None) -> None:
        """Tell of a message that was edited, or deleted."""
        event = {"channel": TEAM_CHANNEL, "previous_message": before}
        if now is None:
            await self.team.take({**event, "subtype": "message_deleted", "deleted_ts": before["ts"]})
        else:
            await self.team.take({**event, "subtype": "message_changed", "message": now})


async def desk_in(folder: Path, chance: random.Random, relay_of: type[Relay]) -> Desk:
    """Return a desk with a team, on a fresh database in a folder."""
    clock = Clock(datetime.fromisoformat("2024-06-03T10:00:00+00:00"))
    database = SteppedDatabase(f"sqlite:///{folder / 'firstline.db'}", clock, Steps())
    async with database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    post = Post(False, "Lumen & Oak", "http://desk.test")
    hours = OfficeHours.parse("always", "UTC")
    handoffs = Handoffs(database, Tickets(database, post), hours, timedelta(minutes=15), post)
    relay = relay_of(database, handoffs, folder / "files")
    account = Account(
        bot_token="xoxb-1", app_token="xapp-1", files=folder, upload_max_bytes=1000, languages=("en",)
    )
    slack = Workspace(account, client_of(account))
    slack.shown = {}
    made = Desk(database, clock, handoffs, relay, slack, chance)
    async with database.write() as writing:
        people = {}
        for user in LINKED:
            people[user] = await agents.add(writing, user, f"{user.lower()}@desk.test", Role.AGENT)
            await agents.link(writing, people[user].id, CHANNEL, user)
    made.people = people
    return made
