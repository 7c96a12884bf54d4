"""A desk of short waits, with an unfinished article: what is late or broken leaves no customer alone."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import pytest

from bot.settings import CHECKOUT
from desk.texts import say
from tests.scenarios.conftest import NewServer
from tests.scenarios.server import Customer, Server

pytestmark = pytest.mark.engine

QUESTION = "How do I reset my password?"
UNFINISHED = '---\ntitle: "unfinished\nlanguage: en\n---\nText\n'


@pytest.fixture(scope="module")
def impatient(new_server: NewServer, tmp_path_factory: pytest.TempPathFactory) -> Server:
    """Short waits, and the demo company's articles with one more that is broken."""
    articles: Path = tmp_path_factory.mktemp("company") / "articles"
    shutil.copytree(CHECKOUT / "knowledge" / "articles", articles)
    (articles / "new.md").write_text(UNFINISHED, "utf-8")
    server = new_server(HANDOFF_WAIT_MINUTES="0.02", ENGINE_SECONDS="8", ARTICLES_DIR=str(articles))
    return server.start()


def test_a_broken_article_is_named_and_the_index_before_goes_on_serving(impatient: Server) -> None:
    told = " ".join(impatient.log.split())
    assert "new.md, line" in told and "goes on serving" in told and "Training" not in told
    assert Customer(impatient).says(QUESTION)[0]["kind"] == "answer"


def test_a_wait_that_is_too_long_becomes_a_ticket_with_the_transcript(impatient: Server) -> None:
    customer = Customer(impatient)
    customer.says("I want to talk to a human")
    told = customer.is_told("nobody could take over in time")
    assert told["ticket"] and customer.mode == "bot"
    ((text,),) = impatient.rows("SELECT text FROM ticket_events WHERE what = 'opened'")
    assert "I want to talk to a human" in text
    assert customer.says(QUESTION)[0]["kind"] == "answer"


def test_an_engine_that_stays_silent_is_apologised_for_and_a_person_called(impatient: Server) -> None:
    customer = Customer(impatient)
    customer.says("hi")
    engine = impatient.engine()
    engine.send_signal(signal.SIGSTOP)
    sorry, coming = customer.says(QUESTION)
    engine.send_signal(signal.SIGCONT)
    assert sorry["text"] == say("engine_down", "en") and coming["kind"] == "handoff"
    customer.is_told("nobody could take over in time")
    assert [line["author"] for line in customer.is_answered()].count("customer") == 2
