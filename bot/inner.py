"""The inner listener, on loopback alone: Rasa's actions, the text service, and the numbers for Prometheus."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from rasa_sdk import Action
from rasa_sdk.executor import ActionExecutor
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.engine import TOKEN_HEADER, reading_json
from nouns import Problem
from reading.reader import Reader

log = structlog.get_logger()

ACTIONS = ("/actions/webhook", "POST")
MOST_TEXTS = 256
LookUp = Callable[[], Awaitable[None]]


class TokenCheck:
    """Refuses every call that does not carry the engine's token."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self.app, self.token = app, token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a call through, or answer 401."""
        given = Headers(scope=scope).get(TOKEN_HEADER, "").encode()
        if hmac.compare_digest(given, self.token):
            await self.app(scope, receive, send)
            return
        content = {"code": "unauthorized", "detail": "The engine's token is missing."}
        await JSONResponse(content, 401)(scope, receive, send)


class Acting:
    """Runs Rasa's actions, without the detour by routes: every message of a customer comes here."""

    def __init__(self, app: ASGIApp, actions: list[Action]) -> None:
        self.app, self.executor = app, ActionExecutor()
        for action in actions:
            self.executor.register_action(action)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run an action, or let another call through."""
        if (scope["path"], scope["method"]) != ACTIONS:
            await self.app(scope, receive, send)
            return
        answer = await self._act(await Request(scope, receive).json())
        await answer(scope, receive, send)

    async def _act(self, call: dict[str, Any]) -> Response:
        call["domain"] = call.get("domain") or {"intents": []}
        try:
            return JSONResponse((await self.executor.run(call)).model_dump())
        except Problem as problem:
            return JSONResponse({"code": problem.code, "detail": problem.sentence}, 500)
        except Exception as error:  # the listener's edge: the engine learns that it failed, not what was said
            log.exception("action failed", action=call.get("next_action"))
            return JSONResponse({"code": "action_failed", "detail": type(error).__name__}, 500)


def inner_app(token: str, reader: Reader, actions: list[Action], look_up: LookUp | None = None) -> ASGIApp:
    """Return the app behind the inner listener; every call must carry the engine's token."""

    async def read(request: Request) -> Response:
        texts = [str(text) for text in (await request.json())["texts"]][:MOST_TEXTS]
        readings = await reader.read_many(texts)
        return JSONResponse({"readings": [reading_json(reading, reading.language) for reading in readings]})

    async def metrics(request: Request) -> Response:
        if look_up:
            await look_up()
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    routes = [Route("/text", read, methods=["POST"]), Route("/metrics", metrics)]
    return TokenCheck(Acting(Starlette(routes=routes), actions), token)
