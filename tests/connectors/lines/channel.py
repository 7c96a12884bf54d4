"""A channel of lines, as on IRC: the worked example of CONTRIBUTING. network.py tells what is spoken."""

from __future__ import annotations

import asyncio
import re
from base64 import b64decode
from contextlib import suppress
from dataclasses import replace

from connectors.port import NotSentError, Surroundings
from desk.files import store_upload
from nouns import Author, Delivery, Incoming, Message, Problem
from records import conversations, inbox, messages

LONGEST, SECONDS, PAUSE_SECONDS = 2**24, 5.0, 0.2


class Lines:
    """The channel."""

    channel = "lines"

    def __init__(self, server: str, password: str, around: Surroundings) -> None:
        self.server, self.password = server.split(":", 1), password
        self.around, self.database = around, around.database
        self.wire: asyncio.StreamWriter | None = None
        self.said: dict[str, asyncio.Future[list[str]]] = {}

    @classmethod
    def of(cls, around: Surroundings) -> Lines | None:
        """Return the channel, if LINES_SERVER (host:port) is set; LINES_PASSWORD opens it."""
        server = around.setting("LINES_SERVER")
        return cls(server, around.setting("LINES_PASSWORD") or "", around) if server else None

    async def run(self) -> None:
        """Receive until cancelled; a network that is away is called again."""
        try:
            while True:
                with suppress(OSError, ValueError):
                    reader, self.wire = await asyncio.open_connection(*self.server, limit=LONGEST)
                    self._write("PASS", self.password)
                    async for line in reader:
                        await self._hear(line.decode("utf-8", "replace").rstrip("\r\n"))
                await asyncio.sleep(PAUSE_SECONDS)
        finally:
            if self.wire:
                self.wire.close()

    async def send(self, delivery: Delivery) -> str | None:
        """Say a message line by line; the network knows a repeat by its key."""
        text = shown(delivery.message) if delivery.message else str(delivery.payload.get("text", ""))
        escaped = text.replace("\\", "\\\\").replace("\n", "\\n")
        for number, piece in enumerate(re.findall(r"(?:\\.|[^\\]){1,180}", escaped)):
            await self._say(f"{delivery.key}/{number}", delivery.address, piece)
        return delivery.key

    async def _say(self, key: str, nick: str, piece: str) -> None:
        self.said[key] = answer = asyncio.get_running_loop().create_future()
        try:
            self._write("SAY", key, nick, piece)
            async with asyncio.timeout(SECONDS):  # wait_for (3.11) swallows a cancelling at the answer
                word, rest = await answer
        except (OSError, TimeoutError) as error:  # whether it arrived or not, the same key may be said again
            raise NotSentError("the network is away", retry_after_seconds=PAUSE_SECONDS) from error
        finally:
            self.said.pop(key, None)
        if word != "OK":
            later = float(rest) if word == "LATER" else None
            raise NotSentError(rest, for_good=word == "NEVER", retry_after_seconds=later)

    def _write(self, *words: str) -> None:
        if self.wire is None or self.wire.is_closing():
            raise OSError("not connected")
        self.wire.write(f"{' '.join(words)}\n".encode())

    async def _hear(self, line: str) -> None:
        word, id, rest = [*line.split(" ", 2), "", "", ""][:3]
        nick, _, content = rest.partition(" ")
        if word in ("MSG", "EDIT", "FILE") and content:
            text = re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], content)
            await self._take(word, Incoming(self.channel, f"{nick}:{id}", nick, text))
            self._write("ACK", id)  # stored: only now
        elif word in ("OK", "LATER", "NEVER") and (answer := self.said.get(id)) and not answer.done():
            answer.set_result([word, rest])

    async def _take(self, word: str, incoming: Incoming) -> None:
        if word == "EDIT":
            await inbox.amend(self.database, self.channel, incoming.external_id, incoming.text)
            return
        whole = await (self._with_file(incoming) if word == "FILE" else self._pressed(incoming))
        await inbox.take(self.database, whole, "en")

    async def _pressed(self, incoming: Incoming) -> Incoming:
        """Take a number for the button that it stands for, if the last message offered that many."""
        async with self.database.read() as connection:
            held = await conversations.latest_at(connection, self.channel, incoming.address)
            offers = (await messages.last_offers(connection, held.id))[1] if held else []
        number = int(incoming.text) if re.fullmatch(r"\d{1,2}", incoming.text) else 0
        return replace(incoming, button=offers[number - 1].id) if 0 < number <= len(offers) else incoming

    async def _with_file(self, incoming: Incoming) -> Incoming:
        name, _, content = incoming.text.partition(" ")
        try:
            if conversation := await inbox.place(self.database, incoming, "en"):
                sent = (conversation, name, b64decode(content), self.around.upload_max_bytes)
                kept = await store_upload(self.database, self.around.files, *sent)
                return replace(incoming, text="", attachments=(kept.id,))
        except (Problem, ValueError):
            return replace(incoming, text="", lost_files=(name,))
        return incoming  # a repeat


def shown(message: Message) -> str:
    """Return a message as lines: which colleague speaks, where it stands, what can be chosen by number."""
    agent = f"{message.agent_name}: " if message.author is Author.AGENT and message.agent_name else ""
    sources = [f"({source.title})" for source in message.sources]
    offers = [f"{number}) {button.title}" for number, button in enumerate(message.buttons, 1)]
    return "\n".join([agent + message.text, *sources, *offers])
