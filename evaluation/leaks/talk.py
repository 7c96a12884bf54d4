"""Random messages of a thread as Slack gives them, and whether each was made for the customer."""

from __future__ import annotations

import random
from typing import Any

from connectors.slack.calls import Calls, Me, Person, standing_of
from desk.relay import RoomFile, Standing, UnreadableError
from platforms.slack.state import BOT, BOT_USER, OTHER_TEAM, TEAM, TEAM_CHANNEL, Json, people

TAKERS = ("U0ASTRID", "U0BEN")
HERE = "the thread's first message"
ASIDES = (
    "// look", "／／ 看", " // x", "\u200b//x", "*// bold*", "_//_ x", "`//` x", "&gt; // quoted",
    "\u2022 // item",
    "<@U0BEN> you?", "<@U0BEN|ben> you?", "<@W0XYZ> you?", "<!subteam^S1|@crew> help", "<!subteam^S1> help",
    "<!here> x", "<!channel|channel> x", "<!everyone>", "*<@U0BEN>* x", "_ <@U0BEN>_ x", "@ben x", "＠ben x",
)  # fmt: skip
PLAIN = (
    "Hello", "See <https://x.test//a|the page>", "https://x.test//a", "1 / 2 // 3", "Ask <@U0BEN> later",
    "&lt;@U0BEN&gt; was a joke", "*Good* morning", "你好", "/ one slash", ":wave: hi", "&amp; more",
)  # fmt: skip
EMPTY = ("", " ", "\u200b", "\n")
ODD: tuple[Json, ...] = (
    {"subtype": "thread_broadcast"}, {"reply_broadcast": True}, {"subtype": "bot_message", "bot_id": "B1"},
    {"bot_id": "B1"}, {"app_id": "A1"}, {"subtype": "me_message"}, {"subtype": "channel_topic"},
    {"subtype": "huddle_thread"}, {"thread_ts": "1600000000.000001"}, {"thread_ts": None},
    {"user_team": OTHER_TEAM}, {"source_team": OTHER_TEAM}, {"ts": HERE}, {"user": None, "bot_id": "B2"},
    {"user": "U0UNKNOWN"}, {"user": ""},
)  # fmt: skip
PEOPLE = people()


def message_of(text: str, anchor: str, **more: Any) -> Json:
    """Return a plain message in a thread."""
    plain = {"type": "message", "user": TAKERS[0], "user_team": TEAM, "ts": "1700000001.000200"}
    return {**plain, "thread_ts": anchor, "channel": TEAM_CHANNEL, "text": text, **more}


def random_message(chance: random.Random, number: int, anchor: str) -> tuple[Json, bool]:
    """Return a message, and whether it is one of those that a taker writes for the customer."""
    text = random_text(chance)
    files = [{"name": "a.txt", "url_private": "https://files.slack.com/a"}] if chance.random() < 0.15 else []
    user = chance.choice((*TAKERS, *TAKERS, *TAKERS, *PEOPLE))
    message = message_of(text, anchor, user=user, ts=f"1700000001.{number:06d}")
    if files:
        message |= {"files": files, "subtype": "file_share"}
    if chance.random() < 0.3:
        message["edited"] = {"user": user, "ts": "1700000002.000000"}
    odd = chance.choice(ODD) if chance.random() < 0.4 else {}
    message |= {name: anchor if value == HERE else value for name, value in odd.items()}
    return message, not odd and user in TAKERS and is_meant(message)


def random_text(chance: random.Random) -> str:
    """Return what somebody writes: for the customer, for colleagues, or nothing."""
    kind = chance.random()
    return chance.choice(PLAIN if kind < 0.6 else ASIDES if kind < 0.9 else EMPTY)


def is_meant(message: Json) -> bool:
    """Tell whether a message's text, or its files, are for the customer."""
    text = message["text"]
    return text not in ASIDES and (text not in EMPTY or bool(message.get("files")))


class Workspace(Calls):
    """Slack's people and what stands in its threads, without a network; `away`: Slack can't be asked now."""

    shown: dict[str, Json]
    away: bool = False

    async def me(self) -> Me:
        """Return who the app is."""
        return Me(TEAM, BOT_USER, BOT, "")

    async def person(self, user: str) -> Person:
        """Return somebody."""
        if self.away or user not in PEOPLE:
            return Person(user, user, Standing.UNKNOWN, "")
        return Person(user, PEOPLE[user]["name"], standing_of(PEOPLE[user], await self.me()), "en")

    async def reread(self, place: str, anchor: str, ts: str) -> Json | None:
        """Return a message as it is now."""
        if self.away:
            raise UnreadableError("scripted")
        return self.shown.get(ts)

    async def fetch(self, address: str) -> bytes:
        """Return a file."""
        return b"content of " + RoomFile("a.txt", address).address.encode()
