"""A small HTTP/1.1 server on httptools: JSON in, JSON out, kept-alive connections, loopback only."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import httptools

from engine.problems import EngineProblem, TooLarge

logger = logging.getLogger(__name__)
HOST = "127.0.0.1"
MAX_BODY_BYTES = 2_000_000

# What a call is answered with: a status and the JSON, None for an empty body.
Answer = tuple[int, Any]
Answering = Callable[[str, str, dict[str, str], bytes], Awaitable[Answer]]


class Connection(asyncio.Protocol):
    """One connection of the app; requests on it are answered in order."""

    def __init__(self, answering: Answering, open_connections: "set[Connection]") -> None:
        self._answering = answering
        self._open = open_connections
        self._parser = httptools.HttpRequestParser(self)
        self._queue: asyncio.Queue[tuple[str, str, dict[str, str], bytes, bool]] = asyncio.Queue()
        self._reset()

    def _reset(self) -> None:
        self._url, self._headers, self._body = b"", {}, bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start answering."""
        self._transport = transport
        self._open.add(self)
        self.answering = asyncio.create_task(self._answer_all())

    def connection_lost(self, exc: Exception | None) -> None:
        """End when the request in hand is answered: what an action has begun is finished and committed."""
        self._open.discard(self)
        self._queue.put_nowait(("", "", {}, b"", False))

    def data_received(self, data: bytes) -> None:
        """Parse what came."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._transport.close()

    def on_url(self, url: bytes) -> None:
        """Take the address."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body; one byte over the limit is kept, to know."""
        self._body += body[: MAX_BODY_BYTES + 1 - len(self._body)]

    def on_message_complete(self) -> None:
        """Queue a whole request."""
        path = unquote(httptools.parse_url(self._url).path.decode("latin-1"))
        method, alive = self._parser.get_method().decode(), self._parser.should_keep_alive()
        self._queue.put_nowait((method, path, self._headers, bytes(self._body), alive))
        self._reset()

    async def _answer_all(self) -> None:
        while True:
            method, path, headers, body, alive = await self._queue.get()
            if not method:
                return
            status, content = await self._answer(method, path, headers, body)
            if not self._transport.is_closing():
                self._transport.write(_response(status, content, alive))
            if not alive:
                self._transport.close()

    async def _answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        try:
            if len(body) > MAX_BODY_BYTES:
                raise TooLarge(f"A body holds at most {MAX_BODY_BYTES} bytes.")
            return await self._answering(method, path, headers, body)
        except EngineProblem as problem:
            if problem.status >= 500:
                logger.error("%s %s: %s", method, path, problem.detail, exc_info=problem.__cause__)
            return problem.status, problem.as_dict()
        except Exception as error:
            logger.exception("%s %s failed", method, path)
            return 500, EngineProblem(
                f"{type(error).__name__} in the engine; its log has the trace."
            ).as_dict()


def _response(status: int, content: Any, alive: bool) -> bytes:
    body = b"" if content is None else json.dumps(content).encode()
    kind = "application/json" if status < 400 else "application/problem+json"
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {len(body)}\r\n"
        f"Connection: {'keep-alive' if alive else 'close'}\r\n\r\n"
    )
    return head.encode() + body


class WebServer:
    """Listens on loopback and answers with `answering`."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self._open: set[Connection] = set()

    async def listen(self, port: int) -> int:
        """Start to listen and return the port (another one when `port` is 0)."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self._answering, self._open), HOST, port)
        return self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening and let the requests in hand finish."""
        self._server.close()
        tasks = [connection.answering for connection in self._open]
        for connection in list(self._open):
            connection.connection_lost(None)
        if tasks:
            await asyncio.wait(tasks, timeout=10)
