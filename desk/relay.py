"""What of a team's thread reaches a customer: the taker's plain messages alone, a moment later."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from desk.files import store_upload
from desk.handoff import Handoffs
from desk.room import MARK, NOTICE, post
from desk.room_texts import tell
from nouns import Agent, Author, Conversation, Handoff, HandoffState, Mode, Problem, Reply
from records import agents, conversations, facts, handoffs, jobs, messages, threads
from records.database import Database, Writing
from records.threads import Line, LineState, Thread

RELAY = "relay_line"
MARKS = (
    "*_~`>•◦-–"  # a channel's marks of bold, quotes, lists and code, which may stand before what was written
)
SLASHES = frozenset("/／⁄∕⧸╱")
ATS = frozenset("@＠﹫")
UNSEEN = frozenset("ᅟᅠㅤﾠ⠀")
LINK_PURPOSE = "agent_link"
LINK_MINUTES = 60
QUOTED = 60


class Standing(StrEnum):
    """Who somebody is in the team's workspace."""

    MEMBER = "member"
    BOT = "bot"
    GUEST = "guest"
    OUTSIDE = "outside"
    UNKNOWN = "unknown"


class Verdict(StrEnum):
    """What is done with a message of a thread: it goes to the customer, or it is a note, and why."""

    SEND = "send"
    NOT_A_MEMBER = "not_a_member"
    NOT_LINKED = "not_linked"
    NOT_THE_TAKER = "not_the_taker"
    NOT_PLAIN = "not_plain"
    ASIDE = "aside"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class RoomFile:
    """A file that a colleague put into a thread; `address` is where its channel keeps it."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Written:
    """A message in a thread as its channel shows it now.

    `text` is Markdown in which every mention of somebody begins with @. `plain`: written in the thread by a
    person, and nowhere else; `author` is the channel's id of them.
    """

    id: str
    author: str
    name: str
    standing: Standing
    text: str
    plain: bool
    files: Sequence[RoomFile] = ()


class UnreadableError(Exception):
    """The channel does not show a message, or a file of it, again."""


class Room(Protocol):
    """Where the team's threads are, as far as the relay needs it."""

    @property
    def channel(self) -> str:
        """The channel's name."""
        ...

    async def reread(self, thread: Thread, id: str) -> Written | None:
        """Return a message as it is now, None when it was deleted; or raise UnreadableError."""
        ...

    async def fetch(self, file: RoomFile) -> bytes:
        """Return a file's content, or raise UnreadableError."""
        ...


def decide(written: Written, agent: Agent | None, held: Conversation, handoff: Handoff) -> Verdict:
    """Decide what is done with a message of a thread; `agent` is its author's desk account, if linked."""
    if written.standing is not Standing.MEMBER:
        return Verdict.NOT_A_MEMBER
    if agent is None:
        return Verdict.NOT_LINKED
    takes = handoff.state is HandoffState.TAKEN and handoff.agent == agent.id
    has = held.id == handoff.conversation and held.mode is Mode.HUMAN and held.agent == agent.id
    if not (takes and has):
        return Verdict.NOT_THE_TAKER
    if not written.plain:
        return Verdict.NOT_PLAIN
    if is_aside(written.text):
        return Verdict.ASIDE
    return Verdict.SEND if trimmed(written.text) or written.files else Verdict.EMPTY


def is_aside(text: str) -> bool:
    """Tell whether a text is meant for colleagues: it begins with two slashes, or with a mention."""
    begins = trimmed(text)
    return begins[:1] in ATS or (len(begins) > 1 and set(begins[:2]) <= SLASHES)


def trimmed(text: str) -> str:
    """Return a text without what stands unseen, or as a mark, before and after its words."""
    start = next((place for place, letter in enumerate(text) if not _is_margin(letter)), len(text))
    end = next((place for place in range(len(text), start, -1) if not _is_margin(text[place - 1])), start)
    return text[start:end]


def _is_margin(letter: str) -> bool:
    return letter in MARKS or letter in UNSEEN or unicodedata.category(letter) in _MARGINS


_MARGINS = frozenset(("Zs", "Zl", "Zp", "Cc", "Cf", "Mn", "Me", "Co", "Cn"))


@dataclass(frozen=True, slots=True)
class Relay:
    """Takes what is written in threads, and sends on what may be sent when its moment is over."""

    database: Database
    handoffs: Handoffs
    files: Path
    upload_max_bytes: int = 10_000_000
    undo_seconds: float = 3.0
    language: str = "en"

    async def take(self, channel: str, place: str, anchor: str, written: Written) -> bool:
        """Keep a message of a thread: to be sent in a moment, or as a note; False if no thread is there."""
        async with self.database.write() as writing:
            thread = await threads.by_anchor(writing.connection, channel, place, anchor)
            if thread is None:
                await self._check_known(writing, channel)
                return False
            agent, verdict = await self._verdict(writing, thread, _benefit_of_doubt(written))
            line = _line(thread, written, agent, verdict)
            if not await threads.add_line(writing, thread.id, line):
                return True
            if verdict is Verdict.SEND:
                key = f"{RELAY}:{thread.id}:{written.id}"
                due = writing.now + timedelta(seconds=self.undo_seconds)
                await jobs.put(writing, RELAY, key, due, {"thread": thread.id, "line": written.id})
            else:
                await self._keep(writing, thread, line, written, agent)
        return True

    async def settle(self, room: Room, payload: Mapping[str, str]) -> None:
        """Read a held message again when its moment is over, and send what may be sent."""
        async with self.database.read() as connection:
            thread = await threads.by_id(connection, payload["thread"])
            line = await threads.line_of(connection, payload["thread"], payload["line"])
        if thread is None or line is None or line.state is not LineState.HELD:
            return
        try:
            written = await room.reread(thread, line.external_id)
            kept = await self._keep_files(room, thread, written)
        except (UnreadableError, Problem) as error:
            await self._unread(thread, line, str(error))
            return
        if written and written.standing is Standing.UNKNOWN:
            await self._unread(thread, line, "nobody could say who wrote it")
            return
        async with self.database.write() as writing:
            if written is None:
                await threads.settle_line(writing, line, LineState.GONE)
                return
            await self._send(writing, thread, line, written, kept)

    async def changed(self, channel: str, place: str, id: tuple[str, str], text: str | None) -> None:
        """Tell the thread that a message, `id` (anchor, own id), was edited to `text` or deleted too late."""
        async with self.database.write() as writing:
            thread = await threads.by_anchor(writing.connection, channel, place, id[0])
            line = await threads.line_of(writing.connection, thread.id, id[1]) if thread else None
            if thread is None or line is None or line.state in (LineState.HELD, LineState.GONE):
                return
            await self._note_change(writing, thread, line, text)
            if line.state in (LineState.SENT, LineState.SHOWN):
                words = "edited_late" if text is not None else "deleted_late"
                about = line.text if len(line.text) <= QUOTED else f"{line.text[: QUOTED - 1]}…"
                await self._notice(writing, thread, f"{words}:{line.external_id}", words, text=about)
            elif line.agent and text is not None:
                await self._notice(writing, thread, f"edited_note:{line.external_id}", "edited_note")

    async def person(self, channel: str, external: str, standing: Standing) -> Agent:
        """Return which agent somebody in the channel is, or refuse: only linked agents may press."""
        async with self.database.read() as connection:
            agent = await agents.by_identity(connection, channel, external)
        if agent is None or standing is not Standing.MEMBER:
            raise Problem(
                "not_linked",
                403,
                tell("not_linked", self.language),
                tell("not_linked_cure", self.language),
            )
        return agent

    async def link(self, channel: str, external: str, standing: Standing, secret: str) -> Agent:
        """Link a person of the channel with the desk account that a one-time secret was made for."""
        if standing is not Standing.MEMBER:
            raise Problem(
                "not_linked", 403, tell("guests", self.language), tell("not_linked_cure", self.language)
            )
        async with self.database.write() as writing:
            agent = await agents.by_id(
                writing.connection, await agents.spend_link(writing, LINK_PURPOSE, secret)
            )
            if agent is None:
                raise Problem("agent_unknown", 422, "There is nobody like that on the team.")
            await agents.link(writing, agent.id, channel, external)
            await facts.note(writing, "agent_linked", None, {"agent": agent.id, "channel": channel})
        return agent

    async def _check_known(self, writing: Writing, channel: str) -> None:
        """Refuse for now while a thread is being begun: the message may belong to it, and will come again."""
        if any(one.anchor is None for one in await threads.open_ones(writing.connection, channel)):
            raise Problem("thread_begins", 503, "A thread is being begun.", "Send it again.")

    async def _verdict(
        self, writing: Writing, thread: Thread, written: Written
    ) -> tuple[Agent | None, Verdict]:
        agent = await agents.by_identity(writing.connection, thread.channel, written.author)
        handoff = await handoffs.by_id(writing.connection, thread.handoff)
        held = await conversations.by_id(writing.connection, thread.conversation)
        if handoff is None:
            return agent, Verdict.NOT_THE_TAKER
        return agent, decide(written, agent, held, handoff)

    async def _keep_files(self, room: Room, thread: Thread, written: Written | None) -> list[str]:
        if written is None or not written.files:
            return []
        async with self.database.write() as writing:
            _, verdict = await self._verdict(writing, thread, written)
        if verdict is not Verdict.SEND:
            return []
        kept = []
        for file in written.files:
            content = await room.fetch(file)
            stored = await store_upload(
                self.database, self.files, thread.conversation, file.name, content, self.upload_max_bytes
            )
            kept.append(stored.id)
        return kept

    async def _send(
        self, writing: Writing, thread: Thread, line: Line, written: Written, kept: list[str]
    ) -> None:
        agent, verdict = await self._verdict(writing, thread, written)
        if verdict is Verdict.SEND and agent is not None and len(kept) == len(written.files):
            if not await threads.settle_line(writing, line, LineState.SENT, text=written.text):
                return
            message = await self.handoffs.write_in(
                writing, thread.conversation, agent, written.text.strip(), kept
            )
            sent = Line(
                line.thread, line.external_id, line.author, agent.id, written.text, LineState.SENT, None
            )
            await threads.settle_line(writing, sent, LineState.SENT, message=message)
        elif await threads.settle_line(writing, line, LineState.NOTE, text=written.text):
            note = Line(
                line.thread, line.external_id, line.author, line.agent, written.text, LineState.NOTE, None
            )
            await self._keep(writing, thread, note, written, agent)
            if verdict is Verdict.NOT_THE_TAKER:
                await self._notice(writing, thread, f"not_yours:{line.external_id}", "not_yours")

    async def _keep(
        self, writing: Writing, thread: Thread, line: Line, written: Written, agent: Agent | None
    ) -> None:
        """Store a note, and say in the thread that it is one, if its writer could take it for sent."""
        names = "".join(f" [{file.name}]" for file in written.files)
        text = f"{written.text}{names}" if agent else f"{written.name}: {written.text}{names}"
        note, _ = await messages.add(
            writing, thread.conversation, Author.NOTE, Reply(text), agent=agent.id if agent else None
        )
        await threads.settle_line(writing, line, LineState.NOTE, message=note)
        if agent:
            payload = {"kind": MARK, "id": line.external_id, "mark": "note"}
            await post(writing, thread, f"noted:{line.external_id}", payload)

    async def _unread(self, thread: Thread, line: Line, why: str) -> None:
        async with self.database.write() as writing:
            if await threads.settle_line(writing, line, LineState.UNREAD):
                text = f"{line.text}\n({why})" if why else line.text
                await self._remark(writing, thread, line, f"✗ {text}")
                await self._notice(writing, thread, f"unread:{line.external_id}", "unread")
                await facts.note(writing, "relay_unread", thread.conversation, {"why": why[:200]})

    async def _note_change(self, writing: Writing, thread: Thread, line: Line, text: str | None) -> None:
        changed = f"✎ {line.text}\n→ {text}" if text is not None else f"✗ {line.text}"
        await self._remark(writing, thread, line, changed)
        if text is not None:
            await threads.settle_line(writing, line, line.state, text=text)

    async def _remark(self, writing: Writing, thread: Thread, line: Line, text: str) -> None:
        origin = {"channel": thread.channel}  # it came from there, so it is not passed on to there
        await messages.add(
            writing, thread.conversation, Author.NOTE, Reply(text), agent=line.agent, origin=origin
        )

    async def _notice(self, writing: Writing, thread: Thread, key: str, words: str, **values: object) -> None:
        payload = {"kind": NOTICE, "text": tell(words, self.language, **values)}
        await post(writing, thread, f"{key}:{writing.now.timestamp():.0f}", payload)


def _benefit_of_doubt(written: Written) -> Written:
    """Hold what may be a member's; who it was is asked again before anything goes."""
    return replace(written, standing=Standing.MEMBER) if written.standing is Standing.UNKNOWN else written


def _line(thread: Thread, written: Written, agent: Agent | None, verdict: Verdict) -> Line:
    state = LineState.HELD if verdict is Verdict.SEND else LineState.NOTE
    return Line(thread.id, written.id, written.author, agent.id if agent else None, written.text, state, None)
