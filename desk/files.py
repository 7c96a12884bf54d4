"""Uploaded files: checked, named safely, typed by their bytes, and kept under DATA_DIR."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from pathlib import Path

import puremagic

from nouns import Attachment, Problem
from records import attachments
from records.database import Database

NAME_LENGTH = 120
# What has no name is called photo.jpg, voice.ogg, sticker.webp or location.txt by the channels.
RECEIVED = {
    "sticker": "sticker_received",
    "location": "place_received",
    "voice": "voice_received",
    "photo": "photo_received",
    "image": "photo_received",
    "audio": "voice_received",
}
OPAQUE = "application/octet-stream"
# What a browser may be told; all else, HTML, SVG and scripts above all, is bytes to be saved.
SAFE_TYPES = re.compile(
    r"image/(png|jpeg|gif|webp|avif|heif|heic|bmp|tiff)|audio/[\w.+-]+|video/[\w.+-]+|application/(pdf|zip|gzip)"
    r"|application/vnd\.(openxmlformats-officedocument|oasis\.opendocument)\.[\w.+-]+"
)
MARKUP = re.compile(r"\s*(<!|<\?|<[a-z])", re.IGNORECASE)
SCRIPT_NAMES = (".js", ".mjs", ".html", ".htm", ".xhtml", ".svg", ".xml", ".css")


async def store_upload(
    database: Database, folder: Path, conversation: str, name: str, content: bytes, limit: int
) -> Attachment:
    """Keep a file for a conversation; it joins a message when that is sent."""
    check_size(len(content), limit)
    name, media_type = clean_name(name), media_type_of(content, name)
    sha256 = await asyncio.to_thread(attachments.keep_bytes, folder, content)
    async with database.write() as writing:
        stored = (sha256, len(content))
        attachment = await attachments.add(writing, conversation, name, media_type, stored)
    return Attachment(attachment, name, media_type, len(content), sha256)


def check_size(size_bytes: int, limit: int) -> None:
    """Refuse an empty file, and one above the limit."""
    if size_bytes == 0:
        raise Problem("file_empty", 422, "The file is empty.", "Choose another one.")
    if size_bytes > limit:
        megabytes = f"{limit / 1_000_000:g}"
        raise Problem("file_too_large", 413, f"A file may have {megabytes} MB.", "Send a smaller one.")


def received(file: Attachment) -> str:
    """Return the key of what a customer is told who sent this file and nothing else."""
    stem, kind = file.name.partition(".")[0], file.media_type.partition("/")[0]
    return RECEIVED.get(stem) or RECEIVED.get(kind, "file_received")


def clean_name(name: str) -> str:
    """Return a name without folders, control or direction characters, of 120 characters at most."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    shown = "".join(" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in last)
    shown = " ".join(shown.split()).strip(". ") or "file"
    stem, dot, ending = shown.rpartition(".")
    if len(shown) <= NAME_LENGTH or not dot or len(ending) > 10:
        return shown[:NAME_LENGTH]
    return f"{stem[: NAME_LENGTH - len(ending) - 1]}.{ending}"


def media_type_of(content: bytes, name: str = "") -> str:
    """Return the type that the bytes show, never what the name says; unknown and active ones are opaque."""
    text = _as_text(content)
    if text is not None:
        active = MARKUP.match(text) or name.lower().endswith(SCRIPT_NAMES)
        guessed = _sniffed(content)
        return OPAQUE if active else guessed if guessed == "application/pdf" else "text/plain"
    found = _sniffed(content)
    return found if SAFE_TYPES.fullmatch(found) else OPAQUE


def _as_text(content: bytes) -> str | None:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if re.search(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]", text) else text


def _sniffed(content: bytes) -> str:
    try:
        return next((found.mime_type for found in puremagic.magic_string(content) if found.mime_type), OPAQUE)
    except (puremagic.PureError, ValueError):
        return OPAQUE
