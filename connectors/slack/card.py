"""A hand-off's first message in the team's channel, and what stands in its thread."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.slack.blocks import Block, button, context, section
from connectors.slack.markup import escape, sections, to_mrkdwn
from desk.room_texts import tell
from nouns import Author, Conversation, Customer, Handoff, HandoffState, Message
from records.threads import Thread

LAST_LINES = 6
LINE_LENGTH = 400
HARDLY = 0.01
REASONS = {
    "asked_for_human": {"en": "asked for a person", "zh": "要求人工"},
    "no_answer": {"en": "no answer found", "zh": "没有找到答案"},
    "low_confidence": {"en": "the bot was unsure", "zh": "机器人不确定"},
    "repeated_failure": {"en": "the bot failed twice", "zh": "机器人多次未解决"},
    "complaint": {"en": "complaint", "zh": "投诉"},
    "sensitive": {"en": "sensitive matter", "zh": "敏感问题"},
    "engine_down": {"en": "the bot is down", "zh": "机器人故障"},
}
SPEAKERS = {Author.CUSTOMER: "💬", Author.BOT: "🤖", Author.AGENT: "🧑‍💼", Author.NOTE: "📝"}


@dataclass(frozen=True, slots=True)
class Case:
    """All that the first message of a thread shows."""

    handoff: Handoff
    thread: Thread
    held: Conversation
    customer: Customer
    agent: str
    desk_url: str
    language: str
    undo_seconds: float


def card(case: Case) -> tuple[str, list[Block]]:
    """Return text and blocks of a hand-off's first message, as the hand-off stands now."""
    language, handoff = case.language, case.handoff
    who = case.customer.name or tell("customer", language)
    heading = tell("waits", language, who=who)
    standing = _standing(case)
    address = f"{case.desk_url}/desk/conversations/{case.held.id}"
    reason = REASONS[handoff.reason].get(language, handoff.reason)
    facts = [
        f"*{tell('channel', language)}:* {case.held.channel}",
        f"*{tell('reason', language)}:* {reason}",
        _waiting(case),
        *_email(case),
        f"<{address}|{tell('open_desk', language)}>",
    ]
    blocks = [section(f"*{escape(heading)}*\n{escape(standing)}"), section("  ·  ".join(facts))]
    blocks += _packet(case)
    if thread_notes := _notes(case):
        blocks.append(context(thread_notes))
    if buttons := _buttons(case):
        blocks.append({"type": "actions", "block_id": "handoff", "elements": buttons})
    return f"{escape(heading)} ({reason}): {escape(standing)}", blocks


def line(message: Message, language: str, links: list[str]) -> tuple[str, list[Block]]:
    """Return text and blocks of a message of the conversation in the hand-off's thread."""
    names = {
        Author.CUSTOMER: "",
        Author.BOT: tell("bot", language),
        Author.AGENT: message.agent_name or "",
        Author.NOTE: f"{message.agent_name or ''} ({tell('note', language)})".strip(),
    }
    by_hand = message.author in (Author.CUSTOMER, Author.NOTE)
    said = escape(message.text) if by_hand else to_mrkdwn(message.text)
    speaker = f"{SPEAKERS[message.author]} *{escape(names[message.author])}*".replace(" **", "")
    text = "\n".join([f"{speaker} {said}", *links])
    return text[:3000], [section(piece) for piece in sections(text)]


def _standing(case: Case) -> str:
    state = case.handoff.state
    ticket = case.handoff.ticket or ""
    text = tell(f"state_{state}", case.language, agent=case.agent, ticket=ticket)
    also = tell("ticket", case.language, ticket=ticket) if ticket and state != HandoffState.EXPIRED else ""
    return f"{text} · {also}" if also else text


def _waiting(case: Case) -> str:
    handoff = case.handoff
    ended = handoff.taken_at or handoff.ended_at
    if handoff.state is HandoffState.WAITING or ended is None:
        return f"*{tell('since', case.language)}:* {_since(handoff.created_at)}"
    minutes = max(0, round((ended - handoff.created_at).total_seconds() / 60))
    return f"*{tell('waited', case.language)}:* {tell('minutes', case.language, minutes=minutes)}"


def _email(case: Case) -> list[str]:
    email = case.customer.email
    if not email:
        return []
    verified = f" ({tell('verified', case.language)})" if case.customer.email_verified else ""
    return [f"*{tell('email', case.language)}:* {escape(email)}{verified}"]


def _since(moment: datetime) -> str:
    """Return a time that Slack itself keeps telling as "5 minutes ago"."""
    return f"<!date^{int(moment.timestamp())}^{{time}} ({{ago}})|{moment:%H:%M} UTC>"


def _packet(case: Case) -> list[Block]:
    packet, language = case.handoff.packet, case.language
    parts = [
        ("summary", [f"• {escape(one)}" for one in packet.get("summary", ())]),
        ("last", [_last(row) for row in packet.get("transcript", ())[-LAST_LINES:]]),
        (
            "understood",
            [_percent(str(one["name"]), one.get("confidence")) for one in _likely(packet.get("ranking", ()))],
        ),
        ("collected", [f"{escape(str(k))}: {escape(str(v))}" for k, v in packet.get("slots", {}).items()]),
        ("articles", list(_articles(packet))),
    ]
    return [
        section(f"*{tell(name, language)}*\n" + "\n".join(lines)[:2900]) for name, lines in parts if lines
    ]


def _likely(ranking: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the first intents of a ranking, without those that are hardly possible."""
    return [one for one in ranking[:3] if one is ranking[0] or one.get("confidence", 0) >= HARDLY]


def _last(row: Mapping[str, Any]) -> str:
    said = str(row["text"])
    said = said if len(said) <= LINE_LENGTH else f"{said[: LINE_LENGTH - 1]}…"
    files = "".join(f" 📎 {escape(name)}" for name in row.get("files", ()))
    return f"{SPEAKERS.get(Author(row['author']), '')} {escape(said)}{files}"


def _articles(packet: Mapping[str, Any]) -> Iterator[str]:
    """Give the nearest articles; how likely the first is right is known, of the others only their order."""
    for place, one in enumerate(packet.get("passages", ())[:3]):
        name = str(one.get("title") or one.get("article") or "?")
        yield _percent(name, packet.get("probability") if place == 0 else None)


def _percent(name: str, share: object) -> str:
    return f"{escape(name)}  `{share:.0%}`" if isinstance(share, int | float) else escape(name)


def _notes(case: Case) -> str:
    said = []
    if case.thread.declined and case.handoff.state is HandoffState.WAITING:
        said.append(tell("declined", case.language, names=escape(", ".join(case.thread.declined))))
    if case.handoff.state is HandoffState.TAKEN:
        agent, seconds = escape(case.agent), f"{case.undo_seconds:g}"
        said.append(tell("how", case.language, agent=agent, seconds=seconds))
    return "\n".join(said)


def _buttons(case: Case) -> list[Block]:
    handoff, language = case.handoff, case.language
    if handoff.state is HandoffState.WAITING:
        return [
            button("take", tell("take", language), handoff.id, "primary"),
            button("not_now", tell("not_now", language), handoff.id),
            button("open_ticket", tell("open_ticket", language), handoff.id),
        ]
    if handoff.state is HandoffState.TAKEN:
        names = ("give_back", "resolve", "assign", "canned", "send_article")
        ticket = "change_ticket" if handoff.ticket else "open_ticket"
        return [button(name, tell(name, language), handoff.id) for name in (*names, ticket)]
    if handoff.ticket:
        return [button("change_ticket", tell("change_ticket", language), handoff.id)]
    return []
