"""An update as Telegram sends it, translated: what a customer wrote, pressed, changed or moved to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from telegram import CallbackQuery, Chat, Message, MessageEntity, Poll, Update, User

from connectors.telegram.files import Sent, sent_file
from connectors.wire import LONGEST_TEXT
from nouns import Incoming
from records.inbox import COMMANDS

CHANNEL = "telegram"
ALLOWED = ("message", "edited_message", "callback_query")
COMMAND = re.compile(r"/([A-Za-z0-9_]+)(?:@(\w+))?(?=\s|$)")
UNLINK = "unlink"
GROUPS = (Chat.GROUP, Chat.SUPERGROUP)


@dataclass(frozen=True, slots=True)
class Received:
    """One update in our words; `press` is the pressed button's query, `moved` the chat's new id.

    `payload` is what a deep link to the bot carried.
    """

    incoming: Incoming
    file: Sent | None = None
    edit: bool = False
    press: CallbackQuery | None = None
    payload: str = ""
    unlink: bool = False
    moved: str | None = None


def read_update(update: Update, me: User) -> Received | None:
    """Translate an update; None for what is not meant for the bot."""
    if update.callback_query:
        return _press(update.callback_query, me)
    message = update.message or update.edited_message
    if message is None:
        return None
    if message.migrate_to_chat_id:
        moved = str(message.migrate_to_chat_id)
        return Received(Incoming(CHANNEL, "", str(message.chat.id), ""), moved=moved)
    if message.from_user is None or message.from_user.is_bot:
        return None
    return _message(message, me, edit=update.edited_message is not None)


def chat_of(update: Update) -> int:
    """Return whose updates must be taken one after the other."""
    return update.effective_chat.id if update.effective_chat else 0


def address_of(message: Message) -> str:
    """Return where an answer goes: the chat, and in a forum the topic."""
    thread = message.message_thread_id if message.is_topic_message else None
    return f"{message.chat.id}/{thread}" if thread else str(message.chat.id)


def _message(message: Message, me: User, *, edit: bool) -> Received | None:
    text = clean(message.text or message.caption or _in_words(message))
    command = COMMAND.match(text) if message.text else None
    if command and command[2] and command[2].lower() != (me.username or "").lower():
        return None
    word = command[1].lower() if command else ""
    if word == UNLINK and message.chat.type == Chat.PRIVATE:
        return Received(_incoming(message, me), unlink=True)
    if message.chat.type in GROUPS and word not in COMMANDS and not _addressed(message, me):
        return None
    incoming = replace(_incoming(message, me), text=_without_name(text, me))
    if word in COMMANDS:
        shown = replace(incoming, command=word, text=_command_text(word, text))
        return Received(shown, edit=edit, payload=_payload(message, word, text))
    file = sent_file(message)
    if file is None and not text.strip():
        if not message.effective_attachment:
            return None
        incoming = replace(incoming, lost_files=(type(message.effective_attachment).__name__.lower(),))
    return Received(incoming, file=file, edit=edit)


def _press(query: CallbackQuery, me: User) -> Received | None:
    if not query.data or query.message is None:
        return None
    message = query.message
    address = address_of(message) if isinstance(message, Message) else str(message.chat.id)
    incoming = Incoming(
        CHANNEL,
        f"{me.id}:press:{query.id}",
        address,
        "",
        button=query.data,
        sender_name=_name(message.chat, query.from_user),
        language_hint=query.from_user.language_code,
        shared=message.chat.type in GROUPS,
    )
    return Received(incoming, press=query)


def _incoming(message: Message, me: User) -> Incoming:
    sender = message.from_user
    return Incoming(
        CHANNEL,
        f"{me.id}:{message.chat.id}:{message.message_id}",
        address_of(message),
        "",
        sender_name=_name(message.chat, sender),
        language_hint=sender.language_code if sender else None,
        shared=message.chat.type in GROUPS,
    )


def _name(chat: Chat, sender: User | None) -> str | None:
    return clean(chat.title or (sender.full_name if sender else "")) or None


def _addressed(message: Message, me: User) -> bool:
    """Tell whether a group's message means the bot: it names it, or answers it."""
    answered = message.reply_to_message.from_user if message.reply_to_message else None
    if answered and answered.id == me.id:
        return True
    entities: Sequence[MessageEntity] = message.entities or message.caption_entities
    read = message.parse_entity if message.entities else message.parse_caption_entity
    return any(
        (one.user is not None and one.user.id == me.id)
        or (one.type == MessageEntity.MENTION and read(one).lower() == f"@{me.username}".lower())
        for one in entities
    )


def _without_name(text: str, me: User) -> str:
    return re.sub(rf"@{re.escape(me.username or '')}\b[,:，：]?\s*", "", text, flags=re.IGNORECASE).strip()


def _command_text(word: str, text: str) -> str:
    """Return a command as the transcript shows it; what follows /start is a link's payload, not theirs."""
    rest = "" if word == "start" else text[len(text.split(maxsplit=1)[0]) :]
    return f"/{word}{rest}"


def _payload(message: Message, word: str, text: str) -> str:
    """Return what a deep link carried; in a group it would not say whose it is."""
    private = message.chat.type == Chat.PRIVATE and word == "start"
    return text.partition(" ")[2].strip() if private else ""


def _in_words(message: Message) -> str:
    """Return what a message that is neither text nor file says."""
    if message.dice:
        return message.dice.emoji
    poll: Poll | None = message.poll
    return "\n".join([poll.question, *(f"- {one.text}" for one in poll.options)]) if poll else ""


def clean(text: str) -> str:
    """Return a text without what no database holds, and not longer than any channel may send."""
    whole = text.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole[:LONGEST_TEXT]
