"""The same on the real processes: customers and a team over HTTP, killed with SIGKILL again and again."""

from __future__ import annotations

import asyncio
import random
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import ExitStack, asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2
import psutil

from bot.settings import Settings
from bot.terminal import free_ports
from evaluation.aside import START_SECONDS, copy_prepared, environment_of, prepare
from evaluation.handoffs import audit
from evaluation.handoffs.invariants import OF_ROWS, gather
from evaluation.handoffs.world import TEAM, Told
from evaluation.processes import child, wait_until_answers
from nouns import Role
from records import agents
from records.database import Database, sqlite_address

SAYS = ("I want to talk to a human", "I want to talk to a human", "Do you ship to Norway?", "hello", "thanks")
ACTS = ("give-back", "resolve", "messages", "messages")
CUSTOMERS, MOVES, WAIT_MINUTES = 3, 14, 0.3
REST_LOOKS, LOOK_SECONDS = 600, 0.2
Beat = Callable[[int, int], None]


@dataclass
class Office:
    """A program that is started and killed, and the people who meet it."""

    folder: Path
    environment: Mapping[str, str]
    port: int
    chance: random.Random
    told: Told = field(default_factory=Told)
    sessions: list[tuple[str, str]] = field(default_factory=list)
    customers: dict[int, dict[str, Any]] = field(default_factory=dict)
    under_way: set[asyncio.Task[None]] = field(default_factory=set)
    life: ExitStack = field(default_factory=ExitStack)
    process: psutil.Process | None = None
    kills: int = 0
    takes: int = 0

    @property
    def address(self) -> str:
        """Return where it is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def records(self) -> Path:
        """Return its database's file."""
        return self.folder / "var" / "firstline.db"

    def start(self) -> None:
        """Start the program, and wait until it is ready."""
        log = self.folder / "run.log"
        command = [sys.executable, "-m", "bot", "run"]
        self.process = self.life.enter_context(child(command, self.folder, self.environment, log))
        wait_until_answers(self.process, f"{self.address}/readyz", START_SECONDS, log)

    async def kill(self) -> None:
        """Kill the app, the engine, or both, and start again what does not start by itself."""
        assert self.process
        self.kills += 1
        self._remember()
        family = self.process.children(recursive=True)
        what = self.chance.choice(("app", "app", "engine", "both"))
        for engine in family if what != "app" else ():
            with suppress(psutil.NoSuchProcess):
                engine.send_signal(signal.SIGKILL)
        if what != "engine":
            self.process.send_signal(signal.SIGKILL)
            await asyncio.to_thread(self._start_again)

    async def customer_writes(self, client: httpx2.AsyncClient) -> None:
        """Let a customer write; nobody waits for the answer here."""
        who = self.chance.randrange(CUSTOMERS)
        said = {"text": self.chance.choice(SAYS), "language": "en", **self.customers.get(who, {})}
        self._begin(self._say(client, who, said))

    async def somebody_acts(self, client: httpx2.AsyncClient) -> None:
        """Let the team take, write, give back or resolve, as rows say is possible; two may take at once."""
        waiting = self._rows("SELECT id FROM handoffs WHERE state = 'waiting'")
        held = self._rows("SELECT id FROM conversations WHERE mode = 'human'")
        if waiting and self.chance.random() < 0.7:
            handoff = self.chance.choice(waiting)[0]
            for session in self.sessions if self.chance.random() < 0.5 else self.sessions[:1]:
                self._begin(self._post(client, session, f"/desk/handoffs/{handoff}/take"))
        elif held:
            path = f"/desk/conversations/{self.chance.choice(held)[0]}/{self.chance.choice(ACTS)}"
            for session in self.sessions:
                self._begin(self._post(client, session, path, text="Dear customer"))

    async def settle(self) -> None:
        """Wait until nothing waits any more: no message, no hand-off, no job that is due."""
        await asyncio.gather(*self.under_way, return_exceptions=True)
        open_ones = (
            "SELECT 1 FROM conversations WHERE pending > 0 UNION ALL "
            "SELECT 1 FROM handoffs WHERE state = 'waiting'"
        )
        for _ in range(REST_LOOKS):
            if not self._rows(open_ones):
                return
            await asyncio.sleep(LOOK_SECONDS)

    def _start_again(self) -> None:
        self.life.close()
        self.start()

    def _begin(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self.under_way.add(task)
        task.add_done_callback(self.under_way.discard)

    async def _say(self, client: httpx2.AsyncClient, who: int, said: dict[str, Any]) -> None:
        with suppress(httpx2.HTTPError):
            answer = await client.post(f"{self.address}/api/messages", json=said)
            if answer.status_code == 200:
                content = answer.json()
                self.customers[who] = {"conversation": content["conversation"], "token": content["token"]}

    async def _post(
        self, client: httpx2.AsyncClient, session: tuple[str, str], path: str, **fields: str
    ) -> None:
        token, csrf = session
        headers = {"Cookie": f"firstline={token}", "Origin": self.address}
        with suppress(httpx2.HTTPError):
            answer = await client.post(
                f"{self.address}{path}", data={"csrf": csrf, "as": "reply", **fields}, headers=headers
            )
            if answer.status_code == 303 and path.endswith("/take"):
                self.told.takes.setdefault(path.split("/")[3], []).append(token)
                self.takes += 1

    def _remember(self) -> None:
        """Remember what is committed now: a kill may lose none of it."""
        for id, author in self._rows("SELECT id, author FROM messages WHERE author IN ('customer', 'agent')"):
            if author == "customer":
                self.told.customers[id] = id
            else:
                self.told.agents.add(id)

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{self.records}?mode=ro", uri=True, timeout=30)) as connection:
            return connection.execute(query).fetchall()


def bench_real(settings: Settings, schedules: int, seed: int, beat: Beat) -> dict[str, Any]:
    """Play schedules on the company's program aside, killed once or twice in each."""
    beside = settings.data_dir.resolve() / "bench"
    beside.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="handoffs-", dir=beside) as name:
        folder = Path(name)
        prepare(settings, folder / "prepare.log")
        copy_prepared(settings.data_dir, folder / "var")
        port = free_ports()
        environment = environment_of(settings, folder / "var", port)
        return asyncio.run(play_real(folder, environment, port, schedules, seed, beat))


async def play_real(
    folder: Path, environment: Mapping[str, str], port: int, schedules: int, seed: int, beat: Beat
) -> dict[str, Any]:
    """Play schedules one after the other in a folder with everything prepared; then look at the whole."""
    environment = {**environment, "HANDOFF_WAIT_MINUTES": str(WAIT_MINUTES), "LOG_LEVEL": "ERROR"}
    office = Office(folder, environment, port, random.Random(seed))
    try:
        await asyncio.to_thread(office.start)
        async with _ready(office) as database, httpx2.AsyncClient(timeout=60, trust_env=False) as client:
            for done in range(schedules):
                beat(done, schedules)
                office.customers = {}
                await _play(office, client)
                await office.settle()
            office._remember()
            found = await gather(database, office.told, database.now())
    finally:
        office.life.close()
    wrong = [one for check in OF_ROWS for one in check(found)]
    return {
        "schedules": schedules,
        "violations": len(wrong),
        "takes": office.takes,
        "kills": office.kills,
        "customer_messages": sum(row.author == "customer" for row in found.messages),
        "agent_messages": sum(row.author == "agent" for row in found.messages),
        "found": wrong[:20],
    }


async def _play(office: Office, client: httpx2.AsyncClient) -> None:
    kill_at = office.chance.sample(range(3, MOVES), office.chance.randint(1, 2))
    for move in range(MOVES):
        await asyncio.sleep(office.chance.uniform(0.0, 0.4))
        if move in kill_at:
            await office.kill()
        elif office.chance.random() < 0.55:
            await office.customer_writes(client)
        else:
            await office.somebody_acts(client)


@asynccontextmanager
async def _ready(office: Office) -> AsyncIterator[Database]:
    """Give the program's database, with triggers that watch and a team that is logged in."""
    database = Database(sqlite_address(office.folder / "var"))
    try:
        async with database.engine.begin() as connection:
            await audit.watch(connection)
        async with database.write() as writing:
            for name in TEAM:
                agent = await agents.add(writing, name, f"{name.lower()}@desk.test", Role.AGENT)
                office.sessions.append(await agents.begin_session(writing, agent.id))
        yield database
    finally:
        await database.close()
