"""The help centre: every public article, by topic and by search."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup

from knowledge.render import to_html
from knowledge.split import Section, plain, sections_of
from nouns import Answer, Article, Hit, Problem, Reading
from pages.site import PublicPages, words

QUERY_LETTERS = 300
EXCERPT_LETTERS = 220
RESULTS = 8
RELATED = 4
FIRST_OF_TOPIC = 5


class Shelf(Protocol):
    """What the help pages ask of the knowledge base."""

    def article(self, id: str) -> Article | None:
        """Look a public article up."""

    def articles(self, language: str | None = None) -> list[Article]:
        """List the public articles."""

    async def search(
        self, question: str, reading: Reading, *, language: str | None = None, limit: int = 5
    ) -> Answer:
        """Find passages for a question."""


@dataclass(frozen=True, slots=True)
class Topic:
    """The articles of one folder."""

    id: str
    name: str
    articles: Sequence[Article]


@dataclass(frozen=True, slots=True)
class Result:
    """One line of a search: where it leads and what stands there."""

    title: str
    url: str
    path: str
    excerpt: str


Read = Callable[[str], Awaitable[Reading]]


@dataclass(frozen=True, slots=True)
class HelpPages:
    """The three pages there are: home with search, an article, and the one that is not there."""

    pages: PublicPages
    shelf: Callable[[], Shelf]
    read: Read

    async def front(self, request: Request) -> RedirectResponse:
        """Send a browser to the help of its language."""
        return RedirectResponse(
            f"/help/{self.pages.site.language(request)}", 302, {"Vary": "Accept-Language"}
        )

    async def home(self, request: Request, language: str, q: str = "") -> HTMLResponse:
        """Show the topics, or what was found for `q`."""
        if language not in self.pages.site.languages:
            return self.missing(request, self.pages.site.language(request))
        query = q.strip()[:QUERY_LETTERS]
        values: dict[str, Any] = {
            "query": query,
            "topics": topics_of(self.shelf().articles(language), words("help", language)),
            "switch": [(other, f"/help/{other}") for other in self._others(language)],
            "first": FIRST_OF_TOPIC,
            **await self._search(query, language),
        }
        return self.pages.render(request, "help/home.html", language, **values)

    async def article(self, request: Request, language: str, article: str) -> HTMLResponse:
        """Show an article, in the language asked for when there is such a one."""
        if language not in self.pages.site.languages:
            return self.missing(request, self.pages.site.language(request))
        found = self.shelf().article(f"{article}.{language}") or self.shelf().article(article)
        if found is None:
            return self.missing(request, language)
        texts, sections = words("help", language), sections_of(found.body)
        values = {
            "article": found,
            "topic": topics_of([found], texts)[0],
            "body": Markup(scrollable(to_html(found.body, anchors=True))),  # sanitised there
            "contents": [section for section in sections if len(section.headings) == 1],
            "related": related_to(found, self.shelf().articles(found.language)),
            "switch": [(other, self._counterpart(found, other)) for other in self._others(language)],
            "canonical": url_of(found),
            "structured": structured(found, sections, self.pages.site.company),
            "kind": texts["kinds"].get(found.kind, ""),
        }
        return self.pages.render(request, "help/article.html", language, **values)

    def missing(self, request: Request, language: str) -> HTMLResponse:
        """Say kindly that there is no such page, and offer the search."""
        switch = [(other, f"/help/{other}") for other in self._others(language)]
        return self.pages.render(request, "help/missing.html", language, 404, switch=switch)

    async def _search(self, query: str, language: str) -> dict[str, Any]:
        if not query:
            return {"results": None, "busy": False}
        try:
            answer = await self.shelf().search(
                query, await self.read(query), language=language, limit=RESULTS
            )
        except Problem:
            return {"results": [], "busy": True}
        return {"results": [result_of(hit) for hit in answer.hits], "busy": False}

    def _others(self, language: str) -> list[str]:
        return [other for other in self.pages.site.languages if other != language]

    def _counterpart(self, article: Article, language: str) -> str:
        """Return the same article in another language, or that language's home."""
        stem = article.id.removesuffix(f".{article.language}")
        known = self.shelf().article(f"{stem}.{language}") or self.shelf().article(stem)
        return url_of(known) if known and known.language == language else f"/help/{language}"


def help_routes(pages: PublicPages, shelf: Callable[[], Shelf], read: Read) -> APIRouter:
    """Serve `/help`. `shelf` gives the knowledge base, `read` reads a question, as `Reader.read` does."""
    router = APIRouter(include_in_schema=False)
    help_pages = HelpPages(pages, shelf, read)
    router.add_api_route("/help", help_pages.front)
    router.add_api_route("/help/{language}", help_pages.home)
    router.add_api_route("/help/{language}/{article:path}", help_pages.article)
    return router


def scrollable(html: str) -> str:
    """Let the keyboard reach what scrolls sideways on a phone: tables and code."""
    html = html.replace("<table>", '<div class="table" tabindex="0"><table>').replace(
        "</table>", "</table></div>"
    )
    return html.replace("<pre>", '<pre tabindex="0">')


def url_of(article: Article) -> str:
    """Return where an article is shown."""
    return f"/help/{article.language}/{article.id}"


def topics_of(articles: Sequence[Article], texts: dict[str, Any]) -> list[Topic]:
    """Put articles into topics, which are their folders; those with a name come first, in their order."""
    names: dict[str, str] = texts["names"]
    folders: dict[str, list[Article]] = {}
    for article in sorted(articles, key=lambda article: article.title):
        folder = article.id.partition("/")[0] if "/" in article.id else ""
        folders.setdefault(folder, []).append(article)
    order = {folder: place for place, folder in enumerate(names)}

    def name_of(folder: str) -> str:
        return names.get(folder) or folder.replace("-", " ").capitalize() or texts["other"]

    ordered = sorted(folders, key=lambda folder: (order.get(folder, len(order)), folder))
    return [Topic(folder, name_of(folder), folders[folder]) for folder in ordered]


def related_to(article: Article, others: Sequence[Article]) -> list[Article]:
    """Return the articles with the most tags in common; the same topic counts as one."""
    folder = article.id.partition("/")[0]

    def kinship(other: Article) -> int:
        return 2 * len({*article.tags} & {*other.tags}) + (other.id.partition("/")[0] == folder)

    near = [other for other in others if other.id != article.id and kinship(other) > 0]
    return sorted(near, key=lambda other: (-kinship(other), other.title))[:RELATED]


def result_of(hit: Hit) -> Result:
    """Shape a hit for the page of results."""
    passage = hit.passage
    anchor = passage.id.partition("#")[2].partition(".")[0]
    fragment = f"#{anchor}" if anchor != "top" else ""
    text = " ".join(plain(passage.text).split())
    excerpt = text if len(text) <= EXCERPT_LETTERS else text[:EXCERPT_LETTERS].rsplit(" ", 1)[0] + " …"
    url = f"/help/{passage.language}/{passage.article}{fragment}"
    return Result(passage.title, url, " › ".join(passage.headings), excerpt)


def structured(article: Article, sections: Sequence[Section], company: str) -> dict[str, Any]:
    """Describe an article to search engines (schema.org): its questions when it has some."""
    common = {
        "@context": "https://schema.org",
        "inLanguage": article.language,
        "publisher": {"@type": "Organization", "name": company},
    }
    questions = [
        {
            "@type": "Question",
            "name": section.headings[-1],
            "acceptedAnswer": {"@type": "Answer", "text": plain("\n".join(section.blocks))},
        }
        for section in sections
        if section.headings and section.headings[-1].endswith(("?", "？"))
    ]
    if questions:
        return {**common, "@type": "FAQPage", "name": article.title, "mainEntity": questions}
    return {**common, "@type": "TechArticle", "headline": article.title}
