"""The app's side of the engine: one call a message, the Reading beside the text, and never silence."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from bot.loopback import Answer, Loopback
from nouns import Button, Kind, Message, Problem, Reading, Reply, Source

TOKEN_HEADER = "X-Engine-Token"
PAUSE_SECONDS = 0.25
MODEL_SECONDS = 120.0


class EngineSilentError(Exception):
    """The engine gave no answer in time, or failed; `reason` is for the log, never for customers."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class EngineSays:
    """The engine's answer to one message."""

    replies: Sequence[Reply]
    intent: str | None
    ranking: Sequence[Mapping[str, Any]]
    events: Sequence[Mapping[str, Any]]
    model: str
    knowledge: Mapping[str, Any] = field(default_factory=dict)


class Engine:
    """A client of engine/serve.py, on loopback, with the token."""

    def __init__(self, address: str, token: str, seconds: float) -> None:
        self._seconds = seconds
        self._client = Loopback(address, {TOKEN_HEADER: token})

    async def ask(self, message: Message, reading: Reading, language: str) -> EngineSays:
        """Ask for the replies to a message; a repeat of it gets the first answer again."""
        button = message.pressed
        body = {
            "message_id": message.id,
            "conversation": message.conversation,
            "text": message.text,
            "reading": reading_json(reading, language),
            "button": {"intent": button.intent, "entities": dict(button.entities)} if button else None,
        }
        return _says(await self._post("/ask", body))

    async def status(self) -> dict[str, Any]:
        """Return the engine's model and memory, or EngineSilentError."""
        try:
            answer = await self._client.request("GET", "/status", seconds=5)
        except OSError as error:
            raise EngineSilentError(type(error).__name__) from error
        return dict(answer.json())

    async def use_model(self, path: str) -> None:
        """Swap the model in the running engine."""
        _check(await self._client.request("PUT", "/model", {"path": path}, seconds=MODEL_SECONDS))

    async def erase(self, conversation: str) -> None:
        """Erase what the engine remembers of a conversation."""
        _check(await self._client.request("DELETE", f"/trackers/{conversation}", seconds=self._seconds))

    async def forget(self, conversation: str) -> None:
        """Erase what the engine remembers of a conversation, for whoever knows only of Problems."""
        try:
            await self.erase(conversation)
        except (EngineSilentError, OSError) as error:
            raise Problem("engine_silent", 503, "The engine is silent.", "It is tried again.") from error

    async def remember(self, conversation: str, events: Sequence[Mapping[str, Any]]) -> None:
        """Put a conversation as it once was into the engine: for replays alone."""
        path = f"/trackers/{conversation}"
        _check(await self._client.request("PUT", path, {"events": list(events)}, seconds=self._seconds))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Try until the time is up, since an engine may be starting; a failed turn is tried twice."""
        until = time.monotonic() + self._seconds
        failures = 0
        reason = "time-out"
        while time.monotonic() < until:
            try:
                answer = await self._client.request("POST", path, body, seconds=until - time.monotonic())
            except OSError as error:
                reason = f"{type(error).__name__}: {error}"
            else:
                if answer.status == 200:
                    return dict(answer.json())
                reason = f"{answer.status}: {answer.body[:300].decode('utf-8', 'replace')}"
                failures += 1
                if failures > 1 or answer.status < 500:
                    break
            await asyncio.sleep(PAUSE_SECONDS)
        raise EngineSilentError(reason)


def _check(answer: Answer) -> None:
    if answer.status >= 400:
        raise EngineSilentError(f"{answer.status}: {answer.body[:300].decode('utf-8', 'replace')}")


def reading_json(reading: Reading, language: str) -> dict[str, Any]:
    """Return a reading as it travels beside the text; the language is the conversation's."""
    return {
        "language": language,
        "encoder": reading.encoder,
        "vector": base64.b64encode(reading.vector).decode("ascii"),
        "entities": [asdict(entity) for entity in reading.entities],
    }


def _says(answer: Mapping[str, Any]) -> EngineSays:
    utterances = answer["utterances"]
    knowledge = [said["custom"]["knowledge"] for said in utterances if "knowledge" in (said["custom"] or {})]
    return EngineSays(
        replies=[_reply(said) for said in utterances],
        intent=(answer.get("intent") or {}).get("name"),
        ranking=answer.get("ranking", ()),
        events=answer.get("events", ()),
        model=answer["model"],
        knowledge=knowledge[-1] if knowledge else {},
    )


def _reply(said: Mapping[str, Any]) -> Reply:
    more = (said["custom"] or {}).get("reply") or {}
    asks = (said.get("response") or "").startswith("utter_ask_ticket")
    return Reply(
        text=said["text"] or "",
        kind=Kind(more.get("kind", Kind.FORM if asks else Kind.MESSAGE)),
        sources=[Source(**source) for source in more.get("sources", ())],
        buttons=[Button(**button) for button in more.get("buttons", ())],
        ticket=more.get("ticket"),
    )
