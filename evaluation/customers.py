"""Customers on the web: each a WebSocket, as the widget opens it, waiting for each answer."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from nouns import Problem

ANSWER_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of one message: the kind of the first reply (None: none) and how long that took."""

    kind: str | None
    milliseconds: float


@dataclass
class Customer:
    """One open chat."""

    socket: ClientConnection

    async def ask(self, text: str) -> Heard:
        """Send a message, wait until it is dealt with, and return when the reply's text was there."""
        client_id = uuid4().hex
        began = time.perf_counter()
        await self.socket.send(json.dumps({"type": "send", "client_id": client_id, "text": text}))
        kind, replied, mine, delivered = None, None, None, 0
        async with asyncio.timeout(ANSWER_SECONDS):
            while mine is None or delivered < mine:
                frame = await self._receive()
                if frame["type"] == "sent" and frame["client_id"] == client_id:
                    mine = int(frame["seq"])
                elif frame["type"] == "delivered":
                    delivered = int(frame["seq"])
                elif frame["type"] == "message" and frame["message"]["author"] == "bot" and replied is None:
                    kind, replied = str(frame["message"]["kind"]), time.perf_counter()
        return Heard(kind, ((replied or time.perf_counter()) - began) * 1000)

    async def _receive(self) -> dict[str, Any]:
        try:
            frame: dict[str, Any] = json.loads(await self.socket.recv())
        except ConnectionClosed as error:
            told = f"The chat was closed: {error}."
            raise Problem("chat_closed", 500, told, "Run `firstline run` and look at its log.") from error
        if frame["type"] == "error":
            raise Problem(str(frame["code"]), 500, f"The chat refused a message: {frame['detail']}", "")
        return frame


@asynccontextmanager
async def customer(chat: str, language: str) -> AsyncIterator[Customer]:
    """Open a chat with nothing said yet."""
    async with connect(chat, proxy=None, max_size=None) as socket:
        hello = {"type": "hello", "conversation": None, "token": None, "since": 0, "language": language}
        await socket.send(json.dumps(hello))
        await socket.recv()
        yield Customer(socket)


async def side_by_side(
    chat: str,
    language: str,
    conversations: Iterable[Sequence[str]],
    customers: int,
    beat: Callable[[int], None] = lambda asked: None,
) -> list[Heard]:
    """Hold conversations, so many at once, each in a chat of its own; `beat` hears how many were answered."""
    waiting = iter(conversations)
    heard: list[Heard] = []
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(customers):
                group.create_task(_hold(chat, language, waiting, heard, beat))
    except* Problem as refused:
        raise refused.exceptions[0] from None
    return heard


async def _hold(
    chat: str,
    language: str,
    waiting: Iterator[Sequence[str]],
    heard: list[Heard],
    beat: Callable[[int], None],
) -> None:
    for texts in waiting:
        async with customer(chat, language) as who:
            for text in texts:
                heard.append(await who.ask(text))
                beat(1)
