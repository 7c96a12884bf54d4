"""Messages: written in order of `seq`, read by whoever resumes, and the offers that a button may take up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Row, bindparam, case, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from nouns import Attachment, Author, Button, Conversation, Kind, Message, Mode, Problem, Reply, Source
from records import attachments
from records.conversations import DESK, HELD, conversation_of, topic
from records.database import Writing, quick
from records.ids import new_id
from records.tables import agents, conversations, messages

PAGE = 1000
DELIVERED_WORD = "delivered:"  # a wake-up: the customer's messages up to this `seq` were dealt with
THERE = messages.c.conversation == bindparam("there")
NEXT_SEQ = quick(
    update(conversations)
    .where(conversations.c.id == bindparam("there"))
    .values(
        last_seq=conversations.c.last_seq + 1,
        pending=conversations.c.pending + bindparam("waiting"),
        updated_at=bindparam("at"),
    )
    .returning(conversations.c.last_seq)
)
ADD = quick(insert(messages))
ALL_SINCE = quick(
    select(messages, agents.c.name.label("agent_name"), attachments.held_by(messages.c.id))
    .outerjoin(agents, agents.c.id == messages.c.agent)
    .where(THERE, messages.c.seq > bindparam("after"))
    .order_by(messages.c.seq)
    .limit(PAGE)
)
SINCE = ALL_SINCE.where(messages.c.author != Author.NOTE)
FIRST_PENDING = quick(
    select(messages, attachments.held_by(messages.c.id))
    .where(THERE, messages.c.author == Author.CUSTOMER, messages.c.answered_at.is_(None))
    .order_by(messages.c.seq)
    .limit(1)
)
SETTLE = quick(
    update(messages)
    .where(messages.c.id == bindparam("its"), messages.c.answered_at.is_(None))
    .values(answered_at=bindparam("at"), delivered_at=bindparam("at"))
)
ITS_OWN = conversations.c.lease_owner == bindparam("owner")
ONE_LESS_PENDING = quick(
    update(conversations)
    .where(conversations.c.id == bindparam("there"))
    .values(
        pending=conversations.c.pending - 1,
        lease_owner=case((ITS_OWN, None), else_=conversations.c.lease_owner),
        lease_until=case((ITS_OWN, None), else_=conversations.c.lease_until),
    )
    .returning(*HELD, conversations.c.pending)
)
DELIVERED = quick(
    select(messages.c.seq)
    .where(THERE, messages.c.author == Author.CUSTOMER, messages.c.answered_at.is_not(None))
    .order_by(messages.c.seq.desc())
    .limit(1)
)


async def add(
    writing: Writing,
    conversation: str,
    author: Author,
    reply: Reply,
    *,
    agent: str | None = None,
    origin: Mapping[str, Any] | None = None,
) -> tuple[str, int]:
    """Write the next message; return its id and seq.

    `origin`: channel, external_id, in_reply_to, pressed, lost_files.
    """
    origin = dict(origin or {})
    waiting = int(author is Author.CUSTOMER)
    seq = await writing.scalar(NEXT_SEQ, {"there": conversation, "waiting": waiting, "at": writing.now})
    message = new_id("m")
    row = {
        "id": message,
        "conversation": conversation,
        "seq": seq,
        "author": author,
        "agent": agent,
        "text": reply.text,
        "kind": reply.kind,
        "extra": _extra(reply, origin.pop("pressed", None), origin.pop("lost_files", ())),
        "created_at": writing.now,
    }
    await writing.execute(ADD, row | origin)
    writing.wake(topic(conversation), "message")
    writing.wake(DESK, conversation)
    return message, int(seq or 0)


async def since(
    connection: AsyncConnection, conversation: str, seq: int = 0, *, notes: bool = False
) -> list[Message]:
    """Return the messages after `seq`, in order; the team's notes only when asked for."""
    query = ALL_SINCE if notes else SINCE
    rows = list(await connection.execute(query, {"there": conversation, "after": seq}))
    holders = [row.id for row in rows if row.has_files]
    files = await attachments.of_messages(connection, holders) if holders else {}
    return [message_of(row, files.get(row.id, ())) for row in rows]


async def newest(connection: AsyncConnection, conversation: str, count: int) -> list[Message]:
    """Return the last messages of a conversation, in order, without the team's notes."""
    last = await connection.scalar(
        select(func.max(messages.c.seq)).where(messages.c.conversation == conversation)
    )
    return (await since(connection, conversation, max(0, int(last or 0) - count)))[-count:]


async def by_id(connection: AsyncConnection, message: str) -> Message | None:
    """Return one message."""
    row = (
        await connection.execute(
            select(messages, agents.c.name.label("agent_name"))
            .outerjoin(agents, agents.c.id == messages.c.agent)
            .where(messages.c.id == message)
        )
    ).one_or_none()
    files = await attachments.of_messages(connection, [message]) if row else {}
    return message_of(row, files.get(message, ())) if row else None


async def by_external_id(connection: AsyncConnection, channel: str, external_id: str) -> Message | None:
    """Return the message that a channel knows by this id."""
    message = await connection.scalar(
        select(messages.c.id).where(messages.c.channel == channel, messages.c.external_id == external_id)
    )
    return await by_id(connection, message) if message else None


async def reword(writing: Writing, message: Message, text: str) -> bool:
    """Replace the text of a message that nobody has begun to answer; False when somebody has."""
    held = conversations.c.id == message.conversation
    idle = conversations.c.lease_until.is_(None) | (conversations.c.lease_until < writing.now)
    if not await writing.scalar(select(conversations.c.id).where(held, idle)):
        under_way = await first_pending(writing.connection, message.conversation)
        if under_way is None or under_way.id == message.id:
            return False
    done = await writing.execute(
        update(messages)
        .where(messages.c.id == message.id, messages.c.answered_at.is_(None))
        .values(text=text)
    )
    writing.wake(topic(message.conversation), "message")
    writing.wake(DESK, message.conversation)
    return bool(done.rowcount)


async def note_edit(writing: Writing, message: Message, text: str) -> None:
    """Keep what a customer made of an answered message, and tell the team by a note."""
    await _add_to_extra(writing, message.id, edited=text)
    await add(writing, message.conversation, Author.NOTE, Reply(f"✎ {message.text}\n→ {text}"))


async def offer(writing: Writing, message: str, buttons: Sequence[Button]) -> None:
    """Offer buttons with a stored message: those that a channel needs to show it whole."""
    await _add_to_extra(writing, message, more_buttons=[_offer(button) for button in buttons])


async def first_pending(connection: AsyncConnection, conversation: str) -> Message | None:
    """Return the customer's oldest message that nobody has dealt with."""
    row = (await connection.execute(FIRST_PENDING, {"there": conversation})).one_or_none()
    files = await attachments.of_messages(connection, [row.id]) if row and row.has_files else {}
    return message_of(row, files.get(row.id, ())) if row else None


@dataclass(frozen=True, slots=True)
class Settled:
    """A conversation after a message of its was dealt with, and how many wait behind that."""

    held: Conversation
    waiting: int


async def settle(writing: Writing, message: Message, owner: str) -> Settled | None:
    """Mark a customer's message as dealt with, and give `owner`'s lease back; None when it was before."""
    if not (await writing.execute(SETTLE, {"its": message.id, "at": writing.now})).rowcount:
        return None
    given = {"there": message.conversation, "owner": owner}
    row = (await writing.execute(ONE_LESS_PENDING, given)).one()
    writing.wake(topic(message.conversation), f"{DELIVERED_WORD}{message.seq}")
    return Settled(conversation_of(row), row.pending)


async def delivered_up_to(connection: AsyncConnection, conversation: str) -> int:
    """Return the `seq` up to which the customer's messages were dealt with."""
    return int(await connection.scalar(DELIVERED, {"there": conversation}) or 0)


async def awaits_the_bot(connection: AsyncConnection, message: str) -> bool:
    """Tell whether a customer's message is still to be answered by the bot."""
    found = await connection.scalar(
        select(messages.c.id)
        .join(conversations, conversations.c.id == messages.c.conversation)
        .where(
            messages.c.id == message,
            messages.c.answered_at.is_(None),
            conversations.c.mode.in_((Mode.BOT, Mode.WAITING)),
        )
    )
    return found is not None


async def replies_to(connection: AsyncConnection, message: str) -> list[Message] | None:
    """Return what was said to a customer's message; None while nobody has dealt with it."""
    asked = (await connection.execute(select(messages).where(messages.c.id == message))).one()
    if asked.answered_at is None:
        return None
    rows = await connection.execute(
        select(messages).where(messages.c.in_reply_to == message).order_by(messages.c.seq)
    )
    return [message_of(row, ()) for row in rows]


async def offered(connection: AsyncConnection, conversation: str, button: str) -> Button:
    """Return the button if it was offered in this conversation, or refuse."""
    rows = await connection.execute(
        select(messages.c.extra)
        .where(messages.c.conversation == conversation, messages.c.author == Author.BOT)
        .order_by(messages.c.seq.desc())
    )
    for row in rows:
        for known in (*row.extra.get("buttons", ()), *row.extra.get("more_buttons", ())):
            if known["id"] == button:
                return Button(**known)
    raise Problem(
        "button_unknown", 422, "That button was not offered in this conversation.", "Type the question."
    )


async def last_offers(connection: AsyncConnection, conversation: str) -> tuple[Message | None, list[Button]]:
    """Return the bot's latest message and the buttons that stand under it."""
    row = (
        await connection.execute(
            select(messages)
            .where(messages.c.conversation == conversation, messages.c.author == Author.BOT)
            .order_by(messages.c.seq.desc())
            .limit(1)
        )
    ).one_or_none()
    message = message_of(row, ()) if row else None
    return message, list(message.buttons) if message else []


def message_of(row: Row[Any], files: Sequence[Attachment]) -> Message:
    """Turn a row into the noun."""
    extra = row.extra
    return Message(
        id=row.id,
        conversation=row.conversation,
        seq=row.seq,
        author=Author(row.author),
        text=row.text,
        created_at=row.created_at,
        kind=Kind(row.kind),
        sources=[Source(**source) for source in extra.get("sources", ())],
        buttons=[Button(**button) for button in extra.get("buttons", ())],
        ticket=extra.get("ticket"),
        attachments=files,
        pressed=Button(**extra["pressed"]) if extra.get("pressed") else None,
        agent_name=getattr(row, "agent_name", None),
        delivered_at=row.delivered_at,
        external_id=row.external_id,
        lost_files=extra.get("lost_files", ()),
        edited=extra.get("edited"),
    )


async def _add_to_extra(writing: Writing, message: str, **more: Any) -> None:
    row = (await writing.execute(select(messages.c.extra).where(messages.c.id == message))).one()
    extra = {**row.extra, **more}
    await writing.execute(update(messages).where(messages.c.id == message).values(extra=extra))


def _extra(reply: Reply, pressed: Button | None, lost_files: Sequence[str] = ()) -> dict[str, Any]:
    extra: dict[str, Any] = {
        "sources": [asdict(source) for source in reply.sources],
        "buttons": [_offer(button) for button in reply.buttons],
        "ticket": reply.ticket,
        "pressed": _offer(pressed) if pressed else None,
        "lost_files": list(lost_files),
    }
    return {name: value for name, value in extra.items() if value}


def _offer(button: Button) -> dict[str, Any]:
    return {
        "id": button.id,
        "title": button.title,
        "intent": button.intent,
        "entities": dict(button.entities),
    }
