"""A customer asks: what the articles say is answered with its source, what they don't is admitted."""

from __future__ import annotations

import re

import pytest

from desk.texts import say
from tests.scenarios.server import Colleague, Customer, Server, wait_for

pytestmark = pytest.mark.engine

HUMAN, TICKET = say("talk_to_human", "en"), say("open_ticket", "en")
VAGUE = (
    "price of the pendant pls",
    "is express availabel for new york",
    "This isn't the lamp I ordered",
    "Why does my lamp come on during the night?",
    "On which days of the week do you send parcels out?",
)
ONLY_IN_ENGLISH = "怎么把灯接到Alexa"
UNCOVERED = ("Do you sell bicycle helmets?", "What is the capital of Peru?")


def test_a_question_is_answered_from_an_article_and_says_which(server: Server) -> None:
    (answer,) = Customer(server).says("How do I reset my password?")
    assert answer["kind"] == "answer" and answer["text"]
    (source,) = answer["sources"]
    assert source["article"] == "account/reset-password"
    assert source["url"].startswith("/help/en/account/reset-password#")


def test_a_chinese_question_gets_a_chinese_answer(server: Server) -> None:
    (answer,) = Customer(server).says("怎么重置密码？")
    assert answer["kind"] == "answer" and re.search("[\u4e00-\u9fff]", answer["text"])
    assert answer["sources"][0]["article"] == "account/reset-password.zh"
    assert [button["title"] for button in answer["buttons"]] == [say("yes", "zh"), say("no", "zh")]


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("hi", ("Hello", "Hi there")),
        ("thank you!", ("welcome", "Happy")),
        ("are you a bot?", ("not a person",)),
        ("what can you do?", ("answer questions",)),
        ("tell me a joke", ("small talk",)),
        ("你好", ("您好", "你好")),
        ("谢谢", ("不客气", "高兴")),
        ("你是机器人吗", ("我是机器人",)),
    ],
)
def test_small_talk_is_answered_in_kind(server: Server, said: str, heard: tuple[str, ...]) -> None:
    (reply,) = Customer(server).says(said)
    assert any(words in reply["text"] for words in heard)


def test_one_conversation_changes_between_languages(server: Server) -> None:
    customer = Customer(server)
    for text in ("How do I reset my password?", "怎么重置密码？", "How do I reset my password?"):
        (answer,) = customer.says(text)
        in_chinese = answer["sources"][0]["article"].endswith(".zh")
        assert in_chinese == (text == "怎么重置密码？") == (answer["buttons"][0]["title"] == say("yes", "zh"))


def test_what_no_article_covers_is_not_answered_but_a_person_and_a_ticket_are_offered(server: Server) -> None:
    (reply,) = Customer(server).says(UNCOVERED[0])
    assert reply["kind"] == "abstain" and not reply["sources"]
    assert [button["title"] for button in reply["buttons"]] == [HUMAN, TICKET]


def test_the_second_failure_in_a_row_brings_a_person(server: Server) -> None:
    customer = Customer(server)
    customer.says(UNCOVERED[0])
    (reply,) = customer.says(UNCOVERED[1])
    assert reply["kind"] == "handoff" and "twice" in reply["text"]
    assert customer.mode == "waiting"


def test_a_good_answer_between_two_failures_starts_the_count_again(server: Server) -> None:
    customer = Customer(server)
    for text in (UNCOVERED[0], "How do I reset my password?", UNCOVERED[1]):
        customer.says(text)
    assert customer.mode == "bot" and customer.replies[0]["kind"] == "abstain"


def test_a_suggestion_that_is_pressed_is_answered(server: Server) -> None:
    customer = Customer(server)
    (offered,) = next(r for text in VAGUE if (r := customer.says(text))[0]["kind"] == "suggestions")
    (answer,) = customer.presses(offered["buttons"][0]["title"])
    assert answer["kind"] == "answer" and answer["sources"][0]["article"] not in ("", None)


def test_none_of_the_suggestions_is_a_failure_with_ways_on(server: Server) -> None:
    customer = next(c for text in VAGUE if (c := Customer(server)).says(text)[0]["kind"] == "suggestions")
    (reply,) = customer.presses(say("none_of_these", "en"))
    assert reply["kind"] == "abstain"
    assert HUMAN in [button["title"] for button in reply["buttons"]]


def test_an_article_of_another_language_is_offered_as_such_where_none_of_the_own_answers(
    server: Server,
) -> None:
    customer = Customer(server)
    (offered,) = customer.says(ONLY_IN_ENGLISH)
    titles = [button["title"] for button in offered["buttons"]]
    assert offered["kind"] == "suggestions" and "我只找到英文的文章" in offered["text"]
    assert titles[0].endswith("（英文）") and titles[-2:] == [
        say("talk_to_human", "zh"),
        say("open_ticket", "zh"),
    ]
    (shown,) = customer.presses(titles[0])
    assert shown["kind"] == "answer" and shown["text"].startswith("（暂时只有英文内容）")
    assert [source["article"] for source in shown["sources"]] == ["app/connect-apple-google-alexa"]
    (first, _) = server.rows(
        "SELECT knowledge FROM turns WHERE conversation = ? ORDER BY at", customer.conversation
    )
    assert '"decision": "abstain"' in first[0] and '"across"' in first[0]


def test_a_person_is_offered_beside_it(server: Server) -> None:
    customer = Customer(server)
    customer.says(ONLY_IN_ENGLISH)
    customer.presses(say("talk_to_human", "zh"))
    assert customer.mode == "waiting"


@pytest.mark.parametrize(("pressed", "helpful"), [("yes", 1), ("no", 0)])
def test_a_vote_is_kept_with_the_article_it_is_about(server: Server, pressed: str, helpful: int) -> None:
    customer = Customer(server)
    customer.says("How do I reset my password?")
    customer.presses(say(pressed, "en"))
    votes = server.rows("SELECT helpful, article FROM votes WHERE conversation = ?", customer.conversation)
    assert votes == [(helpful, "account/reset-password")]


def test_a_typed_yes_counts_as_the_vote_on_the_answer_above(server: Server) -> None:
    customer = Customer(server)
    customer.says("How do I reset my password?")
    assert customer.says("yes")[0]["text"] == say("helpful", "en")
    votes = server.rows("SELECT helpful FROM votes WHERE conversation = ?", customer.conversation)
    assert votes == [(1,)]


def test_a_button_of_somebody_else_is_refused(server: Server) -> None:
    other, customer = Customer(server), Customer(server)
    other.says("How do I reset my password?")
    customer.says("hi")
    refused = customer.send(button=other.replies[0]["buttons"][0]["id"])
    assert refused.status_code == 422 and refused.json()["code"] == "button_unknown"


def test_another_visitors_conversation_stays_closed(server: Server) -> None:
    customer, stranger = Customer(server), Customer(server)
    customer.says("hi")
    stranger.conversation, stranger.token = customer.conversation, "guessed"
    assert stranger.send(text="What did I write?").status_code == 401


def test_a_turn_is_kept_with_all_that_made_its_answer(server: Server) -> None:
    customer = Customer(server)
    customer.says("How do I reset my password?")
    ((intent, versions),) = server.rows(
        "SELECT intent, versions FROM turns WHERE conversation = ?", customer.conversation
    )
    assert intent in ("ask_question", "nlu_fallback")
    assert '"model"' in versions and '"index"' in versions


def test_many_visitors_at_once_each_get_their_own_answer(server: Server) -> None:
    crowd = [Customer(server).begins() for _ in range(10)]
    for number, customer in enumerate(crowd):
        customer.leaves_behind("怎么重置密码？" if number % 2 else "How do I reset my password?")
    for number, customer in enumerate(crowd):
        asked, answer = customer.is_answered()
        wanted = "account/reset-password.zh" if number % 2 else "account/reset-password"
        assert answer["sources"][0]["article"] == wanted
        assert (asked["seq"], answer["seq"]) == (1, 2)


def test_while_a_person_has_the_conversation_the_bot_says_nothing(server: Server) -> None:
    customer, astrid = Customer(server), Colleague(server)
    customer.says("I want to talk to a human")
    astrid.takes(customer.conversation)
    assert customer.says("How do I reset my password?") == []
    wait_for("passed on", lambda: customer.reads()[-1]["author"] == "customer")
