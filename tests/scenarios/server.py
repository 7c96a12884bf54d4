"""The real program as a child process, and the people who meet it: customer, widget, somebody of the team."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import psutil
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from bot.terminal import free_ports
from desk.accounts import Accounts
from desk.handoff import Handoffs
from desk.hours import OfficeHours
from desk.mail import Post
from desk.tickets import Tickets
from nouns import Agent, HandoffState, Role
from records import agents, handoffs
from records.database import Database, sqlite_address
from tests.scenarios.prepared import environment

Fact = TypeVar("Fact")

START_SECONDS = 300.0
WAIT_SECONDS = 60.0


def wait_for(what: str, look: Callable[[], Fact | None], seconds: float = WAIT_SECONDS) -> Fact:
    """Return the fact as soon as it is one; fail with its name when it does not come."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := look():
            return found
        time.sleep(0.02)
    raise AssertionError(f"{what}: not within {seconds:.0f} seconds")


@dataclass
class Server:
    """`python -m bot run` with a DATA_DIR of its own."""

    data_dir: Path
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_ports)
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """Everything that the program printed."""
        return (self.data_dir / "run.log").read_text("utf-8")

    def launch(self, **more: str) -> Server:
        """Start the program; more settings hold for this start alone."""
        settings = {"PORT": str(self.port), "DATA_DIR": str(self.data_dir), **self.settings, **more}
        self.starts += 1
        with (self.data_dir / "run.log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot", "run"],
                cwd=self.data_dir,
                env=environment(**settings),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self

    def start(self, **more: str) -> Server:
        """Start the program and wait until it is ready."""
        self.launch(**more)
        try:
            wait_for("ready", self.is_ready, START_SECONDS)
        except BaseException:
            self.kill()
            raise
        return self

    def end(self) -> int:
        """Wait until the program ends by itself; return its exit code."""
        assert self.process is not None
        return self.process.wait(START_SECONDS)

    def stop(self) -> int:
        """Ask it to stop, and wait until it has."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(START_SECONDS)

    def kill(self) -> None:
        """Kill both processes at once."""
        assert self.process is not None
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def kill_app(self) -> None:
        """Kill the app alone."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def engine(self) -> psutil.Process:
        """Return the engine's process."""
        assert self.process is not None

        def look() -> psutil.Process | None:
            with suppress(psutil.Error):
                for child in psutil.Process(self.process.pid).children():
                    if "engine.serve" in child.cmdline():
                        return child
            return None

        return wait_for("an engine", look)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Look into the records."""
        return _rows(self.data_dir / "firstline.db", query, values)

    def remembered(self, conversation: str) -> list[dict[str, Any]]:
        """Return the events that the engine has stored of a conversation."""
        token = (self.data_dir / "secrets" / "engine_token").read_text("ascii").strip()
        address = f"http://127.0.0.1:{self.port + 2}/trackers/{conversation}"
        answer = httpx2.get(address, headers={"X-Engine-Token": token}, timeout=30, trust_env=False)
        return list(answer.json()["events"])

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the database's write lock meanwhile, as a backup program might."""
        with closing(
            sqlite3.connect(self.data_dir / "firstline.db", timeout=30, isolation_level=None)
        ) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")

    def is_ready(self) -> bool:
        """Tell whether it says so; fail when it has ended."""
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"It ended with {self.process.returncode}:\n{self.log[-3000:]}")
        try:
            return httpx2.get(f"{self.address}/readyz", timeout=10, trust_env=False).status_code == 200
        except httpx2.HTTPError:
            return False


def _rows(database: Path, query: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)) as connection:
        return connection.execute(query, values).fetchall()


class Customer:
    """Somebody who writes over plain HTTP."""

    def __init__(self, server: Server, language: str = "en") -> None:
        self.server, self.language = server, language
        self.conversation: str | None = None
        self.token: str | None = None
        self.mode = "bot"
        self.replies: list[dict[str, Any]] = []
        self.status = 0

    def send(self, **said: str) -> httpx2.Response:
        """Send a text or a button's press as it is."""
        known = {"conversation": self.conversation, "token": self.token, "language": self.language}
        return httpx2.post(
            f"{self.server.address}/api/messages",
            content=json.dumps({**known, **said}),
            headers={"Content-Type": "application/json"},
            timeout=90,
            trust_env=False,
        )

    def says(self, text: str, **more: str) -> list[dict[str, Any]]:
        """Write something; return the replies."""
        return self._hears(self.send(text=text, **more))

    def presses(self, title: str) -> list[dict[str, Any]]:
        """Press a button that stands under the last replies."""
        offered = {button["title"]: button["id"] for reply in self.replies for button in reply["buttons"]}
        return self._hears(self.send(button=offered[title]))

    def begins(self) -> Customer:
        """Open a conversation, with nothing said yet."""
        answer = httpx2.post(
            f"{self.server.address}/api/conversations", json={}, timeout=60, trust_env=False
        ).json()
        self.conversation, self.token = answer["conversation"], answer["token"]
        return self

    def leaves_behind(self, text: str) -> None:
        """Write something without waiting for what is said to it."""
        with suppress(httpx2.TransportError):
            httpx2.post(
                f"{self.server.address}/api/messages",
                json={"conversation": self.conversation, "token": self.token, "text": text},
                timeout=1.0,
                trust_env=False,
            )
        wait_for("stored", lambda: [line for line in self.stored() if line[0] == text])

    def stored(self) -> list[tuple[Any, ...]]:
        """Return text and time of answer of this customer's lines, from the records."""
        query = "SELECT text, answered_at FROM messages WHERE conversation = ? AND author = 'customer'"
        return self.server.rows(query, self.conversation)

    def reads(self, since: int = 0) -> list[dict[str, Any]]:
        """Read the conversation."""
        answer = httpx2.get(
            f"{self.server.address}/api/conversations/{self.conversation}/messages",
            params={"since": since},
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=60,
            trust_env=False,
        )
        content = answer.raise_for_status().json()
        self.mode = content["mode"]
        return list(content["messages"])

    def is_told(self, words: str, author: str | None = None) -> dict[str, Any]:
        """Wait until a line with these words stands in the conversation."""

        def look() -> dict[str, Any] | None:
            said = (line for line in self.reads() if words in line["text"])
            return next((line for line in said if author in (None, line["author"])), None)

        return wait_for(f"{words!r} told", look)

    def is_answered(self) -> list[dict[str, Any]]:
        """Wait until nothing that was written waits for an answer; return the whole conversation."""
        wait_for("everything answered", lambda: self.stored() and all(line[1] for line in self.stored()))
        return self.reads()

    def _hears(self, answer: httpx2.Response) -> list[dict[str, Any]]:
        assert answer.status_code == 200, answer.text
        content = answer.json()
        self.conversation, self.token = content["conversation"], content["token"]
        self.mode, self.replies = content["mode"], content["replies"]
        return self.replies


class Widget:
    """A WebSocket client that keeps what the widget keeps: conversation, token, the lines by `seq`."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.conversation: str | None = None
        self.token: str | None = None
        self.lines: dict[int, dict[str, Any]] = {}
        self.doubled: list[int] = []
        self.frames: list[dict[str, Any]] = []
        self._line: ClientConnection | None = None

    def opens(self) -> Widget:
        """Connect, or come back with what is known."""
        address = f"ws://127.0.0.1:{self.server.port}/api/chat"
        # no pings of its own, as a browser: the thread that sends them would outlive the story
        self._line = connect(address, proxy=None, open_timeout=60, ping_interval=None)
        known = {"conversation": self.conversation, "token": self.token, "since": max(self.lines, default=0)}
        self._send({"type": "hello", "language": "en", **known})
        self.sees("welcome")
        return self

    def loses_the_network(self) -> None:
        """Vanish without a word."""
        assert self._line is not None
        with suppress(OSError):
            self._line.socket.shutdown(socket.SHUT_RDWR)
        self._line.close()
        self._line = None

    def writes(self, text: str, client_id: str | None = None) -> str:
        """Send a message; return the id by which a repeat of it is known."""
        client_id = client_id or str(uuid.uuid4())
        self._send({"type": "send", "client_id": client_id, "text": text, "attachments": []})
        return client_id

    def sees(self, kind: str, **fields: object) -> dict[str, Any]:
        """Read frames until one of a kind comes, with these values in it."""
        until = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < until:
            frame = self._next(until)
            if frame["type"] == kind and fields.items() <= frame.items():
                return frame
        raise AssertionError(f"no {kind} frame with {fields}; the last ones: {self.frames[-5:]}")

    def sees_line(self, author: str) -> dict[str, Any]:
        """Read until somebody says something new."""
        while (frame := self.sees("message"))["message"]["author"] != author:
            pass
        return dict(frame["message"])

    def is_hung_up_on(self) -> int | None:
        """Read until the server closes; return its code."""
        try:
            until = time.monotonic() + WAIT_SECONDS
            while True:
                self._next(until)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None

    def _next(self, until: float) -> dict[str, Any]:
        assert self._line is not None
        frame = json.loads(self._line.recv(timeout=max(0.1, until - time.monotonic())))
        self.frames.append(frame)
        if frame["type"] == "welcome":
            self.conversation, self.token = frame["conversation"], frame["token"]
        elif frame["type"] == "message":
            seq = frame["message"]["seq"]
            if seq in self.lines:
                self.doubled.append(seq)
            self.lines[seq] = frame["message"]
        return dict(frame)

    def _send(self, frame: dict[str, Any]) -> None:
        assert self._line is not None
        self._line.send(json.dumps(frame))


class Colleague:
    """Somebody of the team, at work on the same database as the server."""

    def __init__(self, server: Server, name: str = "Astrid") -> None:
        self.server = server
        self.agent = self._do(lambda database: _joins(database, name))

    def takes(self, conversation: str | None) -> None:
        """Take the conversation that waits."""
        self._do(lambda database: self._take(database, str(conversation)))

    def writes(self, conversation: str | None, text: str) -> None:
        """Write to the customer."""
        self._do(lambda database: _handoffs(database).write(str(conversation), self.agent, text))

    def gives_back(self, conversation: str | None) -> None:
        """Let the bot answer again."""
        self._do(lambda database: _handoffs(database).give_back(str(conversation), self.agent))

    def resolves(self, conversation: str | None) -> None:
        """Close the conversation."""
        self._do(lambda database: _handoffs(database).resolve(str(conversation), self.agent))

    async def _take(self, database: Database, conversation: str) -> None:
        async with database.read() as connection:
            waiting = await handoffs.listed(connection, HandoffState.WAITING)
        mine = next(handoff for handoff in waiting if handoff.conversation == conversation)
        await _handoffs(database).take(mine.id, self.agent)

    def _do(self, work: Callable[[Database], Awaitable[Fact]]) -> Fact:
        async def whole() -> Fact:
            database = Database(sqlite_address(self.server.data_dir))
            try:
                return await work(database)
            finally:
                await database.close()

        return asyncio.run(whole())


async def _joins(database: Database, name: str) -> Agent:
    email = f"{name.lower()}.{uuid.uuid4().hex[:8]}@lumen-oak.example"
    await Accounts(database).invite(name, email, Role.AGENT)
    async with database.read() as connection:
        return next(agent for agent in await agents.listed(connection) if agent.email == email)


def _handoffs(database: Database) -> Handoffs:
    post = Post(on=False, company="Lumen & Oak", base_url="http://127.0.0.1", team=None)
    hours = OfficeHours.parse("always", "UTC")
    return Handoffs(database, Tickets(database, post), hours, timedelta(minutes=15), post)
