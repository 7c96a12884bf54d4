"""How Slack tells an app: by Socket Mode or signed HTTP; what is not acknowledged comes again."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx2
from starlette.websockets import WebSocket

from platforms.slack.state import APP, BOT_USER, TEAM, Json, Workspace

ACK_SECONDS = 3.0
ATTEMPTS = 4
RETRY_SECONDS = 0.2


@dataclass
class Post:
    """Delivers events: over the open socket if there is one, else to `request_url`."""

    workspace: Workspace
    request_url: str | None = None
    ack_seconds: float = ACK_SECONDS
    retry_seconds: float = RETRY_SECONDS
    sockets: list[WebSocket] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    _waiting: dict[str, asyncio.Future[Any]] = field(default_factory=dict)

    async def event(self, event: Json, event_id: str | None = None, **more: Any) -> Any:
        """Tell of an event."""
        payload = {
            "token": "deprecated",
            "team_id": TEAM,
            "api_app_id": APP,
            "event": event,
            "type": "event_callback",
            "event_id": event_id or f"Ev{uuid.uuid4().hex[:10].upper()}",
            "event_time": int(time.time()),
            "authorizations": [{"enterprise_id": None, "team_id": TEAM, "user_id": BOT_USER, "is_bot": True}],
            "is_ext_shared_channel": False,
            **more,
        }
        return await self.deliver("events_api", payload)

    async def deliver(self, kind: str, payload: Json) -> Any:
        """Deliver until it is acknowledged, a few times at most; return the answer."""
        for attempt in range(ATTEMPTS):
            answer = await (
                self._by_socket(kind, payload, attempt)
                if self.sockets or not self.request_url
                else self._by_http(kind, payload, attempt)
            )
            if answer is not None:
                return answer
            if kind != "events_api":
                return None
            await asyncio.sleep(self.retry_seconds * 2**attempt)
        return None

    def acknowledge(self, envelope: Json) -> None:
        """Take an acknowledgement off the socket."""
        waiting = self._waiting.get(str(envelope.get("envelope_id")))
        if waiting and not waiting.done():
            waiting.set_result(envelope.get("payload") or {})

    def headers(self, body: str, at: float | None = None) -> dict[str, str]:
        """Return the headers that sign a body."""
        moment = str(int(at or time.time()))
        secret = self.workspace.signing_secret.encode()
        digest = hmac.new(secret, f"v0:{moment}:{body}".encode(), hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": moment, "X-Slack-Signature": f"v0={digest}"}

    async def _by_socket(self, kind: str, payload: Json, attempt: int) -> Any:
        if not self.sockets:
            return None
        envelope = {
            "envelope_id": str(uuid.uuid4()),
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
            "retry_attempt": attempt,
            "retry_reason": "timeout" if attempt else "",
        }
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        envelope_id = str(envelope["envelope_id"])
        self._waiting[envelope_id] = answer
        try:
            await self.sockets[-1].send_json(envelope)
            async with asyncio.timeout(self.ack_seconds):
                return await answer
        except (TimeoutError, RuntimeError):
            return None
        finally:
            self._waiting.pop(envelope_id, None)

    async def _by_http(self, kind: str, payload: Json, attempt: int) -> Any:
        if kind == "events_api":
            body, content = json.dumps(payload), "application/json"
        elif kind == "interactive":
            body, content = urlencode({"payload": json.dumps(payload)}), "application/x-www-form-urlencoded"
        else:
            body, content = urlencode(payload), "application/x-www-form-urlencoded"
        headers = {**self.headers(body), "Content-Type": content}
        if attempt:
            headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": "http_error"}
        try:
            async with httpx2.AsyncClient(timeout=self.ack_seconds, trust_env=False) as client:
                response = await client.post(str(self.request_url), content=body.encode(), headers=headers)
        except httpx2.HTTPError:
            return None
        if response.status_code != 200:
            self.refused.append(response.status_code)
            return None
        try:
            return response.json() if response.content else {}
        except ValueError:
            return {"text": response.text}
