"""From where others read along to a conversation of one's own: what was offered there is asked for here."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from nouns import Author, Button, Message
from records import conversations, inbox, messages

LONGEST_ASKED = 300
# The offers that lead to a conversation of one's own, by their intent, as a channel's command.
PRIVATE = {intent: word for word, intent in inbox.COMMANDS.items() if word in ("human", "ticket")}


def way_in(offer: Button, message: Message) -> str | None:
    """Return what a deep link carries that stands for an offer under a message; None for what may stay."""
    word = PRIVATE.get(offer.intent)
    return f"{word}_{message.id}" if word else None


async def taken_along(connection: AsyncConnection, channel: str, payload: str) -> tuple[str, str] | None:
    """Return the command and the text that such a deep link stands for; None when it is none of ours."""
    word, _, id = payload.partition("_")
    if word not in PRIVATE.values():
        return None
    message = await messages.by_id(connection, id)
    held = await conversations.by_id(connection, message.conversation) if message else None
    if message is None or held is None or not held.shared or held.channel != channel:
        return None
    offer = next((one for one in message.buttons if PRIVATE.get(one.intent) == word), None)
    if offer is None:
        return None
    return word, await with_question(connection, offer, message.conversation, message.seq)


async def with_question(
    connection: AsyncConnection, offer: Button, conversation: str, before: int | None = None
) -> str:
    """Return an offer as the request of whoever took it up, with what was asked last before that `seq`."""
    said = [one for one in await messages.since(connection, conversation) if one.author is Author.CUSTOMER]
    asked = [one.text for one in said if before is None or one.seq < before]
    question = asked[-1][:LONGEST_ASKED] if asked else ""
    return f"{offer.title}: {question}" if question and not question.startswith("/") else offer.title
