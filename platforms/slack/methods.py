"""The methods of the Web API that an app of ours calls, with Slack's documented answers and refusals."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from platforms.slack.checks import check_message, check_view
from platforms.slack.state import APP, BOT, BOT_USER, TEAM, ApiError, Channel, File, Json, Workspace

Method = Callable[[Workspace, Json], Json]
PAGE = 100


def auth_test(workspace: Workspace, given: Json) -> Json:
    """Say who the token is."""
    return {"url": workspace.address, "team": "Stand-in", "user": "firstline", "team_id": TEAM,
            "user_id": BOT_USER, "bot_id": BOT, "is_enterprise_install": False}  # fmt: skip


def open_connection(workspace: Workspace, given: Json) -> Json:
    """Say where Socket Mode is; the server puts in its own address."""
    return {"url": f"{workspace.address.replace('http', 'ws', 1)}/link?ticket={workspace.new_id('L')}"}


def post_message(workspace: Workspace, given: Json) -> Json:
    """Post a message."""
    channel = workspace.channel(str(given.get("channel")))
    text, blocks = str(given.get("text") or ""), _parsed(given, "blocks", [])
    check_message(text, blocks)
    message: Json = {
        "text": text, "user": BOT_USER, "bot_id": BOT, "app_id": APP, "blocks": blocks,
        "bot_profile": {"id": BOT, "app_id": APP, "name": "Firstline", "team_id": TEAM},
    }  # fmt: skip
    if thread := given.get("thread_ts"):
        if str(thread) not in channel.messages:
            raise ApiError("thread_not_found")
        message["thread_ts"] = str(thread)
        if str(given.get("reply_broadcast", "")).lower() in ("1", "true"):
            message["subtype"] = "thread_broadcast"
    if metadata := _parsed(given, "metadata", None):
        if not isinstance(metadata.get("event_payload"), dict):
            raise ApiError("invalid_metadata_format")
        message["metadata"] = metadata
    if shared := _shared_files(workspace, text):
        message["files"] = [workspace.file_json(file) for file in shared]
    kept = workspace.add(channel, message)
    return {"channel": channel.id, "ts": kept["ts"], "message": kept}


def update(workspace: Workspace, given: Json) -> Json:
    """Change one of the app's own messages."""
    channel, message = _message(workspace, given, "ts")
    if message.get("bot_id") != BOT:
        raise ApiError("cant_update_message")
    text, blocks = str(given.get("text") or ""), _parsed(given, "blocks", [])
    check_message(text, blocks)
    message.update(text=text, blocks=blocks)
    return {"channel": channel.id, "ts": message["ts"], "text": text, "message": message}


def post_ephemeral(workspace: Workspace, given: Json) -> Json:
    """Tell one person alone."""
    channel, user = workspace.channel(str(given.get("channel"))), str(given.get("user"))
    if user not in channel.members:
        raise ApiError("user_not_in_channel")
    ts = workspace.ts()
    workspace.ephemerals.append({"channel": channel.id, "user": user, "text": given.get("text"), "ts": ts})
    return {"message_ts": ts}


def open_direct(workspace: Workspace, given: Json) -> Json:
    """Open a direct message."""
    return {"channel": {"id": workspace.direct(str(given.get("users"))).id}}


def conversation(workspace: Workspace, given: Json) -> Json:
    """Describe a channel."""
    channel = workspace.channel(str(given.get("channel")), member=None)
    return {"channel": {"id": channel.id, "name": channel.name, "is_im": channel.user is not None,
                        "is_member": BOT_USER in channel.members}}  # fmt: skip


def replies(workspace: Workspace, given: Json) -> Json:
    """Return a thread, its first message always among it."""
    channel = workspace.channel(str(given.get("channel")))
    anchor = str(given.get("ts"))
    if anchor not in channel.messages:
        raise ApiError("thread_not_found")
    found = [one for one in workspace.thread(channel.id, anchor) if _within(one, given)]
    return _page([channel.messages[anchor], *found], given)


def history(workspace: Workspace, given: Json) -> Json:
    """Return a channel's messages, newest first, without what stands in threads."""
    channel = workspace.channel(str(given.get("channel")))
    found = [one for one in channel.messages.values() if one.get("thread_ts") in (None, one["ts"])]
    return _page([one for one in reversed(found) if _within(one, given)], given)


def user(workspace: Workspace, given: Json) -> Json:
    """Describe a person."""
    if str(given.get("user")) not in workspace.users:
        raise ApiError("user_not_found")
    return {"user": workspace.users[str(given["user"])]}


def react(workspace: Workspace, given: Json) -> Json:
    """Put a reaction on a message."""
    _, message = _message(workspace, given, "timestamp")
    reactions = message.setdefault("reactions", [])
    if any(one["name"] == given["name"] for one in reactions):
        raise ApiError("already_reacted")
    reactions.append({"name": given["name"], "users": [BOT_USER], "count": 1})
    return {}


def open_view(workspace: Workspace, given: Json) -> Json:
    """Open a window for whoever just pressed something."""
    presser = workspace.triggers.pop(str(given.get("trigger_id")), None)
    if presser is None:
        raise ApiError("expired_trigger_id")
    view = _parsed(given, "view", {})
    check_view(view)
    view = {"id": workspace.new_id("V"), "state": {"values": {}}, **view}
    workspace.views[presser] = view
    return {"view": view}


def upload_url(workspace: Workspace, given: Json) -> Json:
    """Say where to upload a file."""
    file = File(workspace.new_id("F"), str(given.get("filename")), owner=BOT_USER)
    workspace.files[file.id] = file
    return {"upload_url": f"{workspace.address}/upload/{file.id}", "file_id": file.id}


def complete_upload(workspace: Workspace, given: Json) -> Json:
    """Finish uploads; shared in a channel only when one is named."""
    done = []
    for one in _parsed(given, "files", []):
        file = workspace.files.get(one["id"])
        if file is None:
            raise ApiError("file_not_found")
        file.complete = True
        done.append({"id": file.id, "title": one.get("title", file.name)})
    return {"files": done}


def file_info(workspace: Workspace, given: Json) -> Json:
    """Describe a file."""
    file = workspace.files.get(str(given.get("file")))
    if file is None or not file.complete:
        raise ApiError("file_not_found")
    return {"file": workspace.file_json(file)}


METHODS: dict[str, Method] = {
    "auth.test": auth_test,
    "apps.connections.open": open_connection,
    "chat.postMessage": post_message,
    "chat.update": update,
    "chat.postEphemeral": post_ephemeral,
    "conversations.open": open_direct,
    "conversations.info": conversation,
    "conversations.replies": replies,
    "conversations.history": history,
    "users.info": user,
    "reactions.add": react,
    "views.open": open_view,
    "files.getUploadURLExternal": upload_url,
    "files.completeUploadExternal": complete_upload,
    "files.info": file_info,
}


def call(workspace: Workspace, method: str, given: Json, token: str) -> Json:
    """Answer a call, or go wrong as told."""
    workspace.calls.append((method, given))
    if method not in METHODS:
        raise ApiError("unknown_method")
    if token != (workspace.app_token if method == "apps.connections.open" else workspace.bot_token):
        raise ApiError("invalid_auth" if token else "not_authed")
    fault = workspace.stumble(method)
    if fault and not fault.lost:
        status = fault.status or 200
        code = fault.error or ("ratelimited" if status == 429 else "internal_error")
        raise ApiError(code, status, fault.retry_after)
    answer = METHODS[method](workspace, given)
    if fault:
        raise ApiError("internal_error", 500)
    return answer


def _parsed(given: Json, name: str, default: Any) -> Any:
    value = given.get(name)
    if value in (None, ""):
        return default
    return json.loads(value) if isinstance(value, str) else value


def _message(workspace: Workspace, given: Json, name: str) -> tuple[Channel, Json]:
    channel = workspace.channel(str(given.get("channel")))
    message = channel.messages.get(str(given.get(name)))
    if message is None:
        raise ApiError("message_not_found")
    return channel, message


def _within(message: Json, given: Json) -> bool:
    ts, inclusive = float(message["ts"]), str(given.get("inclusive", "")).lower() in ("1", "true")
    oldest, latest = given.get("oldest"), given.get("latest")
    after = not oldest or ts > float(oldest) or (inclusive and ts == float(oldest))
    before = not latest or ts < float(latest) or (inclusive and ts == float(latest))
    return after and before


def _page(found: list[Json], given: Json) -> Json:
    start, most = int(given.get("cursor") or 0), int(given.get("limit") or PAGE)
    with_metadata = str(given.get("include_all_metadata", "")).lower() in ("1", "true")
    shown = [
        one if with_metadata else {name: value for name, value in one.items() if name != "metadata"}
        for one in found[start : start + most]
    ]
    more = start + most < len(found)
    cursor = str(start + most) if more else ""
    return {"messages": shown, "has_more": more, "response_metadata": {"next_cursor": cursor}}


def _shared_files(workspace: Workspace, text: str) -> list[File]:
    ids = re.findall(rf"<{re.escape(workspace.address)}/files/[^/|>]+/(F\w+)/", text)
    return [workspace.files[id] for id in ids if id in workspace.files]
