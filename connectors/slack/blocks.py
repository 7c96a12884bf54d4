"""What a customer sees in Slack: a message as text (for notifications) and as blocks, with its offers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urljoin

from connectors.slack.markup import escape, sections, to_mrkdwn
from knowledge.sentence import emphasised
from nouns import Author, Button, Message, Source

TITLE_LENGTH = 75
TEXT_LENGTH = 3000
PRESS = "press_"
Block = dict[str, Any]


def shown(message: Message, base_url: str | None, links: Sequence[str] = ()) -> tuple[str, list[Block]]:
    """Return a message's text and blocks; `links` are the addresses of its files."""
    text = to_mrkdwn(emphasised(message.text, message.best))
    if message.author is Author.AGENT and message.agent_name:
        text = f"*{escape(message.agent_name)}:* {text}".strip()
    text = "\n".join([text, *links]).strip()
    blocks = [section(piece) for piece in sections(text)]
    if message.sources:
        blocks.append(context(" · ".join(f"📖 {_source(one, base_url)}" for one in message.sources)))
    if message.buttons:
        blocks.append(_offers(message.buttons))
    return text[:TEXT_LENGTH] or "…", blocks


def section(text: str) -> Block:
    """Return a block of text."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def context(text: str) -> Block:
    """Return a block of small text."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]}


def button(action: str, title: str, value: str, style: str | None = None) -> Block:
    """Return a button; `action` is its stable id."""
    made: Block = {
        "type": "button",
        "action_id": action,
        "text": plain(title),
        "value": value,
    }
    return {**made, "style": style} if style else made


def plain(title: str, length: int = TITLE_LENGTH) -> Block:
    """Return a plain text of limited length."""
    title = title if len(title) <= length else f"{title[: length - 1]}…"
    return {"type": "plain_text", "text": title or "…", "emoji": True}


def _offers(buttons: Sequence[Button]) -> Block:
    made = [button(f"{PRESS}{place}", one.title, one.id) for place, one in enumerate(buttons[:25], 1)]
    return {"type": "actions", "block_id": "offers", "elements": made}


def _source(source: Source, base_url: str | None) -> str:
    title = escape(source.title)
    return f"<{urljoin(f'{base_url}/', source.url)}|{title}>" if base_url else title
