"""The world outside, scripted: an engine, customers' channel and the team's room, each with bad days."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from typing import Any

from bot.engine import EngineSays, EngineSilentError
from connectors.port import NotSentError
from desk.handoff import Handoffs
from desk.relay import RoomFile, Standing, UnreadableError, Written
from desk.room import CARD, LINE
from evaluation.handoffs.steps import Steps
from nouns import Delivery, Message, Reading, Reason, Reply
from records import threads
from records.database import Database
from records.threads import Thread

TOWN, ROOM, PLACE = "town", "room", "C1"
HUMAN, STAY = "I want a person", "I stop waiting"
BAD_DAYS = 0.12


class Reader:
    """Reads every text alike."""

    async def read(self, text: str, language: str | None = None) -> Reading:
        """Return a reading."""
        return Reading(language or "en", "scripted", b"\0" * 8)


@dataclass
class Engine:
    """Echoes; hands over or withdraws when asked; remembers each answer, as trackers do over a restart."""

    steps: Steps
    chance: random.Random
    handoffs: Handoffs
    well: bool = False
    answers: dict[str, EngineSays] = field(default_factory=dict)

    async def ask(self, message: Message, reading: Reading, language: str) -> EngineSays:
        """Think, act, and answer; or be silent."""
        await self.steps.stop("engine")
        if not self.well and self.chance.random() < BAD_DAYS / 2:
            raise EngineSilentError("scripted")
        if message.id not in self.answers:
            reply = await self._act(message)
            ranking = [{"name": "scripted", "confidence": 0.9}]
            self.answers[message.id] = EngineSays([reply], "scripted", ranking, [], "scripted")
        await self.steps.stop("engine")
        return self.answers[message.id]

    async def _act(self, message: Message) -> Reply:
        if message.text == HUMAN:
            return await self.handoffs.hand_over(message.conversation, Reason.ASKED_FOR_HUMAN, message.id)
        left = await self.handoffs.withdraw(message.conversation) if message.text == STAY else None
        return left or Reply(f"You said: {message.text}")


@dataclass
class Platform:
    """A platform that is asked whether a delivery is there before it is repeated; `arrived` in order."""

    channel: str
    steps: Steps
    chance: random.Random
    database: Database
    well: bool = False
    arrived: list[tuple[str, str, Delivery]] = field(default_factory=list)

    async def run(self) -> None:
        """Nothing is received by itself."""

    async def send(self, delivery: Delivery) -> str | None:
        """Let it arrive; or not; or arrive and say nothing of it."""
        await self.steps.stop("platform")
        before = next((key for _, key, _ in self.arrived if key == delivery.key), None)
        if before and delivery.attempts > 1:
            return before
        fate = 1.0 if self.well else self.chance.random()
        if fate < BAD_DAYS:
            raise NotSentError("scripted")
        await self._arrive(delivery)
        await self.steps.stop("platform")
        if fate < 2 * BAD_DAYS:
            raise NotSentError("scripted", unknown=True)
        return delivery.key

    async def _arrive(self, delivery: Delivery) -> None:
        self.arrived.append((delivery.address, delivery.key, delivery))


@dataclass
class TeamPlatform(Platform):
    """The team's room: hand-offs' threads, and what colleagues write there."""

    written: dict[str, Written | None] = field(default_factory=dict)
    anchors: dict[str, str] = field(default_factory=dict)

    def lines(self, thread: str) -> list[str]:
        """Return the messages of the conversation that a thread was shown."""
        of_thread = [sent.payload for _, _, sent in self.arrived if sent.payload.get("thread") == thread]
        return [str(payload["message"]) for payload in of_thread if payload["kind"] == LINE]

    def write(self, author: str, text: str, **more: Any) -> Written:
        """Let a colleague write."""
        id = f"{len(self.written) + 1}.5"
        made = Written(id, author, author, Standing.MEMBER, text, plain=True)
        self.written[id] = replace(made, **more)
        return self.written[id] or made

    async def reread(self, thread: Thread, id: str) -> Written | None:
        """Return a message as it is now; now and then it can't be read."""
        await self.steps.stop("platform")
        if not self.well and self.chance.random() < BAD_DAYS / 2:
            raise UnreadableError("scripted")
        return self.written[id]

    async def fetch(self, file: RoomFile) -> bytes:
        """Return a file."""
        return b"content"

    async def _arrive(self, delivery: Delivery) -> None:
        await super()._arrive(delivery)
        thread = str(delivery.payload["thread"])
        if delivery.payload["kind"] == CARD and thread not in self.anchors:
            self.anchors[thread] = f"{len(self.anchors) + 1}.0"
            async with self.database.write() as writing:
                await threads.change(writing, thread, anchor=self.anchors[thread])
