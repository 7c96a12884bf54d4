"""What is internal stays inside: in answers, suggestions, sources, help pages, and what an agent sends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from actions.answering import Answering, kept_of
from actions.asked import Asked, Readings
from actions.openly import Openly
from bot.channels import Articles
from desk.articles import find_public, text_to_send
from knowledge.workshop import Workshop
from nouns import Author, Decision, Message, Problem, Reply
from pages.help import help_routes
from pages.shell import Shell
from pages.site import PublicPages, Site
from tests.pages.writers import ARTICLES, workshop_in
from tests.world import MONDAY

SECRET, INTERNAL = "GOODWILL15", "internal/vouchers"
QUESTIONS = (
    "which voucher may I give",  # the very question that the internal article names
    "Goodwill vouchers",  # its title
    "goodwill code GOODWILL15",  # its text
    "voucher for a lamp to Norway",
    "可以给客户什么优惠券 GOODWILL15",
)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """The small company, whose article on vouchers is internal."""
    assert SECRET in ARTICLES[INTERNAL]
    return workshop_in(tmp_path_factory.mktemp("internal"))


def told(reply: Reply) -> str:
    """All that a customer gets of a reply."""
    sources = [(source.article, source.title, source.url) for source in reply.sources]
    return repr([reply.text, sources, [(button.title, dict(button.entities)) for button in reply.buttons]])


@pytest.mark.parametrize("question", QUESTIONS)
async def test_no_answer_suggestion_or_source_tells_it(workshop: Workshop, question: str) -> None:
    answering = Answering(workshop.base, workshop._reader, Readings())
    for language in ("en", "zh"):
        answer = await answering.decide(Asked("c", "m", question, "", language, {}, (), {}))
        for decision in Decision:
            forced = type(answer)(decision, answer.probability, answer.hits, answer.index)
            if answer.hits or decision is Decision.ABSTAIN:
                said = told(answering.reply(forced, language)) + repr(kept_of(forced))
                assert SECRET not in said and INTERNAL not in said and "Goodwill vouchers" not in said
        message = Message("m", "c", 1, Author.CUSTOMER, question, MONDAY)
        reply, kept = await Openly(answering).answer(message, language)
        said = told(reply).replace(question, "") + repr(kept)  # what was asked may be said back
        assert SECRET not in said and INTERNAL not in said


async def test_no_button_and_no_agent_opens_it(workshop: Workshop) -> None:
    base, articles = workshop.base, Articles(workshop._reader, workshop.base)
    [hidden] = [article for article in workshop.articles() if article.audience == "internal"]
    passages = [f"{hidden.id}#top", f"{hidden.id}#top.1", hidden.id]

    assert hidden.id == INTERNAL
    for passage in passages:
        assert base.passage(passage) is None
        with pytest.raises(Problem):
            text_to_send(articles, passage, None)
    for question in QUESTIONS:
        found = await find_public(articles, question, "en", 10)
        assert all(hit.passage.article != INTERNAL for hit in found)


async def test_no_help_page_shows_it(workshop: Workshop) -> None:
    site = Site(
        company="Lumen",
        colour="#0f766e",
        languages=["en", "zh"],
        allowed_origins=[],
        upload_max_bytes=1,
        demo=False,
    )
    pages, app = PublicPages(site, Shell.of("Lumen").environment), FastAPI()
    app.include_router(help_routes(pages, lambda: workshop.base, workshop._reader.read))
    transport: Any = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://help.test") as client:
        for path in (f"/help/en/{INTERNAL}", f"/help/zh/{INTERNAL}", "/help/en/internal"):
            missing = await client.get(path)
            assert missing.status_code == 404 and SECRET not in missing.text
        shown = [await client.get("/help/en"), await client.get("/help/en/returns")]
        shown += [await client.get("/help/en", params={"q": question}) for question in QUESTIONS]
        for page in shown:
            assert page.status_code == 200
            assert "The goodwill code is" not in page.text
            assert INTERNAL not in page.text and "Goodwill vouchers</" not in page.text


async def test_a_public_article_that_links_to_it_is_told(workshop: Workshop, tmp_path: Path) -> None:
    path = workshop.folder / "returns.md"
    edited = path.read_text("utf-8") + "\nSee [vouchers](internal/vouchers.md).\n"

    trial = await workshop.trial("returns", edited)

    assert [link.reason for link in trial.dead_links] == ["internal"] and not trial.is_fine
