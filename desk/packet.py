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
# What says nothing of the matter: words that any sentence holds, greetings, and asking for a person.
EMPTY = frozenset(
    TOKEN.findall(
        "a agent am an and any are as at be been but by can could d did do does don for from get had has "
        "have hello help hey hi how human i if in is it its just ll m me my need no not of ok okay on one or "
        "our person please re real s so some someone speak t talk thank thanks that the their them then "
        "there they this to too ve very want was we were what when where which who will with would yes you "
        "your 的了是我你您吗呢吧啊在有和就也都要想请人工客服转好谢"
    )
)
ENOUGH = 4.0
SAID_ALREADY = 0.3
PRESSED_EMPTY = ("affirm", "deny", "cancel")


async def packet_of(
    connection: AsyncConnection, conversation: str, understood: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Gather transcript, intent ranking, slots and passages; `understood` is what this very turn adds.

    `probability`: that the first passage is right. The search's own scores say no more than the order.
    """
    said = await messages.newest(connection, conversation, TRANSCRIPT_LINES)
    last = await turns.latest(connection, conversation)
    before = {"ranking": last.ranking, "knowledge": last.knowledge} if last else {}
    understood = {**before, **{name: value for name, value in (understood or {}).items() if value}}
    knowledge = understood.get("knowledge", {})
    customer = await customers.by_id(connection, (await by_id(connection, conversation)).customer)
    return {
        "summary": summary([message.text for message in said if _tells(message)]),
        "transcript": transcript(said),
        "ranking": list(understood.get("ranking", ()))[:5],
        "slots": {
            name: value for name, value in understood.get("slots", {}).items() if name != LANGUAGE_SLOT
        },
        "passages": list(knowledge.get("passages", ()))[:5],
        "probability": knowledge.get("probability"),
        "customer": {"name": customer.name, "email": customer.email, "verified": customer.email_verified},
    }


def _tells(message: Message) -> bool:
    """Tell whether a message says something in a customer's own words, or chose an article."""
    pressed = message.pressed
    by_hand = not (pressed and (pressed.intent in PRESSED_EMPTY or message.text.startswith("/")))
    return message.author is Author.CUSTOMER and by_hand


def summary(texts: Sequence[str], most: int = SUMMARY_SENTENCES) -> list[str]:
    """Return the sentences that say most of the matter, the later the likelier, in their order.

    Greedy: the mean, over a sentence's distinct tokens, of how many sentences hold the token; tokens of a
    sentence that was chosen count less, so that nothing is said twice, and so do sentences of few tokens.
    """
    found = [
        (part.strip()[:LONGEST_SENTENCE], (place + 1) / len(texts))
        for place, text in enumerate(texts)
        for part in SENTENCE.findall(text)
    ]
    late = dict(found)
    tokens = {part: set(TOKEN.findall(part.casefold())) - EMPTY for part in late}
    spread = Counter(token for held in tokens.values() for token in held)
    chosen: list[str] = []
    while len(chosen) < most:
        said = set[str]().union(*(tokens[one] for one in chosen))
        weights = {
            part: _weight(held, said, spread) * (1 + late[part])
            for part, held in tokens.items()
            if held and part not in chosen
        }
        if not weights:
            break
        chosen.append(max(weights, key=lambda part: weights[part]))
    return [part for part in tokens if part in chosen]


def _weight(held: set[str], said: set[str], spread: Counter[str]) -> float:
    counted = sum(spread[token] * (SAID_ALREADY if token in said else 1.0) for token in held)
    size = sum(1.0 if token.isascii() else 0.5 for token in held)  # a Han letter is half a word
    return counted / len(held) * min(1.0, size / ENOUGH)


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
