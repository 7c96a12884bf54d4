"""A web visitor's links to other channels over HTTP: made by a click, and confirmed here by name."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel

from connectors.web import Front
from connectors.web_http import Bearer, open_to
from desk.linking import Linking
from nouns import ChannelLink, Problem


class Wish(BaseModel):
    """A channel to be linked with."""

    channel: str


class Decision(BaseModel):
    """Whether the one who claimed the link is the visitor."""

    confirm: bool


def link_routes(front: Front) -> APIRouter:
    """Return the routes, below a conversation's own address."""
    routes = APIRouter(tags=["chat"], prefix="/api/conversations/{conversation}/links")
    linking = Linking(front.database)

    @routes.post("", status_code=201)
    async def begin(
        conversation: str, wish: Wish, request: Request, authorization: Bearer = None
    ) -> dict[str, Any]:
        await front.limits.check(conversation, front.limits.address_of(request))
        held = await open_to(front.database, conversation, authorization)
        channel = front.elsewhere.get(wish.channel)
        if channel is None or channel.way_in("") is None:
            raise Problem("channel_unknown", 422, "That channel can't be linked now.", "Try again later.")
        link, secret = await linking.begin(held.id, wish.channel)
        return {**link_json(link), "url": channel.way_in(secret)}

    @routes.get("")
    async def listed(conversation: str, authorization: Bearer = None) -> dict[str, Any]:
        held = await open_to(front.database, conversation, authorization)
        return {"links": [link_json(link) for link in await linking.listed(held.id)]}

    @routes.post("/{link}")
    async def decide(
        conversation: str, link: str, decision: Decision, authorization: Bearer = None
    ) -> dict[str, Any]:
        held = await open_to(front.database, conversation, authorization)
        return link_json(await linking.decide(held.id, link, yes=decision.confirm))

    @routes.delete("/{link}", status_code=204)
    async def undo(conversation: str, link: str, authorization: Bearer = None) -> None:
        held = await open_to(front.database, conversation, authorization)
        await linking.undo(held.id, link)

    return routes


def link_json(link: ChannelLink) -> dict[str, Any]:
    """Return what a client shows of a link."""
    return {
        "id": link.id,
        "channel": link.channel,
        "state": link.state,
        "name": link.name,
        "expires_at": link.expires_at.isoformat().replace("+00:00", "Z"),
    }
