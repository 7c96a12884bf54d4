"""A visitor of the web chat goes on in Telegram: the link, the press of Start there, and who it was."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from connectors.limits import Limits
from connectors.web import Front
from connectors.web_http import web_routes
from connectors.web_links import link_routes
from nouns import Problem
from pages.shell import Shell
from tests.connectors.telegram.town import Town
from tests.world import until


class Visitor:
    """Somebody with the web chat open."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self.client = client
        self.known: dict[str, str] = {}

    async def call(self, method: str, path: str = "", **body: Any) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self.known['token']}"}
        address = f"/api/conversations/{self.known['conversation']}/links{path}"
        return await self.client.request(method, address, headers=headers, json=body or None)

    async def link(self) -> tuple[str, str]:
        """Press "Continue on Telegram"; return the link's id and what its address carries."""
        made = (await self.call("POST", channel="telegram")).json()
        return made["id"], made["url"].partition("?start=")[2]

    async def claimed(self) -> dict[str, Any]:
        """Wait until somebody has followed the link."""

        async def found() -> Any:
            links = (await self.call("GET")).json()["links"]
            return next((one for one in links if one["state"] == "claimed"), None)

        return dict(await until(found))


@pytest.fixture
async def visitor(polled: Town, tmp_path: Path) -> AsyncIterator[Visitor]:
    """A visitor in the same town."""
    elsewhere = {"telegram": polled.channel}
    front = Front(
        polled.database, Limits(60, 600), tmp_path, 1000, [], "Lumen & Oak", "", ["en"], False, 10, elsewhere
    )
    app = FastAPI()
    app.add_exception_handler(Problem, Shell.of("Lumen & Oak").on_problem)
    app.include_router(web_routes(front))
    app.include_router(link_routes(front))
    await polled.when(lambda: polled.channel.me)
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app), base_url="http://desk.test"
    ) as client:
        visitor = Visitor(client)
        visitor.known = (await client.post("/api/conversations", json={"language": "en"})).json()
        yield visitor


async def test_start_with_the_links_secret_is_claimed_confirmed_and_told(
    polled: Town, visitor: Visitor
) -> None:
    link, secret = await visitor.link()
    assert len(secret) <= 64 and set(secret) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
    )
    polled.platform.says(polled.kari, f"/start {secret}")
    assert (await visitor.claimed())["name"] == "Kari"
    assert (await visitor.call("POST", f"/{link}", confirm=True)).json()["state"] == "linked"
    shown = await polled.shown(polled.kari, 2)
    assert [one["text"].partition(":")[0] for one in shown] == ["Almost done", "Done"]
    assert polled.world.engine.asked == []


async def test_start_with_a_link_that_holds_already_says_that_it_does(polled: Town, visitor: Visitor) -> None:
    link, secret = await visitor.link()
    polled.platform.says(polled.kari, f"/start {secret}")
    await visitor.claimed()
    polled.platform.says(polled.kari, f"/start {secret}")
    await polled.shown(polled.kari, 2)
    await visitor.call("POST", f"/{link}", confirm=True)
    polled.platform.says(polled.kari, f"/start {secret}")
    shown = await polled.shown(polled.kari, 4)
    assert [one["text"].partition(":")[0] for one in shown] == ["Almost done", "Almost done", "Done", "Done"]


async def test_from_telegram_it_can_be_undone(polled: Town, visitor: Visitor) -> None:
    link, secret = await visitor.link()
    polled.platform.says(polled.kari, f"/start {secret}")
    await visitor.claimed()
    await visitor.call("POST", f"/{link}", confirm=True)
    polled.platform.says(polled.kari, "/unlink")
    assert "apart again" in (await polled.shown(polled.kari, 3))[2]["text"]
    assert (await visitor.call("GET")).json() == {"links": []}


async def test_a_payload_that_is_no_link_of_ours_is_a_plain_start(polled: Town, visitor: Visitor) -> None:
    await visitor.link()
    polled.platform.says(polled.kari, "/start spring-campaign")
    await polled.shown(polled.kari)
    assert polled.world.engine.asked == ["/start"]


async def test_in_a_group_a_link_says_nobodys_name(polled: Town, visitor: Visitor) -> None:
    _, secret = await visitor.link()
    polled.platform.says(polled.group, f"/start@firstline_demo_bot {secret}")
    await polled.shown(polled.group)
    assert polled.world.engine.asked == ["/start"]
    assert [one["state"] for one in (await visitor.call("GET")).json()["links"]] == ["open"]


async def test_without_the_conversations_token_nothing_is_linked_or_told(visitor: Visitor) -> None:
    link, _ = await visitor.link()
    visitor.known["token"] = "wrong"
    for method, path, body in (
        ("POST", "", {"channel": "telegram"}),
        ("GET", "", {}),
        ("POST", f"/{link}", {"confirm": True}),
        ("DELETE", f"/{link}", {}),
    ):
        assert (await visitor.call(method, path, **body)).status_code == 401


async def test_a_channel_that_is_not_there_is_refused(visitor: Visitor) -> None:
    answer = await visitor.call("POST", channel="pigeon")
    assert (answer.status_code, answer.json()["code"]) == (422, "channel_unknown")
