"""The inner listener, on loopback alone: Rasa's actions, the text service, and the numbers for Prometheus."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from rasa_sdk import Action
from rasa_sdk.executor import ActionExecutor

from bot.engine import TOKEN_HEADER, reading_json
from nouns import Problem
from reading.reader import Reader

log = structlog.get_logger()

MOST_TEXTS = 256
Next = Callable[[Request], Awaitable[Response]]
LookUp = Callable[[], Awaitable[None]]


def inner_app(token: str, reader: Reader, actions: list[Action], look_up: LookUp | None = None) -> FastAPI:
    """Return the app behind the inner listener; every call must carry the engine's token."""
    app = FastAPI(openapi_url=None)
    executor = ActionExecutor()
    for action in actions:
        executor.register_action(action)

    @app.middleware("http")
    async def check_token(request: Request, call_next: Next) -> Response:
        if not hmac.compare_digest(request.headers.get(TOKEN_HEADER, "").encode(), token.encode()):
            return JSONResponse({"code": "unauthorized", "detail": "The engine's token is missing."}, 401)
        return await call_next(request)

    @app.post("/actions/webhook")
    async def act(request: Request) -> Response:
        call = await request.json()
        call["domain"] = call.get("domain") or {"intents": []}
        try:
            return JSONResponse((await executor.run(call)).model_dump())
        except Problem as problem:
            return JSONResponse({"code": problem.code, "detail": problem.sentence}, 500)
        except Exception as error:  # the listener's edge: the engine learns that it failed, not what was said
            log.exception("action failed", action=call.get("next_action"))
            return JSONResponse({"code": "action_failed", "detail": type(error).__name__}, 500)

    @app.post("/text")
    async def read(request: Request) -> dict[str, Any]:
        texts = [str(text) for text in (await request.json())["texts"]][:MOST_TEXTS]
        readings = await reader.read_many(texts)
        return {"readings": [reading_json(reading, reading.language) for reading in readings]}

    @app.get("/metrics")
    async def metrics() -> Response:
        if look_up:
            await look_up()
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return app
