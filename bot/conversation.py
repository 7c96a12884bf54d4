"""One message's way: who owns the conversation? read it, ask the engine, store the replies."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Protocol

import structlog

from actions.answering import ways_on
from actions.asked import Readings
from actions.openly import Openly
from bot import metrics
from bot.engine import EngineSays, EngineSilentError
from desk.files import received
from desk.handoff import Handoffs
from desk.texts import say
from nouns import Conversation, Kind, Message, Mode, Reading, Reason, Reply, Turn
from records import conversations, facts, inbox, messages, outbox, turns
from records.database import Database, Writing
from records.ids import new_id

log = structlog.get_logger()

LEASE_SECONDS = 60.0
SWEEP_SECONDS = 5.0
TYPING_AFTER_SECONDS = 0.3  # most answers are there before; a mark for so short a while only flickers
AT_ONCE = 16
MOST_FAILURES = 3
HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
LETTER = re.compile(r"[^\W\d_]")
PLAIN = re.compile(r"LO-?\d+|T-?\d+|\S+@\S+", re.IGNORECASE)


class Asks(Protocol):
    """The engine, or a scripted one."""

    async def ask(self, message: Message, reading: Reading, language: str) -> EngineSays:
        """Return the replies to a message."""
        ...


class Reads(Protocol):
    """Whoever reads a text."""

    async def read(self, text: str, language: str | None = None) -> Reading:
        """Return the text's reading."""
        ...


@dataclass
class Conversations:
    """Answers what waits in the inbox: one conversation in order, different ones side by side."""

    database: Database
    reader: Reads
    engine: Asks
    handoffs: Handoffs
    readings: Readings
    versions: Callable[[], Mapping[str, Any]]
    openly: Openly | None = None
    owner: str = field(default_factory=lambda: f"{os.getpid()}:{new_id('w')}")
    _at_work: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _again: set[str] = field(default_factory=set)
    _failures: Counter[str] = field(default_factory=Counter)
    _places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def run(self) -> None:
        """Answer until cancelled; a sweep now and then finds what a crash or another process left."""
        async with self.database.wakes.listening([inbox.TOPIC]) as queue:
            while True:
                async with self.database.read() as connection:
                    for waiting in await conversations.with_pending(connection):
                        self._start(waiting)
                try:
                    async with asyncio.timeout(SWEEP_SECONDS):
                        while True:
                            self._start(await queue.get())
                except TimeoutError:
                    continue

    def _start(self, conversation: str) -> None:
        if conversation in self._at_work:
            self._again.add(conversation)
            return
        task = asyncio.create_task(self._answer_all(conversation))
        self._at_work[conversation] = task
        task.add_done_callback(lambda _: self._done(conversation))

    def _done(self, conversation: str) -> None:
        self._at_work.pop(conversation, None)
        if conversation in self._again:
            self._again.discard(conversation)
            self._start(conversation)

    async def _answer_all(self, conversation: str) -> None:
        async with self._places:
            try:
                more = True
                while more:
                    more = await self.answer_next(conversation)
                    self._failures.pop(conversation, None)
            except Exception:  # the task's edge: the sweep tries again, and then a person does
                log.exception("answering failed", conversation=conversation)
                self._failures[conversation] += 1
                if self._failures[conversation] >= MOST_FAILURES:
                    await self._give_up(conversation)

    async def answer_next(self, conversation: str) -> bool:
        """Deal with the conversation's oldest waiting message; tell whether another may wait."""
        async with self.database.write() as writing:
            held = await conversations.lease(writing, conversation, self.owner, LEASE_SECONDS)
            message = await messages.first_pending(writing.connection, conversation) if held else None
        if held is None or message is None:
            return False
        if held.mode in (Mode.HUMAN, Mode.CLOSED):
            return await self._pass_on(held, message)
        if (message.attachments or message.lost_files) and not message.text.strip():
            return await self._store(held, message, [_about_files(held, message)])
        return await self._answer(held, message)

    async def _give_up(self, conversation: str) -> None:
        """Hand over what fails again and again, so that nobody waits for ever."""
        async with self.database.read() as connection:
            held = await conversations.by_id(connection, conversation)
            message = await messages.first_pending(connection, conversation)
        if message:
            await self._hand_over(held, message)
        self._failures.pop(conversation, None)

    async def _answer(self, held: Conversation, message: Message) -> bool:
        typing = asyncio.get_running_loop().call_later(
            TYPING_AFTER_SECONDS, self.database.wakes.tell, conversations.topic(held.id), "typing:bot"
        )
        started = time.perf_counter()
        reading = await self.reader.read(message.text)
        held = await self._in_language(held, language_of(message, held))
        read = time.perf_counter()
        self.readings.keep(message.id, reading)
        try:
            says = await self._say(held, message, reading)
        except EngineSilentError as silence:
            log.error("engine silent", conversation=held.id, reason=silence.reason)
            metrics.SILENCES.inc()
            return await self._hand_over(held, message)
        finally:
            typing.cancel()
            self.readings.drop(message.id)
        spent = {
            "read": round((read - started) * 1000, 2),
            "ask": round((time.perf_counter() - read) * 1000, 2),
        }
        return await self._store(held, message, list(says.replies), says=says, spent=spent)

    async def _say(self, held: Conversation, message: Message, reading: Reading) -> EngineSays:
        """Ask the engine; where others read along the articles alone, so that nothing begins there."""
        if not (held.shared and self.openly):
            return await self.engine.ask(message, reading, held.language)
        reply, knowledge = await self.openly.answer(message, held.language)
        return EngineSays([reply], None, [], [], "", knowledge)

    async def _in_language(self, held: Conversation, language: str) -> Conversation:
        """Hold the conversation in the message's language from here on: what actions say follows it."""
        if language == held.language:
            return held
        async with self.database.write() as writing:
            await conversations.speak(writing, held.id, language, pinned=False)
        return replace(held, language=language)

    async def _store(
        self,
        held: Conversation,
        message: Message,
        replies: list[Reply],
        *,
        says: EngineSays | None = None,
        spent: Mapping[str, float] | None = None,
    ) -> bool:
        """Store replies, Turn and "dealt with" in one transaction: all of it happens, once, or none."""
        async with self.database.write() as writing:
            settled = await messages.settle(writing, message, self.owner)
            if not settled:
                return True
            await outbox.reply(writing, settled.held, replies, in_reply_to=message.id)
            if says:
                await turns.write(writing, self._turn(writing, held, message, says, spent or {}))
            await self.handoffs.tickets.follow_up(writing, held, message.text)
        metrics.HANDLING.observe((self.database.now() - message.created_at).total_seconds())
        for reply in replies:
            metrics.REPLIES.labels(reply.kind).inc()
        return settled.waiting > 0

    def _turn(
        self,
        writing: Writing,
        held: Conversation,
        message: Message,
        says: EngineSays,
        spent: Mapping[str, float],
    ) -> Turn:
        return Turn(
            message=message.id,
            conversation=held.id,
            text=message.text,
            language=held.language,
            intent=says.intent,
            ranking=list(says.ranking),
            events=list(says.events),
            versions={**self.versions(), "model": says.model},
            knowledge=dict(says.knowledge),
            replies=[asdict(reply) for reply in says.replies],
            milliseconds=dict(spent),
            at=writing.now,
        )

    async def _pass_on(self, held: Conversation, message: Message) -> bool:
        """Leave the message to the person who has the conversation; the desk has heard of it already."""
        async with self.database.write() as writing:
            settled = await messages.settle(writing, message, self.owner)
            await facts.note(writing, "passed_on", held.id, {"message": message.id})
        return settled is None or settled.waiting > 0

    async def _hand_over(self, held: Conversation, message: Message) -> bool:
        sorry = Reply(say("engine_down", held.language), Kind.MESSAGE)
        if held.shared:
            return await self._store(held, message, [sorry])
        coming = await self.handoffs.hand_over(held.id, Reason.ENGINE_DOWN, message.id)
        return await self._store(held, message, [sorry, coming])


def language_of(message: Message, held: Conversation) -> str:
    """Return the language to answer in: the pinned one, else by script; numbers and emoji change nothing."""
    if held.language_pinned or message.pressed:
        return held.language
    if HAN.search(message.text):
        return "zh"
    return "en" if LETTER.search(PLAIN.sub("", message.text)) else held.language


def _about_files(held: Conversation, message: Message) -> Reply:
    key = "file_not_kept" if message.lost_files else received(message.attachments[0])
    return Reply(say(key, held.language), Kind.ABSTAIN, buttons=ways_on(held.language))
