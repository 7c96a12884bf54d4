"""The engine's client: kept-alive, and never hung by an engine that goes away."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from bot.engine import Engine, EngineSilentError
from bot.loopback import Loopback

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
HELLO = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{"said":"hi"}'


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def answering(heard: list[bytes], times: int, answer: bytes = HELLO) -> Handler:
    """Answer so many requests on each connection, then close it."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(b"-- connected")
        for _ in range(times):
            heard.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(answer)
        await writer.drain()
        writer.close()

    return handle


async def test_a_connection_is_used_again_and_carries_the_headers() -> None:
    heard: list[bytes] = []
    async with serving(answering(heard, 2)) as address:
        client = Loopback(address, {"X-Engine-Token": "secret"})
        answers = [await client.request("GET", "/status", seconds=5) for _ in range(2)]
        await client.close()
    assert [answer.json() for answer in answers] == [{"said": "hi"}] * 2
    assert heard.count(b"-- connected") == 1
    assert heard[1].startswith(b"GET /status HTTP/1.1\r\n")
    assert b"\r\nX-Engine-Token: secret\r\n" in heard[1]


async def test_a_connection_that_was_closed_is_not_used_again() -> None:
    heard: list[bytes] = []
    async with serving(answering(heard, 1)) as address:
        client = Loopback(address, {})
        for _ in range(3):
            assert (await client.request("GET", "/", seconds=5)).status == 200
            await asyncio.sleep(0.05)
        await client.close()
    assert heard.count(b"-- connected") == 3


@pytest.mark.parametrize("cut", [b"", b"HTTP/1.1 200 OK\r\n", HELLO[:-3]])
async def test_half_an_answer_is_an_error(cut: bytes) -> None:
    async with serving(answering([], 1, cut)) as address:
        with pytest.raises(OSError, match="closed the connection"):
            await Loopback(address, {}).request("GET", "/", seconds=5)


async def test_an_engine_that_says_nothing_is_left_after_a_while() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with serving(silent) as address:
        with pytest.raises(TimeoutError):
            await Loopback(address, {}).request("GET", "/", seconds=0.1)


async def test_no_engine_is_a_silent_one() -> None:
    with pytest.raises(EngineSilentError):
        await Engine("http://127.0.0.1:9", "secret", 1).status()
