"""The calls of the engine contract: who may call, what is called, and the JSON in between."""

import hmac
import json
from typing import Any

from engine.problems import BadRequest, NotAllowed, NotFound
from engine.turns import Engine, Turn
from engine.web import Answer

TRACKERS = "/trackers/"


class Calls:
    """Answers HTTP requests with an engine, for callers that hold the token."""

    def __init__(self, engine: Engine, token: str) -> None:
        self._engine = engine
        self._token = token.encode()
        self._calls = {
            ("POST", "/ask"): self._ask,
            ("PUT", "/model"): self._swap,
            ("GET", "/status"): self._status,
            ("GET", TRACKERS): self._read,
            ("PUT", TRACKERS): self._write,
            ("DELETE", TRACKERS): self._erase,
        }

    async def __call__(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """Answer one request."""
        if not hmac.compare_digest(headers.get("x-engine-token", "").encode("latin-1"), self._token):
            raise NotAllowed("Send the engine token in the header X-Engine-Token.")
        conversation = path.removeprefix(TRACKERS) if path.startswith(TRACKERS) else ""
        call = self._calls.get((method, TRACKERS if conversation else path))
        if call is None or path == TRACKERS:
            raise NotFound(f"{method} {path} is not a call of the engine.")
        return await (
            call(conversation, body) if method == "PUT" and conversation else call(conversation or body)
        )

    async def _ask(self, body: bytes) -> Answer:
        return 200, await self._engine.ask(Turn.from_json(_json(body)))

    async def _swap(self, body: bytes) -> Answer:
        path = _json(body).get("path")
        if not isinstance(path, str):
            raise BadRequest('Send {"path": "<file of the model>"}.')
        return 200, {"model": await self._engine.swap(path)}

    async def _status(self, _body: bytes) -> Answer:
        return 200, self._engine.status()

    async def _read(self, conversation: str) -> Answer:
        return 200, await self._engine.tracker(conversation)

    async def _write(self, conversation: str, body: bytes) -> Answer:
        events = _json(body).get("events")
        if not isinstance(events, list):
            raise BadRequest('Send {"events": [...]}.')
        await self._engine.write(conversation, events)
        return 204, None

    async def _erase(self, conversation: str) -> Answer:
        await self._engine.erase(conversation)
        return 204, None


def _json(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except ValueError as error:
        raise BadRequest(f"The body is not JSON: {error}") from error
    if not isinstance(data, dict):
        raise BadRequest("The body must be a JSON object.")
    return data
