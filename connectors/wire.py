"""How the web's clients see things: nouns as JSON, and text without what no database can hold."""

from __future__ import annotations

from typing import Any

from knowledge.render import to_html
from knowledge.sentence import CLOSE, OPEN, pointed_at
from nouns import Author, Message, Problem

LONGEST_TEXT = 8000


def clean(value: Any) -> Any:
    """Return what came as JSON with its texts rid of NUL and lone surrogates."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return [clean(one) for one in value] if isinstance(value, list) else value


def check_text(text: object) -> str:
    """Return the text as sent, but clean; refuse what is empty or too long."""
    if not isinstance(text, str):
        raise Problem("malformed", 422, "`text` is not a text.", "Send a JSON string.")
    text = str(clean(text))
    if not text.strip():
        raise Problem("empty", 422, "The message is empty.", "Write something, or attach a file.")
    if len(text) > LONGEST_TEXT:
        raise Problem(
            "too_long",
            422,
            f"The message has {len(text)} characters.",
            f"Send at most {LONGEST_TEXT} at once.",
        )
    return text


def message_json(message: Message) -> dict[str, Any]:
    """Return what a client shows of a message; a button's meaning stays here."""
    client_id = (message.external_id or "").partition(":")[2] or None
    return {
        "id": message.id,
        "seq": message.seq,
        "client_id": client_id if message.author is Author.CUSTOMER else None,
        "author": message.author,
        "agent_name": message.agent_name,
        "text": message.text,
        "html": None if message.author is Author.CUSTOMER else _html(message),
        "attachments": [
            {"id": file.id, "name": file.name, "size_bytes": file.size_bytes, "media_type": file.media_type}
            for file in message.attachments
        ],
        "at": message.created_at.isoformat().replace("+00:00", "Z"),
        **reply_json(message),
    }


def reply_json(message: Message) -> dict[str, Any]:
    """Return the part of a message that makes a reply, as `POST /api/messages` gives it."""
    return {
        "kind": message.kind,
        "text": message.text,
        "sources": [
            {"article": source.article, "title": source.title, "url": source.url, "score": source.score}
            | ({"best": source.best} if source.best else {})
            for source in message.sources
        ],
        "buttons": [{"id": button.id, "title": button.title} for button in message.buttons],
        "ticket": message.ticket,
    }


def _html(message: Message) -> str:
    """Render a message; the sentence that answers best is marked."""
    html = to_html(pointed_at(message.text, message.best))
    return html.replace(OPEN, "<mark>").replace(CLOSE, "</mark>")
