"""A workspace in memory: people, channels, messages and files, and what goes wrong when it is told to."""

from __future__ import annotations

import itertools
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
TEAM, APP, BOT_USER, BOT = "T0FIRST", "A0FIRST", "U0FIRSTLINE", "B0FIRSTLINE"
OTHER_TEAM = "T0OTHER"
TEAM_CHANNEL, HELP_CHANNEL, FAR_CHANNEL = "C0TEAM", "C0HELP", "C0FAR"


@dataclass
class Channel:
    """A channel or a direct message (`user` is the other side)."""

    id: str
    name: str
    members: set[str]
    user: str | None = None
    messages: dict[str, Json] = field(default_factory=dict)


@dataclass
class File:
    """A file: `shared` once it is part of a message."""

    id: str
    name: str
    content: bytes = b""
    owner: str = ""
    complete: bool = False


@dataclass
class Fault:
    """What goes wrong: at `method` (`*`: any), `times` times.

    `status` answers with an HTTP error, `error` with Slack's, `lost` does the work and then answers 500.
    """

    method: str
    times: int = 1
    status: int | None = None
    error: str | None = None
    lost: bool = False
    retry_after: int | None = None


class ApiError(Exception):
    """A refusal as Slack words it."""

    def __init__(self, code: str, status: int = 200, retry_after: int | None = None) -> None:
        super().__init__(code)
        self.code, self.status, self.retry_after = code, status, retry_after


def _user(id: str, name: str, **more: Any) -> Json:
    return {
        "id": id,
        "team_id": TEAM,
        "name": name.lower(),
        "real_name": name,
        "deleted": False,
        "is_bot": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "locale": "en-US",
        "profile": {"display_name": name, "real_name": name},
        **more,
    }


def people() -> dict[str, Json]:
    """Return who is there at first: a team, a customer, a guest, somebody of another company, the app."""
    found = [
        _user(BOT_USER, "Firstline", is_bot=True),
        _user("U0ASTRID", "Astrid"),
        _user("U0BEN", "Ben"),
        _user("U0OLA", "Ola"),
        _user("U0MEI", "Mei", locale="zh-CN"),
        _user("U0GUEST", "Gus", is_restricted=True),
        _user("U0FAR", "Faye", team_id=OTHER_TEAM, is_stranger=True),
        _user("U0ROBOT", "Robot", is_bot=True),
    ]
    return {user["id"]: user for user in found}


@dataclass
class Workspace:
    """The workspace, and what was asked of it."""

    bot_token: str = "xoxb-stand-in"
    app_token: str = "xapp-stand-in"
    signing_secret: str = "stand-in-signing-secret"
    address: str = ""
    users: dict[str, Json] = field(default_factory=people)
    channels: dict[str, Channel] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    calls: list[tuple[str, Json]] = field(default_factory=list)
    ephemerals: list[Json] = field(default_factory=list)
    views: dict[str, Json] = field(default_factory=dict)
    triggers: dict[str, str] = field(default_factory=dict)
    _count: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _last: int = 0

    def __post_init__(self) -> None:
        """Open the channels."""
        everyone = set(self.users)
        for id, name in ((TEAM_CHANNEL, "support-team"), (HELP_CHANNEL, "help"), (FAR_CHANNEL, "far")):
            members = everyone if id != FAR_CHANNEL else everyone - {BOT_USER}
            self.channels[id] = Channel(id, name, set(members))

    def ts(self) -> str:
        """Return the next message's `ts`, never the same twice."""
        self._last = max(int(time.time() * 1_000_000), self._last + 1)
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"

    def new_id(self, prefix: str) -> str:
        """Return an id such as `F0000012`."""
        return f"{prefix}{next(self._count):07d}"

    def person(self, id: str, name: str) -> Json:
        """Let somebody join the workspace."""
        return self.users.setdefault(id, _user(id, name))

    def direct(self, user: str) -> Channel:
        """Return the direct message of the app and somebody, opened if need be."""
        if user not in self.users:
            raise ApiError("user_not_found")
        for channel in self.channels.values():
            if channel.user == user:
                return channel
        made = Channel(self.new_id("D"), "directmessage", {BOT_USER, user}, user)
        self.channels[made.id] = made
        return made

    def channel(self, name: str, *, member: str | None = BOT_USER) -> Channel:
        """Return a channel by id or name, or refuse as Slack does."""
        found = self.channels.get(name) or next(
            (one for one in self.channels.values() if f"#{one.name}" == name or one.name == name), None
        )
        if found is None and name in self.users:
            found = self.direct(name)
        if found is None:
            raise ApiError("channel_not_found")
        if member and member not in found.members:
            raise ApiError("not_in_channel")
        return found

    def add(self, channel: Channel, message: Mapping[str, Any]) -> Json:
        """Add a message to a channel; one to a thread counts at its first message."""
        ts = self.ts()
        kept: Json = {"type": "message", "ts": ts, "team": TEAM, **message}
        parent = channel.messages.get(str(kept.get("thread_ts")))
        if parent is not None:
            parent["thread_ts"] = parent["ts"]
            parent["reply_count"] = int(parent.get("reply_count", 0)) + 1
        channel.messages[ts] = kept
        return kept

    def thread(self, channel: str, anchor: str) -> list[Json]:
        """Return the replies of a thread, without its first message."""
        found = self.channels[channel].messages.values()
        return [one for one in found if one.get("thread_ts") == anchor and one["ts"] != anchor]

    def file(self, name: str, content: bytes, owner: str) -> File:
        """Keep a file that somebody uploaded."""
        made = File(self.new_id("F"), name, content, owner, complete=True)
        self.files[made.id] = made
        return made

    def file_json(self, file: File) -> Json:
        """Return a file as Slack describes it."""
        private = f"{self.address}/files-pri/{TEAM}-{file.id}/{file.name}"
        return {
            "id": file.id,
            "name": file.name,
            "title": file.name,
            "user": file.owner,
            "mode": "hosted",
            "size": len(file.content),
            "url_private": private,
            "url_private_download": f"{private}?download=1",
            "permalink": f"{self.address}/files/{file.owner}/{file.id}/{file.name}",
        }

    def trigger(self, user: str) -> str:
        """Return a trigger with which a window can be opened for somebody."""
        made = f"{uuid.uuid4().hex}.trigger"
        self.triggers[made] = user
        return made

    def stumble(self, method: str) -> Fault | None:
        """Return the fault that is due at a call, used up by it."""
        for fault in self.faults:
            if fault.method in (method, "*") and fault.times > 0:
                fault.times -= 1
                return fault
        return None
