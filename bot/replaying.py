"""Answers logged messages again, aside: their own model, index and settings, in a copy of the past.

A second engine is started with the model, and the real actions run on a database that holds what the real one
held then, so that a replayed form opens its ticket there, and nobody is handed over or written to.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from actions import actions_of
from actions.answering import Answering
from actions.asked import Readings
from actions.openly import Openly
from bot.engine import Engine, EngineSilentError
from bot.inner import inner_app
from bot.running import at_work, listening, wait_for_engine
from bot.settings import Settings
from bot.supervisor import Supervisor, engine_variables
from bot.terminal import free_ports
from desk.handoff import Handoffs
from desk.hours import OfficeHours
from desk.mail import Post
from desk.tickets import Tickets
from knowledge.base import KnowledgeBase
from knowledge.index import UNUSABLE, open_at
from learning.replay import Decision, Replayed, Setting, decision_of, differences, logged
from learning.shelf import Shelf
from nouns import Problem, Turn
from reading.reader import Reader
from records import messages, past, turns
from records.database import Database, utc_now

BEGINNING = (
    {"event": "action", "name": "action_session_start"},
    {"event": "session_started"},
    {"event": "action", "name": "action_listen"},
)
Tell = Callable[[int, int], None]


@dataclass
class PastClock:
    """The time at which a replayed message was answered."""

    now: datetime = field(default_factory=utc_now)

    def __call__(self) -> datetime:
        """Return it."""
        return self.now


@dataclass(frozen=True)
class Replayer:
    """Replays turns of a database; what they name must still be kept."""

    settings: Settings
    database: Database
    reader: Reader

    async def replay(
        self, wanted: Sequence[Turn], setting: Setting | None = None, tell: Tell = lambda done, of: None
    ) -> list[Replayed]:
        """Answer turns again, each with what it names, or all with one setting."""
        groups: dict[Setting, list[Turn]] = defaultdict(list)
        for turn in wanted:
            groups[setting or Setting.of(turn.versions)].append(turn)
        found: dict[str, Replayed] = {}
        for group, members in groups.items():
            if missing := await asyncio.to_thread(self.missing, group):
                found |= {turn.message: Replayed(turn, None, missing) for turn in members}
                continue
            async with self.engine(group) as stage:
                for turn in members:
                    found[turn.message] = await stage.again(turn)
                    tell(len(found), len(wanted))
        return [found[turn.message] for turn in wanted]

    def missing(self, setting: Setting) -> str | None:
        """Say what of a setting is not kept any more, or can't be used any more."""
        gone, spoilt = [], []
        if setting.model and not self.shelf.file(setting.model).is_file():
            gone.append(f"the model {setting.model}")
        elif setting.model and (why := _refusal(lambda: self.shelf.check(setting.model))):
            spoilt.append(f"the model {setting.model} can't be loaded: {why}")
        index = self.index_dir / setting.index
        if not (index / "snapshot.json").is_file():
            gone.append(f"the index {setting.index}")
        elif why := _refusal(lambda: open_at(index, self.reader.article_encoders)):
            spoilt.append(f"the index {setting.index} can't be opened: {why}")
        verb = "is" if len(gone) == 1 else "are"
        told = [f"{' and '.join(gone)} {verb} not kept any more"] if gone else []
        return "; ".join([*told, *spoilt]) or None

    @property
    def shelf(self) -> Shelf:
        """The models."""
        return Shelf(self.settings.data_dir / "models")

    @property
    def index_dir(self) -> Path:
        """Where the indexes stand."""
        return self.settings.data_dir / "index"

    @asynccontextmanager
    async def engine(self, setting: Setting) -> AsyncIterator[Stage]:
        """Give a stage on which messages are answered with a setting; the engine runs meanwhile."""
        token = "replay-" + str(time.monotonic_ns())
        async with AsyncExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="firstline-replay-")))
            stage = await self._stage(setting, folder, stack)
            if setting.model:
                inner_port = free_ports()
                inner = inner_app(token, self.reader, stage.actions)
                await stack.enter_async_context(listening(inner, "127.0.0.1", inner_port))
                port = free_ports()
                stage.engine = Engine(f"http://127.0.0.1:{port}", token, self.settings.engine_seconds)
                stack.push_async_callback(stage.engine.close)
                variables = engine_variables(
                    token,
                    port,
                    f"http://127.0.0.1:{inner_port}",
                    folder / "trackers.db",
                    str(self.shelf.file(setting.model).resolve()),
                )
                supervisor = Supervisor(lambda: variables, folder / "engine.log")
                await stack.enter_async_context(at_work(supervisor))
                await wait_for_engine(stage.engine, supervisor)
            yield stage

    async def _stage(self, setting: Setting, folder: Path, stack: AsyncExitStack) -> Stage:
        clock = PastClock()
        database = Database(f"sqlite:///{folder / 'past.db'}", clock=clock)
        stack.push_async_callback(database.close)
        await past.lay_out(database)
        snapshot = await asyncio.to_thread(
            open_at, self.index_dir / setting.index, self.reader.article_encoders
        )
        knowledge = KnowledgeBase(snapshot, self.index_dir, self.reader, setting.error_rate)
        readings = Readings()
        answering = Answering(knowledge, self.reader, readings)
        post = Post(on=setting.mail, company="", base_url="", team=None)
        tickets = Tickets(database, post)
        hours = OfficeHours.parse(setting.office_hours, setting.time_zone)
        handoffs = Handoffs(database, tickets, hours, timedelta(minutes=15), post)
        actions = actions_of(database, answering, handoffs, tickets)
        return Stage(self.database, database, clock, self.reader, readings, Openly(answering), actions)


@dataclass
class Stage:
    """A past laid out anew for each message that is answered again."""

    source: Database
    database: Database
    clock: PastClock
    reader: Reader
    readings: Readings
    openly: Openly
    actions: list[Any]
    engine: Engine | None = None

    async def again(self, turn: Turn) -> Replayed:
        """Answer a turn's message again, in its conversation as it was."""
        async with self.source.read() as connection:
            if await turns.is_erased(connection, turn.message):
                return Replayed(turn, None, "its text was erased")
            before = [t for t in await turns.of_conversation(connection, turn.conversation) if t.at < turn.at]
            self.clock.now = turn.at
            async with self.database.write() as writing:
                await past.copy_as_of(connection, writing, turn)
            message = await messages.by_id(connection, turn.message)
        if message is None:
            return Replayed(turn, None, "its message is gone")
        reading = await self.reader.read(turn.text)
        if turn.versions.get("model") == "" or self.engine is None:
            reply, knowledge = await self.openly.answer(message, turn.language)
            return _compared(turn, decision_of(None, [], [], knowledge, [asdict(reply)]))
        await self.engine.remember(turn.conversation, _events_of(before, turn))
        self.readings.keep(turn.message, reading)
        try:
            says = await self.engine.ask(message, reading, turn.language)
        except EngineSilentError as silence:
            return Replayed(turn, None, f"the engine gave no answer: {silence.reason}")
        finally:
            self.readings.drop(turn.message)
        replies = [asdict(reply) for reply in says.replies]
        return _compared(turn, decision_of(says.intent, says.ranking, says.events, says.knowledge, replies))


def _refusal(use: Callable[[], object]) -> str | None:
    """Return why something can't be used, if so."""
    try:
        use()
    except UNUSABLE as error:
        words = error.sentence if isinstance(error, Problem) else str(error) or type(error).__name__
        return words.rstrip(".")
    return None


def _compared(turn: Turn, decision: Decision) -> Replayed:
    return Replayed(turn, decision, None, differences(logged(turn), decision))


def _events_of(before: Sequence[Turn], turn: Turn) -> list[Mapping[str, Any]]:
    """Return the conversation's events until then; their times are moved along to now."""
    moved = utc_now().timestamp() - turn.at.timestamp()
    events = [event for one in before for event in one.events]
    if not events:
        return []
    first = events[0].get("timestamp", turn.at.timestamp())
    beginning = [{**event, "timestamp": first} for event in BEGINNING]
    return [{**e, "timestamp": e.get("timestamp", first) + moved} for e in [*beginning, *events]]


def today(settings: Settings, index: str, model: str) -> Setting:
    """Return the setting of an answer given now."""
    return Setting(
        model,
        index,
        settings.answer_error_rate,
        settings.office_hours,
        settings.time_zone,
        settings.smtp_url is not None,
    )


def check_replayable(turn: Turn | None, erased: bool, name: str) -> Turn:
    """Refuse a message that no Turn answers, or whose text is erased."""
    if turn is None:
        raise Problem("turn_unknown", 404, f"No answer was logged to message {name}.", "")
    if erased:
        raise Problem("turn_erased", 410, "The text of this message was erased, and its replay with it.", "")
    return turn
