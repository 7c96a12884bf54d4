"""Links that lead nowhere: to a heading, an article or a file that is not there; to the web when asked."""

from __future__ import annotations

import asyncio
import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx2
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.anchors import anchors_plugin

from nouns import Article

AT_ONCE = 8
TIMEOUT_SECONDS = 15.0
FINE = frozenset({401, 403, 405, 406, 429})  # it is there, but not for programs
HEADERS = {"User-Agent": "Firstline (checks the links of its articles)"}


@dataclass(frozen=True)
class DeadLink:
    """A link of an article; `reason` is anchor, article, file, internal (customers can't open it) or web."""

    article: str
    target: str
    reason: str
    detail: str = ""


@dataclass(frozen=True)
class _Page:
    article: Article
    anchors: frozenset[str]
    links: tuple[str, ...]


def dead_links_in(articles: Sequence[Article], folder: Path) -> list[DeadLink]:
    """Check every link to a heading, an article or a file under `folder`."""
    pages = {article.id: _page(article) for article in articles}
    return [
        DeadLink(page.article.id, link, reason)
        for page in pages.values()
        for link in page.links
        if (reason := _fault(link, page, pages, folder))
    ]


def linking_to(id: str, articles: Sequence[Article]) -> list[Article]:
    """List the articles that link to one: their links die when it goes."""
    found = []
    for article in articles:
        paths = [urlsplit(link) for link in _page(article).links]
        named = {_named(unquote(parts.path), article) for parts in paths if not parts.scheme and parts.path}
        if article.id != id and (id in named or id in {f"{name}.{article.language}" for name in named}):
            found.append(article)
    return found


def web_links_in(articles: Sequence[Article]) -> dict[str, list[str]]:
    """List the addresses on the web that articles link to, with the articles that do."""
    found: dict[str, list[str]] = {}
    for article in articles:
        for link in (*_page(article).links, *([article.url] if article.url else [])):
            if urlsplit(link).scheme in ("http", "https"):
                found.setdefault(link, []).append(article.id)
    return found


async def dead_web_links(
    articles: Sequence[Article], transport: httpx2.AsyncBaseTransport | None = None
) -> list[DeadLink]:
    """Ask for every address on the web, and tell of those that don't answer or say that there is nothing."""
    slots = asyncio.Semaphore(AT_ONCE)
    async with httpx2.AsyncClient(
        timeout=TIMEOUT_SECONDS, follow_redirects=True, headers=HEADERS, transport=transport
    ) as client:

        async def ask(address: str, ids: list[str]) -> list[DeadLink]:
            async with slots:
                detail = await _ask(client, address)
            return [DeadLink(id, address, "web", detail) for id in ids if detail]

        asked = await asyncio.gather(*(ask(*item) for item in web_links_in(articles).items()))
    return [dead for some in asked for dead in some]


async def _ask(client: httpx2.AsyncClient, address: str) -> str:
    try:
        async with client.stream("GET", address) as response:
            bad = response.status_code >= 400 and response.status_code not in FINE
            return f"status {response.status_code}" if bad else ""
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
        return str(error) or type(error).__name__


def _page(article: Article) -> _Page:
    parser = MarkdownIt("commonmark").enable("table").use(anchors_plugin, max_level=6)
    tokens = parser.parse(article.body)
    anchors = frozenset(str(token.attrGet("id")) for token in tokens if token.type == "heading_open")
    return _Page(article, anchors | {"top"}, tuple(_targets(tokens)))


def _targets(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        target = token.attrGet({"link_open": "href", "image": "src"}.get(token.type, ""))
        if isinstance(target, str):
            yield target
        yield from _targets(token.children or [])


def _fault(link: str, page: _Page, pages: dict[str, _Page], folder: Path) -> str:
    """Say what is wrong with a link within the articles; "" when nothing is, or it leads elsewhere."""
    parts = urlsplit(link)
    path, anchor = unquote(parts.path), unquote(parts.fragment)
    if parts.scheme or parts.netloc:
        return ""
    if not path:
        return "" if not anchor or anchor in page.anchors else "anchor"
    if path.startswith("/") and not path.startswith("/help/"):
        return ""
    named = _named(path, page.article)
    target = pages.get(named) or pages.get(f"{named}.{page.article.language}")
    if target is None:
        return _no_article(path, page.article, folder)
    if target.article.audience == "internal" and page.article.audience == "public":
        return "internal"
    return "" if not anchor or anchor in target.anchors else "anchor"


def _named(path: str, article: Article) -> str:
    """Give the id that a link names: /help/en/delivery/norway, norway.md, ../delivery/norway.md."""
    if path.startswith("/help/"):
        return path.removeprefix("/help/").partition("/")[2].strip("/")
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(article.id), path))
    return joined.removesuffix(".md")


def _no_article(path: str, article: Article, folder: Path) -> str:
    if path.startswith("/help/"):
        return "article" if path.removeprefix("/help/").partition("/")[2].strip("/") else ""
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(article.id), path))
    if joined.startswith(".."):
        return "file"
    return "" if (folder / joined).is_file() else "file"
