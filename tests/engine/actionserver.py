"""A scripted action server: each action answers as its script says, and tests change the script.

Run by itself it serves the ticket dialogue on a port: `python -m tests.engine.actionserver 8702`.
"""

import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any

from aiohttp import web

Reply = tuple[int, dict[str, Any]]
Script = Callable[[dict[str, Any]], Reply]


def says(text: str, *events: dict[str, Any], kind: str = "message") -> Reply:
    """Answer with one utterance and events."""
    return 200, {"responses": [{"text": text, "custom": {"reply": {"kind": kind}}}], "events": list(events)}


def slot(name: str, value: Any) -> dict[str, Any]:
    """Set a slot."""
    return {"event": "slot", "name": name, "value": value}


def answer_question(call: dict[str, Any]) -> Reply:
    """Answer by repeating the question."""
    return says(
        f"answer to: {call['tracker']['latest_message']['text']}", slot("failed_answers", 0), kind="answer"
    )


def validate_ticket_form(call: dict[str, Any]) -> Reply:
    """Check what the form has filled since it ran last; a question is answered and its slot emptied again."""
    new = []
    for event in reversed(call["tracker"]["events"]):
        if event["event"] == "action":
            break
        if event["event"] == "slot" and event["name"].startswith("ticket_") and event["value"] is not None:
            new.append((event["name"], event["value"]))
    responses, events = [], []
    for name, value in new:
        if value.endswith("?"):
            responses.append({"text": f"answer to: {value}", "custom": {"reply": {"kind": "answer"}}})
            events.append(slot(name, None))
        elif name == "ticket_email" and "@" not in value:
            responses.append({"text": "That is no e-mail address."})
            events.append(slot(name, None))
        else:
            events.append(slot(name, value))
    return 200, {"responses": responses, "events": events}


def open_ticket(call: dict[str, Any]) -> Reply:
    """Say what was filled, and empty the slots."""
    slots = call["tracker"]["slots"]
    names = ("ticket_subject", "ticket_email", "ticket_order")
    said = " / ".join(str(slots[name]) for name in names)
    return says(f"ticket: {said}", *(slot(name, None) for name in names), kind="ticket")


def cancel(call: dict[str, Any]) -> Reply:
    """Empty the form's slots."""
    return says("cancelled", *(slot(f"ticket_{name}", None) for name in ("subject", "email", "order")))


def simply(name: str) -> Script:
    """Answer with the action's own name."""
    return lambda call: says(name)


NAMES = ("inform", "affirm", "deny", "hand_over", "ticket_status", "rate", "repeat", "change_language")
SCRIPT: dict[str, Script] = {
    "action_answer_question": answer_question,
    "action_open_ticket": open_ticket,
    "action_cancel": cancel,
    "validate_ticket_form": validate_ticket_form,
    **{f"action_{name}": simply(name) for name in NAMES},
}


class ActionServer:
    """Serves a script on loopback and remembers the calls."""

    def __init__(self, script: dict[str, Script] | None = None) -> None:
        self.script = dict(script or SCRIPT)
        self.calls: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.seconds_each = 0.0
        self.running = self.most_at_once = 0
        self.called = asyncio.Event()

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one call."""
        call = await request.json()
        self.calls.append(call)
        self.called.set()
        self.headers.append(dict(request.headers))
        self.running += 1
        self.most_at_once = max(self.most_at_once, self.running)
        await asyncio.sleep(self.seconds_each)
        self.running -= 1
        status, body = self.script[call["next_action"]](call)
        return web.Response(text=json.dumps(body), status=status, content_type="application/json")

    async def start(self, port: int = 0) -> int:
        """Listen, and return the port."""
        app = web.Application(client_max_size=64_000_000)
        app.router.add_post("/webhook", self.handle)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        return self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop listening."""
        await self._runner.cleanup()


async def _serve(port: int) -> None:
    server = ActionServer()
    await server.start(port)
    server.calls = _Nothing()
    server.headers = _Nothing()
    await asyncio.Event().wait()


class _Nothing(list):
    """Keeps nothing, for long runs."""

    def append(self, item: Any) -> None:
        """Forget the item."""


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
