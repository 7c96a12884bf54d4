"""Customers of a measurement speak the web contract; a scripted chat stands in for the program."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from evaluation.customers import side_by_side
from nouns import Problem


async def chat(socket: ServerConnection) -> None:
    """Answer each message with an answer, "silence" with nothing, and refuse "spam"."""
    hello = json.loads(await socket.recv())
    assert hello["type"] == "hello"
    await tell(socket, "welcome", conversation=None, token=None)
    seq = 0
    async for raw in socket:
        said = json.loads(raw)
        if said["text"] == "spam":
            await tell(socket, "error", code="rate_limited", detail="That was a lot.")
            continue
        seq += 1
        mine, client_id = seq, said["client_id"]
        await tell(socket, "sent", client_id=client_id, seq=mine)
        await tell(socket, "message", message={"author": "customer", "kind": "message", "seq": mine})
        await tell(socket, "typing", author="bot", agent_name=None)
        if said["text"] != "silence":
            seq += 1
            await tell(socket, "message", message={"author": "bot", "kind": "answer", "seq": seq})
        await tell(socket, "delivered", seq=mine)


async def tell(socket: ServerConnection, kind: str, **more: Any) -> None:
    await socket.send(json.dumps({"type": kind, **more}))


@pytest.fixture
async def address() -> AsyncIterator[str]:
    async with serve(chat, "127.0.0.1", 0) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/api/chat"


async def test_every_message_of_every_conversation_is_answered(address: str) -> None:
    beats: list[int] = []
    heard = await side_by_side(address, "en", [["one", "two"], ["three"], ["four"]], 2, beats.append)
    assert [one.kind for one in heard] == ["answer"] * 4
    assert all(one.milliseconds > 0 for one in heard)
    assert sum(beats) == 4


async def test_a_message_without_a_reply_is_counted_too(address: str) -> None:
    heard = await side_by_side(address, "en", [["silence", "one"]], 1)
    assert [one.kind for one in heard] == [None, "answer"]


async def test_a_refusal_ends_the_measurement_with_its_reason(address: str) -> None:
    with pytest.raises(Problem, match="That was a lot"):
        await asyncio.wait_for(side_by_side(address, "en", [["spam"], ["one"]], 2), 10)
