"""Pages of a web site: robots.txt honoured, private addresses refused on every hop, sizes limited."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser

import httpx2
from lxml import etree

from knowledge.intake.add import Progress, Report, write_pages
from knowledge.intake.files import name_of, page_of_html
from knowledge.intake.page import unreadable
from nouns import Problem

AGENT = "FirstlineBot/0.1"
MOST_BYTES = 10_000_000
MOST_PAGES = 2000
MOST_HOPS = 5
MOST_MAPS = 50
TIMEOUT_SECONDS = 20.0

Allowed = Callable[[str], bool]


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet's."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    return (mapped or ip).is_global and not (mapped or ip).is_multicast


@dataclass
class Fetched:
    """What an address gave: where it was found in the end, its type, its bytes."""

    url: str
    kind: str
    content: bytes


@dataclass
class Fetcher:
    """Gets pages; a name is resolved once, and the connection goes to the address that was checked."""

    allowed: Allowed = is_public
    client: httpx2.AsyncClient = field(
        default_factory=lambda: httpx2.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False)
    )

    async def get(self, url: str) -> Fetched:
        """Fetch an address; raises source_unreadable with the reason."""
        first = url
        for _ in range(MOST_HOPS + 1):
            request = await self._request(url)
            try:
                response = await self.client.send(request, stream=True)
            except httpx2.HTTPError as error:
                raise unreadable(first, f"It can't be reached ({type(error).__name__}).") from error
            try:
                if not response.is_redirect:
                    return Fetched(
                        url, response.headers.get("content-type", ""), await self._body(response, first)
                    )
                url = urljoin(url, response.headers.get("location", ""))
            except httpx2.HTTPError as error:
                raise unreadable(first, f"It broke off ({type(error).__name__}).") from error
            finally:
                await response.aclose()
        raise unreadable(first, "It leads from one address to another without end.")

    async def _request(self, url: str) -> httpx2.Request:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise unreadable(url, "Only http and https addresses are read.")
        address = await self._resolve(parts.hostname, url)
        host = f"[{address}]" if ":" in address else address
        port = f":{parts.port}" if parts.port else ""
        pinned = parts._replace(netloc=host + port, fragment="").geturl()
        return self.client.build_request(
            "GET", pinned, headers={"Host": parts.hostname + port, "User-Agent": AGENT},
            extensions={"sni_hostname": parts.hostname},
        )  # fmt: skip

    async def _resolve(self, host: str, url: str) -> str:
        """Resolve a name to one address; when any of its addresses is private, refuse it."""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise unreadable(url, f"There is no host {host}.") from error
        addresses = [str(one[4][0]) for one in found]
        if not all(map(self.allowed, addresses)):
            raise unreadable(url, f"{host} is a private address.", "Save the page as a file and add that.")
        return addresses[0]

    async def _body(self, response: httpx2.Response, name: str) -> bytes:
        if response.status_code != 200:
            raise unreadable(name, f"The site answers {response.status_code}.")
        held = bytearray()
        async for chunk in response.aiter_bytes():
            held += chunk
            if len(held) > MOST_BYTES:
                raise unreadable(name, f"It has more than {MOST_BYTES / 1e6:.0f} MB.")
        return bytes(held)


async def add_site(
    url: str,
    articles_dir: Path,
    under: str,
    progress: Progress,
    allowed: Allowed = is_public,
    *,
    preview: bool = False,
) -> Report:
    """Add a page, or all pages of a site that its sitemap lists."""
    report, fetcher = Report(preview=preview), Fetcher(allowed)
    async with fetcher.client:
        robots = await _robots(url, fetcher)
        urls = await _pages_of(url, fetcher, robots)
        for done, one in enumerate(urls, 1):
            try:
                await _add_page(one, fetcher, robots, (articles_dir, under), report)
            except Problem as problem:
                report.failed.append(problem)
            progress(done, len(urls), one)
            if done < len(urls):
                await asyncio.sleep(min(float(robots.crawl_delay(AGENT) or 0), 10.0))
    return report


async def _add_page(
    url: str, fetcher: Fetcher, robots: RobotFileParser, into: tuple[Path, str], report: Report
) -> None:
    if not robots.can_fetch(AGENT, url):
        raise unreadable(url, "The site's robots.txt asks robots to stay away.")
    fetched = await fetcher.get(url)
    if _host(fetched.url) != _host(url) and not (await _robots(fetched.url, fetcher)).can_fetch(
        AGENT, fetched.url
    ):
        raise unreadable(url, "It leads to a site whose robots.txt asks robots to stay away.")
    if "html" not in fetched.kind:
        raise unreadable(
            url, f"It is no page but {fetched.kind or 'something unnamed'}.", "Add it as a file."
        )
    parts = urlsplit(url)
    name = name_of(f"{parts.hostname}/{parts.path}" + (f"-{parts.query}" if parts.query else ""))
    page = await asyncio.to_thread(page_of_html, fetched.content, name.removesuffix(".html"), url, url)
    if not page.markdown.strip():
        raise unreadable(url, "There is no text on it.", "If scripts draw it, save it from a browser.")
    write_pages([page], *into, report)


async def _robots(url: str, fetcher: Fetcher) -> RobotFileParser:
    """Read a site's robots.txt; none allows everything (RFC 9309)."""
    robots = RobotFileParser()
    try:
        text = (await fetcher.get(urljoin(url, "/robots.txt"))).content.decode("utf-8", "replace")
    except Problem as problem:
        if "private address" in problem.sentence or "no host" in problem.sentence:
            raise
        text = ""
    robots.parse(text.splitlines())
    return robots


async def _pages_of(url: str, fetcher: Fetcher, robots: RobotFileParser) -> Sequence[str]:
    """List what to read: of a sitemap or a site's root all pages of that site, else the page itself."""
    path = urlsplit(url).path
    if path.endswith(".xml"):
        maps = [url]
    elif path in ("", "/"):
        maps = list(robots.site_maps() or [urljoin(url, "/sitemap.xml")])
    else:
        return [url]
    pages: dict[str, None] = {}
    for place, address in enumerate(maps):
        if place >= MOST_MAPS or len(pages) >= MOST_PAGES:
            break
        try:
            more, listed = _listed((await fetcher.get(address)).content, address)
        except Problem:
            if path.endswith(".xml") and place == 0:
                raise
            continue
        maps += more
        pages |= dict.fromkeys(one for one in listed if _host(one) == _host(url))
    return [*pages][:MOST_PAGES] or [url]


def _listed(content: bytes, name: str) -> tuple[list[str], list[str]]:
    """Give a sitemap's further sitemaps and its pages (sitemaps.org, protocol 0.9)."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise unreadable(name, f"The sitemap does not parse ({error}).") from error
    places = [str(node.text).strip() for node in root.iter("{*}loc") if node.text]
    return (places, []) if etree.QName(root).localname == "sitemapindex" else ([], places)


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")
