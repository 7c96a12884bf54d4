"""The widget's line breaks, the page is loaded again, the server restarts: nothing twice, nothing missing."""

from __future__ import annotations

import pytest

from tests.scenarios.server import Customer, Server, Widget

pytestmark = pytest.mark.engine

QUESTION = "How do I reset my password?"


def authors(widget: Widget) -> list[str]:
    return [widget.lines[seq]["author"] for seq in sorted(widget.lines)]


def test_a_message_is_stored_answered_and_marked_as_delivered(server: Server) -> None:
    widget = Widget(server).opens()
    client_id = widget.writes(QUESTION)
    assert widget.sees("sent", client_id=client_id)["seq"] == 1
    assert widget.sees_line("bot")["kind"] == "answer"
    widget.sees("delivered", seq=1)
    assert sorted(widget.lines) == [1, 2] and not widget.doubled


def test_after_a_reload_the_conversation_is_there_again(server: Server) -> None:
    widget = Widget(server).opens()
    widget.writes(QUESTION)
    widget.sees_line("bot")
    reloaded = Widget(server)
    reloaded.conversation, reloaded.token = widget.conversation, widget.token
    reloaded.opens().sees_line("bot")
    assert reloaded.lines == widget.lines


def test_who_comes_back_hears_only_what_is_new(server: Server) -> None:
    widget = Widget(server).opens()
    widget.writes(QUESTION)
    widget.sees_line("bot")
    widget.loses_the_network()
    elsewhere = Customer(server)
    elsewhere.conversation, elsewhere.token = widget.conversation, widget.token
    elsewhere.says("are you a bot?")
    widget.opens().sees_line("bot")
    assert authors(widget) == ["customer", "bot"] * 2 and not widget.doubled


def test_an_answer_that_comes_while_the_line_is_down_is_not_missed(server: Server) -> None:
    widget = Widget(server).opens()
    client_id = widget.writes(QUESTION)
    widget.sees("sent", client_id=client_id)
    widget.loses_the_network()
    answer = widget.opens().sees_line("bot")
    assert answer["kind"] == "answer"
    assert authors(widget) == ["customer", "bot"] and not widget.doubled


def test_a_first_message_sent_again_by_a_widget_that_knew_of_nothing_is_one_message(server: Server) -> None:
    widget = Widget(server).opens()
    client_id = widget.writes(QUESTION)
    widget.sees("sent", client_id=client_id)
    forgetful = Widget(server).opens()
    forgetful.writes(QUESTION, client_id)
    assert forgetful.sees("sent", client_id=client_id)["seq"] == 1
    forgetful.sees_line("bot")
    assert forgetful.conversation == widget.conversation and authors(forgetful) == ["customer", "bot"]


def test_a_first_message_sent_again_into_the_conversation_it_began_is_one_message(server: Server) -> None:
    widget = Widget(server).opens()
    client_id = widget.writes(QUESTION)
    widget.sees("welcome")
    widget.loses_the_network()
    widget.opens().writes(QUESTION, client_id)
    assert widget.sees("sent", client_id=client_id)["seq"] == 1
    widget.writes("are you a bot?")
    while authors(widget).count("bot") < 2:
        widget.sees_line("bot")
    assert authors(widget).count("customer") == 2 and not widget.doubled


def test_a_later_message_sent_again_is_one_message(server: Server) -> None:
    widget = Widget(server).opens()
    widget.writes("hi")
    widget.sees_line("bot")
    client_id = widget.writes(QUESTION)
    widget.writes(QUESTION, client_id)
    assert widget.sees("sent", client_id=client_id) == widget.sees("sent", client_id=client_id)
    widget.sees("delivered", seq=3)
    assert len(widget.lines) == 4


def test_two_visitors_who_number_their_messages_stay_apart(server: Server) -> None:
    first, second = Customer(server), Customer(server)
    first.says("How do I reset my password?", client_id="1")
    second.says("are you a bot?", client_id="1")
    assert first.conversation != second.conversation


def test_two_tabs_show_the_same(server: Server) -> None:
    widget = Widget(server).opens()
    widget.writes("hi")
    widget.sees_line("bot")
    tab = Widget(server)
    tab.conversation, tab.token = widget.conversation, widget.token
    tab.opens()
    widget.writes(QUESTION)
    assert widget.sees_line("bot")["kind"] == "answer"
    while len(tab.lines) < 4:
        tab.sees("message")
    assert tab.lines == widget.lines


def test_a_wrong_token_opens_nothing(server: Server) -> None:
    customer, stranger = Customer(server), Widget(server)
    customer.says("hi")
    stranger.conversation, stranger.token = customer.conversation, "guessed"
    with pytest.raises(Exception, match="4401"):
        stranger.opens()
    assert [frame["type"] for frame in stranger.frames] == ["error"]


def test_what_is_not_a_message_is_refused_and_the_line_stays_open(server: Server) -> None:
    widget = Widget(server).opens()
    widget.writes("   ", "empty-0000000000000")
    assert widget.sees("error")["client_id"] == "empty-0000000000000"
    widget.writes("hi")
    assert widget.sees_line("bot")["text"]
