"""Calls to the Web API: what their errors mean for a delivery, who people are, and what was said already."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from connectors.port import NotSentError
from connectors.slack.account import Account
from desk.relay import Standing, UnreadableError

# Errors that no repeat can cure (docs.slack.dev/reference/methods/chat.postMessage#errors).
FOR_GOOD = frozenset(
    (
        "account_inactive",
        "cannot_dm_bot",
        "channel_not_found",
        "channel_type_not_supported",
        "invalid_arguments",
        "invalid_blocks",
        "is_archived",
        "messages_tab_disabled",
        "metadata_too_large",
        "msg_blocks_too_long",
        "msg_too_long",
        "no_text",
        "restricted_action",
        "user_disabled",
        "user_not_found",
        "user_not_visible",
        "cant_update_message",
        "message_not_found",
    )
)
_TOKEN = "Copy SLACK_BOT_TOKEN and SLACK_APP_TOKEN anew from api.slack.com/apps, and start again."
CURES = {
    "not_in_channel": "Write /invite @ and the app's name in the team's channel; it is tried again.",
    "channel_not_found": "SLACK_TEAM_CHANNEL is the channel's id, C0…, and the app must be invited there.",
    "missing_scope": "Give the app the scopes of connectors/slack/manifest.yml, and install it again.",
    **dict.fromkeys(("invalid_auth", "not_authed", "token_revoked", "account_inactive"), _TOKEN),
}
BROKEN = (aiohttp.ClientError, TimeoutError, SlackClientError, OSError)
LONGEST_PAUSE_SECONDS = 5.0
TRIES = 3
PEOPLE_SECONDS = 60.0
PAGES = 5
DELIVERY = "firstline_delivery"


@dataclass(frozen=True, slots=True)
class Me:
    """The app in its workspace."""

    team: str
    user: str
    bot: str
    enterprise: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the workspace."""

    id: str
    name: str
    standing: Standing
    language: str


@dataclass
class Calls:
    """The Web API as the connector needs it."""

    account: Account
    client: AsyncWebClient
    _me: Me | None = None
    _people: dict[str, tuple[float, Person]] = field(default_factory=dict)
    _session: aiohttp.ClientSession | None = None

    async def me(self) -> Me:
        """Return who the app is; asked once."""
        if self._me is None:
            said = await self.client.auth_test()
            self._me = Me(
                str(said["team_id"]),
                str(said["user_id"]),
                str(said.get("bot_id") or ""),
                str(said.get("enterprise_id") or ""),
            )
        return self._me

    async def person(self, user: str) -> Person:
        """Return somebody as Slack knows them within the last minute; of who can't be asked for, UNKNOWN."""
        known = self._people.get(user)
        if known and known[0] > time.monotonic():
            return known[1]
        try:
            me = await self.me()
            said = await self.client.users_info(user=user, include_locale=True)
            person = _person(dict(said["user"]), me)
        except BROKEN:
            return Person(user, user, Standing.UNKNOWN, "")
        self._people[user] = (time.monotonic() + PEOPLE_SECONDS, person)
        return person

    async def names(self, users: list[str]) -> dict[str, str]:
        """Return the names of people."""
        return {user: (await self.person(user)).name for user in dict.fromkeys(users)}

    async def reread(self, place: str, anchor: str, ts: str) -> dict[str, Any] | None:
        """Return a thread's message as it is now, None when it is gone; or raise UnreadableError."""
        for attempt in range(1, TRIES + 1):
            try:
                said = await self.client.conversations_replies(
                    channel=place, ts=anchor, oldest=ts, latest=ts, inclusive=True, limit=10
                )
                found = [one for one in said.get("messages") or [] if one.get("ts") == ts]
                return dict(found[0]) if found else None
            except SlackApiError as error:
                if error.response.get("error") == "thread_not_found":
                    return None
                why = why_of(error)
                pause = _pause(error) or 0.3 * attempt
            except BROKEN as error:
                why, pause = f"{type(error).__name__}", 0.3 * attempt
            if attempt < TRIES:
                await asyncio.sleep(min(pause, LONGEST_PAUSE_SECONDS))
        raise UnreadableError(why)

    async def fetch(self, address: str) -> bytes:
        """Return a private file's content; the token is shown to Slack alone. Or raise UnreadableError."""
        if not self.account.may_fetch(address):
            raise UnreadableError("its address is not Slack's")
        headers = {"Authorization": f"Bearer {self.account.bot_token}"}
        limit = self.account.upload_max_bytes
        try:
            timeout = aiohttp.ClientTimeout(total=30)
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.get(address, headers=headers, allow_redirects=False) as response,
            ):
                if response.status != 200 or response.content_type == "text/html":
                    raise UnreadableError(f"Slack answered {response.status} for a file")
                content = bytearray()
                async for piece in response.content.iter_chunked(65536):
                    content += piece
                    if len(content) > limit:
                        break
                return bytes(content)
        except BROKEN as error:
            raise UnreadableError(type(error).__name__) from error

    async def said_before(self, key: str, place: str, anchor: str | None, at: float) -> str | None:
        """Return the `ts` of the message that carries a delivery's key, if it arrived before."""
        cursor = None
        for _ in range(PAGES):
            kwargs: dict[str, Any] = {
                "channel": place, "oldest": f"{at - 60:.6f}", "limit": 200, "include_all_metadata": True,
            }  # fmt: skip
            if cursor:
                kwargs["cursor"] = cursor
            said = await (
                self.client.conversations_replies(ts=anchor, **kwargs)
                if anchor
                else self.client.conversations_history(**kwargs)
            )
            for message in said.get("messages") or []:
                payload = (message.get("metadata") or {}).get("event_payload") or {}
                if payload.get("delivery") == key:
                    return str(message["ts"])
            cursor = (said.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return None
        return None


def metadata(key: str) -> dict[str, Any]:
    """Return the metadata by which a repeat of a delivery is recognised."""
    return {"event_type": DELIVERY, "event_payload": {"delivery": key}}


async def delivered(call: Awaitable[Any]) -> Any:
    """Await a call of a delivery; its errors say whether to try again, and when."""
    try:
        return await call
    except SlackApiError as error:
        code = str(error.response.get("error") or "")
        raise NotSentError(
            why_of(error), for_good=code in FOR_GOOD, retry_after_seconds=_pause(error)
        ) from error
    except BROKEN as error:
        raise NotSentError(why_of(error)) from error


def _pause(error: SlackApiError) -> float | None:
    """Return the seconds that a 429 asks for."""
    headers = {str(name).lower(): value for name, value in (error.response.headers or {}).items()}
    asked = headers.get("retry-after")
    asked = asked[0] if isinstance(asked, list) else asked
    try:
        return float(asked) if asked else None
    except ValueError:
        return None


def why_of(error: BaseException) -> str:
    """Return what went wrong at Slack, and the cure where there is one."""
    if not isinstance(error, SlackApiError):
        return f"{type(error).__name__}: {error}"
    code = str(error.response.get("error") or error.response.status_code)
    return f"Slack: {code}. {CURES[code]}" if code in CURES else f"Slack: {code}"


def _person(user: dict[str, Any], me: Me) -> Person:
    profile = user.get("profile") or {}
    name = profile.get("display_name") or user.get("real_name") or user.get("name") or user["id"]
    return Person(
        str(user["id"]), str(name), standing_of(user, me), str(user.get("locale") or "").partition("-")[0]
    )


def standing_of(user: dict[str, Any], me: Me) -> Standing:
    """Return who somebody is in our workspace."""
    if user.get("is_bot") or user.get("id") == "USLACKBOT" or user.get("is_workflow_bot"):
        return Standing.BOT
    theirs = str((user.get("enterprise_user") or {}).get("enterprise_id") or "")
    same = user.get("team_id") == me.team or (me.enterprise and theirs == me.enterprise)
    if user.get("is_stranger") or user.get("deleted") or not same:
        return Standing.OUTSIDE
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        return Standing.GUEST
    return Standing.MEMBER
