"""The relay: of all that is written in a team's thread, only the taker's plain messages get out."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from sqlalchemy import update

from desk.packet import summary
from desk.relay import RELAY, Relay, RoomFile, Standing, UnreadableError, Verdict, Written, decide, is_aside
from desk.room import TeamRoom
from desk.room_texts import TEXTS
from nouns import Agent, Author, Conversation, Handoff, HandoffState, Mode, Problem, Reason, Role
from records import agents, handoffs, jobs, threads
from records.database import Database
from records.tables import agents as agents_table
from records.threads import Thread
from tests.world import MONDAY, Clock, World

CHANNEL, PLACE, ANCHOR = "room", "C1", "1.0"
MESSAGES = 10_000
SEED = 20_240_603
UNSEEN = ("", " ", "\n\t", "\u200b", "\ufeff", "\u2060", "\u200e", "\u00a0", "\u3000", "\u00ad", "\u2800")
MARKS = ("", "*", "_", "~", "`", "> ", "• ", "- ", "*_")
SLASHES = ("//", "／／", "/／", "／/", "∕∕", "⁄⁄", "///")
MENTIONS = ("@Ben", "＠Ben", "@here", "@colleague", "@team")
PLAIN = (
    "Hello",
    "http://x.test//a",
    "/help is a page",
    "1/2 of it",
    "a // b",
    "mail me@x.test",
    "你好",
    "🙂",
    "</>",
)
EMPTY = ("", " ", "\n", "\u200b", "**", "> ")


@dataclass
class ScriptedRoom:
    """A room that shows again what a test wants."""

    now: dict[str, Written | None] = field(default_factory=dict)
    broken: bool = False
    channel: str = CHANNEL

    async def reread(self, thread: Thread, id: str) -> Written | None:
        if self.broken:
            raise UnreadableError("scripted")
        return self.now[id]

    async def fetch(self, file: RoomFile) -> bytes:
        if file.address == "lost":
            raise UnreadableError("scripted")
        return b"content"


@dataclass
class Office:
    """A hand-off's thread, its taker, and the room."""

    world: World
    relay: Relay
    room: ScriptedRoom
    agent: Agent
    conversation: str
    thread: Thread
    count: int = 0

    def says(self, text: str, author: str = "U1", **more: object) -> Written:
        """A message of the thread."""
        self.count += 1
        written = Written(f"{self.count}.5", author, author, Standing.MEMBER, text, True)
        return replace(written, **more)  # type: ignore[arg-type]

    async def take(self, written: Written) -> None:
        """Let it be written; it stays as it is."""
        self.room.now.setdefault(written.id, written)
        assert await self.relay.take(CHANNEL, PLACE, ANCHOR, written)

    async def settle(self) -> None:
        """Let every moment pass."""
        self.world.database.now.forward(seconds=60)  # type: ignore[attr-defined]
        for job in await jobs.lease_due(self.world.database, "test", 60, 10_000):
            assert job.kind == RELAY
            await self.relay.settle(self.room, job.payload)
            await jobs.done(self.world.database, job)

    async def write(self, text: str, **more: object) -> None:
        """Let something be written and its moment pass."""
        await self.take(self.says(text, **more))
        await self.settle()

    async def reached(self) -> Sequence[str]:
        """What the customer got from people."""
        return await self.world.texts(self.conversation, "agent")

    async def notes(self) -> Sequence[str]:
        """What the team alone sees."""
        said = await self.world.said(self.conversation, notes=True)
        return [message.text for message in said if message.author is Author.NOTE]


@pytest.fixture
async def office(database: Database, clock: Clock, tmp_path: Path) -> Office:
    """A hand-off that Kari, U1 in the room, has taken."""
    world = World.of(database)
    relay = Relay(database, world.handoffs, tmp_path)
    handoff = await world.waiting()
    agent = await world.agent()
    async with database.write() as writing:
        await agents.link(writing, agent.id, CHANNEL, "U1")
        thread = await threads.begin(writing, handoff.id, handoff.conversation, (CHANNEL, PLACE), 0)
        await threads.change(writing, thread.id, anchor=ANCHOR)
    await world.handoffs.take(handoff.id, agent)
    return Office(world, relay, ScriptedRoom(), agent, handoff.conversation, replace(thread, anchor=ANCHOR))


async def test_the_takers_plain_message_goes_out_after_its_moment(office: Office) -> None:
    await office.take(office.says("Hello"))
    assert await office.reached() == []
    await office.settle()
    assert await office.reached() == ["Hello"]


async def test_a_repeat_is_sent_once(office: Office) -> None:
    written = office.says("Hello")
    await office.take(written)
    await office.take(written)
    await office.settle()
    await office.relay.settle(office.room, {"thread": office.thread.id, "line": written.id})
    assert await office.reached() == ["Hello"]


async def test_what_nobody_can_read_again_stays_here_and_is_said(office: Office) -> None:
    office.room.broken = True
    await office.write("Hello")
    assert await office.reached() == [] and "✗ Hello" in (await office.notes())[-1]


async def test_while_nobody_can_say_who_wrote_it_a_message_is_held_and_then_kept_back(office: Office) -> None:
    first, second = (office.says(text, standing=Standing.UNKNOWN) for text in ("First", "Second"))
    office.room.now[first.id] = replace(first, standing=Standing.MEMBER)
    for written in (first, second):
        await office.take(written)
    await office.settle()
    assert await office.reached() == ["First"] and "✗ Second" in (await office.notes())[-1]


async def test_a_lost_file_keeps_the_whole_message_back(office: Office) -> None:
    await office.write("See this", files=(RoomFile("a.txt", "kept"), RoomFile("b.txt", "lost")))
    await office.write("And this", files=(RoomFile("a.txt", "kept"),))
    assert await office.reached() == ["And this"]


async def test_who_is_no_longer_active_reaches_nobody(office: Office) -> None:
    async with office.world.database.write() as writing:
        await writing.execute(update(agents_table).values(active=False))
    await office.write("Hello")
    assert await office.reached() == []


async def test_a_message_of_a_thread_that_is_being_begun_comes_again(office: Office) -> None:
    async with office.world.database.write() as writing:
        await threads.change(writing, office.thread.id, anchor=None)
    with pytest.raises(Problem, match="being begun"):
        await office.relay.take(CHANNEL, PLACE, ANCHOR, office.says("Hello"))


async def test_a_thread_follows_its_hand_off_once_however_often_it_is_woken(office: Office) -> None:
    room = TeamRoom(office.world.database, CHANNEL, PLACE)
    await office.world.writes("and another thing", office.conversation)
    for _ in range(3):
        await room.follow(office.conversation)
    async with office.world.database.read() as connection:
        thread = await threads.by_id(connection, office.thread.id)
        handoff = await handoffs.by_id(connection, office.thread.handoff)
    assert thread and handoff and handoff.state is HandoffState.TAKEN
    assert thread.last_seq == (await office.world.said(office.conversation, notes=True))[-1].seq


async def test_only_the_linked_may_press(office: Office) -> None:
    assert (await office.relay.person(CHANNEL, "U1", Standing.MEMBER)).id == office.agent.id
    for who, standing in (("U2", Standing.MEMBER), ("U1", Standing.GUEST), ("U1", Standing.UNKNOWN)):
        with pytest.raises(Problem, match="not linked"):
            await office.relay.person(CHANNEL, who, standing)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_word_of_the_room_is_there_in_each_language(language: str) -> None:
    assert all(variants.get(language) for variants in TEXTS.values())


def test_a_summary_is_what_is_said_most_and_nothing_twice() -> None:
    said = ["Hi", "My parcel LO-12345 has not come.", "I ordered the lamp two weeks ago.", "ok",
            "When does my parcel LO-12345 come?", "The lamp of my parcel is a present."]  # fmt: skip
    assert summary(said) == [said[2], said[4], said[5]]
    assert summary([]) == [] and summary(["🙂"]) == []


@pytest.mark.parametrize(
    ("said", "short"),
    [
        (
            ["Do you ship to Norway?", "Hello. My lamp LO-12345 arrived broken. It was a gift.",
             "I want a refund by Friday, please", "I want to talk to a human"],
            ["Do you ship to Norway?", "My lamp LO-12345 arrived broken.",
             "I want a refund by Friday, please"],
        ),
        (
            ["你好", "你们发货到挪威吗？", "我的台灯到货时坏了。玻璃有裂缝。",
             "我想退款，或者周五前换一个新的", "转人工"],
            ["你们发货到挪威吗？", "我的台灯到货时坏了。", "我想退款，或者周五前换一个新的"],
        ),
    ],
)  # fmt: skip
def test_a_summary_tells_the_matter_not_that_a_person_is_wanted(said: list[str], short: list[str]) -> None:
    assert summary(said) == short


def test_none_of_ten_thousand_messages_reaches_a_customer_that_should_not(office_parts: Parts) -> None:
    """Any author, any standing, any prefix, any state: what goes is what was made to go, and nothing else."""
    chance, sent = random.Random(SEED), 0
    for number in range(MESSAGES):
        text, aside = random_text(chance)
        standing = chance.choice((Standing.MEMBER, Standing.MEMBER, *Standing))
        agent = chance.choice((office_parts.taker, office_parts.taker, office_parts.other, None))
        plain, files = chance.random() < 0.8, (RoomFile("a", "b"),) if chance.random() < 0.1 else ()
        held, handoff = office_parts.state(chance)
        written = Written(str(number), "U", "U", standing, text, plain, files)
        taker = held.agent if held.agent == handoff.agent and handoff.conversation == held.id else None
        has_it = held.mode is Mode.HUMAN and handoff.state is HandoffState.TAKEN
        author = agent.id if agent and standing is Standing.MEMBER else "nobody"
        says_it = plain and not aside and (bool(files) or text not in EMPTY)
        should = author == taker and has_it and says_it
        goes = decide(written, agent, held, handoff) is Verdict.SEND
        assert goes == should, (number, repr(text), standing, plain, held.mode, handoff.state)
        sent += goes
    assert sent > MESSAGES // 100


async def test_nor_through_the_records_with_edits_deletes_and_files(office: Office) -> None:
    """The same by way of the database: random messages, changed within their moment, takers that change."""
    chance, expected = random.Random(SEED), []
    other = await office.world.agent("Ben")
    async with office.world.database.write() as writing:
        await agents.link(writing, other.id, CHANNEL, "U2")
    taker = {"U1": office.agent, "U2": other}
    holder = "U1"
    for number in range(160):
        text, aside = random_text(chance, f" {number}")
        author = chance.choice(("U1", "U1", "U2", "U3"))
        written = office.says(
            text, author=author, standing=chance.choice((Standing.MEMBER,) * 4 + (Standing.BOT,))
        )
        await office.take(written)
        now: Written | None = written
        match chance.randrange(6):
            case 0:
                now = None
            case 1:
                text, aside = random_text(chance, f" edited {number}")
                now = replace(written, text=text)
        office.room.now[written.id] = now
        held_at_first = (
            not is_aside(written.text) and author == holder and written.standing is Standing.MEMBER
        )
        if chance.random() < 0.1:
            to = "U2" if holder == "U1" else "U1"
            await office.world.handoffs.assign(office.conversation, taker[holder], taker[to].id)
            holder = to
        await office.settle()
        if held_at_first and now is not None and not aside and author == holder:
            expected.append(text.strip())
    assert await office.reached() == expected
    assert 20 < len(expected) < 120


@dataclass
class Parts:
    """A conversation and its hand-off in any state, and two people of the team."""

    taker: Agent
    other: Agent

    def state(self, chance: random.Random) -> tuple[Conversation, Handoff]:
        good = chance.random() < 0.6
        who = (self.taker.id, self.other.id, None)
        held = Conversation(
            id="c1",
            customer="u1",
            channel="web",
            address="",
            mode=Mode.HUMAN if good else chance.choice(list(Mode)),
            language="en",
            language_pinned=False,
            created_at=MONDAY,
            agent=self.taker.id if good else chance.choice(who),
        )
        handoff = Handoff(
            id="h1",
            conversation="c1" if good or chance.random() < 0.8 else "c2",
            reason=Reason.NO_ANSWER,
            state=HandoffState.TAKEN if good else chance.choice(list(HandoffState)),
            packet={},
            created_at=MONDAY,
            agent=self.taker.id if good else chance.choice(who),
        )
        return held, handoff


@pytest.fixture
def office_parts() -> Parts:
    """Two people."""
    return Parts(Agent("a1", "Kari", "k@x.test", Role.AGENT), Agent("a2", "Ben", "b@x.test", Role.AGENT))


def random_text(chance: random.Random, ending: str = "") -> tuple[str, bool]:
    """Return a text and whether it was made to be an aside."""
    margin = "".join(chance.choices(UNSEEN, k=2)) + chance.choice(MARKS) + chance.choice(UNSEEN)
    kind = chance.randrange(5)
    if kind == 0:
        return f"{margin}{chance.choice(SLASHES)} {chance.choice(PLAIN)}{ending}", True
    if kind == 1:
        return f"{margin}{chance.choice(MENTIONS)} {chance.choice(PLAIN)}{ending}", True
    if kind == 2 and not ending:
        return chance.choice(EMPTY), False
    return f"{chance.choice(PLAIN)}{ending}", False
