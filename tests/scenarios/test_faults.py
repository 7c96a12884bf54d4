"""Processes are killed, the database is locked: an answer comes late rather than never, and never twice."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.scenarios.conftest import NewServer
from tests.scenarios.server import Customer, Server, Widget, wait_for

pytestmark = pytest.mark.engine

QUESTION = "How do I reset my password?"
LOCKED_SECONDS = 3.0


@pytest.fixture(scope="module")
def shaken(new_server: NewServer) -> Server:
    """A program whose processes are killed; it waits long for its engine, so that answers come late."""
    return new_server(ENGINE_SECONDS="90").start()


@pytest.fixture
def customer(shaken: Server) -> Iterator[Customer]:
    """Somebody who has said hello."""
    wait_for("ready", shaken.is_ready)
    customer = Customer(shaken)
    customer.says("hi")
    yield customer


def asks_in_vain(customer: Customer, text: str) -> None:
    """Write while the engine hangs, until the app has taken it up."""
    customer.server.engine().send_signal(signal.SIGSTOP)
    customer.leaves_behind(text)
    query = "SELECT lease_owner FROM conversations WHERE id = ?"
    wait_for("taken up", lambda: customer.server.rows(query, customer.conversation)[0][0])


def assert_whole(customer: Customer, *texts: str) -> list[dict[str, object]]:
    """Check that every text stands there once, here and in the engine's memory; return what was said."""
    said = customer.is_answered()
    assert [line["text"] for line in said if line["author"] == "customer"] == list(texts)
    assert [line["seq"] for line in said] == list(range(1, len(said) + 1))
    turns = customer.server.rows("SELECT message FROM turns WHERE conversation = ?", customer.conversation)
    events = customer.server.remembered(str(customer.conversation))
    assert [event["text"] for event in events if event["event"] == "user"] == list(texts)
    assert len(turns) == len(texts)
    return said


def test_the_engine_is_killed_between_two_messages(shaken: Server, customer: Customer) -> None:
    shaken.engine().kill()
    assert customer.says(QUESTION)[0]["kind"] == "answer"
    assert len(assert_whole(customer, "hi", QUESTION)) == 4


def test_the_engine_is_killed_with_a_message_in_its_hands(shaken: Server, customer: Customer) -> None:
    asks_in_vain(customer, QUESTION)
    shaken.engine().kill()
    said = assert_whole(customer, "hi", QUESTION)
    assert len(said) == 4 and said[-1]["kind"] == "answer"


def test_the_engine_is_killed_in_the_middle_of_a_form(shaken: Server, customer: Customer) -> None:
    customer.says("I want to open a ticket")
    asks_in_vain(customer, "The base of my lamp is scratched")
    shaken.engine().kill()
    customer.is_answered()
    assert customer.says("LO-12345")[0]["kind"] == "ticket"
    assert_whole(customer, "hi", "I want to open a ticket", "The base of my lamp is scratched", "LO-12345")
    tickets = shaken.rows("SELECT subject FROM tickets WHERE conversation = ?", customer.conversation)
    assert tickets == [("The base of my lamp is scratched",)]


def test_the_engine_is_killed_the_moment_the_ticket_is_opened(shaken: Server, customer: Customer) -> None:
    customer.says("I want to open a ticket")
    customer.says("The base of my lamp is scratched")
    tickets = "SELECT number FROM tickets WHERE conversation = ?"
    engine = shaken.engine()
    with ThreadPoolExecutor(1) as aside:
        answer = aside.submit(customer.says, "none")
        wait_for("ticket", lambda: shaken.rows(tickets, customer.conversation))
        engine.kill()
        (told,) = answer.result()
    assert told["kind"] == "ticket"
    assert len(shaken.rows(tickets, customer.conversation)) == 1
    assert [line["kind"] for line in customer.reads()].count("ticket") == 1


def test_the_app_is_killed_between_storing_and_answering(shaken: Server, customer: Customer) -> None:
    asks_in_vain(customer, QUESTION)
    shaken.kill_app()
    shaken.start()
    said = assert_whole(customer, "hi", QUESTION)
    assert len(said) == 4 and said[-1]["kind"] == "answer"


def test_the_app_is_killed_between_the_answer_and_its_way_out(shaken: Server, customer: Customer) -> None:
    asks_in_vain(customer, QUESTION)
    engine = shaken.engine()

    def thought_of() -> bool:
        events = shaken.remembered(str(customer.conversation))
        return [event["event"] for event in events].count("bot") == 2

    with shaken.locked():  # the answer exists, and can't be stored
        engine.send_signal(signal.SIGCONT)
        wait_for("an answer in the engine", thought_of)
        shaken.kill_app()
    shaken.start()
    said = assert_whole(customer, "hi", QUESTION)
    assert len(said) == 4 and said[-1]["kind"] == "answer"


def test_both_are_killed_at_once(shaken: Server, customer: Customer) -> None:
    asks_in_vain(customer, QUESTION)
    shaken.kill()
    shaken.start()
    said = assert_whole(customer, "hi", QUESTION)
    assert len(said) == 4 and said[-1]["kind"] == "answer"


def test_told_to_stop_it_keeps_what_is_under_way_and_asks_widgets_to_come_back(
    shaken: Server, customer: Customer
) -> None:
    widget = Widget(shaken).opens()
    client_id = widget.writes(QUESTION)
    widget.sees("sent", client_id=client_id)
    assert shaken.process
    shaken.process.terminate()
    assert widget.is_hung_up_on() == 1012
    assert shaken.end() == 0
    shaken.start()
    widget.opens()
    while len(widget.lines) < 2:
        widget.sees("message")
    assert widget.lines[2]["kind"] == "answer" and not widget.doubled
    assert len(shaken.rows("SELECT 1 FROM messages WHERE conversation = ?", widget.conversation)) == 2


def test_the_database_is_locked_for_some_seconds(shaken: Server, customer: Customer) -> None:
    with ThreadPoolExecutor(1) as aside, shaken.locked():
        answer = aside.submit(customer.says, QUESTION)
        until = time.monotonic() + LOCKED_SECONDS
        wait_for("some seconds", lambda: time.monotonic() > until or answer.done())
        assert not answer.done()
        assert customer.stored() == [("hi", customer.stored()[0][1])]
    assert answer.result()[0]["kind"] == "answer"
    assert_whole(customer, "hi", QUESTION)
