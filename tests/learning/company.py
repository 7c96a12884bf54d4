"""A small company: its data files, its log, and a review over both."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import update

from learning.apply import Apply
from learning.folders import Folders, known_digests
from learning.judging import Judging
from learning.queue import Queue
from nouns import Author, Decision, HandoffState, Hit, Kind, Passage, Reading, Reason, Reply, Turn
from records import handoffs, messages, turns, votes
from records.database import Database
from records.review import Item
from records.tables import conversations, customers
from records.tables import messages as messages_table
from records.verdicts import Said
from tests.world import MONDAY, writes

ADA, BO = ("a_ada", "Ada"), ("a_bo", "Bo")
COMPLAIN = """version: "3.1"

nlu:
# Our own words, in the order we thought of them
- intent: complain
  examples: |
    - you are slow
    - this is [awful](mood)

- intent: greet
  examples: |
    - hello there
"""
DOMAIN = """version: "3.1"

intents:
- complain  # hands over
- greet
- ask_question

responses:
  utter_greet:
  - text: "Hello!"
"""
NORWAY = """---
title: Norway
language: en
tags: [delivery]
questions:
  # what people write
  - ship to oslo
probes:
  - anything to norway?
---
We ship to Norway.
"""


class BagReader:
    """Reads a text as the sum of its words' vectors: texts that share words are near each other."""

    async def read(self, text: str, language: str | None = None) -> Reading:
        words = [word.strip("?!.,") for word in text.lower().split()]
        total = np.sum([_vector(word) for word in words] or [_vector("")], axis=0)
        vector = (total / (np.linalg.norm(total) or 1)).astype("<f4")
        return Reading(language or "en", "bag", vector.tobytes())


def _vector(word: str) -> np.ndarray[Any, Any]:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big")
    return np.random.default_rng(seed).normal(size=64)


async def find(question: str, language: str) -> Sequence[Hit]:
    """Know about Norway and about humming."""
    about = {
        "norway": Passage("norway#how", "norway", "Norway", (), "We ship there.", "en"),
        "hum": Passage("humming", "humming", "A humming lamp", (), "Turn the bulb.", "en"),
        "limit": Passage("secret", "secret", "Limits", (), "EUR 150", "en", audience="internal"),
    }
    return [Hit(passage, 0.9) for word, passage in about.items() if word in question.lower()]


def company(folder: Path) -> Folders:
    """Write the company's files."""
    files = {
        "nlu/complain.yml": COMPLAIN,
        "articles/norway.md": NORWAY,
        "articles/humming.md": "---\ntitle: Humming\nquestions: [it hums]\n---\nTurn the bulb.\n",
        "domain.yml": DOMAIN,
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    (folder / "golden").mkdir(exist_ok=True)
    return Folders(
        folder / "articles", folder / "nlu", folder / "golden", [folder / "domain.yml"], folder / "rules"
    )


@dataclass
class Desk:
    """The review on a real database and real files."""

    database: Database
    folders: Folders
    golden_share: float = 0.0
    at: datetime = MONDAY
    made: list[str] = field(default_factory=list)

    @property
    def queue(self) -> Queue:
        return Queue(self.database, BagReader(), find, lambda: known_digests(self.folders), self.golden_share)

    @property
    def judging(self) -> Judging:
        return Judging(self.database, self.folders)

    @property
    def apply(self) -> Apply:
        return Apply(self.database, self.folders)

    async def asked(
        self,
        text: str,
        *,
        conversation: str | None = None,
        intent: str = "ask_question",
        ranking: Mapping[str, float] | None = None,
        decision: Decision | None = Decision.ABSTAIN,
        kind: Kind = Kind.ABSTAIN,
        pressed: bool = False,
        name: str | None = None,
        articles: Sequence[str] = (),
    ) -> str:
        """Let a customer ask, and the bot answer; returns the conversation."""
        taken = await writes(self.database, text, conversation)
        self.made.append(taken.message)
        self.at += timedelta(minutes=1)
        ranking = ranking or {intent: 0.9, "complain": 0.05}
        knowledge = (
            {}
            if decision is None
            else {"decision": decision, "passages": [{"article": a, "title": a} for a in articles]}
        )
        async with self.database.write() as writing:
            reply, _ = await messages.add(
                writing,
                taken.conversation,
                Author.BOT,
                Reply("…", kind),
                origin={"in_reply_to": taken.message},
            )
            await turns.write(
                writing,
                Turn(
                    message=taken.message,
                    conversation=taken.conversation,
                    text=text,
                    language="en",
                    intent=intent,
                    ranking=[{"name": one, "confidence": sure} for one, sure in ranking.items()],
                    events=[],
                    versions={},
                    knowledge=knowledge,
                    replies=[asdict(Reply("…", kind))],
                    milliseconds={},
                    at=self.at,
                ),
            )
            if pressed:
                row = messages_table.c.id == taken.message
                await writing.execute(
                    update(messages_table).where(row).values(extra={"pressed": {"id": "b"}})
                )
            if name:
                await writing.execute(
                    update(customers)
                    .where(
                        customers.c.id
                        == (
                            conversations.select()
                            .with_only_columns(conversations.c.customer)
                            .where(conversations.c.id == taken.conversation)
                        ).scalar_subquery()
                    )
                    .values(name=name)
                )
        self.reply = reply
        return taken.conversation

    async def voted(self, conversation: str, helpful: bool) -> None:
        """Let the customer vote on the last answer."""
        async with self.database.write() as writing:
            await votes.cast(writing, conversation, self.reply, helpful, None)

    async def human(self, conversation: str, *lines: str, resolved: bool = True) -> None:
        """Let a person take over, write, and resolve it."""
        async with self.database.write() as writing:
            handoff, _ = await handoffs.open_once(
                writing, self.made[-1], conversation, Reason.NO_ANSWER, {}, None
            )
            await handoffs.move(writing, handoff.id, HandoffState.WAITING, HandoffState.TAKEN)
            for line in lines:
                await messages.add(writing, conversation, Author.AGENT, Reply(line))
            if resolved:
                await handoffs.move(writing, handoff.id, HandoffState.TAKEN, HandoffState.RESOLVED)

    async def collected(self) -> list[Item]:
        """Fill the queue, and return it."""
        from records import review

        await self.queue.collect()
        async with self.database.read() as connection:
            return await review.open_items(connection)

    async def item(self, text: str) -> Item:
        """Have a text in the queue."""
        await self.asked(text)
        return next(item for item in await self.collected() if item.text == text)

    async def say(
        self, text: str, kind: Said, target: str | None = None, by: tuple[str, str] = ADA, **data: Any
    ) -> str:
        """Have a text in the queue, and judge it."""
        item = await self.item(text)
        return await self.judging.judge([item.id], (kind, target, data), by)

    def read(self, name: str) -> str:
        """Return a file's text."""
        return (self.folders.nlu.parent / name).read_text("utf-8")
