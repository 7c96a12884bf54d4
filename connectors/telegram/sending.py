"""A delivery as the customer's chat shows it: pieces of HTML, links or buttons to the sources, files."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import httpx
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram import Message as Shown
from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from connectors.port import NotSentError
from connectors.telegram.account import wait_of
from connectors.telegram.formatting import Block, link, pieces_of, plain
from connectors.telegram.updates import CHANNEL
from desk import in_private
from desk.texts import say
from knowledge.sentence import emphasised
from nouns import Attachment, Author, Button, Delivery, Message, Source
from records import attachments, conversations, facts, messages, outbox
from records.database import Database

HOLD_SECONDS = 90.0
LONGEST_PAUSE_SECONDS = 60.0
TOKEN_PAUSE_SECONDS = 60.0
TITLE_LENGTH, SHORT_TITLE = 60, 14
LARGEST_PHOTO = 10_000_000
SOURCE_PREFIX = "s"
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


@dataclass(frozen=True, slots=True)
class Part:
    """One call: a piece of HTML or a file, the last piece with the buttons."""

    html: str = ""
    keyboard: InlineKeyboardMarkup | None = None
    file: Attachment | None = None


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Sends deliveries. Telegram knows no repeats: what may have arrived is sent once more, never twice."""

    bot: Bot
    database: Database
    files: Path
    base_url: str | None
    way_in: Callable[[str], str | None]

    async def send(self, delivery: Delivery) -> str | None:
        """Send what has not arrived yet; return the last message's id."""
        try:
            if delivery.unknown:
                await self._may_repeat(delivery)
            return await self._send(delivery)
        except ChatMigrated as error:
            await self.follow(delivery.address, str(error.new_chat_id))
            raise NotSentError(str(error), retry_after_seconds=0.1) from error
        except TelegramError as error:
            raise not_sent(error, delivery) from error

    async def follow(self, old: str, new: str) -> None:
        """Let a group's conversation go on where the group went."""
        async with self.database.write() as writing:
            await conversations.move(writing, CHANNEL, old.partition("/")[0], new)

    async def _may_repeat(self, delivery: Delivery) -> None:
        if delivery.unknown > 1:
            why = "sent twice, and twice the answer was lost"
            raise NotSentError(why, for_good=True, unknown=True)
        try:
            await self.bot.get_me()  # the one repeat is not spent while nobody answers
        except TelegramError as error:
            raise NotSentError(str(error), retry_after_seconds=pause_of(delivery)) from error
        async with self.database.write() as writing:
            await facts.note(writing, "delivery_repeated", None, {"channel": CHANNEL, "key": delivery.key})

    async def _send(self, delivery: Delivery) -> str | None:
        parts = await self._parts(delivery)
        chat, _, thread = delivery.address.partition("/")
        where = (int(chat), int(thread) if thread else None)
        shown: Shown | None = None
        for number, part in enumerate(parts[delivery.parts_done :], delivery.parts_done + 1):
            try:
                shown = await self._show(where, part)
            except TelegramError as error:
                first = number == delivery.parts_done + 1
                raise not_sent(error, delivery, repeated=first and delivery.unknown > 0) from error
            if number < len(parts):
                await outbox.progressed(self.database, delivery, number, HOLD_SECONDS)
        return str(shown.message_id) if shown else None

    async def _show(self, where: tuple[int, int | None], part: Part) -> Shown:
        chat, thread = where
        if part.file:
            return await self._show_file(where, part.file)
        try:
            return await self.bot.send_message(
                chat,
                part.html,
                ParseMode.HTML,
                message_thread_id=thread,
                reply_markup=part.keyboard,
                link_preview_options=NO_PREVIEW,
            )
        except BadRequest as error:
            if "parse entities" not in str(error):
                raise
        text = plain(part.html)
        return await self.bot.send_message(chat, text, message_thread_id=thread, reply_markup=part.keyboard)

    async def _show_file(self, where: tuple[int, int | None], file: Attachment) -> Shown:
        chat, thread = where
        content = await asyncio.to_thread(attachments.path_of(self.files, file.sha256).read_bytes)
        if file.media_type in ("image/png", "image/jpeg") and file.size_bytes <= LARGEST_PHOTO:
            try:
                return await self.bot.send_photo(chat, content, message_thread_id=thread, filename=file.name)
            except BadRequest:  # too long, too narrow, or no picture after all: it goes as a file
                pass
        return await self.bot.send_document(chat, content, message_thread_id=thread, filename=file.name)

    async def _parts(self, delivery: Delivery) -> list[Part]:
        message = delivery.message
        if message is None:
            return [Part(piece) for piece in pieces_of(str(delivery.payload.get("text", "")))]
        keyboard = await self._keyboard(message, in_group=delivery.address.startswith("-"))
        pieces = pieces_of(_signed(message), self.base_url, [self._source(one) for one in message.sources])
        texts = [Part(piece) for piece in pieces[:-1]] + [Part(piece, keyboard) for piece in pieces[-1:]]
        return [*texts, *(Part(file=file) for file in message.attachments)]

    def _source(self, source: Source) -> Block:
        if self.base_url:
            return link(source.title, urljoin(f"{self.base_url}/", source.url))
        return [(f"📖 {source.title}", ())]

    async def _keyboard(self, message: Message, *, in_group: bool) -> InlineKeyboardMarkup | None:
        buttons = list(message.buttons)
        if message.sources and not self.base_url:
            buttons = [*await self._readings(message), *buttons]
        rows = rows_of(buttons, self._ways_in(message) if in_group else {})
        return InlineKeyboardMarkup(rows) if rows else None

    def _ways_in(self, message: Message) -> dict[str, str]:
        """Return where a group's offers of a person or a ticket lead: where nobody reads along."""
        carried = {one.id: in_private.way_in(one, message) for one in message.buttons}
        return {id: address for id, said in carried.items() if said and (address := self.way_in(said))}

    async def _readings(self, message: Message) -> list[Button]:
        """Offer to show each source here, since there is no page to link to."""
        async with self.database.write() as writing:
            held = await conversations.by_id(writing.connection, message.conversation)
            words = say("read_here", held.language)
            offers = [
                Button(
                    f"{SOURCE_PREFIX}{number}_{message.id}",
                    words if len(message.sources) == 1 else f"{words}: {source.title}",
                    "ask_question",
                    {"passage": passage_of(message, source)},
                )
                for number, source in enumerate(message.sources)
            ]
            await messages.offer(writing, message.id, offers)
        return offers


def passage_of(message: Message, source: Source) -> str:
    """Return the passage behind a source: the one that was voted on, else the one its address names."""
    for button in message.buttons:
        passage = button.entities.get("passage", "")
        if passage.partition("#")[0] == source.article:
            return passage
    anchor = source.url.partition("#")[2]
    return f"{source.article}#{anchor}" if anchor else source.article


def rows_of(buttons: Sequence[Button], links: Mapping[str, str]) -> list[list[InlineKeyboardButton]]:
    """Return short buttons side by side, long ones each on a row; `links` are the addresses of some."""
    rows: list[list[InlineKeyboardButton]] = []
    room = 0
    for button in buttons:
        title = button.title if len(button.title) <= TITLE_LENGTH else f"{button.title[: TITLE_LENGTH - 1]}…"
        link = links.get(button.id)
        shown = InlineKeyboardButton(title, url=link, callback_data=None if link else button.id)
        if len(title) <= SHORT_TITLE and room:
            rows[-1].append(shown)
            room -= 1
        else:
            rows.append([shown])
            room = 2 if len(title) <= SHORT_TITLE else 0
    return rows


def not_sent(error: TelegramError, delivery: Delivery, *, repeated: bool = False) -> NotSentError:
    """Say what an error of the Bot API means for a delivery (core.telegram.org/bots/api#making-requests)."""
    why = f"{type(error).__name__}: {error}"
    if isinstance(error, ChatMigrated):
        raise error
    if isinstance(error, RetryAfter):
        return NotSentError(why, retry_after_seconds=wait_of(error))
    if isinstance(error, InvalidToken):
        return NotSentError(why, retry_after_seconds=TOKEN_PAUSE_SECONDS)
    if isinstance(error, (BadRequest, Forbidden)):
        return NotSentError(why, for_good=True)
    unknown = _outcome_unknown(error)
    return NotSentError(
        why, for_good=unknown and repeated, retry_after_seconds=pause_of(delivery), unknown=unknown
    )


def pause_of(delivery: Delivery) -> float:
    """Return how long to wait: twice as long each time, a minute at most, and never giving up."""
    return float(min(2.0 ** min(delivery.attempts, 10) / 4, LONGEST_PAUSE_SECONDS))


def _outcome_unknown(error: TelegramError) -> bool:
    """Tell whether the call may have done its work: it left, and what came back was nothing or no answer."""
    cause = error.__cause__
    if isinstance(cause, httpx.HTTPError):
        return not isinstance(cause, NEVER_LEFT)
    return not isinstance(error, NetworkError) or isinstance(cause, TelegramError)


def _signed(message: Message) -> str:
    """Return an agent's text with the name before it, the bot's with its best sentence in bold."""
    if message.author is not Author.AGENT or not message.agent_name or not message.text:
        return emphasised(message.text, message.best)
    name = re.sub(r"([\\`*_\[\]<>])", r"\\\1", message.agent_name)
    return f"**{name}:** {message.text}"
