"""Articles that a person sends to a customer: public passages alone, with their source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from urllib.parse import quote

from nouns import Hit, Passage, Problem


class Articles(Protocol):
    """The articles, for an agent to send."""

    async def find(self, question: str, language: str) -> Sequence[Hit]:
        """Return passages, best first."""
        ...

    def passage(self, id: str) -> Passage | None:
        """Return a passage."""
        ...


async def find_public(articles: Articles, question: str, language: str, most: int) -> list[Hit]:
    """Return the passages that a customer may be sent, best first."""
    hits = await articles.find(question, language)
    return [hit for hit in hits if hit.passage.audience == "public"][:most]


def text_to_send(articles: Articles, passage: str, base_url: str | None) -> tuple[Passage, str]:
    """Return a passage and what the customer gets of it, its source below; or refuse."""
    found = articles.passage(passage)
    if found is None or found.audience != "public":
        raise Problem("article_unknown", 404, "There is no such public article.", "Search again.")
    heading = heading_of(found)
    text = f"**{heading}**\n{found.text}" if heading else found.text
    return found, f"{text}\n\n{_source(found, base_url)}"


def heading_of(passage: Passage) -> str:
    """Return the heading that a passage stands below; without it one may not say what it is about."""
    deepest = passage.headings[-1] if passage.headings else ""
    return "" if deepest == passage.title else deepest


def title_of(passage: Passage) -> str:
    """Return the article's title, with the heading that the passage stands below."""
    heading = heading_of(passage)
    return f"{passage.title}: {heading}" if heading else passage.title


def article_path(language: str, article: str, passage: str = "") -> str:
    """Return where the help pages show an article, at the heading of the passage."""
    anchor = passage.partition("#")[2].split(".")[0]
    return f"/help/{quote(language)}/{quote(article)}" + (f"#{quote(anchor)}" if anchor else "")


def _source(passage: Passage, base_url: str | None) -> str:
    if not base_url:
        return f"📖 {passage.title}"
    path = article_path(passage.language, passage.article, passage.id)
    return f"[📖 {passage.title}]({base_url.rstrip('/')}{path})"
