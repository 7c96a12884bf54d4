"""The packet that a human gets with a hand-off: everything the bot knew, as it was then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from nouns import Message
from records import customers, messages, turns
from records.conversations import by_id

TRANSCRIPT_LINES = 60


async def packet_of(
    connection: AsyncConnection, conversation: str, understood: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Gather transcript, intent ranking, slots and passages; `understood` is what this very turn adds."""
    said = await messages.newest(connection, conversation, TRANSCRIPT_LINES)
    last = await turns.latest(connection, conversation)
    before = {"ranking": last.ranking, "knowledge": last.knowledge} if last else {}
    understood = {**before, **{name: value for name, value in (understood or {}).items() if value}}
    customer = await customers.by_id(connection, (await by_id(connection, conversation)).customer)
    return {
        "transcript": transcript(said),
        "ranking": list(understood.get("ranking", ()))[:5],
        "slots": dict(understood.get("slots", {})),
        "passages": list(understood.get("knowledge", {}).get("passages", ()))[:5],
        "customer": {"name": customer.name, "email": customer.email, "verified": customer.email_verified},
    }


def transcript(said: Sequence[Message]) -> list[dict[str, Any]]:
    """Return messages as plain rows."""
    return [
        {
            "author": message.author,
            "name": message.agent_name,
            "text": message.text,
            "at": message.created_at.isoformat(),
            "files": [file.name for file in message.attachments],
        }
        for message in said
    ]


def as_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return a transcript as lines, the way a ticket's first entry shows it."""
    return "\n".join(
        f"{row['name'] or row['author']}: {row['text']}" + "".join(f" [{name}]" for name in row["files"])
        for row in rows
    )
