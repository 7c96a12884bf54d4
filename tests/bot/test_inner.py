"""The inner listener: nothing without the token, and never the request in an error."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, cast

import httpx2
import pytest
from rasa_sdk import Action

from actions import actions_of
from bot.engine import TOKEN_HEADER
from bot.inner import inner_app
from reading.reader import Reader
from records.database import Database
from tests.world import FixedReader, World, heard


class Broken(Action):
    """An action that fails with what a customer said."""

    def name(self) -> str:
        return "action_broken"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[dict[str, Any]]:
        raise ValueError("my card is 4111 1111 1111 1111")


@pytest.fixture
async def inner(database: Database) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the inner listener that knows the token."""
    world = World.of(database)
    actions = [*actions_of(database, world.answering, world.handoffs, world.tickets), Broken()]
    app = inner_app("the-token", cast(Reader, FixedReader()), actions)
    knowing = {TOKEN_HEADER: "the-token"}
    way = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=way, base_url="http://inner", headers=knowing) as client:
        yield client


async def call(database: Database, action: str) -> dict[str, Any]:
    """What Rasa sends to have an action run."""
    tracker = heard(await World.of(database).writes("5 stars"), "5 stars", "rate")
    state = tracker.current_state()
    return {"next_action": action, "tracker": state, "sender_id": tracker.sender_id, "version": "3.6.21"}


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/actions/webhook"), ("POST", "/text"), ("GET", "/metrics"), ("GET", "/"), ("GET", "/docs")],
)
@pytest.mark.parametrize("token", [None, "", "wrong", "the-token ", "the-tokenö"])
async def test_nothing_is_served_without_the_token(
    inner: httpx2.AsyncClient, method: str, path: str, token: str | None
) -> None:
    del inner.headers[TOKEN_HEADER]
    headers = {TOKEN_HEADER: token.encode()} if token is not None else {}
    assert (await inner.request(method, path, headers=headers)).status_code == 401


async def test_an_action_runs(inner: httpx2.AsyncClient, database: Database) -> None:
    answer = await inner.post("/actions/webhook", json=await call(database, "action_rate"))
    assert [said["text"] for said in answer.json()["responses"]] == ["Thank you for the rating!"]


@pytest.mark.parametrize(("action", "code"), [("action_broken", 500), ("action_nowhere", 500)])
async def test_a_failing_action_says_so_and_nothing_of_the_customer(
    inner: httpx2.AsyncClient, database: Database, action: str, code: int
) -> None:
    answer = await inner.post("/actions/webhook", json=await call(database, action))
    assert (answer.status_code, answer.json()["code"]) == (code, "action_failed")
    assert "4111" not in answer.text
    assert "stars" not in answer.text


async def test_texts_are_read_for_the_engine(inner: httpx2.AsyncClient) -> None:
    readings = (await inner.post("/text", json={"texts": ["one", "two"]})).json()["readings"]
    assert [reading["encoder"] for reading in readings] == ["fixed", "fixed"]


async def test_there_are_numbers_for_prometheus(inner: httpx2.AsyncClient) -> None:
    assert "# HELP" in (await inner.get("/metrics")).text
