"""A desk on a real database, and browsers that use it as people do."""

from __future__ import annotations

import asyncio
import re
import shutil
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import httpx2
import pytest
import uvicorn
from argon2 import PasswordHasher
from fastapi import FastAPI
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page, sync_playwright
from starlette.staticfiles import StaticFiles

from desk.accounts import Accounts
from desk.daily import Daily
from desk.erasing import Erasure
from desk.handoff import Handoffs
from desk.hours import OfficeHours
from desk.mail import Post
from desk.tickets import Tickets
from knowledge.workshop import Workshop
from learning.models import Models
from learning.review import Review, Sources
from learning.shelf import Shelf
from nouns import Agent, Hit, Incoming, Passage, Problem, Reason, Role
from pages.desk import desk_routes
from pages.desk_base import Desk
from pages.desk_models import ModelDesk, Progress
from pages.session import Sessions
from pages.shell import STATIC, SecurityHeaders, Shell
from records import handoffs, inbox, schema
from records.database import Database
from tests.learning.company import BagReader, company, find
from tests.learning.company import Desk as Logged
from tests.learning.shelves import FakeEngine

SITE = "http://desk.test"
PASSWORD = "correct horse battery"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
UPLOAD_LIMIT = 1000


async def forget(conversation: str) -> None:
    """No engine remembers anything here."""


@dataclass
class Browser:
    """Somebody's browser: keeps cookies, sends Origin, and posts forms with the page's CSRF token."""

    client: httpx2.AsyncClient
    token: str = ""

    async def get(self, path: str, **headers: str) -> httpx2.Response:
        return await self.client.get(path, headers={"Accept": "text/html", **headers})

    async def csrf(self) -> str:
        if not self.token:
            found = re.search(r'name="csrf" content="([^"]+)"', (await self.get("/desk")).text)
            self.token = found[1] if found else ""
        return self.token

    async def post(self, path: str, fields: dict[str, Any] | None = None, **headers: str) -> httpx2.Response:
        data = {"csrf": await self.csrf(), **(fields or {})}
        return await self.client.post(
            path, data=data, headers={"Accept": "text/html", "Origin": SITE, **headers}
        )

    async def log_in(self, email: str, password: str = PASSWORD) -> httpx2.Response:
        data = {"email": email, "password": password}
        return await self.client.post(
            "/desk/login", data=data, headers={"Origin": SITE, "Accept": "text/html"}
        )

    async def upload(self, conversation: str, name: str, content: bytes, **headers: str) -> httpx2.Response:
        return await self.client.post(
            f"/desk/conversations/{conversation}/files",
            files={"file": (name, content)},
            headers={"Origin": SITE, "X-CSRF-Token": await self.csrf(), **headers},
        )


@dataclass
class World:
    """The desk with all it stands on."""

    database: Database
    handoffs: Handoffs
    tickets: Tickets
    accounts: Accounts
    files: Path
    app: Any
    logged: Logged
    browsers: list[httpx2.AsyncClient] = field(default_factory=list)
    count: int = 0

    def browser(self, language: str = "en") -> Browser:
        transport = httpx2.ASGITransport(app=self.app)
        client = httpx2.AsyncClient(
            transport=transport, base_url=SITE, headers={"Accept-Language": language}, follow_redirects=False
        )
        self.browsers.append(client)
        return Browser(client)

    async def agent(self, name: str, role: Role = Role.AGENT) -> Agent:
        agent, secret = await self.accounts.invite(name, f"{name.lower()}@desk.test", role)
        await self.accounts.accept(secret, PASSWORD)
        return agent

    async def at_desk(self, name: str, role: Role = Role.AGENT, language: str = "en") -> Browser:
        agent, browser = await self.agent(name, role), self.browser(language)
        await browser.log_in(agent.email)
        return browser

    async def customer_says(self, text: str, conversation: str | None = None, name: str = "Kari") -> str:
        self.count += 1
        incoming = Incoming("web", f"e{self.count}", "", text, conversation=conversation, sender_name=name)
        return (await inbox.take(self.database, incoming, "en")).conversation

    async def waiting(self, text: str = "A person, please", name: str = "Kari") -> tuple[str, str]:
        conversation = await self.customer_says(text, name=name)
        await self.handoffs.hand_over(conversation, Reason.ASKED_FOR_HUMAN, f"o-{conversation}")
        async with self.database.read() as connection:
            handoff = await handoffs.open_in(connection, conversation)
        assert handoff
        return conversation, handoff.id


PUBLIC = Passage(
    "delivery/norway#how-long", "delivery/norway", "Delivery to Norway", [], "1 to 3 days.", "en"
)
HIDDEN = Passage("refunds#limit", "refunds", "Refund limits", [], "EUR 150.", "en", audience="internal")


class FixedArticles:
    """Knows one public article, and one that must never be offered."""

    async def find(self, question: str, language: str) -> list[Hit]:
        return [Hit(PUBLIC, 0.9), Hit(HIDDEN, 0.8)] if "norway" in question else []

    def passage(self, id: str) -> Passage | None:
        return next((one for one in (PUBLIC, HIDDEN) if one.id == id), None)


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database, made once."""
    path = tmp_path_factory.mktemp("desk") / "empty.db"

    async def make() -> None:
        database = Database(f"sqlite:///{path}")
        await schema.upgrade(database)
        async with database.engine.connect() as connection:
            await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        await database.close()

    asyncio.run(make())
    return path


@cache
def templates() -> Shell:
    """Compile the templates once."""
    return Shell.of("Lumen & Oak")


def no_workshop() -> Workshop:
    """Articles that no page of the test looks at."""
    return cast(Workshop, None)


def build(path: Path, files: Path, workshop: Workshop | None = None) -> World:
    """Put the desk together as the app does."""
    database = Database(f"sqlite:///{path}")
    post = Post(False, "Lumen & Oak", SITE)
    tickets = Tickets(database, post)
    hours = OfficeHours.parse("always", "UTC")
    handoff = Handoffs(database, tickets, hours, timedelta(minutes=15), post)
    accounts = Accounts(database, CHEAP)
    shell, app = templates(), FastAPI()
    folders = company(files.parent / "company")
    review = Review.of(database, folders, Sources(BagReader(), find, golden_share=0.0))
    models = Models(database, Shelf(files.parent / "models"), FakeEngine())
    asked: list[str] = []

    async def retrain(by: str) -> None:
        asked.append(by)

    desk = Desk(
        review=review,
        erasure=Erasure(database, files, forget),
        learning=ModelDesk(models, retrain, lambda: Progress("training" if asked else None)),
        database=database,
        handoffs=handoff,
        tickets=tickets,
        accounts=accounts,
        articles=FixedArticles(),
        workshop=workshop or no_workshop(),
        summary_of=Daily(database, post, ZoneInfo("UTC"), None, timedelta(hours=24)).of,
        files=files,
        shell=shell,
        sessions=Sessions(database),
        upload_max_bytes=UPLOAD_LIMIT,
    )
    app.include_router(desk_routes(desk))
    app.mount("/static", StaticFiles(directory=STATIC))
    app.add_exception_handler(Problem, shell.on_problem)
    logged = Logged(database, folders, at=datetime.now(UTC) - timedelta(days=1))
    return World(database, handoff, tickets, accounts, files, SecurityHeaders(app, {}), logged)


@pytest.fixture
def world_parts(empty_database: Path, tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """A fresh copy of the empty database, and a folder for files."""
    path = tmp_path / "desk.db"
    shutil.copy(empty_database, path)
    yield path, tmp_path / "files"


@pytest.fixture
async def world(world_parts: tuple[Path, Path]) -> AsyncIterator[World]:
    """A desk nobody has set up."""
    made = build(*world_parts)
    yield made
    for client in made.browsers:
        await client.aclose()
    await made.database.close()


CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
ARGUMENTS += ["--disable-background-networking", "--disable-component-update"]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


class Running:
    """The desk, served from a thread of its own; `do` runs something on its loop."""

    def __init__(self, path: Path, files: Path, workshop: Workshop | None = None) -> None:
        self.parts, self.up = (path, files, workshop), threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self.thread.start()
        assert self.up.wait(20)

    def do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(20)

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(10)

    async def _run(self) -> None:
        self.loop, self.world = asyncio.get_running_loop(), build(*self.parts)
        self.server = uvicorn.Server(
            uvicorn.Config(self.world.app, port=0, log_level="error", ws="websockets-sansio", lifespan="off")
        )
        serving = asyncio.create_task(self.server.serve())
        while not self.server.started:  # noqa: ASYNC110 - uvicorn tells by a flag
            await asyncio.sleep(0.02)
        self.url = f"http://127.0.0.1:{self.server.servers[0].sockets[0].getsockname()[1]}"
        self.up.set()
        await serving
        await self.world.database.close()


@pytest.fixture(scope="module")
def desk(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A running desk with an owner, Ada, and an agent, Bo."""
    folder = tmp_path_factory.mktemp("browser")
    shutil.copy(empty_database, folder / "desk.db")
    running = Running(folder / "desk.db", folder / "files")
    running.do(running.world.agent("Ada", Role.OWNER))
    running.do(running.world.agent("Bo"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    """Debian's chromium."""
    if not CHROMIUM.exists():
        pytest.skip("needs Debian's chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


Enter = Callable[..., Page]


@pytest.fixture
def enter(chromium: Chromium, desk: Running) -> Iterator[Enter]:
    """Open a browser in which somebody is logged in; errors in its scripts fail the test."""
    contexts: list[BrowserContext] = []
    failures: list[str] = []

    def log_in(name: str, **look: Any) -> Page:
        context = chromium.new_context(**{"base_url": desk.url, "reduced_motion": "reduce", **look})
        context.set_default_timeout(15_000)
        contexts.append(context)
        given = {"email": f"{name.lower()}@desk.test", "password": PASSWORD}
        assert context.request.post("/desk/login", form=given).ok
        page = context.new_page()
        page.on("pageerror", lambda error: failures.append(str(error)))
        return page

    yield log_in
    for context in contexts:
        context.close()
    assert failures == []
