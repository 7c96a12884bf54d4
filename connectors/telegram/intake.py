"""Taking an update: stored once, its file with it; only then is anybody told, and typing shown."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any
from weakref import WeakValueDictionary

import structlog
from telegram import Bot, CallbackQuery, InlineKeyboardMarkup, Message, Update, User
from telegram.constants import ChatAction
from telegram.error import TelegramError

from connectors.telegram.account import Account
from connectors.telegram.files import Keeper
from connectors.telegram.sending import SOURCE_PREFIX, Dispatch
from connectors.telegram.texts import BUTTON_GONE
from connectors.telegram.updates import CHANNEL, Received, chat_of, read_update
from desk import in_private
from desk.linking import Linking
from nouns import Incoming, Problem
from records import conversations, facts, inbox, messages
from records.database import Database

log = structlog.get_logger()

TRIES = 3
PAUSE_SECONDS = 0.5
TYPING_SECONDS = 4.5  # Telegram shows it for five
LONGEST_TYPING_SECONDS = 60.0
NOTICE_LENGTH = 200
MOST_BESIDE = 16


@dataclass
class Intake:
    """Takes updates, one after the other in a chat, chats side by side."""

    account: Account
    bot: Bot
    database: Database
    keeper: Keeper
    dispatch: Dispatch
    linking: Linking
    _chats: WeakValueDictionary[int, asyncio.Lock] = field(default_factory=WeakValueDictionary)
    _beside: set[asyncio.Task[None]] = field(default_factory=set)

    async def take(self, update: Update, me: User) -> None:
        """Take an update; one that fails again and again is noted and left, so that the next may come.

        While the database is down that note fails as well, and nothing is left.
        """
        lock = self._chats.setdefault(chat_of(update), asyncio.Lock())
        async with lock:
            for attempt in range(1, TRIES + 1):
                try:
                    await self._take(update, me)
                    return
                except Exception:  # an update's edge: whatever is in it must not stop the channel
                    log.exception("update not taken", channel=CHANNEL, update=update.update_id)
                    await asyncio.sleep(PAUSE_SECONDS * attempt)
            await self.leave(update.update_id)

    async def leave(self, update_id: int) -> None:
        """Note that an update can't be read."""
        async with self.database.write() as writing:
            await facts.note(writing, "update_left", None, {"channel": CHANNEL, "update": update_id})

    async def _take(self, update: Update, me: User) -> None:
        received = read_update(update, me)
        if received is None:
            return
        incoming = received.incoming
        if received.moved:
            await self.dispatch.follow(incoming.address, received.moved)
        elif received.unlink:
            language = self.account.language(incoming.language_hint)
            await self.linking.undo_at(CHANNEL, incoming.address, language, incoming.external_id)
        elif received.press:
            await self._press(received.press, incoming)
        elif not (received.edit and await self._amend(incoming)):
            await self._store(received)

    async def _amend(self, incoming: Incoming) -> bool:
        return await inbox.amend(self.database, CHANNEL, incoming.external_id, incoming.text)

    async def _store(self, received: Received) -> None:
        incoming = received.incoming
        language = self.account.language(incoming.language_hint)
        if received.payload:
            if await self._claim(received, language):
                return
            incoming = await self._taken_along(incoming, received.payload)
        if received.file:
            conversation = await inbox.place(self.database, incoming, language)
            if conversation is None:
                return
            kept = await self.keeper.keep(received.file, conversation)
            if kept:
                incoming = replace(incoming, attachments=(kept,))
            else:
                incoming = replace(incoming, lost_files=(received.file.lost_name,))
        taken = await inbox.take(self.database, incoming, language)
        if taken.new:
            self._begin_typing(taken, incoming.address)

    async def _claim(self, received: Received, language: str) -> bool:
        """Claim the link that a web visitor opened; a payload of somebody else's means nothing here."""
        incoming = received.incoming
        who = (incoming.address, incoming.sender_name)
        claimed = await self.linking.claim(CHANNEL, received.payload, who, language, incoming.external_id)
        return claimed is not None

    async def _taken_along(self, incoming: Incoming, payload: str) -> Incoming:
        """Return what a link in a group stands for that leads here; any other payload means nothing."""
        async with self.database.read() as connection:
            taken = await in_private.taken_along(connection, CHANNEL, payload)
        return replace(incoming, command=taken[0], text=taken[1]) if taken else incoming

    async def _press(self, query: CallbackQuery, incoming: Incoming) -> None:
        language = self.account.language(incoming.language_hint)
        try:
            taken = await inbox.take(self.database, incoming, language)
        except Problem as problem:
            if problem.code != "button_unknown":
                raise
            notice = BUTTON_GONE.get(language, BUTTON_GONE["en"])
            self._begin(_tell(self.bot.answer_callback_query(query.id, notice[:NOTICE_LENGTH])))
            return
        if taken.new:
            self._begin_typing(taken, incoming.address)
        self._begin(_tell(self.bot.answer_callback_query(query.id)))
        if isinstance(query.message, Message) and not (query.data or "").startswith(SOURCE_PREFIX):
            self._begin(_tell(self._put_away(query.message)))

    async def _put_away(self, message: Message) -> None:
        """Take away the offers of which one was taken up; what leads to a source stays."""
        rows = message.reply_markup.inline_keyboard if message.reply_markup else ()
        kept = [[one for one in row if str(one.callback_data).startswith(SOURCE_PREFIX)] for row in rows]
        left = InlineKeyboardMarkup([row for row in kept if row])
        await self.bot.edit_message_reply_markup(message.chat.id, message.message_id, reply_markup=left)

    def _begin_typing(self, taken: inbox.Taken, address: str) -> None:
        """Show typing, but in a burst to the first ones only: answers need the connections more."""
        if len(self._beside) < MOST_BESIDE:
            self._begin(self._show_typing(taken, address))

    async def _show_typing(self, taken: inbox.Taken, address: str) -> None:
        """Show that somebody is at it until the message is dealt with."""
        chat, _, thread = address.partition("/")
        topic = conversations.topic(taken.conversation)
        with suppress(TelegramError, TimeoutError):
            async with (
                asyncio.timeout(LONGEST_TYPING_SECONDS),
                self.database.wakes.listening([topic]) as told,
            ):
                while await self._at_it(taken):
                    await self.bot.send_chat_action(
                        int(chat), ChatAction.TYPING, int(thread) if thread else None
                    )
                    with suppress(TimeoutError):
                        async with asyncio.timeout(TYPING_SECONDS):
                            while not (await told.get()).startswith(messages.DELIVERED_WORD):
                                pass

    async def _at_it(self, taken: inbox.Taken) -> bool:
        async with self.database.read() as connection:
            return await messages.awaits_the_bot(connection, taken.message)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    def stop(self) -> None:
        """End what runs beside."""
        for task in self._beside:
            task.cancel()


async def _tell(call: Coroutine[Any, Any, Any]) -> None:
    """Make a call that may as well fail: a spinner that ends, buttons that go."""
    try:
        await call
    except TelegramError as error:
        log.info("not told", channel=CHANNEL, error=str(error))
