"""A support desk that says what a test tells it to: the web contract, without engine or database."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response, UploadFile, WebSocket, WebSocketDisconnect
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from knowledge.load import articles_in
from knowledge.render import to_html
from knowledge.split import passages_of
from nouns import Answer, Article, Decision, Hit, Reading
from pages.help import help_routes
from pages.shell import STATIC, Shell
from pages.site import PublicPages, Site, site_routes

ARTICLES = Path(__file__).parents[2] / "knowledge" / "articles"
WELCOME = {"company": "Lumen & Oak", "colour": "#0f766e", "upload_max_bytes": 2_000_000, "mail": False}
NORWAY = {
    "kind": "answer",
    "text": "A parcel within Norway takes **1–3 working days** and costs NOK 79.",
    "sources": [
        {
            "article": "delivery/norway",
            "title": "Delivery to Norway",
            "url": "/help/en/delivery/norway",
            "score": 0.9,
        }
    ],
}


@dataclass
class Talk:
    """One conversation of the scripted desk."""

    id: str
    token: str
    mode: str = "bot"
    position: int | None = None
    agent_name: str | None = None
    messages: list[dict[str, Any]] = field(default_factory=list)
    link: dict[str, Any] | None = None
    lines: list[WebSocket] = field(default_factory=list)
    read: int = 0


@dataclass
class ScriptedDesk:
    """What happened, and what shall. `answer` gives the bot's replies to a text; tests replace it."""

    talks: dict[str, Talk] = field(default_factory=dict)
    files: dict[str, tuple[dict[str, Any], bytes]] = field(default_factory=dict)
    hellos: list[dict[str, Any]] = field(default_factory=list)
    refusals: list[dict[str, Any]] = field(default_factory=list)
    answer: Callable[[str], Sequence[dict[str, Any]]] = lambda text: [NORWAY]
    open: bool = True
    elsewhere: list[str] = field(default_factory=list)
    shop: str = ""

    @property
    def talk(self) -> Talk:
        """The latest conversation."""
        return list(self.talks.values())[-1]

    def new_talk(self) -> Talk:
        talk = Talk(f"c_{uuid.uuid4().hex}", f"t{uuid.uuid4().hex}")
        self.talks[talk.id] = talk
        return talk

    async def tell(self, talk: Talk, frame: dict[str, Any]) -> None:
        """Send a frame to every tab of a conversation."""
        for line in list(talk.lines):
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await line.send_json(frame)

    async def say(self, talk: Talk, author: str, text: str, **more: Any) -> dict[str, Any]:
        """Store a message and deliver it; `skip` leaves a gap before its seq, `quiet` does not deliver."""
        quiet, seq = more.pop("quiet", False), talk_seq(talk) + 1 + more.pop("skip", 0)
        message = {
            **{"id": uuid.uuid4().hex, "seq": seq, "client_id": None, "author": author, "agent_name": None},
            **{"kind": "message", "text": text, "html": None if author == "customer" else to_html(text)},
            **{"sources": [], "buttons": [], "ticket": None, "attachments": []},
            "at": datetime.now(UTC).isoformat(),
            **more,
        }
        talk.messages.append(message)
        if not quiet:
            await self.tell(talk, {"type": "message", "message": message})
        return message

    async def change(
        self, talk: Talk, mode: str, position: int | None = None, name: str | None = None
    ) -> None:
        """Put a conversation into another mode."""
        talk.mode, talk.position, talk.agent_name = mode, position, name
        await self.tell(talk, {"type": "mode", "mode": mode, "position": position, "agent_name": name})

    async def follow(self, talk: Talk, name: str) -> None:
        """Let somebody on Telegram follow a conversation's link."""
        assert talk.link
        talk.link = {**talk.link, "state": "claimed", "name": name}
        await self.tell(talk, {"type": "link"})

    async def hang_up(self, code: int = 1012) -> None:
        """Close every line."""
        for talk in self.talks.values():
            for line in list(talk.lines):
                with contextlib.suppress(RuntimeError):
                    await line.close(code)

    async def serve(self, line: WebSocket) -> None:
        """Speak the contract on one line."""
        if not self.open:
            await line.close(1013)
            return
        await line.accept()
        hello = await line.receive_json()
        self.hellos.append(hello)
        talk = self.talks.get(hello["conversation"] or "")
        if hello["conversation"] and (talk is None or talk.token != hello["token"]):
            await line.close(4401)
            return
        await line.send_json(self._welcome(talk))
        if talk:
            await self._join(talk, line, hello["since"])
        try:
            while True:
                talk = await self._hear(line, talk, await line.receive_json())
        except (WebSocketDisconnect, RuntimeError):
            if talk and line in talk.lines:
                talk.lines.remove(line)

    async def _join(self, talk: Talk, line: WebSocket, since: int) -> None:
        for message in talk.messages:
            if message["seq"] > since:
                await line.send_json({"type": "message", "message": message})
        talk.lines.append(line)

    async def _hear(self, line: WebSocket, talk: Talk | None, frame: dict[str, Any]) -> Talk | None:
        if frame["type"] == "read" and talk:
            talk.read = frame["seq"]
        if frame["type"] != "send":
            return talk
        if self.refusals:
            await line.send_json({"type": "error", "client_id": frame["client_id"], **self.refusals.pop(0)})
            return talk
        if talk is None:
            talk = self.new_talk()
            talk.lines.append(line)
            await line.send_json(self._welcome(talk))
        await self._store(line, talk, frame)
        return talk

    async def _store(self, line: WebSocket, talk: Talk, frame: dict[str, Any]) -> None:
        again = next((known for known in talk.messages if known["client_id"] == frame["client_id"]), None)
        if again:
            await line.send_json({"type": "sent", "client_id": frame["client_id"], "seq": again["seq"]})
            return
        offered = [button for message in talk.messages for button in message["buttons"]]
        text = frame.get("text") or next((b["title"] for b in offered if b["id"] == frame.get("button")), "")
        attachments = [self.files[id][0] for id in frame.get("attachments", [])]
        message = await self.say(
            talk, "customer", text, client_id=frame["client_id"], attachments=attachments, quiet=True
        )
        await line.send_json({"type": "sent", "client_id": frame["client_id"], "seq": message["seq"]})
        await self.tell(talk, {"type": "message", "message": message})
        await self.tell(talk, {"type": "delivered", "seq": message["seq"]})
        if talk.mode in ("bot", "waiting"):
            for reply in self.answer(text):
                await self.say(talk, "bot", **reply)

    def _welcome(self, talk: Talk | None) -> dict[str, Any]:
        known = talk or Talk("", "")
        return {
            **{"type": "welcome", "conversation": known.id or None, "token": known.token or None},
            **{"mode": known.mode, "position": known.position, "agent_name": known.agent_name},
            **WELCOME,
            "elsewhere": self.elsewhere,
        }


def talk_seq(talk: Talk) -> int:
    """Return the last seq of a conversation."""
    return max((message["seq"] for message in talk.messages), default=0)


class FewWords:
    """A knowledge base that finds articles by their title's and questions' words."""

    def __init__(self, articles: Sequence[Article]) -> None:
        self._articles = [article for article in articles if article.audience == "public"]

    def article(self, id: str) -> Article | None:
        return next((article for article in self._articles if article.id == id), None)

    def articles(self, language: str | None = None) -> list[Article]:
        return [article for article in self._articles if language in (None, article.language)]

    async def search(
        self, question: str, reading: Reading, *, language: str | None = None, limit: int = 5
    ) -> Answer:
        words = set(question.lower().split())
        found = [
            Hit(passages_of(article)[0], 1.0)
            for article in self.articles(language)
            if words & set(f"{article.title} {' '.join(article.questions)}".lower().split())
        ]
        return Answer(Decision.ANSWER, 0.9, found[:limit], "test")


async def read(text: str) -> Reading:
    """Read nothing but the language."""
    return Reading("en", "none", b"")


def application(desk: ScriptedDesk, articles: Sequence[Article], site: Site) -> FastAPI:
    """Build the public listener around the scripted desk."""
    app = FastAPI()
    pages = PublicPages(site, Shell.of(site.company).environment)
    shelf = FewWords(articles)
    app.include_router(site_routes(pages))
    app.include_router(help_routes(pages, lambda: shelf, read))
    app.mount("/static", StaticFiles(directory=STATIC))

    @app.get("/shop")
    async def shop() -> HTMLResponse:
        return HTMLResponse(desk.shop)

    @app.websocket("/api/chat")
    async def chat(line: WebSocket) -> None:
        await desk.serve(line)

    @app.post("/api/conversations")
    async def begin() -> dict[str, str]:
        talk = desk.new_talk()
        return {"conversation": talk.id, "token": talk.token}

    @app.get("/api/conversations/{id}/messages")
    async def past(id: str, since: int) -> dict[str, Any]:
        return {"messages": [message for message in desk.talks[id].messages if message["seq"] > since]}

    link_routes(desk, app)

    @app.post("/api/files", status_code=201)
    async def upload(file: UploadFile, conversation: str, request: Request) -> dict[str, Any]:
        assert request.headers["authorization"] == f"Bearer {desk.talks[conversation].token}"
        content = await file.read()
        known = {"id": f"f_{uuid.uuid4().hex}", "name": file.filename, "size_bytes": len(content)}
        desk.files[str(known["id"])] = ({**known, "media_type": file.content_type}, content)
        return {**known, "media_type": file.content_type}

    @app.get("/api/files/{id}")
    async def download(id: str, request: Request) -> Response:
        if not request.headers.get("authorization", "").startswith("Bearer t"):
            return Response(status_code=401)
        about, content = desk.files[id]
        return Response(content, media_type=about["media_type"])

    return app


def link_routes(desk: ScriptedDesk, app: FastAPI) -> None:
    """Add what a visitor's link to Telegram needs."""

    @app.post("/api/conversations/{id}/links", status_code=201)
    async def link(id: str) -> dict[str, Any]:
        desk.talks[id].link = {"id": "n_1", "channel": "telegram", "state": "open", "name": None}
        return {**desk.talks[id].link, "url": "https://t.me/lumen_bot?start=abc"}

    @app.get("/api/conversations/{id}/links")
    async def links(id: str) -> dict[str, Any]:
        return {"links": [one for one in [desk.talks[id].link] if one]}

    @app.post("/api/conversations/{id}/links/n_1")
    async def decide(id: str, answer: dict[str, bool]) -> dict[str, Any]:
        known = desk.talks[id].link or {}
        desk.talks[id].link = {**known, "state": "linked"} if answer["confirm"] else None
        return known

    @app.delete("/api/conversations/{id}/links/n_1", status_code=204)
    async def unlink(id: str) -> None:
        desk.talks[id].link = None


class Running:
    """The scripted desk on a port of its own; `do` runs one of its coroutines there."""

    def __init__(self, desk: ScriptedDesk, app: FastAPI, port: int) -> None:
        self.desk = desk
        self.server = uvicorn.Server(
            uvicorn.Config(app, port=port, log_level="error", ws="websockets-sansio")
        )
        self._loop: asyncio.AbstractEventLoop | None = None
        self._up = threading.Event()
        app.router.on_startup.append(self._up.set)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    def __enter__(self) -> Running:
        self._thread.start()
        assert self._up.wait(20)
        return self

    def __exit__(self, *_: object) -> None:
        self.do(self.desk.hang_up())
        self.server.should_exit = True
        self._thread.join(10)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.config.port}"

    def do(self, work: Any) -> Any:
        assert self._loop
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self.server.serve()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(**about: Any) -> Iterator[Running]:
    """Open a scripted desk with the demo company's articles, which http://localhost may embed."""
    desk, port = ScriptedDesk(), free_port()
    site = Site("Lumen & Oak", "#0f766e", ["en", "zh"], [f"http://localhost:{port}"], 2_000_000, **about)
    with Running(desk, application(desk, articles_in(ARTICLES)[0], site), port) as server:
        yield server
