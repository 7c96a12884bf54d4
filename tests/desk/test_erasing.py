"""A customer is erased: no byte of what they said or are called is left, and what is counted stays."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from desk.erasing import ERASE, Erasure
from desk.files import store_upload
from desk.linking import Linking
from nouns import Problem, Reason, Reply
from records import agents, attachments, customers, tables, threads, turns
from records.database import Database
from tests.world import Clock, World

SECRETS = ("Rumpelstiltskin", "rumpel@castle.test", "straw into gold", "LO-77777", "477001")


@dataclass
class Engine:
    """Remembers conversations, and may be silent."""

    silent: bool = False
    forgotten: list[str] = field(default_factory=list)

    async def forget(self, conversation: str) -> None:
        if self.silent:
            raise Problem("engine_silent", 503, "The engine is silent.")
        self.forgotten.append(conversation)


@dataclass
class Castle:
    """A desk with a customer of whom everything is held that may be."""

    world: World
    files: Path
    engine: Engine
    erasure: Erasure
    conversation: str = ""
    customer: str = ""
    ticket: str = ""
    file: str = ""

    async def due(self) -> int:
        """How many erasing jobs wait."""
        async with self.world.database.read() as connection:
            waiting = select(tables.jobs).where(tables.jobs.c.kind == ERASE, tables.jobs.c.done_at.is_(None))
            return len(list(await connection.execute(waiting)))


@pytest.fixture
async def castle(database: Database, tmp_path: Path) -> Castle:
    world, engine = World.of(database, mail=True), Engine()
    castle = Castle(world, tmp_path / "files", engine, Erasure(database, tmp_path / "files", engine.forget))
    told = {"channel": "telegram", "address": "477001", "sender_name": "Rumpelstiltskin"}
    world.engine.script = lambda message: [Reply(f"You spin {message.text}")]
    castle.conversation = await world.talk("straw into gold for order LO-77777", **told)
    castle.customer = (await world.held(castle.conversation)).customer
    kept = await store_upload(
        database, castle.files, castle.conversation, "Rumpelstiltskin.txt", b"straw into gold", 1000
    )
    castle.file = kept.sha256
    await world.writes("here is my spinning wheel", attachments=[kept.id], **told)
    await world.answers(castle.conversation)
    async with database.write() as writing:
        await customers.note_email(writing, castle.customer, "rumpel@castle.test")
        held = await world.held(castle.conversation)
        values = {"text": "straw into gold", "order_number": "LO-77777"}
        castle.ticket = (
            await world.tickets.open(writing, "origin-1", held, "straw into gold", values)
        ).number
    await world.handoffs.hand_over(castle.conversation, Reason.ASKED_FOR_HUMAN, "origin-2", {"slots": {}})
    ada = await world.agent("Ada")
    await world.tickets.reply(castle.ticket, ada, "Dear Rumpelstiltskin")
    await world.handoffs.note(castle.conversation, ada, "his name is Rumpelstiltskin")
    async with database.write() as writing:
        handoff = await writing.scalar(select(tables.handoffs.c.id))
        thread = await threads.begin(writing, handoff, castle.conversation, ("slack", "C0TEAM"), 0)
        await writing.execute(tables.threads.update().values(anchor="17.1"))
        await writing.execute(
            tables.thread_lines.insert().values(
                thread=thread.id, external_id="17.2", author="U1", text="Rumpelstiltskin!", state="note",
                at=writing.now,
            )
        )  # fmt: skip
        await agents.conversation_token(writing, castle.conversation)
    web = await world.talk("Hi", language="en")
    linking = Linking(database)
    _, secret = await linking.begin(web, "telegram")
    await linking.claim("telegram", secret, ("477001", "Rumpelstiltskin"), "en", "m1")
    return castle


async def everything(database: Database) -> str:
    """Every row of every table, as text."""
    async with database.read() as connection:
        rows = [
            tuple(row)
            for table in tables.metadata.sorted_tables
            for row in await connection.execute(select(table))
        ]
    return "\n".join(str(row) for row in rows)


async def test_nothing_that_names_the_customer_or_was_said_is_left(castle: Castle) -> None:
    before = await everything(castle.world.database)
    assert [secret for secret in SECRETS if secret in before] == list(SECRETS)
    receipt = await castle.erasure.erase(castle.customer, "Astrid")
    after = await everything(castle.world.database)
    assert [secret for secret in SECRETS if secret in after] == []
    assert not attachments.path_of(castle.files, castle.file).exists()
    assert castle.engine.forgotten == [castle.conversation]
    assert (receipt.trackers, receipt.files_deleted) == ("erased", 1)
    assert [secret for secret in SECRETS if secret in str(receipt)] == []
    assert receipt.elsewhere == {"telegram": 1, "email": 1, "threads of the team on slack": 1}


async def test_no_byte_of_it_is_left_in_the_database_file(castle: Castle) -> None:
    database = castle.world.database
    if not database.is_sqlite:
        pytest.skip("PostgreSQL keeps its own files")
    await castle.erasure.erase(castle.customer, "Astrid")
    path = Path(str(database.engine.url.database))
    content = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    assert [secret for secret in SECRETS if secret.encode() in content] == []


async def test_what_is_counted_stays_and_turns_say_that_they_were_erased(castle: Castle) -> None:
    database = castle.world.database
    held = await castle.erasure.find(castle.customer)
    await castle.erasure.erase(castle.customer, "Astrid")
    async with database.read() as connection:
        turn, _ = await turns.of_conversation(connection, castle.conversation)
    assert (turn.intent, turn.text, turn.events) == ("ask_question", "", [])
    assert turn.erased_at and turn.ranking and turn.milliseconds and turn.versions
    said = await castle.world.said(castle.conversation, notes=True)
    assert len(said) == held.counts["messages"] and {line.text for line in said} == {""}
    again = await castle.erasure.find(castle.ticket)
    assert {name: again.counts[name] for name in ("messages", "turns", "tickets")} == {
        name: held.counts[name] for name in ("messages", "turns", "tickets")
    }


async def test_who_writes_again_is_somebody_new(castle: Castle) -> None:
    await castle.erasure.erase(castle.customer, "Astrid")
    new = await castle.world.talk("Hello", channel="telegram", address="477001", sender_name="Rumpel")
    assert (await castle.world.held(new)).customer != castle.customer
    assert (await castle.world.held(new)).previous is None


async def test_a_silent_engine_forgets_when_it_is_back(castle: Castle) -> None:
    castle.engine.silent = True
    receipt = await castle.erasure.erase(castle.customer, "Astrid")
    assert (receipt.trackers, castle.engine.forgotten) == ("waiting for the engine", [])
    castle.engine.silent = False
    async with castle.world.database.read() as connection:
        payload = await connection.scalar(select(tables.jobs.c.payload).where(tables.jobs.c.kind == ERASE))
    await castle.erasure.finish(payload)
    assert castle.engine.forgotten == [castle.conversation] and await castle.due() == 2


async def test_an_answer_under_way_is_dropped(castle: Castle, clock: Clock) -> None:
    world = castle.world
    gate, world.engine.thinking = asyncio.Event(), asyncio.Event()
    world.engine.gate = gate
    await world.writes("straw into gold, again", channel="telegram", address="477001")
    answering = asyncio.create_task(world.answers(castle.conversation))
    async with asyncio.timeout(10):
        await world.engine.thinking.wait()
    await castle.erasure.erase(castle.customer, "Astrid")
    gate.set()
    await answering
    clock.now += timedelta(minutes=3)
    after = await everything(world.database)
    assert [secret for secret in SECRETS if secret in after] == []


async def test_others_are_left_as_they_are(castle: Castle) -> None:
    world = castle.world
    other = await world.talk("My lamp is broken", channel="telegram", address="12", sender_name="Kari")
    kept = await store_upload(world.database, castle.files, other, "gold.txt", b"straw into gold", 1000)
    await castle.erasure.erase(castle.customer, "Astrid")
    assert (await world.texts(other))[0] == "My lamp is broken"
    assert attachments.path_of(castle.files, kept.sha256).exists()


@pytest.mark.parametrize(
    "word", ["customer", "conversation", "ticket", "rumpel@castle.test", "telegram:477001"]
)
async def test_a_customer_is_found_by_whatever_is_known(castle: Castle, word: str) -> None:
    found = await castle.erasure.find(getattr(castle, word, word))
    assert found.customer == castle.customer


async def test_a_word_that_names_nobody_or_several_is_refused(castle: Castle) -> None:
    with pytest.raises(Problem, match="No customer is known as"):
        await castle.erasure.find("nobody@castle.test")
    other = await castle.world.talk("Me too")
    async with castle.world.database.write() as writing:
        customer = (await castle.world.held(other)).customer
        await customers.note_email(writing, customer, "rumpel@castle.test")
    with pytest.raises(Problem, match="2 customers"):
        await castle.erasure.find("rumpel@castle.test")
