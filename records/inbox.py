"""The inbox: a customer's message is committed once, and only then may its channel be told so."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from nouns import Author, Conversation, Incoming, Mode, Reply
from records import attachments, conversations, customers, facts, messages
from records.database import Database, Writing
from records.tables import messages as message_table

TOPIC = "inbox"


@dataclass(frozen=True, slots=True)
class Taken:
    """Where a message was stored; `token` only for a conversation begun by it, `new` False for a repeat."""

    conversation: str
    message: str
    seq: int
    new: bool
    token: str | None = None


async def take(database: Database, incoming: Incoming, language: str) -> Taken:
    """Store a message and wake whoever answers; a repeat of (channel, external id) returns the first."""
    async with database.write() as writing:
        await writing.alone(f"inbox:{incoming.channel}:{incoming.external_id}")
        before = await _before(writing.connection, incoming)
        return before or await _store(writing, incoming, language)


async def _before(connection: AsyncConnection, incoming: Incoming) -> Taken | None:
    row = (
        await connection.execute(
            select(message_table.c.id, message_table.c.conversation, message_table.c.seq).where(
                message_table.c.channel == incoming.channel,
                message_table.c.external_id == incoming.external_id,
            )
        )
    ).one_or_none()
    return Taken(row.conversation, row.id, row.seq, new=False) if row else None


async def _store(writing: Writing, incoming: Incoming, language: str) -> Taken:
    conversation, token = await _conversation(writing, incoming, language)
    pressed = None
    if incoming.button is not None:
        pressed = await messages.offered(writing.connection, conversation, incoming.button)
    origin = {"channel": incoming.channel, "external_id": incoming.external_id, "pressed": pressed}
    reply = Reply(pressed.title if pressed else incoming.text)
    message, seq = await messages.add(writing, conversation, Author.CUSTOMER, reply, origin=origin)
    await attachments.attach(writing, conversation, incoming.attachments, message)
    await facts.note(writing, "asked", conversation, {"message": message, "channel": incoming.channel})
    writing.wake(TOPIC, conversation)
    return Taken(conversation, message, seq, new=True, token=token)


async def _conversation(writing: Writing, incoming: Incoming, language: str) -> tuple[str, str | None]:
    if incoming.address or incoming.conversation:
        await writing.alone(f"begin:{incoming.channel}:{incoming.conversation or incoming.address}")
    held = await _held(writing.connection, incoming)
    if held and held.mode is not Mode.CLOSED:
        return held.id, None
    if held:
        customer, previous, language = held.customer, held.id, held.language
    elif incoming.address:
        customer = await customers.of_channel(
            writing, incoming.channel, incoming.address, incoming.sender_name
        )
        previous = None
    else:
        customer, previous = await customers.create(writing, incoming.sender_name, language), None
    return await conversations.create(
        writing, customer, incoming.channel, incoming.address, language, previous
    )


async def _held(connection: AsyncConnection, incoming: Incoming) -> Conversation | None:
    if incoming.conversation:
        held = await conversations.by_id(connection, incoming.conversation)
        return await conversations.newest_after(connection, held) if held.mode is Mode.CLOSED else held
    if incoming.address:
        return await conversations.latest_at(connection, incoming.channel, incoming.address)
    return None
