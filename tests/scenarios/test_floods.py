"""One visitor sends far too much: they are told to slow down, and nobody else notices."""

from __future__ import annotations

import pytest

from tests.scenarios.server import Customer, Server, Widget

pytestmark = pytest.mark.engine

FLOOD = 200


def test_a_flood_over_the_widget_is_refused_with_a_time_and_others_are_answered(server: Server) -> None:
    flooder, other = Widget(server).opens(), Customer(server)
    flooder.writes("hi")
    flooder.sees_line("bot")
    for _ in range(FLOOD):
        flooder.writes("hi")
    assert other.says("How do I reset my password?")[0]["kind"] == "answer"
    refused = flooder.sees("error", code="rate_limited")
    assert 1 <= refused["retry_after"] <= 60 and refused["client_id"]
    outcomes = [flooder.sees("error") for _ in range(FLOOD - 61)]
    assert all(frame["code"] == "rate_limited" for frame in outcomes)
    ((stored,),) = server.rows(
        "SELECT count(*) FROM messages WHERE conversation = ? AND author = 'customer'", flooder.conversation
    )
    assert 50 <= stored <= 62


def test_a_flood_over_http_gets_429_with_retry_after(server: Server) -> None:
    flooder = Customer(server).begins()
    for number in range(60):
        flooder.send(text="hi") if number == 0 else flooder.send(text="")
    for _ in range(3):
        answer = flooder.send(text="hi")
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) >= 1
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert Customer(server).says("hi")[0]["kind"] == "message"


@pytest.mark.parametrize("body", [{"text": ""}, {"text": "x" * 9000}, {}, {"button": "b_made-up"}])
def test_what_is_no_message_is_refused_with_a_reason(server: Server, body: dict[str, str]) -> None:
    refused = Customer(server).begins().send(**body)
    assert refused.status_code == 422 and refused.json()["detail"]


STRANGE = ("\x00", "😀" * 300, "a\u202eb", "\u200f" * 50, "<script>alert(1)</script>", "{{7*7}}", "a\ud800b")


@pytest.mark.parametrize("text", STRANGE, ids=ascii)
def test_strange_texts_are_answered_like_any_other(server: Server, text: str) -> None:
    answer = Customer(server).send(text=text)
    assert answer.status_code in (200, 422)
    if answer.status_code == 200:
        assert answer.json()["replies"]
