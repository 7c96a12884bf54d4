"""Files: the bytes stand under DATA_DIR by their hash, the rows say whose they are."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Column, ColumnElement, bindparam, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from nouns import Attachment, Problem
from records.database import Writing, quick
from records.ids import new_id
from records.tables import attachments


def keep_bytes(folder: Path, content: bytes) -> str:
    """Store the bytes once, by their SHA-256, and return it; a file is there whole or not at all."""
    digest = hashlib.sha256(content).hexdigest()
    target = path_of(folder, digest)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = target.with_name(f".{digest}.{os.getpid()}")
        aside.write_bytes(content)
        aside.replace(target)
    return digest


def path_of(folder: Path, digest: str) -> Path:
    """Return where the bytes of this hash stand."""
    return folder / digest[:2] / digest


async def add(
    writing: Writing, conversation: str, name: str, media_type: str, stored: tuple[str, int]
) -> str:
    """Note a stored file (hash, size) as the conversation's; it joins a message when that is sent."""
    attachment = new_id("f")
    await writing.execute(
        insert(attachments).values(
            id=attachment,
            conversation=conversation,
            name=name,
            media_type=media_type,
            sha256=stored[0],
            size_bytes=stored[1],
            created_at=writing.now,
        )
    )
    return attachment


async def attach(writing: Writing, conversation: str, files: Sequence[str], message: str) -> None:
    """Join files of this conversation to a message; another conversation's are refused."""
    if not files:
        return
    done = await writing.execute(
        update(attachments)
        .where(
            attachments.c.id.in_(files),
            attachments.c.conversation == conversation,
            attachments.c.message.is_(None),
        )
        .values(message=message)
    )
    if done.rowcount != len(set(files)):
        raise Problem(
            "file_unknown", 422, "A file of this message is not there, or was sent before.", "Add it again."
        )


async def by_id(connection: AsyncConnection, attachment: str) -> tuple[Attachment, str]:
    """Return a file and the conversation it belongs to."""
    row = (await connection.execute(select(attachments).where(attachments.c.id == attachment))).one_or_none()
    if row is None:
        raise Problem("file_unknown", 404, "There is no such file.")
    return Attachment(row.id, row.name, row.media_type, row.size_bytes, row.sha256), row.conversation


def held_by(message: Column[str]) -> ColumnElement[bool]:
    """Return a column, `has_files`, that saves the look-up for the many messages without any."""
    return exists().where(attachments.c.message == message).label("has_files")


OF_MESSAGES = quick(
    select(attachments)
    .where(attachments.c.message.in_(bindparam("some", expanding=True)))
    .order_by(attachments.c.created_at, attachments.c.id)
)


async def of_messages(connection: AsyncConnection, messages: Sequence[str]) -> dict[str, list[Attachment]]:
    """Return the files of each message that has any."""
    rows = await connection.execute(OF_MESSAGES, {"some": list(messages)})
    found: dict[str, list[Attachment]] = {}
    for row in rows:
        file = Attachment(row.id, row.name, row.media_type, row.size_bytes, row.sha256)
        found.setdefault(row.message, []).append(file)
    return found
