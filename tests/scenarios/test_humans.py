"""A customer wants a person: waits, is taken over, written to, given back, or gets a ticket instead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from desk.texts import say
from tests.scenarios.conftest import NewServer
from tests.scenarios.server import Colleague, Customer, Server, Widget, wait_for

pytestmark = pytest.mark.engine


def in_the_queue(server: Server, text: str = "I want to talk to a human") -> Customer:
    customer = Customer(server)
    customer.says(text)
    assert customer.mode == "waiting"
    return customer


def test_whoever_waits_knows_their_place_and_can_leave(server: Server) -> None:
    first, second = in_the_queue(server), in_the_queue(server)
    places = [int(one.replies[0]["text"].split("number ")[1].split()[0]) for one in (first, second)]
    assert places[1] == places[0] + 1
    assert "out of the queue" in second.presses(say("keep_waiting", "en"))[0]["text"]
    assert second.mode == "bot"


def test_asking_twice_keeps_one_place(server: Server) -> None:
    customer = in_the_queue(server)
    (again,) = customer.says("I want to talk to a human")
    assert "on the way" in again["text"]
    handoffs = server.rows("SELECT state FROM handoffs WHERE conversation = ?", customer.conversation)
    assert handoffs == [("waiting",)]


def test_the_bot_goes_on_answering_while_a_customer_waits(server: Server) -> None:
    customer = in_the_queue(server)
    assert customer.says("How do I reset my password?")[0]["kind"] == "answer"
    assert customer.mode == "waiting"


def test_a_person_takes_over_writes_and_gives_back(server: Server) -> None:
    customer, astrid = in_the_queue(server), Colleague(server)
    astrid.takes(customer.conversation)
    customer.is_told("Astrid has joined")
    assert customer.says("My lamp hums") == [] and customer.mode == "human"
    astrid.writes(customer.conversation, "Which lamp is it?")
    assert customer.is_told("Which lamp is it?", "agent")["agent_name"] == "Astrid"
    astrid.gives_back(customer.conversation)
    customer.is_told("Astrid has left")
    assert customer.says("How do I reset my password?")[0]["kind"] == "answer" and customer.mode == "bot"


def test_the_person_sees_what_was_said_before(server: Server) -> None:
    customer = Customer(server)
    customer.says("How do I reset my password?")
    customer.says("I want to talk to a human")
    ((packet,),) = server.rows("SELECT packet FROM handoffs WHERE conversation = ?", customer.conversation)
    assert "How do I reset my password?" in packet and "ranking" in packet


def test_a_complaint_reaches_a_person_at_once(server: Server) -> None:
    customer = in_the_queue(server, "This is outrageous, I want to complain about your terrible service")
    ((reason,),) = server.rows("SELECT reason FROM handoffs WHERE conversation = ?", customer.conversation)
    assert reason == "complaint" and "sorry" in customer.replies[0]["text"]


def test_what_is_written_after_the_end_opens_a_new_conversation_linked_to_the_old(server: Server) -> None:
    customer, astrid = in_the_queue(server), Colleague(server)
    before = customer.conversation
    astrid.takes(before)
    astrid.resolves(before)
    wait_for("closed", lambda: customer.reads() and customer.mode == "closed")
    assert customer.says("How do I reset my password?")[0]["kind"] == "answer"
    assert customer.conversation != before
    ((previous,),) = server.rows("SELECT previous FROM conversations WHERE id = ?", customer.conversation)
    assert previous == before


def test_an_open_widget_follows_into_the_new_conversation(server: Server) -> None:
    widget, astrid = Widget(server).opens(), Colleague(server)
    widget.writes("I want to talk to a human")
    widget.sees_line("bot")
    before = widget.conversation
    astrid.takes(before)
    astrid.resolves(before)
    widget.lines.clear()
    widget.writes("How do I reset my password?")
    assert widget.sees_line("bot")["kind"] == "answer"
    assert widget.conversation != before and not widget.doubled


def test_outside_office_hours_a_ticket_is_opened_at_once(new_server: NewServer) -> None:
    customer = Customer(new_server(OFFICE_HOURS=closed_now()).start())
    (reply,) = customer.says("I want to talk to a human")
    assert reply["kind"] == "ticket" and reply["ticket"] in reply["text"] and customer.mode == "bot"
    assert customer.says("what is the status of my ticket?")[0]["ticket"] == reply["ticket"]


def closed_now() -> str:
    """Return office hours that are over: one minute, half a day from now."""
    opens = datetime.now(UTC) + timedelta(hours=12)
    return f"{opens:%a} {opens:%H:%M}-{opens + timedelta(minutes=1):%H:%M}"
