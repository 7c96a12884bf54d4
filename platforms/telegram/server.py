"""The stand-in over HTTP: `/bot<token>/<method>`, files, webhooks, and the page to play the customer."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from platforms.telegram.methods import BY_NAME
from platforms.telegram.state import ApiError, Chat, Fault, Json, Telegram

PAGE = Path(__file__).parent / "play.html"
PARSED = ("reply_markup", "allowed_updates", "commands", "scope", "entities")
STICKER = b"RIFF\x1a\0\0\0WEBPVP8L\r\0\0\0\x2f\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0"
STICKER_LOOKS = {"type": "regular", "width": 1, "height": 1, "is_animated": False, "is_video": False}
RETRY_SECONDS = 0.2
LONGEST_RETRY_SECONDS = 5.0
WEBHOOK_SECONDS = 30.0


def app_of(platform: Telegram) -> Starlette:
    """Return the server's app."""

    async def call(request: Request) -> Response:
        return await _answer(platform, request)

    async def download(request: Request) -> Response:
        known = {path: content for path, content in platform.files.values()}
        content = known.get(request.path_params["path"])
        if request.path_params["token"] != platform.token or content is None:
            return JSONResponse(ApiError(404, "Not Found").answer(), 404)
        return Response(content, media_type="application/octet-stream")

    async def page(request: Request) -> Response:
        return FileResponse(PAGE)

    async def state(request: Request) -> Response:
        return JSONResponse(_state(platform))

    async def play(request: Request) -> Response:
        return JSONResponse(_play(platform, await request.json()))

    return Starlette(
        routes=[
            Route("/", page),
            Route("/play", state),
            Route("/play", play, methods=["POST"]),
            Route("/file/bot{token}/{path:path}", download),
            Route("/bot{token}/{method}", call, methods=["GET", "POST"]),
        ]
    )


async def _answer(platform: Telegram, request: Request) -> Response:
    if request.path_params["token"] != platform.token:
        return JSONResponse(ApiError(401, "Unauthorized").answer(), 401)
    name, method = BY_NAME.get(request.path_params["method"].lower(), ("", None))
    if method is None:
        return JSONResponse(ApiError(404, "Not Found").answer(), 404)
    try:
        given = await _given(request)
        fault = platform.fault_of(name, given.get("chat_id"))
        if fault:
            _fail(fault)
        platform.calls.append((name, given))
        if fault and fault.kind == "black_hole":
            return await _silence(request)
        result = await method(platform, given)
    except ApiError as error:
        return JSONResponse(error.answer(), error.code)
    if fault and fault.kind == "no_answer":
        return await _silence(request)
    if fault and fault.kind == "garbage":
        return PlainTextResponse("<html>not what you wanted</html>")
    return JSONResponse({"ok": True, "result": result})


def _fail(fault: Fault) -> None:
    if fault.kind == "429":
        seconds = fault.retry_after
        raise ApiError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
    if fault.kind == "500":
        raise ApiError(500, "Internal Server Error")
    if fault.kind == "502":
        raise ApiError(502, "Bad Gateway")
    if fault.kind == "403":
        raise ApiError(403, "Forbidden: bot was blocked by the user")
    if fault.kind == "migrate":
        sentence = "Bad Request: group chat was upgraded to a supergroup chat"
        raise ApiError(400, sentence, migrate_to_chat_id=fault.migrate_to)


async def _silence(request: Request) -> Response:
    """Never answer: wait until the caller hangs up."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    return Response()


async def _given(request: Request) -> Json:
    given: Json = dict(request.query_params)
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        given.update(await request.json())
    elif kind:
        for name, value in (await request.form()).items():
            given[name] = (
                (value.filename or "file", await value.read()) if isinstance(value, UploadFile) else value
            )
    for name in PARSED:
        if isinstance(given.get(name), str):
            try:
                given[name] = json.loads(given[name])
            except ValueError as error:
                raise ApiError(400, f"Bad Request: can't parse {name} JSON object") from error
    for name, value in given.items():  # a file may be named by reference: document=attach://part
        if isinstance(value, str) and value.startswith("attach://"):
            given[name] = given.get(value.removeprefix("attach://"))
    if str(given.get("chat_id", "")).lstrip("-").isdigit():
        given["chat_id"] = int(given["chat_id"])
    return given


async def push_updates(platform: Telegram) -> None:
    """Send what waits to the webhook while there is one, again and again until it is taken, in order."""
    wait = RETRY_SECONDS
    async with httpx2.AsyncClient(timeout=WEBHOOK_SECONDS, trust_env=False, verify=False) as client:
        with platform.listening() as changed:
            while True:
                changed.clear()
                if not platform.webhook.get("url") or not platform.pending:
                    await changed.wait()
                    continue
                if await _push(platform, client, platform.pending[0]):
                    wait = RETRY_SECONDS
                else:
                    await asyncio.sleep(wait)
                    wait = min(wait * 2, LONGEST_RETRY_SECONDS)


async def _push(platform: Telegram, client: httpx2.AsyncClient, update: Json) -> bool:
    webhook = platform.webhook
    headers = {"X-Telegram-Bot-Api-Secret-Token": webhook["secret"]} if webhook["secret"] else {}
    try:
        answer = await client.post(webhook["url"], json=update, headers=headers)
        trouble = "" if answer.is_success else f"Wrong response from the webhook: {answer.status_code}"
    except httpx2.HTTPError as error:
        trouble = f"Connection failed: {type(error).__name__}"
    if trouble:
        webhook.update(last_error_date=int(time.time()), last_error_message=trouble)
        return False
    platform.pending = [one for one in platform.pending if one["update_id"] != update["update_id"]]
    platform.tell()
    return True


@asynccontextmanager
async def serving(platform: Telegram, port: int = 0) -> AsyncIterator[str]:
    """Serve the platform on 127.0.0.1 meanwhile; give its address."""
    config = uvicorn.Config(app_of(platform), "127.0.0.1", port, log_config=None, lifespan="off")
    config.timeout_graceful_shutdown = 1
    server = uvicorn.Server(config)
    platform.closing = False
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    port = server.servers[0].sockets[0].getsockname()[1]
    tasks = [asyncio.create_task(server.main_loop()), asyncio.create_task(push_updates(platform))]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = platform.closing = True
        platform.tell()
        tasks[1].cancel()
        await asyncio.wait(tasks)
        await server.shutdown()


def _state(platform: Telegram) -> Json:
    return {
        "me": platform.me,
        "chats": [
            {
                "info": chat.info,
                "person": chat.person,
                "blocked": chat.blocked,
                "messages": chat.messages,
                "typing": len(chat.actions),
            }
            for chat in platform.chats.values()
            if not chat.migrated_to
        ],
        "commands": {language: commands for (_, language), commands in platform.commands.items()},
        "faults": [vars(fault) for fault in platform.faults if fault.times > 0],
        "calls": [
            {"method": method, "chat": given.get("chat_id"), "text": str(given.get("text") or "")[:60]}
            for method, given in platform.calls[-40:]
            if method != "getUpdates"
        ],
        "waiting": len(platform.pending),
        "polls": platform.poll,
        "webhook": platform.webhook.get("url", ""),
        "notices": [notice for notice in platform.queries.values() if notice and notice["text"]][-1:],
    }


def _play(platform: Telegram, done: Json) -> Json:
    """Do what the page asks for; `do` names it."""
    if done["do"] == "fault":
        platform.fails(done["kind"], done.get("method") or "sendMessage", times=int(done.get("times") or 1))
        return {"ok": True}
    chat = platform.chats[int(done["chat"])]
    with suppress(ApiError):
        _act(platform, chat, done)
    platform.tell()
    return {"ok": True}


def _act(platform: Telegram, chat: Chat, done: Json) -> Any:
    match done["do"]:
        case "say":
            return platform.says(chat, done["text"])
        case "edit":
            return platform.edits(chat, int(done["message"]), done["text"])
        case "press":
            return platform.presses(chat, int(done["message"]), done["data"])
        case "file":
            return platform.sends(chat, **_content(platform, done))
        case "location":
            return platform.sends(chat, location={"latitude": 59.9139, "longitude": 10.7522})
        case "sticker":
            kept = platform.upload("sticker.webp", STICKER, "stickers")
            return platform.sends(chat, sticker={**kept, **STICKER_LOOKS})
        case "migrate":
            new = platform.migrates(chat, int(f"-100{-chat.id}"))
            moved = {
                "message_id": platform.born,
                "from": chat.person,
                "chat": chat.info,
                "date": int(time.time()),
            }
            return platform.put("message", {**moved, "migrate_to_chat_id": new.id})
        case "rival":  # whoever asks is told that somebody else does
            platform.poll += 1
        case "block":
            chat.blocked = not chat.blocked
    return None


def _content(platform: Telegram, done: Json) -> Json:
    name, kind, content = done["name"], done["type"], base64.b64decode(done["content"])
    caption = {"caption": done["caption"]} if done.get("caption") else {}
    if kind.startswith("image/") and kind != "image/gif":
        return {"photo": [{**platform.upload(name, content, "photos"), "width": 90, "height": 90}], **caption}
    if kind.startswith("audio/ogg"):
        return {
            "voice": {**platform.upload(name, content, "voice"), "duration": 1, "mime_type": kind},
            **caption,
        }
    kept = platform.upload(name, content)
    return {"document": {**kept, "file_name": name, "mime_type": kind}, **caption}


def stand_in(token: str | None = None) -> Telegram:
    """Return a platform with people on it: one who writes English, one Chinese, and a group."""
    platform = Telegram(token) if token else Telegram()
    kari = platform.person(11, "Kari", "en")
    platform.person(22, "小明", "zh-hans")
    platform.group(-33, "Lamp lovers", kari.person)
    return platform
