"""Was a burst whole? Each update stored, answered and shown once, and in order within its conversation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from nouns import Author, DeliveryState
from records.database import Database
from records.tables import conversations, deliveries, messages


async def check(
    database_url: str,
    channel: str,
    said: Mapping[str, Sequence[str]],
    shown: Mapping[str, Callable[[], int]],
) -> dict[str, int]:
    """Compare what was said with the records, and those with the screens, by address.

    `open`: what still waits for an answer or is on its way. `lost`: said, but not stored, not answered or
    not shown. `doubled`: stored or shown more than once. `out_of_order`: neighbours that changed places,
    among what was said, what was answered, or what was shown.
    """
    database = Database(database_url)
    total: Counter[str] = Counter(open=0, lost=0, doubled=0, out_of_order=0)
    try:
        async with database.read() as connection:
            for address, texts in said.items():
                total.update(await _at(connection, (channel, address), texts, shown[address]))
    finally:
        await database.close()
    return dict(total)


async def waiting(database_url: str, channel: str, addresses: Sequence[str], updates: int) -> int:
    """Count what is not stored yet, waits for an answer, or is on its way."""
    database = Database(database_url)
    asked = (
        select(func.count(), func.count(messages.c.answered_at))
        .join(conversations, conversations.c.id == messages.c.conversation)
        .where(
            conversations.c.channel == channel,
            conversations.c.address.in_(addresses),
            messages.c.author == Author.CUSTOMER,
        )
    )
    on_the_way = select(func.count()).where(
        deliveries.c.channel == channel,
        deliveries.c.address.in_(addresses),
        deliveries.c.state.in_((DeliveryState.QUEUED, DeliveryState.SENDING)),
    )
    try:
        async with database.read() as connection:
            _, answered = (await connection.execute(asked)).one()
            return updates - answered + int(await connection.scalar(on_the_way) or 0)
    finally:
        await database.close()


async def _at(
    connection: AsyncConnection, place: tuple[str, str], texts: Sequence[str], shown: Callable[[], int]
) -> dict[str, int]:
    said = list(
        await connection.execute(
            select(messages)
            .join(conversations, conversations.c.id == messages.c.conversation)
            .where(conversations.c.channel == place[0], conversations.c.address == place[1])
            .order_by(conversations.c.created_at, messages.c.seq)
        )
    )
    asked = [row for row in said if row.author == Author.CUSTOMER]
    replies = [row for row in said if row.author == Author.BOT]
    way = list(
        await connection.execute(
            select(deliveries.c.state, deliveries.c.message, deliveries.c.external_id)
            .where(deliveries.c.channel == place[0], deliveries.c.address == place[1])
            .order_by(deliveries.c.id)
        )
    )
    sent = [row for row in way if row.state == "sent"]
    stored = [row.text for row in asked]
    answered = Counter(row.in_reply_to for row in replies)
    on_screen = shown()
    return {
        "open": len(texts) - sum(row.answered_at is not None for row in asked) + len(way) - len(sent),
        "lost": sum((Counter(texts) - Counter(stored)).values())
        + sum(not answered[row.id] for row in asked)
        + max(0, len(replies) - on_screen),
        "doubled": sum((Counter(stored) - Counter(texts)).values()) + max(0, on_screen - len(replies)),
        "out_of_order": _swapped([texts.index(text) for text in stored if text in texts])
        + _swapped([_place(asked, row.in_reply_to) for row in replies])
        + _swapped([float(row.external_id or 0) for row in sent]),
    }


def _place(asked: Sequence[Any], message: str) -> int:
    return next((place for place, row in enumerate(asked) if row.id == message), -1)


def _swapped(places: Sequence[float]) -> int:
    return sum(after < before for before, after in pairwise(places))
