"""What may happen next in a schedule: `MOVES` lists it, with how often."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam

from evaluation.handoffs.outside import HUMAN, PLACE, ROOM, STAY, TOWN
from evaluation.handoffs.world import World
from nouns import Agent, Conversation, Handoff, HandoffState, Incoming, Mode, Problem
from records import conversations, customers, handoffs
from records.tables import conversations as conversation_table

TEXTS = (HUMAN, HUMAN, HUMAN, STAY, "hello", "and another thing", "thank you")
LINES = (
    "I look into it",
    "One moment",
    "Soon",
    "Done",
    "// is she a VIP?",
    "／／ 内部",
    "@Ben, do you know?",
)
AUTHORS = ("Kari", "Kari", "Kari", "Ben", "Ben", "Ben", "Stranger")
WEB, ADDRESS = "web", "T1"
IN_MODES = (
    conversation_table.select()
    .where(conversation_table.c.mode.in_(bindparam("modes", expanding=True)))
    .order_by(conversation_table.c.created_at)
)


@dataclass
class Moves:
    """The people and the hour; `move` makes one move, chosen by the world's chance among those possible."""

    world: World
    sent: list[Incoming] = field(default_factory=list)
    web: str | None = None
    wrote: dict[str, str] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)

    async def move(self, name: str) -> None:
        """Make a move; one that is not possible now does nothing."""
        self.done.append(name)
        await MOVES[name][0](self)

    async def customer_writes(self, text: str | None = None) -> None:
        """A customer writes, on the web or in town."""
        chance, number = self.world.chance, len(self.sent) + 1
        text = text or chance.choice(TEXTS)
        if chance.random() < 0.5:
            incoming = Incoming(WEB, f"w{number}", "", text, await self._web())
        else:
            incoming = Incoming(TOWN, f"t{number}", ADDRESS, text)
        self.sent.append(incoming)
        self._begin(f"in:{incoming.external_id}", self.world.takes_message(incoming))

    async def customer_repeats(self) -> None:
        """A channel delivers a message again."""
        if self.sent:
            again = self.world.chance.choice(self.sent)
            self._begin("in:again", self.world.takes_message(again))

    async def bot_answers(self) -> None:
        """The bot takes up what waits."""
        for conversation in await self.world.pending():
            self.world.answers(conversation)

    async def somebody_takes(self) -> None:
        """Somebody presses Take; now and then two do at once, or on a page that is out of date."""
        if handoff := await self._handoff(HandoffState.WAITING, HandoffState.TAKEN):
            both = self.world.chance.random() < 0.4
            for agent in self.world.people if both else [self._agent()]:
                self._begin("desk:take", self._take(handoff.id, agent))

    async def somebody_steps_in(self) -> None:
        """Somebody steps into a conversation."""
        if held := await self._conversation():
            self._begin("desk:begin", self._step_in(held.id, self._agent()))

    async def somebody_writes(self) -> None:
        """The taker writes at the desk; now and then somebody else tries."""
        if held := await self._conversation(Mode.HUMAN):
            self._begin("desk:write", self._write(held, await self._owner(held)))

    async def somebody_gives_back(self) -> None:
        """The taker gives the conversation back to the bot."""
        if held := await self._conversation(Mode.HUMAN):
            owner = await self._owner(held)
            self._act(lambda: self.world.handoffs.give_back(held.id, owner))

    async def somebody_resolves(self) -> None:
        """The taker resolves."""
        if held := await self._conversation(Mode.HUMAN):
            owner = await self._owner(held)
            self._act(lambda: self.world.handoffs.resolve(held.id, owner))

    async def somebody_assigns(self) -> None:
        """The taker passes the conversation on."""
        if held := await self._conversation(Mode.HUMAN):
            owner, to = await self._owner(held), self._agent()
            self._act(lambda: self.world.handoffs.assign(held.id, owner, to.id))

    async def somebody_opens_a_ticket(self) -> None:
        """Somebody makes a ticket of a hand-off."""
        if handoff := await self._handoff(HandoffState.WAITING, HandoffState.TAKEN):
            agent = self._agent()
            self._act(lambda: self.world.handoffs.to_ticket(handoff.id, agent))

    async def colleague_writes_in_thread(self) -> None:
        """A colleague, or somebody who is none, writes in a thread."""
        world, chance = self.world, self.world.chance
        if not world.team.anchors:
            return
        anchor = chance.choice(list(world.team.anchors.values()))
        author = chance.choice(AUTHORS)
        written = world.team.write(author, chance.choice(LINES))
        self.wrote[written.id] = anchor
        for _ in range(2 if chance.random() < 0.2 else 1):
            self._begin("room:line", world.takes_line(anchor, written))

    async def colleague_edits_or_deletes(self) -> None:
        """What stands in a thread is changed."""
        world = self.world
        if not self.wrote:
            return
        id = world.chance.choice(list(self.wrote))
        was = world.team.written[id]
        now = replace(was, text=world.chance.choice(LINES)) if was and world.chance.random() < 0.5 else None
        world.told.changed.add(id)
        world.team.written[id] = now
        text = now.text if now else None
        self._begin("room:change", world.relay.changed(ROOM, PLACE, (self.wrote[id], id), text))

    async def room_delivers_again(self) -> None:
        """The room's channel delivers events again that were refused."""
        again, self.world.unacknowledged = self.world.unacknowledged, []
        for anchor, written in again:
            self._begin("room:line", self.world.takes_line(anchor, written))

    async def outbox_delivers(self) -> None:
        """The senders take up what is due."""
        await self.world.delivers()

    async def jobs_are_done(self) -> None:
        """The worker takes up what is due."""
        await self.world.works()

    async def room_follows(self) -> None:
        """The team's room follows a conversation."""
        if held := await self._conversation():
            self.world.follows(held.id)

    async def something_goes_on(self) -> None:
        """Tasks go on to their next stops."""
        for _ in range(self.world.chance.randint(1, 6)):
            if self.world.steps.actors:
                await self.world.steps.go_on(self.world.chance.choice(self.world.steps.actors))

    async def something_ends(self) -> None:
        """A task goes on to its end."""
        if self.world.steps.actors:
            await self.world.steps.to_the_end(self.world.chance.choice(self.world.steps.actors))

    async def a_moment_passes(self) -> None:
        """Some seconds pass."""
        self._later(self.world.chance.uniform(0.5, 4.0))

    async def a_while_passes(self) -> None:
        """Minutes pass: what was in flight has come to its end, or to its time-out, by then."""
        await self.all_end()
        self._later(self.world.chance.choice((60, 120, 600, 960)))

    async def killed(self) -> None:
        """Everything in memory is lost."""
        await self.world.kill()

    async def killed_within_a_transaction(self) -> None:
        """The same, while something is being written."""
        if writers := [one for one in self.world.steps.actors if one.at == "write"]:
            self.world.database.cut = True
            await self.world.steps.go_on(self.world.chance.choice(writers))
        await self.world.kill()

    async def all_end(self) -> None:
        """Let every task go on to its end."""
        while self.world.steps.actors:
            await self.world.steps.to_the_end(self.world.steps.actors[0])

    async def _take(self, handoff: str, agent: Agent) -> None:
        with suppress(Problem):
            await self.world.handoffs.take(handoff, agent)
            self.world.told.takes.setdefault(handoff, []).append(agent.id)

    async def _step_in(self, conversation: str, agent: Agent) -> None:
        with suppress(Problem):
            taken = await self.world.handoffs.begin(conversation, agent)
            self.world.told.takes.setdefault(taken.id, []).append(agent.id)

    async def _write(self, held: Conversation, agent: Agent) -> None:
        with suppress(Problem):
            text = f"Dear customer ({len(self.done)})"
            self.world.told.agents.add(await self.world.handoffs.write(held.id, agent, text))

    def _act(self, work: Callable[[], Awaitable[object]]) -> None:
        async def act() -> None:
            with suppress(Problem):
                await work()

        self._begin("desk:act", act())

    def _begin(self, name: str, work: Coroutine[Any, Any, object]) -> None:
        self.world.steps.begin(name, work)

    def _later(self, seconds: float) -> None:
        self.world.clock.now += timedelta(seconds=seconds)

    def _agent(self) -> Agent:
        return self.world.chance.choice(self.world.people)

    async def _owner(self, held: Conversation) -> Agent:
        owner = next((one for one in self.world.people if one.id == held.agent), self.world.people[0])
        return owner if self.world.chance.random() < 0.85 else self._agent()

    async def _web(self) -> str | None:
        if self.web is None:
            async with self.world.database.write() as writing:
                customer = await customers.create(writing, None, "en")
                self.web, _ = await conversations.create(writing, customer, WEB, "", "en")
        return self.web

    async def _handoff(self, *states: HandoffState) -> Handoff | None:
        async with self.world.database.read() as connection:
            found = await handoffs.listed(connection, *states)
        return self.world.chance.choice(found) if found else None

    async def _conversation(self, *modes: Mode) -> Conversation | None:
        async with self.world.database.read() as connection:
            rows = list(await connection.execute(IN_MODES, {"modes": modes or tuple(Mode)}))
        return conversations.conversation_of(self.world.chance.choice(rows)) if rows else None


Move = Callable[[Moves], Awaitable[None]]
MOVES: dict[str, tuple[Move, int]] = {
    "customer_writes": (Moves.customer_writes, 6),
    "customer_repeats": (Moves.customer_repeats, 1),
    "bot_answers": (Moves.bot_answers, 4),
    "somebody_takes": (Moves.somebody_takes, 4),
    "somebody_steps_in": (Moves.somebody_steps_in, 1),
    "somebody_writes": (Moves.somebody_writes, 6),
    "somebody_gives_back": (Moves.somebody_gives_back, 2),
    "somebody_resolves": (Moves.somebody_resolves, 2),
    "somebody_assigns": (Moves.somebody_assigns, 1),
    "somebody_opens_a_ticket": (Moves.somebody_opens_a_ticket, 1),
    "colleague_writes_in_thread": (Moves.colleague_writes_in_thread, 6),
    "colleague_edits_or_deletes": (Moves.colleague_edits_or_deletes, 2),
    "room_delivers_again": (Moves.room_delivers_again, 1),
    "outbox_delivers": (Moves.outbox_delivers, 3),
    "jobs_are_done": (Moves.jobs_are_done, 2),
    "room_follows": (Moves.room_follows, 3),
    "something_goes_on": (Moves.something_goes_on, 10),
    "something_ends": (Moves.something_ends, 6),
    "a_moment_passes": (Moves.a_moment_passes, 3),
    "a_while_passes": (Moves.a_while_passes, 1),
    "killed": (Moves.killed, 1),
    "killed_within_a_transaction": (Moves.killed_within_a_transaction, 1),
}
