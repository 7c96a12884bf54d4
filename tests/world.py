"""The world that tests are set in: fakes that obey the ports, and short ways to say what happens."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.answering import Answering
from actions.asked import Readings
from bot.conversation import Conversations
from bot.engine import EngineSays, EngineSilentError, _reply
from desk.daily import Daily
from desk.handoff import Handoffs
from desk.hours import OfficeHours
from desk.mail import Post
from desk.reminders import Reminders
from desk.tickets import Tickets
from knowledge.follow import Topic
from nouns import (
    Agent,
    Answer,
    Conversation,
    Decision,
    Handoff,
    Hit,
    Incoming,
    Message,
    Mode,
    Passage,
    Reading,
    Reason,
    Reply,
    Role,
)
from records import agents, conversations, handoffs, inbox, messages, outbox
from records.database import Database

MONDAY = datetime(2024, 6, 3, 10, 0, tzinfo=UTC)
NORWAY = Passage(
    "delivery/norway#how-long",
    "delivery/norway",
    "Delivery to Norway",
    ("How long it takes",),
    "A parcel takes **1–3 working days**.",
    "en",
)
RETURNS = Passage(
    "returns/how", "returns/how", "Returning a parcel", (), "Send it back within 30 days.", "en"
)
_ids = itertools.count(1)


class Clock:
    """A clock that only the test moves."""

    def __init__(self, now: datetime = MONDAY) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)


class FixedReader:
    """Reads every text alike."""

    async def read(self, text: str, language: str | None = None) -> Reading:
        return Reading(language or "en", "fixed", b"\0" * 8)

    async def read_many(self, texts: Sequence[str]) -> list[Reading]:
        return [await self.read(text) for text in texts]


@dataclass
class ScriptedEngine:
    """Says what a test wants; a message asked twice gets its first answer again, as from the real engine."""

    script: Callable[[Message], Sequence[Reply]] = lambda message: [Reply(f"You said: {message.text}")]
    silent: bool = False
    asked: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    gate: asyncio.Event | None = None
    thinking: asyncio.Event = field(default_factory=asyncio.Event)
    _answers: dict[str, EngineSays] = field(default_factory=dict)

    async def ask(self, message: Message, reading: Reading, language: str) -> EngineSays:
        self.asked.append(message.text)
        self.languages.append(language)
        self.thinking.set()
        if self.gate:
            await self.gate.wait()
        if self.silent:
            raise EngineSilentError("scripted")
        ranking = [{"name": "ask_question", "confidence": 0.9}]
        return self._answers.setdefault(
            message.id,
            EngineSays(self.script(message), "ask_question", ranking, [{"event": "user"}], "scripted-model"),
        )

    async def status(self) -> dict[str, Any]:
        if self.silent:
            raise EngineSilentError("ConnectError")
        return {"model": "scripted-model"}


@dataclass
class ScriptedSearch:
    """Decides by the question; what is not in the script finds nothing."""

    script: Mapping[str, Decision] = field(default_factory=dict)
    passages: Sequence[Passage] = (NORWAY, RETURNS)
    after: Topic | None = None
    across: Sequence[Passage] = ()

    async def search(
        self, question: str, reading: Reading, *, language: str | None = None, after: Topic | None = None
    ) -> Answer:
        self.after = after
        decision = self.script.get(question, Decision.ABSTAIN)
        hits = [Hit(passage, 0.9 - 0.1 * place) for place, passage in enumerate(self.passages)]
        across = [Hit(passage, 0.9) for passage in self.across] if decision is Decision.ABSTAIN else []
        return Answer(decision, 0.9, hits, "index-1", across=across)

    def passage(self, id: str) -> Passage | None:
        return next((one for one in (*self.passages, *self.across) if one.id == id), None)


@dataclass
class World:
    """A desk with a scripted engine, and the people around it."""

    database: Database
    engine: ScriptedEngine
    search: ScriptedSearch
    post: Post
    tickets: Tickets
    handoffs: Handoffs
    bot: Conversations
    reminders: Reminders
    daily: Daily

    @classmethod
    def of(
        cls,
        database: Database,
        *,
        mail: bool = False,
        hours: str = "always",
        team: str | None = None,
        rooms: Sequence[tuple[str, str]] = (),
    ) -> World:
        """Put a desk together."""
        post = Post(mail, "Lumen & Oak", "http://desk.test", team)
        tickets = Tickets(database, post)
        open_hours = OfficeHours.parse(hours, "UTC")
        remind_every = timedelta(minutes=5)
        handoffs = Handoffs(database, tickets, open_hours, timedelta(minutes=15), post, remind_every)
        reminders = Reminders(database, post, remind_every)
        daily = Daily(database, post, open_hours.zone, time(9), timedelta(hours=24), rooms)
        engine = ScriptedEngine()
        bot = conversations_of(database, engine, handoffs)
        return cls(database, engine, ScriptedSearch(), post, tickets, handoffs, bot, reminders, daily)

    @property
    def answering(self) -> Answering:
        """What actions answer with."""
        return Answering(self.search, FixedReader(), Readings())

    def another_bot(self) -> Conversations:
        """Another instance of the app on the same database, as after a restart."""
        return conversations_of(self.database, self.engine, self.handoffs)

    async def writes(self, text: str, conversation: str | None = None, **more: Any) -> inbox.Taken:
        """Let a customer write."""
        return await writes(self.database, text, conversation, **more)

    async def answers(self, conversation: str) -> None:
        """Let the bot deal with all that waits in a conversation."""
        while await self.bot.answer_next(conversation):
            pass

    async def talk(self, *texts: str, **more: Any) -> str:
        """Let a customer write and the bot answer, text by text; return the conversation."""
        conversation: str | None = None
        for text in texts:
            conversation = (await self.writes(text, conversation, **more)).conversation
            await self.answers(conversation)
        assert conversation
        return conversation

    async def waiting(self, text: str = "I need a person") -> Handoff:
        """Let a customer write and be handed over."""
        conversation = await self.talk(text)
        await self.handoffs.hand_over(conversation, Reason.ASKED_FOR_HUMAN, f"origin-{conversation}")
        async with self.database.read() as connection:
            found = await handoffs.open_in(connection, conversation)
        assert found
        return found

    async def agent(self, name: str = "Kari", role: Role = Role.AGENT) -> Agent:
        """Somebody of the team."""
        async with self.database.write() as writing:
            return await agents.add(writing, name, f"{name.lower()}@desk.test", role)

    async def held(self, conversation: str) -> Conversation:
        """The conversation as it stands."""
        async with self.database.read() as connection:
            return await conversations.by_id(connection, conversation)

    async def mode(self, conversation: str) -> Mode:
        """Who owns the conversation."""
        return (await self.held(conversation)).mode

    async def said(self, conversation: str, *, notes: bool = False) -> list[Message]:
        """All that was said."""
        async with self.database.read() as connection:
            return await messages.since(connection, conversation, notes=notes)

    async def texts(self, conversation: str, author: str | None = None) -> list[str]:
        """What was said, by one or by all."""
        return [m.text for m in await self.said(conversation) if author in (None, m.author)]

    async def say(self, conversation: str, *replies: Reply) -> list[Message]:
        """Let the bot say something."""
        async with self.database.write() as writing:
            ids = await outbox.say(writing, conversation, replies)
        return [m for m in await self.said(conversation) if m.id in ids]


def conversations_of(database: Database, engine: ScriptedEngine, handoffs: Handoffs) -> Conversations:
    """An instance of what answers."""
    versions = {"code": "test", "index": "index-1"}
    return Conversations(database, FixedReader(), engine, handoffs, Readings(), lambda: versions)


async def writes(
    database: Database,
    text: str,
    conversation: str | None = None,
    *,
    client_id: str | None = None,
    language: str = "en",
    channel: str = "web",
    **more: Any,
) -> inbox.Taken:
    """Let a customer write."""
    external_id = client_id or f"message-{next(_ids)}"
    incoming = Incoming(channel, external_id, more.pop("address", ""), text, conversation, **more)
    return await inbox.take(database, incoming, language)


def heard(
    taken: inbox.Taken,
    text: str,
    intent: str,
    *,
    language: str = "en",
    slots: Mapping[str, Any] | None = None,
    entities: Mapping[str, str] | None = None,
    set_slots: Mapping[str, Any] | None = None,
    events: Sequence[Mapping[str, Any]] = (),
) -> Tracker:
    """The tracker that Rasa sends for a message; `set_slots` are those that this message filled."""
    filled = dict(set_slots or {})
    return Tracker.from_dict(
        {
            "sender_id": taken.conversation,
            "slots": {"language": language, **(slots or {}), **filled},
            "latest_message": {
                "message_id": taken.message,
                "text": text,
                "intent": {"name": intent, "confidence": 0.9},
                "intent_ranking": [{"name": intent, "confidence": 0.9}],
                "entities": [{"entity": name, "value": value} for name, value in (entities or {}).items()],
            },
            "events": [
                {"event": "user"},
                *events,
                *({"event": "slot", "name": name, "value": value} for name, value in filled.items()),
            ],
        }
    )


async def run(action: Action, tracker: Tracker) -> tuple[list[Reply], dict[str, Any]]:
    """Run an action; return what it says, read as the app reads it, and the slots it sets."""
    dispatcher = CollectingDispatcher()
    events = await action.run(dispatcher, tracker, {})
    said = [
        {"text": m["text"], "custom": m["custom"], "response": m.get("response")} for m in dispatcher.messages
    ]
    slots = {event["name"]: event["value"] for event in events if event["event"] == "slot"}
    return [_reply(utterance) for utterance in said], slots


async def until(fact: Callable[[], Awaitable[Any]], seconds: float = 20) -> Any:
    """Wait for a fact, and return it."""
    async with asyncio.timeout(seconds):
        while True:
            if found := await fact():
                return found
            await asyncio.sleep(0.01)
