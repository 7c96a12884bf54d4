"""The inbox: a customer's message is committed once, and only then may its channel be told so."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from nouns import Author, Button, Conversation, Incoming, Mode, Reply
from records import attachments, conversations, customers, facts, messages
from records.database import Database, Writing, quick
from records.tables import messages as message_table

TOPIC = "inbox"
BEFORE = quick(
    select(message_table.c.id, message_table.c.conversation, message_table.c.seq).where(
        message_table.c.channel == bindparam("by"), message_table.c.external_id == bindparam("known_as")
    )
)
# What a channel's commands stand for; a customer's own text never stands for an intent.
COMMANDS = {
    "start": "greet",
    "help": "ask_capabilities",
    "human": "ask_human",
    "ticket": "open_ticket",
    "language": "change_language",
    "cancel": "cancel",
}


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


async def place(database: Database, incoming: Incoming, language: str) -> str | None:
    """Return the conversation that a message will go to, begun if need be, to keep its files there first.

    None when the message is a repeat.
    """
    async with database.write() as writing:
        await writing.alone(f"inbox:{incoming.channel}:{incoming.external_id}")
        if await _before(writing.connection, incoming):
            return None
        return (await _conversation(writing, incoming, language))[0]


async def amend(database: Database, channel: str, external_id: str, text: str) -> bool:
    """Note that a customer changed a message; one that nobody has begun to answer is answered as it is now.

    False when no such message was ever taken.
    """
    async with database.write() as writing:
        was = await messages.by_external_id(writing.connection, channel, external_id)
        if was is None:
            return False
        if was.pressed or text in (was.text, was.edited):
            return True
        if not await messages.reword(writing, was, text):
            await messages.note_edit(writing, was, text)
        await facts.note(writing, "edited", was.conversation, {"message": was.id})
    return True


async def _before(connection: AsyncConnection, incoming: Incoming) -> Taken | None:
    known = {"by": incoming.channel, "known_as": incoming.external_id}
    row = (await connection.execute(BEFORE, known)).one_or_none()
    return Taken(row.conversation, row.id, row.seq, new=False) if row else None


async def _store(writing: Writing, incoming: Incoming, language: str) -> Taken:
    conversation, token = await _conversation(writing, incoming, language)
    pressed = None
    if incoming.button is not None:
        pressed = await messages.offered(writing.connection, conversation, incoming.button)
    elif incoming.command is not None:
        pressed = Button("", incoming.text, COMMANDS[incoming.command])
    origin = {
        "channel": incoming.channel,
        "external_id": incoming.external_id,
        "pressed": pressed,
        "lost_files": incoming.lost_files,
    }
    reply = Reply(pressed.title if pressed else incoming.text)
    message, seq = await messages.add(writing, conversation, Author.CUSTOMER, reply, origin=origin)
    await attachments.attach(writing, conversation, incoming.attachments, message)
    if incoming.lost_files:
        lost = Reply("📎 Not kept / 未保存: " + ", ".join(incoming.lost_files))
        await messages.add(writing, conversation, Author.NOTE, lost)
    await facts.note(writing, "asked", conversation, {"message": message, "channel": incoming.channel})
    writing.wake(TOPIC, conversation)
    return Taken(conversation, message, seq, new=True, token=token)


async def _conversation(writing: Writing, incoming: Incoming, language: str) -> tuple[str, str | None]:
    if incoming.address or incoming.conversation:
        await writing.alone(f"begin:{incoming.channel}:{incoming.conversation or incoming.address}")
    held = await _held(writing.connection, incoming)
    if held and held.mode is not Mode.CLOSED and not await _is_over(writing, held):
        if incoming.shared and not held.shared and held.mode is Mode.BOT:
            await conversations.share(writing, held.id)  # it was begun before its channel told so
        return held.id, None
    customer, previous = await _whose(writing, incoming, held, language)
    language = held.language if held else language
    conversation, token = await conversations.create(
        writing, customer, incoming.channel, incoming.address, language, previous
    )
    if incoming.shared:
        await conversations.share(writing, conversation)
    return conversation, token


async def _held(connection: AsyncConnection, incoming: Incoming) -> Conversation | None:
    if incoming.conversation:
        held = await conversations.by_id(connection, incoming.conversation)
        return await conversations.newest_after(connection, held) if held.mode is Mode.CLOSED else held
    if incoming.address:
        return await conversations.latest_at(connection, incoming.channel, incoming.address)
    return None


async def _whose(
    writing: Writing, incoming: Incoming, held: Conversation | None, language: str
) -> tuple[str, str | None]:
    """Return whose a new conversation is, and which one of theirs it goes on from."""
    if incoming.address:
        customer = await customers.of_channel(
            writing, incoming.channel, incoming.address, incoming.sender_name
        )
    elif held:
        customer = held.customer
    else:
        customer = await customers.create(writing, incoming.sender_name, language)
    return customer, held.id if held and held.customer == customer else None


async def _is_over(writing: Writing, held: Conversation) -> bool:
    """Tell whether another customer is known there since; what is under way may come to its end."""
    if held.mode is not Mode.BOT or not held.address:
        return False
    now = await customers.known_as(writing.connection, held.channel, held.address)
    if now in (None, held.customer) or await conversations.is_pending(writing.connection, held.id):
        return False
    return await conversations.set_mode(writing, held.id, Mode.CLOSED, only_from=[Mode.BOT])
