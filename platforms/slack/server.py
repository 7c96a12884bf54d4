"""The stand-in over HTTP: `/api/<method>`, Socket Mode, uploads and files, and the page to play people."""

from __future__ import annotations

import asyncio
import json
import time
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from platforms.slack.events import Post
from platforms.slack.methods import call
from platforms.slack.play import Play
from platforms.slack.state import APP, ApiError, Fault, Json, Workspace

PAGE = Path(__file__).parent / "play.html"


@dataclass
class Slack:
    """A running stand-in."""

    workspace: Workspace
    post: Post
    play: Play

    @property
    def api_url(self) -> str:
        """What SLACK_API_URL is set to."""
        return f"{self.workspace.address}/api/"


def stand_in() -> Slack:
    """Return a workspace with people in it."""
    workspace = Workspace()
    post = Post(workspace)
    return Slack(workspace, post, Play(workspace, post))


@dataclass(frozen=True, slots=True)
class Routes:
    """What the server answers."""

    slack: Slack

    async def method(self, request: Request) -> Response:
        """Answer a call of the Web API."""
        return await _answer(self.slack.workspace, request)

    async def link(self, socket: WebSocket) -> None:
        """Hold a Socket Mode connection."""
        await _serve(self.slack.post, socket)

    async def upload(self, request: Request) -> Response:
        """Take a file's content."""
        file = self.slack.workspace.files[request.path_params["file"]]
        form = await request.form() if "multipart" in request.headers.get("content-type", "") else None
        part = next(iter(form.values())) if form else None
        whole = part is None or isinstance(part, str)
        file.content = await request.body() if whole else await part.read()  # type: ignore[union-attr]
        return PlainTextResponse(f"OK - {len(file.content)}")

    async def private(self, request: Request) -> Response:
        """Give a file to who shows the token; all others get a page to sign in."""
        workspace = self.slack.workspace
        file = workspace.files.get(request.path_params["file"].partition("-")[2])
        if request.headers.get("authorization") != f"Bearer {workspace.bot_token}" or file is None:
            return Response("<html>Sign in</html>", media_type="text/html")
        if fault := workspace.stumble("files-pri"):
            return Response(status_code=fault.status or 500)
        return Response(file.content, media_type="application/octet-stream")

    async def respond(self, request: Request) -> Response:
        """Take what an app answers by a response_url."""
        place, user = request.path_params["place"], request.path_params["user"]
        said = await request.json()
        self.slack.workspace.ephemerals.append({"channel": place, "user": user, "text": said.get("text")})
        return PlainTextResponse("ok")

    async def page(self, request: Request) -> Response:
        """Show the page to play people."""
        return FileResponse(PAGE)

    async def state(self, request: Request) -> Response:
        """Show all there is."""
        return JSONResponse(_state(self.slack.workspace))

    async def act(self, request: Request) -> Response:
        """Do what somebody does."""
        return JSONResponse({"said": await _act(self.slack, await request.json())})


def app_of(slack: Slack) -> Starlette:
    """Return the server's app."""
    routes = Routes(slack)
    return Starlette(
        routes=[
            Route("/", routes.page),
            Route("/play", routes.state),
            Route("/play", routes.act, methods=["POST"]),
            Route("/api/{method}", routes.method, methods=["GET", "POST"]),
            WebSocketRoute("/link", routes.link),
            Route("/upload/{file}", routes.upload, methods=["POST"]),
            Route("/files-pri/{file}/{name}", routes.private),
            Route("/response/{place}/{user}", routes.respond, methods=["POST"]),
        ]
    )


@asynccontextmanager
async def serving(slack: Slack, port: int = 0) -> AsyncIterator[str]:
    """Serve on 127.0.0.1 meanwhile; give the address."""
    config = uvicorn.Config(app_of(slack), "127.0.0.1", port, log_config=None, lifespan="off")
    config.timeout_graceful_shutdown = 1
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    server.capture_signals = suppress  # type: ignore[method-assign, assignment]
    task = asyncio.create_task(server.serve())
    while not server.started:
        if task.done():
            raise OSError(f"nothing can listen on 127.0.0.1:{port}")
        await asyncio.sleep(0.01)
    bound = server.servers[0].sockets[0].getsockname()[1]
    slack.workspace.address = f"http://127.0.0.1:{bound}"
    try:
        yield slack.workspace.address
    finally:
        for socket in slack.post.sockets:
            with suppress(RuntimeError):
                await socket.close()
        server.should_exit = True
        await task


async def _answer(workspace: Workspace, request: Request) -> Response:
    content = request.headers.get("content-type", "")
    given: Json = dict(request.query_params)
    if "json" in content:
        given |= await request.json()
    elif request.method == "POST":
        given |= dict(await request.form())
    token = request.headers.get("authorization", "").removeprefix("Bearer ") or str(given.get("token", ""))
    try:
        return JSONResponse({"ok": True, **call(workspace, request.path_params["method"], given, token)})
    except ApiError as error:
        headers = {"Retry-After": str(error.retry_after)} if error.retry_after is not None else {}
        return JSONResponse({"ok": False, "error": error.code}, error.status, headers)


async def _serve(post: Post, socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_json({"type": "hello", "num_connections": 1, "connection_info": {"app_id": APP}})
    post.sockets.append(socket)
    try:
        while True:
            post.acknowledge(json.loads(await socket.receive_text()))
    except (WebSocketDisconnect, RuntimeError):
        pass
    finally:
        post.sockets.remove(socket)


def _state(workspace: Workspace) -> Json:
    return {
        "users": list(workspace.users.values()),
        "channels": [
            {"id": one.id, "name": one.name, "user": one.user, "messages": list(one.messages.values())}
            for one in workspace.channels.values()
        ],
        "ephemerals": workspace.ephemerals[-20:],
        "views": workspace.views,
        "at": time.time(),
    }


async def _act(slack: Slack, given: Json) -> object:
    play, place, user = slack.play, str(given.get("channel", "")), str(given.get("user", ""))
    text, ts = str(given.get("text", "")), str(given.get("ts", ""))
    file = given.get("file")
    files = [(str(file["name"]), b64decode(file["content"]))] if file else []
    match given.get("do"):
        case "direct":
            return await play.direct(user, text, files)
        case "write":
            return await play.write(user, place, text, thread=given.get("thread") or None, files=files)
        case "mention":
            return await play.mention(user, place, text, thread=given.get("thread") or None)
        case "edit":
            await play.edit(place, ts, text)
        case "delete":
            await play.delete(place, ts)
        case "press":
            return await play.press(user, place, ts, str(given["action"]))
        case "submit":
            return await play.submit(user, given["values"])
        case "command":
            return await play.command(user, text, place or None)
        case "fault":
            slack.workspace.faults.append(Fault(**given["fault"]))
    return None
