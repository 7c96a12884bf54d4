"""What customers send besides text: fetched from Telegram, checked by the desk, kept; or named as lost."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from telegram import Bot, Message
from telegram.error import BadRequest, TelegramError

from desk.files import clean_name, store_upload
from nouns import Problem
from records.database import Database

log = structlog.get_logger()

# The Bot API lets nobody download more (core.telegram.org/bots/api#getfile).
LARGEST_DOWNLOAD = 20_000_000
TRIES = 3
PAUSE_SECONDS = 0.5
NAMES = {
    "animation": "animation.mp4",
    "document": "file",
    "audio": "audio.mp3",
    "video": "video.mp4",
    "voice": "voice.ogg",
    "video_note": "video.mp4",
    "sticker": "sticker.webp",
}


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that a customer sent: to be fetched by its id, or written out here (a place, a contact)."""

    name: str
    id: str = ""
    size_bytes: int = 0
    content: bytes = b""

    @property
    def lost_name(self) -> str:
        """What the team reads of it when it could not be kept."""
        size = f" ({self.size_bytes / 1_000_000:.1f} MB)" if self.size_bytes else ""
        return f"{clean_name(self.name)}{size}"


@dataclass(frozen=True, slots=True)
class Keeper:
    """Fetches and keeps files."""

    bot: Bot
    database: Database
    folder: Path
    limit: int

    async def keep(self, sent: Sent, conversation: str) -> str | None:
        """Keep a file for a conversation and return its id; None when that can't be done."""
        if sent.size_bytes > min(self.limit, LARGEST_DOWNLOAD):
            return None
        content = sent.content or await self._fetch(sent)
        if content is None:
            return None
        try:
            kept = await store_upload(
                self.database, self.folder, conversation, sent.name, content, self.limit
            )
        except Problem as problem:
            log.warning("file not kept", channel="telegram", problem=problem.code)
            return None
        return kept.id

    async def _fetch(self, sent: Sent) -> bytes | None:
        for attempt in range(1, TRIES + 1):
            try:
                file = await self.bot.get_file(sent.id)
                return bytes(await file.download_as_bytearray())
            except BadRequest as error:
                log.warning("file not fetched", channel="telegram", error=str(error))
                return None
            except TelegramError as error:
                log.warning("file not fetched", channel="telegram", error=str(error), attempt=attempt)
                await asyncio.sleep(PAUSE_SECONDS * attempt)
        return None


def sent_file(message: Message) -> Sent | None:
    """Return the file of a message."""
    if message.photo:
        largest = message.photo[-1]
        return Sent("photo.jpg", largest.file_id, largest.file_size or 0)
    for kind, name in NAMES.items():
        if found := getattr(message, kind):
            name = getattr(found, "file_name", None) or _sticker_name(found, name)
            return Sent(name, found.file_id, found.file_size or 0)
    return _written_out(message)


def _sticker_name(found: Any, name: str) -> str:
    if getattr(found, "is_video", False):
        return "sticker.webm"
    return "sticker.tgs" if getattr(found, "is_animated", False) else name


def _written_out(message: Message) -> Sent | None:
    lines: list[str] = []
    if message.venue:
        lines += [message.venue.title, message.venue.address]
    if place := message.location or (message.venue.location if message.venue else None):
        lines.append(f"geo:{place.latitude},{place.longitude}")
        return Sent("location.txt", content="\n".join(lines).encode())
    if contact := message.contact:
        name = " ".join(part for part in (contact.first_name, contact.last_name) if part)
        return Sent("contact.txt", content=f"{name}\n{contact.phone_number}".encode())
    return None
