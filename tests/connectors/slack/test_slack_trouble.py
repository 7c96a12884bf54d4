"""When Slack stumbles: nothing is lost, nothing doubled, nothing forged is believed."""

from __future__ import annotations

import json
import logging
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.running import listening
from connectors.slack.account import PATH, Account
from connectors.slack.calls import why_of
from nouns import Problem
from platforms.slack.server import serving, stand_in
from platforms.slack.state import HELP_CHANNEL, TEAM_CHANNEL, Fault
from records import outbox
from tests.connectors.slack.conftest import Make, Office, account_of
from tests.world import until

ASTRID, OLA = "U0ASTRID", "U0OLA"


async def test_a_message_whose_answer_was_lost_is_not_posted_twice(office: Office) -> None:
    office.workspace.faults.append(Fault("chat.postMessage", lost=True))
    await office.play.direct(OLA, "hello")
    direct = office.workspace.direct(OLA)
    await until(lambda: _sent(office, direct.id))
    said = [one["text"] for one in direct.messages.values() if one.get("bot_id")]
    assert said == ["You said: hello"]


@pytest.mark.parametrize(
    ("code", "cure"),
    [("not_in_channel", "/invite"), ("invalid_auth", "SLACK_BOT_TOKEN"), ("odd", "Slack: odd")],
)
def test_the_log_tells_the_cure_of_an_error(code: str, cure: str) -> None:
    answer = AsyncSlackResponse(
        client=None, http_verb="POST", api_url="", req_args={}, headers={}, status_code=200,
        data={"ok": False, "error": code},
    )  # fmt: skip
    told = why_of(SlackApiError("refused", answer))
    assert told.startswith(f"Slack: {code}") and cure in told


async def test_a_card_whose_answer_was_lost_is_not_posted_twice(office: Office) -> None:
    office.workspace.faults.append(Fault("chat.postMessage", lost=True))
    _, anchor, _ = await office.taken()
    cards = [one for one in office.workspace.channels[TEAM_CHANNEL].messages.values()
             if one.get("thread_ts") in (None, one["ts"])]  # fmt: skip
    assert [one["ts"] for one in cards] == [anchor]


async def test_too_fast_is_waited_out_as_long_as_slack_says(office: Office) -> None:
    office.workspace.faults.append(Fault("chat.postMessage", status=429, retry_after=1))
    await office.play.direct(OLA, "hello")
    direct = office.workspace.direct(OLA)
    began = time.monotonic()
    await until(lambda: _sent(office, direct.id))
    assert time.monotonic() - began > 0.7
    assert [one["text"] for one in direct.messages.values() if one.get("bot_id")] == ["You said: hello"]


async def test_a_repeated_event_is_stored_once(office: Office) -> None:
    event = {"type": "message", "channel": "D1", "channel_type": "im", "user": OLA, "text": "twice?",
             "ts": "1700000000.000100"}  # fmt: skip
    for _ in range(3):
        await office.platform.post.event(event, event_id="Ev0SAME")
    await until(lambda: _asked(office, "twice?"))
    assert office.world.engine.asked.count("twice?") == 1


async def test_an_event_that_can_not_be_stored_comes_again(office: Office) -> None:
    database, failures = office.world.database, [0]
    real = database.write

    @asynccontextmanager
    async def failing() -> AsyncIterator[object]:
        if failures[0] < 1:
            failures[0] += 1
            raise OSError("disk full")
        async with real() as writing:
            yield writing

    object.__setattr__(database, "write", failing)
    await office.play.direct(OLA, "hello")
    await until(lambda: _asked(office, "hello"))
    assert failures == [1]


async def test_while_slack_can_not_say_who_we_are_an_event_is_not_acknowledged(office: Office) -> None:
    office.slack.calls._me = None
    office.workspace.faults.append(Fault("auth.test", times=1, status=503))
    await office.play.direct(OLA, "hello")
    await until(lambda: _asked(office, "hello"))


async def test_a_connection_that_breaks_is_made_again(office: Office) -> None:
    await office.platform.post.sockets[-1].close()
    await until(lambda: _connected(office))
    await office.play.direct(OLA, "after the break")
    await until(lambda: _asked(office, "after the break"))


async def test_after_an_outage_slack_is_heard_again(make_office: Make) -> None:
    office = await make_office()
    port = int(office.workspace.address.rpartition(":")[2])
    await office.stop_slack()
    async with serving(office.platform, port):
        await until(lambda: _connected(office), 40)
        await office.play.direct(OLA, "after the outage")
        await until(lambda: _asked(office, "after the outage"))


@pytest.fixture
async def by_http(make_office: Make) -> AsyncIterator[Office]:
    """An office that Slack calls by HTTP."""
    office = await make_office(app_token=None, signing_secret="stand-in-signing-secret")
    app = FastAPI()
    app.include_router(office.slack.routes())
    port = _free_port()
    async with listening(app, "127.0.0.1", port):
        office.platform.post.request_url = f"http://127.0.0.1:{port}{PATH}"
        yield office


async def test_signed_events_by_http_are_taken(by_http: Office) -> None:
    await by_http.play.direct(OLA, "hello")
    await until(lambda: _asked(by_http, "hello"))
    conversation, anchor, _ = await by_http.taken()
    await by_http.play.write(ASTRID, TEAM_CHANNEL, "Good morning", thread=anchor)
    await by_http.hears(conversation, "Good morning")


@pytest.mark.parametrize("forgery", ["signature", "old", "none"])
async def test_forged_and_old_events_are_refused(by_http: Office, forgery: str) -> None:
    post = by_http.platform.post
    event = {"type": "message", "channel": "D1", "channel_type": "im", "user": OLA, "text": "forged",
             "ts": "1700000000.000100"}  # fmt: skip
    body = json.dumps({"type": "event_callback", "team_id": "T0FIRST", "event": event})
    headers = {
        "signature": {**post.headers(body), "X-Slack-Signature": "v0=" + "0" * 64},
        "old": post.headers(body, time.time() - 600),
        "none": {},
    }[forgery]
    async with httpx2.AsyncClient(trust_env=False) as client:
        answer = await client.post(
            str(post.request_url), content=body, headers={**headers, "Content-Type": "application/json"}
        )
    assert answer.status_code == 401
    assert by_http.world.engine.asked == []


async def test_with_socket_mode_nobody_is_heard_by_http(office: Office) -> None:
    async with _calling(office) as client:
        answer = await client.post(PATH, data={"command": "/firstline", "text": "queue", "user_id": ASTRID})
    assert answer.status_code == 404


async def test_what_a_forged_request_says_is_not_logged(
    make_office: Make, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    office = await make_office(app_token=None, signing_secret="stand-in-signing-secret")
    async with _calling(office) as client:
        answer = await client.post(PATH, json={"text": "my secret"})
    assert answer.status_code == 401
    assert "my secret" not in caplog.text


async def test_the_address_is_verified_by_its_challenge(by_http: Office) -> None:
    body = json.dumps({"type": "url_verification", "token": "x", "challenge": "3eZbrw1aB"})
    headers = {**by_http.platform.post.headers(body), "Content-Type": "application/json"}
    async with httpx2.AsyncClient(trust_env=False) as client:
        answer = await client.post(str(by_http.platform.post.request_url), content=body, headers=headers)
    assert answer.status_code == 200 and "3eZbrw1aB" in answer.text


async def test_a_team_channel_that_the_app_is_not_in_is_tried_again(make_office: Make) -> None:
    office = await make_office(team_channel="C0FAR")
    await office.world.waiting()

    async def refused() -> bool:
        return any(name == "chat.postMessage" for name, _ in office.workspace.calls)

    await until(refused)
    office.workspace.channels["C0FAR"].members.add("U0FIRSTLINE")

    async def posted() -> bool:
        return bool(office.workspace.channels["C0FAR"].messages)

    await until(posted)


async def test_a_first_message_that_was_deleted_is_posted_again_with_its_thread(
    office: Office,
) -> None:
    conversation, anchor, agent = await office.taken()
    await office.play.delete(TEAM_CHANNEL, anchor)
    await office.world.writes("Are you there?", conversation)
    again = str((await office.card())["ts"])
    await office.thread_says(again, "Are you there?")
    await office.play.write("U0ASTRID", TEAM_CHANNEL, "I am", thread=again)
    await office.hears(conversation, "I am")
    await office.play.delete(TEAM_CHANNEL, again)
    await office.world.handoffs.resolve(conversation, agent)
    await office.shows(str((await office.card())["ts"]), "Resolved by Astrid")


async def test_without_a_team_channel_customers_are_served_all_the_same(make_office: Make) -> None:
    office = await make_office(team_channel=None)
    await office.world.waiting()
    await office.play.mention(OLA, HELP_CHANNEL, "hello?")
    await until(lambda: _sent(office, HELP_CHANNEL))
    assert not office.workspace.channels[TEAM_CHANNEL].messages


def test_wrong_tokens_are_refused_with_the_cure() -> None:
    platform = stand_in()
    with pytest.raises(Problem, match="xoxb-"):
        account_of(platform, Path("files"), bot_token="xapp-1")
    with pytest.raises(Problem, match="SLACK_APP_TOKEN"):
        account_of(platform, Path("files"), app_token=None)


def test_the_token_is_shown_to_slack_alone() -> None:
    account = Account(
        bot_token="xoxb-1", app_token="xapp-1", files=Path(), upload_max_bytes=1, languages=("en",)
    )
    assert account.may_fetch("https://files.slack.com/files-pri/T-F/a.txt")
    for address in (
        "http://files.slack.com/a",
        "https://slack.com.evil.example/a",
        "https://evilslack.com/a",
    ):
        assert not account.may_fetch(address)


async def _sent(office: Office, place: str) -> bool:
    async with office.world.database.read() as connection:
        open_ones = await outbox.next_due(connection, "slack")
    said = any(one.get("bot_id") for one in office.workspace.channels[place].messages.values())
    return said and open_ones is None


async def _asked(office: Office, text: str) -> bool:
    return text in office.world.engine.asked


async def _connected(office: Office) -> bool:
    return bool(office.platform.post.sockets)


def _calling(office: Office) -> httpx2.AsyncClient:
    """Return somebody who calls the office's app by HTTP."""
    app = FastAPI()
    app.include_router(office.slack.routes())
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://desk.test")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
