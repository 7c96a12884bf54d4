"""The desk's live line: tells a page what changed, and passes on that an agent types."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket

from nouns import Mode, Problem
from pages.desk_base import Desk
from pages.session import Visitor
from records import conversations
from records.conversations import DESK, topic

OTHER_SITE = 4403
NOT_LOGGED_IN = 4401
FRAME_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Live:
    """A WebSocket of hints: the rows stay the truth, a page fetches them again."""

    desk: Desk

    def routes(self) -> list[BaseRoute]:
        """Return the live line's route."""
        return [WebSocketRoute("/desk/live", self.connect)]

    async def connect(self, socket: WebSocket) -> None:
        """Serve one open page until it closes."""
        visitor = await self.desk.sessions.visitor(socket)
        try:
            self.desk.sessions.check_site(socket, origin_needed=True)
        except Problem:
            await socket.close(OTHER_SITE)
            return
        if visitor is None:
            await socket.close(NOT_LOGGED_IN)
            return
        await socket.accept()
        await self._serve(socket, visitor, socket.query_params.get("conversation", ""))

    async def _serve(self, socket: WebSocket, visitor: Visitor, conversation: str) -> None:
        wakes = self.desk.database.wakes
        async with wakes.listening([DESK]) as desk, wakes.listening([topic(conversation)]) as own:
            tasks = [
                asyncio.create_task(work)
                for work in (
                    _tell_desk(socket, desk),
                    _tell_conversation(socket, own, conversation),
                    self._hear(socket, visitor, conversation),
                )
            ]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _hear(self, socket: WebSocket, visitor: Visitor, conversation: str) -> None:
        while True:
            frame = await socket.receive_text()
            if len(frame) <= FRAME_LENGTH and _is_typing(frame) and await self._has(visitor, conversation):
                self.desk.database.wakes.tell(topic(conversation), f"typing:agent:{visitor.agent.name}")

    async def _has(self, visitor: Visitor, conversation: str) -> bool:
        async with self.desk.database.read() as connection:
            try:
                held = await conversations.by_id(connection, conversation)
            except Problem:
                return False
        return held.mode is Mode.HUMAN and held.agent == visitor.agent.id


async def _tell_desk(socket: WebSocket, changes: asyncio.Queue[str]) -> None:
    while True:
        await changes.get()
        while not changes.empty():
            changes.get_nowait()
        await socket.send_json({"type": "desk"})


async def _tell_conversation(socket: WebSocket, changes: asyncio.Queue[str], conversation: str) -> None:
    while True:
        word = await changes.get()
        await socket.send_json({"type": "conversation", "id": conversation, "word": word})


def _is_typing(frame: str) -> bool:
    try:
        said = json.loads(frame)
    except ValueError:
        return False
    return isinstance(said, dict) and said.get("type") == "typing"
