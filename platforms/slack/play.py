"""People of the workspace, played: what they write, press, edit and delete, told as Slack tells it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from platforms.slack.events import Post
from platforms.slack.state import APP, BOT_USER, TEAM, Channel, Json, Workspace

File = tuple[str, bytes]


@dataclass
class Play:
    """What people do."""

    workspace: Workspace
    post: Post

    async def direct(self, user: str, text: str, files: Sequence[File] = ()) -> str:
        """Write to the app directly; return the message's `ts`."""
        return await self.write(user, self.workspace.direct(user).id, text, files=files)

    async def write(
        self,
        user: str,
        place: str,
        text: str,
        *,
        thread: str | None = None,
        files: Sequence[File] = (),
        **more: Any,
    ) -> str:
        """Write in a channel; `more` stands in the message as it is, such as `subtype` or `bot_id`."""
        channel = self.workspace.channel(place, member=None)
        message: Json = {"user": user, "text": text, "user_team": self._team(user), **more}
        if thread:
            message["thread_ts"] = thread
        if files:
            kept = [self.workspace.file(name, content, user) for name, content in files]
            message |= {
                "files": [self.workspace.file_json(file) for file in kept],
                "subtype": message.get("subtype", "file_share"),
            }
        kept_message = self.workspace.add(channel, message)
        event = {**kept_message, **_where(channel), "event_ts": kept_message["ts"]}
        await self.post.event(event)
        if f"<@{BOT_USER}>" in text and channel.user is None:
            await self.post.event(self._mention(event))
        return str(kept_message["ts"])

    async def mention(self, user: str, place: str, text: str, *, thread: str | None = None) -> str:
        """Mention the app in a channel."""
        return await self.write(user, place, f"<@{BOT_USER}> {text}", thread=thread)

    async def edit(self, place: str, ts: str, text: str) -> None:
        """Edit a message."""
        channel = self.workspace.channel(place, member=None)
        before = dict(channel.messages[ts])
        now = channel.messages[ts]
        now.update(text=text, edited={"user": before.get("user"), "ts": self.workspace.ts()})
        await self._changed(channel, "message_changed", {"message": dict(now), "previous_message": before})

    async def delete(self, place: str, ts: str) -> None:
        """Delete a message."""
        channel = self.workspace.channel(place, member=None)
        before = channel.messages.pop(ts)
        await self._changed(channel, "message_deleted", {"deleted_ts": ts, "previous_message": before})

    async def press(self, user: str, place: str, ts: str, action: str) -> Any:
        """Press a button of a message, by its action id."""
        message = self.workspace.channel(place, member=None).messages[ts]
        button = self.button(place, ts, action)
        return await self.post.deliver(
            "interactive",
            {
                "type": "block_actions",
                "user": {"id": user, "team_id": self._team(user)},
                "api_app_id": APP,
                "token": "deprecated",
                "container": {"type": "message", "message_ts": ts, "channel_id": place},
                "trigger_id": self.workspace.trigger(user),
                "team": {"id": TEAM},
                "channel": {"id": place},
                "message": message,
                "response_url": f"{self.workspace.address}/response/{place}/{user}",
                "actions": [{**button, "block_id": "offers", "action_ts": f"{time.time():.6f}"}],
            },
        )

    async def submit(self, user: str, values: Mapping[str, Mapping[str, str]]) -> Any:
        """Send the window that is open for somebody, its fields filled in (block, action, value)."""
        view = self.workspace.views.pop(user)
        state = {
            block: {
                action: {"type": "static_select", "selected_option": {"value": value}, "value": value}
                for action, value in fields.items()
            }
            for block, fields in values.items()
        }
        if any(block["type"] == "input" and block["element"]["type"] == "plain_text_input" for block in
               view["blocks"]):  # fmt: skip
            for fields in state.values():
                for field in fields.values():
                    field.pop("selected_option")
        view = {**view, "state": {"values": state}}
        answer = await self.post.deliver(
            "interactive",
            {
                "type": "view_submission",
                "team": {"id": TEAM},
                "user": {"id": user, "team_id": self._team(user)},
                "api_app_id": APP,
                "token": "deprecated",
                "trigger_id": self.workspace.trigger(user),
                "view": view,
                "response_urls": [],
            },
        )
        if answer and answer.get("response_action") == "update":
            self.workspace.views[user] = {"id": view["id"], "state": {"values": {}}, **answer["view"]}
        return answer

    async def command(self, user: str, text: str, place: str | None = None) -> str:
        """Write `/firstline …`; return what is answered to its writer alone."""
        channel = place or self.workspace.direct(user).id
        answer = await self.post.deliver(
            "slash_commands",
            {
                "token": "deprecated",
                "team_id": TEAM,
                "channel_id": channel,
                "user_id": user,
                "command": "/firstline",
                "text": text,
                "api_app_id": APP,
                "trigger_id": self.workspace.trigger(user),
                "response_url": f"{self.workspace.address}/response/{channel}/{user}",
            },
        )
        said = str((answer or {}).get("text") or "")
        if said:
            self.workspace.ephemerals.append({"channel": channel, "user": user, "text": said})
        return said

    def button(self, place: str, ts: str, action: str) -> Json:
        """Return a button of a message, or say which there are."""
        message = self.workspace.channels[place].messages[ts]
        found = {
            element["action_id"]: element
            for block in message.get("blocks", [])
            if block["type"] == "actions"
            for element in block["elements"]
        }
        if action not in found:
            raise KeyError(f"no button {action!r}, but {sorted(found)}")
        return dict(found[action])

    async def _changed(self, channel: Channel, subtype: str, more: Json) -> None:
        ts = self.workspace.ts()
        event = {"type": "message", "subtype": subtype, "hidden": True, **_where(channel), "ts": ts,
                 "event_ts": ts, **more}  # fmt: skip
        await self.post.event(event)

    def _mention(self, event: Json) -> Json:
        shown = {name: value for name, value in event.items() if name != "channel_type"}
        return {**shown, "type": "app_mention"}

    def _team(self, user: str) -> str:
        return str(self.workspace.users[user]["team_id"])


def _where(channel: Channel) -> Json:
    return {"channel": channel.id, "channel_type": "im" if channel.user else "channel"}
