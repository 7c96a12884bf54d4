"""The outbox: what is said is stored first; channels that are pushed to get a delivery row beside it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from nouns import Author, Conversation, Delivery, DeliveryState, Mode, Reply
from records import facts, messages
from records.conversations import by_id
from records.database import Database, Writing, quick
from records.tables import deliveries
from records.tables import messages as message_table

TOPIC = "outbox"
BOT_SPEAKS = (Mode.BOT, Mode.WAITING)
ANY = tuple(Mode)
PROGRESS = "_progress"
OPEN = (DeliveryState.QUEUED, DeliveryState.SENDING)
ITS = deliveries.c.id == bindparam("its")
BY_KEY = quick(select(deliveries.c.id).where(deliveries.c.key == bindparam("known_as")))
ADD = quick(insert(deliveries))
# The oldest open delivery of each address: those behind it wait for it.
HEADS = (
    select(func.min(deliveries.c.id))
    .where(deliveries.c.channel == bindparam("to"), deliveries.c.state.in_(OPEN))
    .group_by(deliveries.c.address)
)
DUE = (
    select(deliveries.c.id, deliveries.c.state)
    .where(
        deliveries.c.id.in_(HEADS),
        deliveries.c.due_at <= bindparam("at"),
        or_(deliveries.c.lease_until.is_(None), deliveries.c.lease_until < bindparam("at")),
    )
    .with_for_update(skip_locked=True)
)
LEASE = (
    update(deliveries)
    .where(deliveries.c.id.in_(bindparam("some", expanding=True)))
    .values(
        state=DeliveryState.SENDING,
        attempts=deliveries.c.attempts + 1,
        lease_owner=bindparam("owner"),
        lease_until=bindparam("until"),
    )
    .returning(deliveries)
)
NEXT_DUE = quick(
    select(
        func.min(func.coalesce(deliveries.c.lease_until, deliveries.c.due_at), type_=deliveries.c.due_at.type)
    ).where(deliveries.c.id.in_(HEADS))
)
FINISH = quick(
    update(deliveries)
    .where(ITS)
    .values(
        state=bindparam("as_"),
        lease_owner=None,
        lease_until=None,
        due_at=func.coalesce(bindparam("again", type_=deliveries.c.due_at.type), deliveries.c.due_at),
        external_id=bindparam("known_as"),
        error=bindparam("why"),
    )
)
DELIVERED = quick(
    update(message_table).where(message_table.c.id == bindparam("its")).values(delivered_at=bindparam("at"))
)


async def say(
    writing: Writing,
    conversation: str,
    replies: Sequence[Reply],
    *,
    only_if: Collection[Mode] = BOT_SPEAKS,
    in_reply_to: str | None = None,
) -> list[str]:
    """Store the bot's replies, unless the conversation's mode forbids them; return their message ids."""
    held = await by_id(writing.connection, conversation)
    return await reply(writing, held, replies, only_if=only_if, in_reply_to=in_reply_to)


async def reply(
    writing: Writing,
    held: Conversation,
    replies: Sequence[Reply],
    *,
    only_if: Collection[Mode] = BOT_SPEAKS,
    in_reply_to: str | None = None,
) -> list[str]:
    """Do as `say`, to a conversation looked up in this transaction."""
    if held.mode not in only_if:
        await facts.note(writing, "reply_dropped", held.id, {"in_reply_to": in_reply_to})
        return []
    said = []
    for one in replies:
        origin = {"in_reply_to": in_reply_to}
        message, _ = await messages.add(writing, held.id, Author.BOT, one, origin=origin)
        await _push(writing, held, message)
        said.append(message)
    return said


async def push(writing: Writing, conversation: str, message: str) -> None:
    """Queue a stored message for its channel; channels that read by `seq` have no address and need none."""
    await _push(writing, await by_id(writing.connection, conversation), message)


async def _push(writing: Writing, held: Conversation, message: str) -> None:
    if held.address:
        to = (held.channel, held.address)
        await post(writing, to, key=message, message=message, conversation=held.id)


async def post(
    writing: Writing,
    to: tuple[str, str],
    *,
    key: str,
    payload: Mapping[str, Any] | None = None,
    message: str | None = None,
    conversation: str | None = None,
) -> None:
    """Queue something for `to`, a channel and an address on it; the same key is queued once."""
    channel, address = to
    await writing.alone(f"delivery:{key}")
    if (await writing.execute(BY_KEY, {"known_as": key})).first():
        return
    row = {
        "channel": channel,
        "address": address,
        "conversation": conversation,
        "message": message,
        "key": key,
        "payload": dict(payload or {}),
        "state": DeliveryState.QUEUED,
        "attempts": 0,
        "due_at": writing.now,
        "created_at": writing.now,
    }
    await writing.execute(ADD, row)
    writing.wake(TOPIC, channel)


async def reclaim(database: Database, channel: str) -> None:
    """Take up at once what a process that died was sending; only for who alone sends on the channel."""
    async with database.write() as writing:
        await writing.execute(
            update(deliveries)
            .where(deliveries.c.channel == channel, deliveries.c.state == DeliveryState.SENDING)
            .values(lease_until=writing.now - timedelta(seconds=1))
        )


async def lease_due(database: Database, channel: str, owner: str, seconds: float) -> list[Delivery]:
    """Take what is due on a channel: of each address its oldest delivery alone, so that order holds."""
    async with database.write() as writing:
        due = await writing.execute(DUE, {"to": channel, "at": writing.now})
        states = {row.id: row.state for row in due}
        if not states:
            return []
        until = writing.now + timedelta(seconds=seconds)
        rows = await writing.execute(LEASE, {"some": list(states), "owner": owner, "until": until})
        # one that was being sent had a sender that died: nobody knows whether it arrived
        return [
            await _delivery(writing, row, cut_off=states[row.id] == DeliveryState.SENDING) for row in rows
        ]


async def progressed(database: Database, delivery: Delivery, parts: int, seconds: float) -> None:
    """Note that `parts` pieces of a delivery have arrived, and hold it for as long again."""
    async with database.write() as writing:
        values = {PROGRESS: {"parts": parts, "unknown": 0}}
        await writing.execute(
            update(deliveries)
            .where(deliveries.c.id == delivery.id)
            .values(
                payload={**delivery.payload, **values},
                lease_until=writing.now + timedelta(seconds=seconds),
            )
        )


async def sent(database: Database, delivery: Delivery, external_id: str | None) -> None:
    """Mark a delivery as done."""
    async with database.write() as writing:
        await _finish(writing, delivery.id, DeliveryState.SENT, known_as=external_id)
        if delivery.message:
            await writing.execute(DELIVERED, {"its": delivery.message.id, "at": writing.now})


async def failed(
    database: Database, delivery: Delivery, error: str, again_at: datetime | None, *, unknown: bool = False
) -> None:
    """Mark an attempt as failed, or as `unknown` in its outcome: to be tried again at a time, or for good."""
    async with database.write() as writing:
        ended = DeliveryState.UNKNOWN if unknown else DeliveryState.FAILED
        state = DeliveryState.QUEUED if again_at else ended
        await _finish(writing, delivery.id, state, why=error[:500], again=again_at or writing.now)
        if unknown:
            await _count_unknown(writing, delivery.id)
        if not again_at:
            data = {"channel": delivery.channel, "error": error[:200]}
            await facts.note(writing, f"delivery_{ended}", None, data)
            if message := delivery.message:
                told = f"⚠ Not delivered / 未送达 ({delivery.channel}): {error[:200]}"
                why = Reply(f"{told}\n> {message.text[:80]}")
                await messages.add(writing, message.conversation, Author.NOTE, why)


async def next_due(connection: AsyncConnection, channel: str) -> datetime | None:
    """Return when the next delivery of a channel wants to be tried."""
    found: datetime | None = await connection.scalar(NEXT_DUE, {"to": channel})
    return found


async def _finish(writing: Writing, delivery: int, state: DeliveryState, **more: Any) -> None:
    values = {"its": delivery, "as_": state, "again": None, "known_as": None, "why": None}
    await writing.execute(FINISH, {**values, **more})
    writing.wake(TOPIC)


async def _count_unknown(writing: Writing, delivery: int) -> dict[str, Any]:
    row = (await writing.execute(select(deliveries.c.payload).where(deliveries.c.id == delivery))).one()
    payload = dict(row.payload)
    before = payload.get(PROGRESS, {})
    payload[PROGRESS] = {"parts": before.get("parts", 0), "unknown": before.get("unknown", 0) + 1}
    await writing.execute(update(deliveries).where(deliveries.c.id == delivery).values(payload=payload))
    return payload


async def _delivery(writing: Writing, row: Row[Any], *, cut_off: bool) -> Delivery:
    message = await messages.by_id(writing.connection, row.message) if row.message else None
    payload = await _count_unknown(writing, row.id) if cut_off else dict(row.payload)
    progress = payload.pop(PROGRESS, {})
    parts, unknown = progress.get("parts", 0), progress.get("unknown", 0)
    return Delivery(row.id, row.channel, row.address, row.key, message, payload, row.attempts, parts, unknown)
