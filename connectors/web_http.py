"""The web channel over plain HTTP: messages for simple clients, files, and the way back in from a mail."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Header, Query, Request, Response, UploadFile
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.websockets import WebSocket

from connectors.web import LARGEST_SEQ, Chat, Front, incoming_of
from connectors.wire import clean, message_json, reply_json
from desk.files import store_upload
from desk.mail import LINK_PURPOSE
from nouns import Conversation, Message, Mode, Problem
from records import agents, attachments, conversations, customers, inbox, messages, tickets
from records.database import Database
from records.ids import new_id

Bearer = Annotated[str | None, Header(description="Bearer, then the conversation's token")]


class Ask(BaseModel):
    """A message from a customer: a text, or the id of a button that was offered."""

    model_config = ConfigDict(extra="ignore")

    text: str | None = None
    button: str | None = None
    conversation: str | None = None
    token: str | None = None
    language: str | None = None
    attachments: list[str] = Field(default_factory=list, max_length=10)
    client_id: str | None = Field(None, max_length=64, description="makes a repeat recognisable")


class Begin(BaseModel):
    """A conversation to be begun before its first message, to send a file with it."""

    language: str | None = None


def web_routes(front: Front) -> APIRouter:
    """Return the web channel's routes."""
    routes = APIRouter(tags=["chat"])

    @routes.websocket("/api/chat")
    async def chat(socket: WebSocket) -> None:
        await Chat(front, socket).serve()

    @routes.post("/api/conversations", status_code=201)
    async def begin(body: Begin, request: Request) -> dict[str, str]:
        await front.limits.check(None, front.limits.address_of(request))
        conversation, token = await _begin(front, body.language)
        return {"conversation": conversation, "token": token}

    @routes.post("/api/messages")
    async def ask(body: Ask, request: Request) -> dict[str, Any]:
        return await _ask(front, body, front.limits.address_of(request))

    @routes.get("/api/conversations/{conversation}/messages")
    async def read(
        conversation: str,
        since: Annotated[int, Query(ge=0, le=LARGEST_SEQ)] = 0,
        authorization: Bearer = None,
    ) -> dict[str, Any]:
        held = await open_to(front.database, conversation, authorization)
        async with front.database.read() as connection:
            said = await messages.since(connection, held.id, since)
        return {"mode": held.mode, "messages": [message_json(message) for message in said]}

    @routes.post("/api/files", status_code=201)
    async def upload(
        file: UploadFile, conversation: str, request: Request, authorization: Bearer = None
    ) -> Any:
        await front.limits.check(conversation, front.limits.address_of(request))
        held = await open_to(front.database, conversation, authorization)
        content = await file.read(front.upload_max_bytes + 1)
        kept = await store_upload(
            front.database, front.files, held.id, file.filename or "", content, front.upload_max_bytes
        )
        return {
            "id": kept.id,
            "name": kept.name,
            "size_bytes": kept.size_bytes,
            "media_type": kept.media_type,
        }

    @routes.get("/api/files/{file}")
    async def download(file: str, authorization: Bearer = None) -> Response:
        async with front.database.read() as connection:
            kept, conversation = await attachments.by_id(connection, clean(file))
        await open_to(front.database, conversation, authorization)
        return file_response(front, kept.sha256, kept.media_type, kept.name)

    return routes


def file_response(front: Front, sha256: str, media_type: str, name: str) -> FileResponse:
    """Return a file as something to be saved, never as something to be run."""
    return FileResponse(
        attachments.path_of(front.files, sha256),
        media_type=media_type,
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "private, max-age=3600",
        },
    )


async def open_to(database: Database, conversation: str, authorization: str | None) -> Conversation:
    """Return the conversation that a bearer's token opens."""
    token = (authorization or "").removeprefix("Bearer ")
    async with database.read() as connection:
        return await conversations.check_token(connection, clean(conversation), token, database.now())


async def _begin(front: Front, language: str | None) -> tuple[str, str]:
    spoken = front.language(language)
    async with front.database.write() as writing:
        customer = await customers.create(writing, language=spoken)
        return await conversations.create(writing, customer, "web", "", spoken)


async def _ask(front: Front, body: Ask, address: str) -> dict[str, Any]:
    token = body.token
    if body.conversation:
        held = await open_to(front.database, body.conversation, token)
        language = held.language
    else:
        language = front.language(body.language)
    await front.limits.check(body.conversation, address)
    given = {name: clean(value) for name, value in body.model_dump().items()}
    incoming = incoming_of(given, body.conversation, given["client_id"] or new_id("x"))
    taken = await inbox.take(front.database, incoming, language)
    if taken.conversation != body.conversation:
        token = taken.token or await _further_token(front.database, taken.conversation)
    replies = await _replies(front, taken)
    async with front.database.read() as connection:
        mode: Mode = (await conversations.by_id(connection, taken.conversation)).mode
    return {
        "conversation": taken.conversation,
        "token": token,
        "mode": mode,
        "replies": [reply_json(reply) for reply in replies],
    }


async def _replies(front: Front, taken: inbox.Taken) -> list[Message]:
    """Wait until somebody has dealt with the message; what was said to it, nothing when a human has it."""
    topic = conversations.topic(taken.conversation)
    async with front.database.wakes.listening([topic]) as queue:
        with suppress(TimeoutError):
            async with asyncio.timeout(front.answer_seconds):
                while True:
                    async with front.database.read() as connection:
                        replies = await messages.replies_to(connection, taken.message)
                    if replies is not None:
                        return replies
                    await queue.get()
    raise Problem("still_thinking", 504, "The answer takes longer than usual.", "Read it with `since` later.")


async def _further_token(database: Database, conversation: str) -> str:
    async with database.write() as writing:
        return await agents.conversation_token(writing, conversation)


async def resume(database: Database, secret: str) -> tuple[str, str]:
    """Open the conversation of the ticket that a mailed link names; following it proves the address."""
    async with database.write() as writing:
        number = await agents.check_link(writing.connection, LINK_PURPOSE, secret, writing.now)
        ticket = await tickets.by_number(writing.connection, number)
        if ticket.email:
            await customers.verify_email(writing, ticket.customer, ticket.email)
        if ticket.conversation is None:
            return await conversations.create(writing, ticket.customer, "web", "", "en")
        return ticket.conversation, await agents.conversation_token(writing, ticket.conversation)
