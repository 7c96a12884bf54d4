"""The live line: who may hold it, and what it tells."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.pages.conftest import Browser, World


class Line:
    """The browser's end of a WebSocket."""

    def __init__(self) -> None:
        self.to_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.from_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def next(self, kind: str) -> dict[str, Any]:
        while True:
            event = await asyncio.wait_for(self.from_app.get(), 5)
            if event["type"] != "websocket.send":
                return event
            said: dict[str, Any] = json.loads(event["text"])
            if said["type"] == kind:
                return said

    def say(self, text: str) -> None:
        self.to_app.put_nowait({"type": "websocket.receive", "text": text})


@asynccontextmanager
async def connected(
    world: World, browser: Browser, conversation: str, origin: str | None
) -> AsyncIterator[Line]:
    line = Line()
    cookie = "; ".join(f"{name}={value}" for name, value in browser.client.cookies.items())
    headers = [(b"host", b"desk.test"), (b"cookie", cookie.encode())]
    headers += [(b"origin", origin.encode())] if origin else []
    scope = {
        "type": "websocket",
        "path": "/desk/live",
        "raw_path": b"/desk/live",
        "query_string": f"conversation={conversation}".encode(),
        "headers": headers,
        "scheme": "ws",
        "subprotocols": [],
        "state": {},
    }
    line.to_app.put_nowait({"type": "websocket.connect"})
    app = asyncio.create_task(world.app(scope, line.to_app.get, line.from_app.put))
    try:
        yield line
    finally:
        line.to_app.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait_for(app, 5)


async def test_a_page_hears_of_the_queue_and_of_its_conversation(world: World) -> None:
    ada = await world.at_desk("Ada")
    conversation, _ = await world.waiting()

    async with connected(world, ada, conversation, "http://desk.test") as line:
        assert (await line.next("-"))["type"] == "websocket.accept"
        await world.customer_says("Still there?", conversation)
        assert await line.next("conversation") == {
            "type": "conversation",
            "id": conversation,
            "word": "message",
        }
        await world.waiting("Another", name="Liv")
        assert await line.next("desk") == {"type": "desk"}


@pytest.mark.parametrize("origin", ["https://evil.test", "null", None])
async def test_another_site_cannot_listen(world: World, origin: str | None) -> None:
    ada = await world.at_desk("Ada")

    async with connected(world, ada, "", origin) as line:
        closed = await line.next("-")

    assert (closed["type"], closed["code"]) == ("websocket.close", 4403)


async def test_one_must_be_logged_in_to_listen(world: World) -> None:
    async with connected(world, world.browser(), "", "http://desk.test") as line:
        assert (await line.next("-"))["code"] == 4401


async def test_typing_is_told_only_by_who_has_the_conversation(world: World) -> None:
    ada, bo = await world.at_desk("Ada"), await world.at_desk("Bo")
    conversation, handoff = await world.waiting()
    await ada.post(f"/desk/handoffs/{handoff}/take")

    async with (
        connected(world, bo, conversation, "http://desk.test") as bos,
        connected(world, ada, conversation, "http://desk.test") as adas,
    ):
        await bos.next("-")
        await adas.next("-")
        bos.say("no json")
        bos.say('{"type": "typing"}')
        adas.say('{"type": "typing"}')
        assert (await bos.next("conversation"))["word"] == "typing:agent:Ada"
