"""The methods of the Bot API that Firstline uses, with the checks and the words of the real one."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

from platforms.telegram.entities import MarkupError, is_address, read_html, utf16
from platforms.telegram.state import ApiError, Json, Telegram

LONGEST_TEXT, LONGEST_CAPTION = 4096, 1024
LARGEST_DOWNLOAD = 20_000_000
ACTIONS = ("typing", "upload_photo", "upload_document", "record_voice", "upload_voice", "find_location")
Method = Callable[[Telegram, Json], Awaitable[Any]]


async def get_me(platform: Telegram, given: Json) -> Any:
    """Tell who the bot is."""
    return platform.me


async def get_updates(platform: Telegram, given: Json) -> Any:
    """Give what waits from `offset` on; asking for an offset confirms, and so forgets, what is before it."""
    if platform.webhook.get("url"):
        raise ApiError(
            409,
            "Conflict: can't use getUpdates method while webhook is active; "
            "use deleteWebhook to delete the webhook first",
        )
    if "allowed_updates" in given:
        platform.allowed = given["allowed_updates"] or None
    offset, limit = int(given.get("offset") or 0), min(max(int(given.get("limit") or 100), 1), 100)
    platform.pending = (
        [one for one in platform.pending if one["update_id"] >= offset]
        if offset > 0
        else (platform.pending[offset:] if offset else platform.pending)
    )
    platform.poll += 1
    mine, until = platform.poll, time.monotonic() + float(given.get("timeout") or 0)
    platform.tell()
    with platform.listening() as changed:
        while not (platform.pending or platform.closing) and (left := until - time.monotonic()) > 0:
            changed.clear()
            try:
                async with asyncio.timeout(left):
                    await changed.wait()
            except TimeoutError:
                break
            if platform.poll != mine:
                raise ApiError(
                    409,
                    "Conflict: terminated by other getUpdates request; "
                    "make sure that only one bot instance is running",
                )
    return platform.pending[:limit]


async def set_webhook(platform: Telegram, given: Json) -> Any:
    """Have updates sent to an address; as from a server of one's own, plain HTTP is allowed."""
    url = str(given.get("url") or "")
    if not re.fullmatch(r"https?://\S+", url):
        raise ApiError(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
    secret = str(given.get("secret_token") or "")
    if secret and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
        raise ApiError(400, "Bad Request: secret token contains unallowed characters")
    platform.allowed = given.get("allowed_updates") or None
    platform.webhook = {
        "url": url,
        "secret": secret,
        "max_connections": int(given.get("max_connections") or 40),
    }
    if given.get("drop_pending_updates"):
        platform.pending.clear()
    platform.tell()
    return True


async def delete_webhook(platform: Telegram, given: Json) -> Any:
    """Have nothing sent any more."""
    platform.webhook = {}
    if given.get("drop_pending_updates"):
        platform.pending.clear()
    platform.tell()
    return True


async def get_webhook_info(platform: Telegram, given: Json) -> Any:
    """Tell where updates are sent, and what went wrong last."""
    webhook = platform.webhook
    known = {
        name: webhook[name]
        for name in ("max_connections", "last_error_date", "last_error_message")
        if name in webhook
    }
    return {
        "url": webhook.get("url", ""),
        "has_custom_certificate": False,
        "pending_update_count": len(platform.pending),
        **known,
        **({"allowed_updates": platform.allowed} if platform.allowed else {}),
    }


async def send_message(platform: Telegram, given: Json) -> Any:
    """Show a text."""
    chat = platform.chat_of(given.get("chat_id"))
    shown = _text(given, "text", LONGEST_TEXT)
    return platform.shows(chat, {**shown, **_keyboard(given)})


async def send_document(platform: Telegram, given: Json) -> Any:
    """Show a file."""
    return _file(platform, given, "document")


async def send_photo(platform: Telegram, given: Json) -> Any:
    """Show a picture."""
    return _file(platform, given, "photo")


async def send_chat_action(platform: Telegram, given: Json) -> Any:
    """Show that the bot is typing."""
    chat = platform.chat_of(given.get("chat_id"))
    if given.get("action") not in ACTIONS:
        raise ApiError(400, "Bad Request: wrong parameter action in request")
    chat.actions.append(given["action"])
    platform.tell()
    return True


async def edit_message_reply_markup(platform: Telegram, given: Json) -> Any:
    """Change the buttons under one of the bot's messages."""
    chat = platform.chat_of(given.get("chat_id"))
    message = platform.message(chat, int(given.get("message_id") or 0))
    if not message["from"]["is_bot"]:
        raise ApiError(400, "Bad Request: message can't be edited")
    new = _keyboard(given)
    if new.get("reply_markup") == message.get("reply_markup"):
        raise ApiError(
            400,
            "Bad Request: message is not modified: specified new message content and reply markup are "
            "exactly the same as a current content and reply markup of the message",
        )
    message.pop("reply_markup", None)
    message.update(new)
    platform.tell()
    return message


async def answer_callback_query(platform: Telegram, given: Json) -> Any:
    """End the waiting sign on a pressed button, with a notice if there is one."""
    query = str(given.get("callback_query_id"))
    if platform.queries.get(query, "unknown") is not None:
        raise ApiError(
            400, "Bad Request: query is too old and response timeout expired or query ID is invalid"
        )
    if utf16(str(given.get("text") or "")) > 200:
        raise ApiError(400, "Bad Request: MESSAGE_TOO_LONG")
    platform.queries[query] = {"text": given.get("text"), "show_alert": bool(given.get("show_alert"))}
    platform.tell()
    return True


async def get_file(platform: Telegram, given: Json) -> Any:
    """Tell where a file can be fetched."""
    file = str(given.get("file_id"))
    if file not in platform.files:
        raise ApiError(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
    path, content = platform.files[file]
    if len(content) > LARGEST_DOWNLOAD:
        raise ApiError(400, "Bad Request: file is too big")
    return {"file_id": file, "file_unique_id": file, "file_size": len(content), "file_path": path}


async def set_my_commands(platform: Telegram, given: Json) -> Any:
    """Keep the list of commands that Telegram offers to people of a language."""
    commands = given.get("commands") or []
    for one in commands:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", one["command"]) or not 1 <= len(one["description"]) <= 256:
            raise ApiError(400, "Bad Request: BOT_COMMAND_INVALID")
    platform.commands[_scope(given)] = commands
    platform.tell()
    return True


async def get_my_commands(platform: Telegram, given: Json) -> Any:
    """Return that list."""
    return platform.commands.get(_scope(given), [])


METHODS: dict[str, Method] = {
    "getMe": get_me,
    "getUpdates": get_updates,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
    "sendMessage": send_message,
    "sendDocument": send_document,
    "sendPhoto": send_photo,
    "sendChatAction": send_chat_action,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "answerCallbackQuery": answer_callback_query,
    "getFile": get_file,
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
}
BY_NAME = {name.lower(): (name, method) for name, method in METHODS.items()}


def _scope(given: Json) -> tuple[str, str]:
    return json.dumps(given.get("scope") or {"type": "default"}), str(given.get("language_code") or "")


def _text(given: Json, name: str, limit: int) -> Json:
    text, entities = str(given.get(name) or ""), given.get("entities") or []
    mode = str(given.get("parse_mode") or "")
    if mode.lower() == "html":
        try:
            text, entities = read_html(text)
        except MarkupError as error:
            raise ApiError(400, f"Bad Request: can't parse entities: {error}") from error
    elif mode:
        raise ApiError(400, "Bad Request: unsupported parse_mode")
    if name == "text" and not text.strip():
        raise ApiError(400, "Bad Request: message text is empty")
    if utf16(text.strip()) > limit:
        raise ApiError(400, f"Bad Request: message {'is' if name == 'text' else 'caption is'} too long")
    return {name: text, "entities": entities} if text else {}


def _keyboard(given: Json) -> Json:
    markup = given.get("reply_markup")
    if not markup:
        return {}
    rows = markup.get("inline_keyboard") if isinstance(markup, dict) else None
    if not isinstance(rows, list):
        raise ApiError(400, "Bad Request: can't parse reply keyboard markup JSON object")
    for button in (button for row in rows for button in row):
        _check_button(button)
    return {"reply_markup": {"inline_keyboard": rows}} if any(rows) else {}


def _check_button(button: Json) -> None:
    if not str(button.get("text") or "").strip():
        raise ApiError(400, "Bad Request: can't parse inline keyboard button: Text must be non-empty")
    data, url = button.get("callback_data"), button.get("url")
    if data is None and url is None:
        raise ApiError(400, "Bad Request: Text buttons are unallowed in the inline keyboard")
    if data is not None and not 1 <= len(data.encode()) <= 64:
        raise ApiError(400, "Bad Request: BUTTON_DATA_INVALID")
    if url is not None and not is_address(url):
        raise ApiError(400, f"Bad Request: inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")


def _file(platform: Telegram, given: Json, kind: str) -> Json:
    chat = platform.chat_of(given.get("chat_id"))
    upload = given.get(kind)
    if not isinstance(upload, tuple):
        raise ApiError(400, f"Bad Request: there is no {kind} in the request")
    name, content = upload
    if not content:
        raise ApiError(400, "Bad Request: file must be non-empty")
    kept = platform.upload(name, content, f"{kind}s")
    shown: Any = {**kept, "file_name": name} if kind == "document" else [{**kept, "width": 90, "height": 90}]
    return platform.shows(chat, {kind: shown, **_text(given, "caption", LONGEST_CAPTION), **_keyboard(given)})
