"""Mail: what the desk writes leaves by SMTP, in order, and comes back as a link that proves an address."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import select

from actions.ticket import OpenTicket
from bot.workers import Sender
from connectors import connectors_of
from connectors.mail import Mail
from connectors.web_http import resume
from nouns import Problem
from records import conversations, customers
from records.database import Database
from records.tables import deliveries
from tests.connectors.around import around
from tests.world import Clock, World, heard, run, until


@dataclass
class Postman:
    """A mail server's side: keeps what came, and answers what a test wants first."""

    refusals: list[str] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)
    to: list[str] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's)
        if self.refusals:
            return self.refusals.pop(0)
        self.mails.append(message_from_bytes(envelope.content or b"", policy=policy.default))
        self.to += envelope.rcpt_tos
        return "250 OK"


@pytest.fixture
def postman() -> Postman:
    return Postman()


@pytest.fixture
async def sender(database: Database, postman: Postman) -> AsyncIterator[Sender]:
    """The outbox's sender, running, with a mail server on loopback."""
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(postman, hostname="mail.test"), "127.0.0.1", 0
    )
    port = server.sockets[0].getsockname()[1]
    sender = Sender(database, Mail(f"smtp://127.0.0.1:{port}", "help@shop.test"))
    running = asyncio.create_task(sender.run())
    yield sender
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    server.close()
    await server.wait_closed()


async def came(postman: Postman, count: int = 1) -> EmailMessage:
    """Wait for the n-th mail."""

    async def fact() -> bool:
        return len(postman.mails) >= count

    await until(fact)
    return postman.mails[count - 1]


async def states(database: Database) -> list[str]:
    async with database.read() as connection:
        return [row.state for row in await connection.execute(select(deliveries).order_by(deliveries.c.id))]


async def ticket(world: World, email: str = "ola@shop.test") -> str:
    """Let a customer fill the form; return the conversation."""
    conversation = await world.talk("My lamp is broken")
    taken = await world.writes("no", conversation)
    slots = {"ticket_subject": "Lamp — 灯", "ticket_email": email, "ticket_order": "none"}
    await run(OpenTicket(world.database, world.tickets), heard(taken, "no", "deny", slots=slots))
    return conversation


def link_in(mail: EmailMessage) -> str:
    return str(mail.get_content()).split("http://desk.test/t/")[1].split()[0]


async def test_a_new_ticket_is_confirmed_by_mail(
    database: Database, sender: Sender, postman: Postman
) -> None:
    await ticket(World.of(database, mail=True))
    mail = await came(postman)
    assert (mail["To"], mail["From"], mail["Subject"]) == (
        "ola@shop.test",
        "help@shop.test",
        "[T-1001] We have your request: Lamp — 灯",
    )
    assert (mail["Message-ID"], mail["Auto-Submitted"]) == (
        "<ticket-opened.T-1001@shop.test>",
        "auto-generated",
    )


async def test_the_mailed_link_proves_the_address_and_opens_the_conversation(
    database: Database, sender: Sender, postman: Postman
) -> None:
    world = World.of(database, mail=True)
    conversation = await ticket(world)
    opened, token = await resume(database, link_in(await came(postman)))
    async with database.read() as connection:
        held = await conversations.check_token(connection, opened, token, database.now())
        customer = await customers.by_id(connection, held.customer)
    assert (opened, customer.email, customer.email_verified) == (conversation, "ola@shop.test", True)


async def test_a_mailed_link_runs_out(
    database: Database, sender: Sender, postman: Postman, clock: Clock
) -> None:
    await ticket(World.of(database, mail=True))
    secret = link_in(await came(postman))
    clock.forward(days=31)
    for wrong in (secret, "forged"):
        with pytest.raises(Problem, match="too old"):
            await resume(database, wrong)


async def test_an_answer_goes_by_mail_after_the_confirmation(
    database: Database, sender: Sender, postman: Postman
) -> None:
    world = World.of(database, mail=True)
    await ticket(world)
    await world.tickets.reply("T-1001", await world.agent(), "We send a new one.")
    answer = await came(postman, 2)
    assert answer["Subject"].startswith("[T-1001] An answer for you")
    assert "We send a new one." in answer.get_content()


async def test_the_team_hears_when_somebody_waits(
    database: Database, sender: Sender, postman: Postman
) -> None:
    world = World.of(database, mail=True, team="team@shop.test")
    await world.waiting("My lamp is broken")
    mail = await came(postman)
    assert (mail["To"], mail["Subject"]) == ("team@shop.test", "A customer waits (asked for human)")


async def test_a_server_that_is_busy_is_tried_again(
    database: Database, sender: Sender, postman: Postman, clock: Clock
) -> None:
    postman.refusals = ["451 try later", "451 try later"]
    await ticket(World.of(database, mail=True))
    for left in (1, 0):
        await until(lambda left=left: _is(len(postman.refusals) == left and states(database), ["queued"]))
        clock.forward(minutes=1)
        database.wakes.tell("outbox")
    assert (await came(postman))["To"] == "ola@shop.test"
    await until(lambda: _is(states(database), ["sent"]))


async def test_a_refusal_is_for_good_and_holds_up_nobody(
    database: Database, sender: Sender, postman: Postman
) -> None:
    postman.refusals = ["554 no such user"]
    world = World.of(database, mail=True)
    await ticket(world)
    await until(lambda: _is(states(database), ["failed"]))
    await ticket(world, "kari@shop.test")
    assert (await came(postman))["To"] == "kari@shop.test"


async def test_no_server_is_no_reason_to_lose_a_mail(database: Database, clock: Clock) -> None:
    world = World.of(database, mail=True)
    await ticket(world)
    running = asyncio.create_task(Sender(database, Mail("smtp://127.0.0.1:9", "help@shop.test")).run())
    await until(lambda: _is(states(database), ["queued"]))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert await states(database) in (["queued"], ["sending"])


def test_without_smtp_url_there_is_no_mail_channel(database: Database) -> None:
    mail = {"SMTP_URL": "smtp://127.0.0.1:25", "MAIL_FROM": "help@shop.test"}
    assert connectors_of(around(database)) == []
    assert [one.channel for one in connectors_of(around(database, **mail))] == ["email"]


@pytest.mark.parametrize("url", ["mail.test", "http://mail.test", "smtp://", ""])
def test_an_smtp_url_that_is_none_is_told_with_the_cure(url: str) -> None:
    with pytest.raises(Problem, match="smtp://user:password@host"):
        Mail(url, "help@shop.test")


async def _is(found, expected) -> bool:
    return bool(found) and await found == expected
