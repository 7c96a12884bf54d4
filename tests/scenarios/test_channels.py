"""Telegram and Slack on the real processes: killed at the worst moments, and a platform that is away."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator

import pytest

from tests.scenarios.conftest import NewServer
from tests.scenarios.platforms import Platforms
from tests.scenarios.server import Server, wait_for

pytestmark = pytest.mark.engine

OUTAGE_SECONDS = 30.0
PASSWORD, NORWAY, RETURNS, GIFT = (
    "How do I reset my password?",
    "Do you ship to Norway?",
    "How do I return a lamp?",
    "Can you wrap it as a gift?",
)


@pytest.fixture(scope="module")
def platforms() -> Iterator[Platforms]:
    """Both platforms, with nothing said yet."""
    with Platforms() as platforms:
        yield platforms


@pytest.fixture(scope="module")
def pushed(new_server: NewServer, platforms: Platforms) -> Server:
    """A program on both channels; it waits long for its engine, so that answers come late."""
    server = new_server(ENGINE_SECONDS="90", **platforms.settings).start()
    wait_for("both channels", platforms.connected)
    return server


def stored(server: Server, text: str) -> bool:
    """Tell whether both channels' messages are in the records."""
    return len(server.rows("SELECT id FROM messages WHERE author = 'customer' AND text = ?", text)) == 2


def on_the_way(server: Server, text: str) -> bool:
    """Tell whether the answers to both are in the outbox."""
    query = (
        "SELECT DISTINCT asked.id FROM messages asked JOIN messages said ON said.in_reply_to = asked.id "
        "JOIN deliveries d ON d.message = said.id WHERE asked.text = ?"
    )
    return len(server.rows(query, text)) == 2


def sent(server: Server, text: str) -> bool:
    """Tell whether every answer to both has left."""
    query = (
        "SELECT d.channel, d.state FROM messages asked JOIN messages said ON said.in_reply_to = asked.id "
        "JOIN deliveries d ON d.message = said.id WHERE asked.text = ?"
    )
    rows = server.rows(query, text)
    return {row[0] for row in rows} == {"telegram", "slack"} and {row[1] for row in rows} == {"sent"}


def answered_once(server: Server, platforms: Platforms, text: str) -> None:
    """Wait until both have their answers, and check that all the bot said was shown once."""
    wait_for(f"both answers to {text!r}", lambda: sent(server, text))
    query = (
        "SELECT count(*) FROM messages JOIN conversations c ON c.id = conversation "
        "WHERE author = 'bot' AND c.channel = ?"
    )
    said = [server.rows(query, channel)[0][0] for channel in ("telegram", "slack")]
    assert [len(texts) for texts in platforms.shown()] == said


def test_killed_between_receiving_and_answering(pushed: Server, platforms: Platforms) -> None:
    pushed.engine().send_signal(signal.SIGSTOP)
    platforms.write(PASSWORD)
    wait_for("stored", lambda: stored(pushed, PASSWORD))
    pushed.kill()
    pushed.start()
    answered_once(pushed, platforms, PASSWORD)


def test_killed_between_answering_and_delivering(pushed: Server, platforms: Platforms) -> None:
    engine = pushed.engine()
    engine.send_signal(signal.SIGSTOP)
    platforms.write(NORWAY)
    wait_for("stored", lambda: stored(pushed, NORWAY))
    platforms.go()
    engine.send_signal(signal.SIGCONT)
    wait_for("answers on their way", lambda: on_the_way(pushed, NORWAY))
    pushed.kill()
    platforms.come()
    pushed.start()
    answered_once(pushed, platforms, NORWAY)


def test_an_outage_of_thirty_seconds_delays_and_loses_nothing(pushed: Server, platforms: Platforms) -> None:
    wait_for("both channels", platforms.connected)
    engine = pushed.engine()
    engine.send_signal(signal.SIGSTOP)
    platforms.write(RETURNS)
    wait_for("stored", lambda: stored(pushed, RETURNS))
    platforms.go()
    engine.send_signal(signal.SIGCONT)
    began = time.monotonic()
    wait_for("answers on their way", lambda: on_the_way(pushed, RETURNS))
    wait_for("the outage", lambda: time.monotonic() - began > OUTAGE_SECONDS)
    platforms.come()
    answered_once(pushed, platforms, RETURNS)
    wait_for("both channels", platforms.connected)
    platforms.write(GIFT)
    answered_once(pushed, platforms, GIFT)
