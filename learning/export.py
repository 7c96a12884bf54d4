"""The log for people with their own tools: conversations and labelled texts, masked unless told otherwise."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from learning.folders import ASK_QUESTION, OUT_OF_SCOPE
from learning.masking import mask
from learning.nlufile import nlu_of
from learning.plan import want_of
from learning.texts import one_line
from nouns import Author
from records import verdicts
from records.tables import conversations, customers, messages, turns

FORMATS = ("jsonl", "csv", "rasa")
SHOWN_AUTHORS = (Author.CUSTOMER, Author.BOT, Author.AGENT)
FALLBACK = "nlu_fallback"
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is exported: since when, and whether personal data is left out."""

    since: datetime
    masked: bool = True

    def text(self, text: str, names: Sequence[str] = ()) -> str:
        """Return a text as it may leave the house."""
        return mask(text, names) if self.masked else text


async def conversation_rows(connection: AsyncConnection, wish: Wish) -> list[Row]:
    """Return each conversation since then with its messages, the oldest first; notes stay inside."""
    rows = await connection.execute(
        select(
            messages.c.id,
            messages.c.conversation,
            messages.c.seq,
            messages.c.author,
            messages.c.text,
            messages.c.kind,
            messages.c.created_at,
            turns.c.intent,
            turns.c.ranking,
            turns.c.events,
            conversations.c.channel,
            conversations.c.language,
            conversations.c.mode,
            customers.c.name,
            customers.c.email,
        )
        .join(conversations, conversations.c.id == messages.c.conversation)
        .join(customers, customers.c.id == conversations.c.customer)
        .outerjoin(turns, turns.c.message == messages.c.id)
        .where(conversations.c.created_at >= wish.since, messages.c.author.in_(SHOWN_AUTHORS))
        .order_by(conversations.c.created_at, messages.c.conversation, messages.c.seq)
    )
    found: dict[str, Row] = {}
    for row in rows:
        held = found.setdefault(row.conversation, _conversation(row))
        names = [name for name in (row.name, row.email) if name]
        held["messages"].append(_message(row, wish.text(row.text, names)))
    return list(found.values())


async def nlu_rows(connection: AsyncConnection, wish: Wish) -> list[Row]:
    """Return each text since then with its intent: a reviewer's word, else what the bot understood."""
    said = {one.item.message: one for one in await verdicts.judged_since(connection, wish.since)}
    rows = await connection.execute(
        select(turns, customers.c.name, customers.c.email)
        .join(conversations, conversations.c.id == turns.c.conversation)
        .join(customers, customers.c.id == conversations.c.customer)
        .where(turns.c.at >= wish.since)
        .order_by(turns.c.at, turns.c.message)
    )
    found = []
    for row in rows:
        judged = said.get(row.message)
        want = want_of(judged) if judged else None
        sure = [float(guess["confidence"]) for guess in row.ranking if guess["name"] == row.intent]
        found.append(
            {
                "text": wish.text(one_line(row.text), [name for name in (row.name, row.email) if name]),
                "intent": want.intent if want else (ASK_QUESTION if row.intent == FALLBACK else row.intent),
                "article": want.article if want else None,
                "reviewed": want is not None,
                "golden": bool(judged and judged.item.golden),
                "understood": row.intent,
                "confidence": sure[0] if sure else None,
                "language": row.language,
                "conversation": row.conversation,
                "at": row.at.isoformat(),
            }
        )
    return found


def as_jsonl(rows: Sequence[Mapping[str, Any]]) -> str:
    """Write a JSON line for each row."""
    return "".join(json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in rows)


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Write a table with a heading; a cell that a spreadsheet would run as a formula is made text."""
    flat = [dict(one) for row in rows for one in _flat(row)]
    out = io.StringIO()
    if flat:
        writer = csv.DictWriter(out, list(flat[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _cell(value) for name, value in row.items()} for row in flat)
    return out.getvalue()


def nlu_as_rasa(rows: Sequence[Mapping[str, Any]]) -> str:
    """Write what reviewers labelled as a Rasa NLU file; golden texts, which are for tests, are left out."""
    labelled = [row for row in rows if row["reviewed"] and not row["golden"] and row["intent"]]
    return nlu_of((row["text"], row["intent"]) for row in labelled)


def conversations_as_rasa(rows: Sequence[Mapping[str, Any]]) -> str:
    """Write conversations as Rasa stories: what was understood, and the actions that followed."""
    lines = ['version: "3.1"', "", "stories:"]
    told = 0
    for row in rows:
        steps = [step for message in row["messages"] for step in _steps(message)]
        if steps:
            told += 1
            lines += [f"- story: conversation {row['conversation']}", "  steps:", *steps]
    return "\n".join(lines if told else [*lines[:2], "stories: []"]) + "\n"


def _steps(message: Mapping[str, Any]) -> list[str]:
    if message["author"] != Author.CUSTOMER or not message["intent"]:
        return []
    text = json.dumps(one_line(message["text"]), ensure_ascii=False)
    intent = ASK_QUESTION if message["intent"] in (FALLBACK, OUT_OF_SCOPE) else message["intent"]
    return [
        f"  - intent: {intent}",
        f"    user: {text}",
        *(f"  - action: {name}" for name in message["actions"]),
    ]


def _conversation(row: Any) -> Row:
    return {
        "conversation": row.conversation,
        "channel": row.channel,
        "language": row.language,
        "mode": row.mode,
        "messages": [],
    }


def _message(row: Any, text: str) -> Row:
    actions = [
        event.get("name")
        for event in row.events or ()
        if event.get("event") == "action"
        and event.get("name") not in ("action_listen", "action_session_start")
    ]
    return {
        "seq": row.seq,
        "at": row.created_at.isoformat(),
        "author": row.author,
        "kind": row.kind,
        "text": text,
        "intent": row.intent,
        "confidence": row.ranking[0]["confidence"] if row.ranking else None,
        "actions": [str(name) for name in actions if name],
    }


def _flat(row: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Give a conversation's messages a row each."""
    said = row.get("messages")
    if said is None:
        yield row
        return
    head = {name: value for name, value in row.items() if name != "messages"}
    for message in said:
        yield {**head, **message, "actions": " ".join(message["actions"])}


def _cell(value: Any) -> Any:
    """OWASP, CSV injection: a text that begins like a formula gets an apostrophe."""
    risky = isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r")
    return f"'{value}" if risky else value
