"""The packet that a human gets with a hand-off: everything the bot knew, as it was then."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from nouns import Author, Message
from records import customers, messages, turns
from records.conversations import by_id

TRANSCRIPT_LINES = 60
SUMMARY_SENTENCES = 3
LANGUAGE_SLOT = "language"  # nobody filled it in
LONGEST_SENTENCE = 300
SENTENCE = re.compile(r"[^.!?。！？\n]+(?:[.!?](?=\w)[^.!?。！？\n]*)*[.!?。！？]*")
TOKEN = re.compile(r"[\u3400-\u9fff]|[^\W_]+")


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
        "summary": summary([message.text for message in said if message.author is Author.CUSTOMER]),
        "transcript": transcript(said),
        "ranking": list(understood.get("ranking", ()))[:5],
        "slots": {
            name: value for name, value in understood.get("slots", {}).items() if name != LANGUAGE_SLOT
        },
        "passages": list(understood.get("knowledge", {}).get("passages", ()))[:5],
        "customer": {"name": customer.name, "email": customer.email, "verified": customer.email_verified},
    }


def summary(texts: Sequence[str], most: int = SUMMARY_SENTENCES) -> list[str]:
    """Return the sentences that say most of what was said, in their order.

    Centrality: the mean, over a sentence's distinct tokens, of how many sentences hold the token; short
    sentences count less, so that "Hello" never stands for a complaint.
    """
    found = [part.strip()[:LONGEST_SENTENCE] for text in texts for part in SENTENCE.findall(text)]
    sentences = list(dict.fromkeys(part for part in found if TOKEN.search(part)))
    tokens = [set(TOKEN.findall(sentence.casefold())) for sentence in sentences]
    spread = Counter(token for held in tokens for token in held)

    def weight(place: int) -> float:
        held = tokens[place]
        return sum(spread[token] for token in held) / len(held) * min(1.0, len(held) / 6)

    best = sorted(range(len(sentences)), key=lambda place: (-weight(place), place))[:most]
    return [sentences[place] for place in sorted(best)]


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
