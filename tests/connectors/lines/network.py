"""A network of lines: the platform of the worked example, small enough for a test to hold.

A bot calls and says `PASS <password>`. The network says `MSG <id> <nick> <text>`, `EDIT <id> <nick> <text>`
or `FILE <id> <nick> <name> <base64>`, and again at each call until the bot says `ACK <id>`. The bot says
`SAY <key> <nick> <text>`; the network answers `OK <key>`, `LATER <key> <seconds>` or `NEVER <key> <why>`, and
shows what it was told under one key once. In a text, `\\n` is a new line and `\\\\` a backslash.
"""

from __future__ import annotations

import asyncio
import itertools
from contextlib import suppress

LONGEST_LINE = 400
PASSWORD = "open sesame"


class Network:
    """People with a nick, and one bot that calls."""

    def __init__(self) -> None:
        self.port = 0
        self.screens: dict[str, dict[str, str]] = {}
        self.waiting: dict[str, str] = {}
        self.faults: list[str] = []
        self.refused = 0
        self._bots: set[asyncio.StreamWriter] = set()
        self._ids = itertools.count(1)
        self._server: asyncio.Server | None = None

    def says(self, nick: str, text: str, kind: str = "MSG", id: str = "") -> str:
        """Let somebody write; return the line."""
        id = id or str(next(self._ids))
        escaped = text.replace("\\", "\\\\").replace("\n", "\\n")
        line = f"{kind} {id} {nick} {escaped}"
        self.waiting[id] = line
        self.tells(line)
        return line

    def tells(self, line: str) -> None:
        """Say a line to the bot, as it is."""
        for bot in self._bots:
            bot.write(f"{line}\n".encode())

    async def opens(self) -> None:
        """Be there."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=2**24)
        self.port = self._server.sockets[0].getsockname()[1]

    async def closes(self) -> None:
        """Be away."""
        assert self._server
        self._server.close()
        for bot in tuple(self._bots):
            bot.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, bot: asyncio.StreamWriter) -> None:
        with suppress(OSError, ValueError):
            if (await reader.readline()).decode().rstrip("\n") != f"PASS {PASSWORD}":
                self.refused += 1
                bot.close()
                return
            self._bots.add(bot)
            for line in tuple(self.waiting.values()):
                bot.write(f"{line}\n".encode())
            async for line in reader:
                assert len(line) <= LONGEST_LINE * 4
                self._hear(bot, line.decode().rstrip("\n"))
        self._bots.discard(bot)
        bot.close()

    def _hear(self, bot: asyncio.StreamWriter, line: str) -> None:
        word, rest = line.split(" ", 1)
        if word == "ACK":
            self.waiting.pop(rest, None)
            return
        key, nick, text = rest.split(" ", 2)
        fault = self.faults.pop(0) if self.faults else ""
        if fault in ("429", "500"):
            bot.write(f"LATER {key} {'1' if fault == '429' else '0.1'}\n".encode())
            return
        self.screens.setdefault(nick, {}).setdefault(key, text)
        if fault != "no_answer":
            bot.write(f"OK {key}\n".encode())
