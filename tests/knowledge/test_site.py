"""A web site is added as its robots.txt and its sitemap say; no address of the inside is reached."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from knowledge.intake.add import Report
from knowledge.intake.site import Fetcher, add_site, is_public
from knowledge.load import articles_in
from nouns import Problem

Answers = dict[str, tuple[str, str, str]]
HTML = "text/html; charset=utf-8"


def page(title: str, more: str = "") -> tuple[str, str, str]:
    words = f"{title} is explained here at some length, so that there is something to read. {more}"
    return "200 OK", HTML, f"<html><title>{title}</title><body><h1>{title}</h1><p>{words}</p></body></html>"


@asynccontextmanager
async def site(answers: Answers) -> AsyncIterator[str]:
    """Serve some answers by path: status (or where to redirect), type, text."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readline()).split()[1].decode()
        while (await reader.readline()).strip():
            pass
        status, kind, text = answers.get(path, ("404 Not Found", "text/plain", ""))
        moved = f"Location: {kind}\r\n" if status.startswith("302") else f"Content-Type: {kind}\r\n"
        head = (
            f"HTTP/1.1 {status}\r\n{moved}Content-Length: {len(text.encode())}\r\nConnection: close\r\n\r\n"
        )
        writer.write((head + text).encode())
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://localhost:{server.sockets[0].getsockname()[1]}"


def loopback(address: str) -> bool:
    return address in ("127.0.0.1", "::1")


async def added(url: str, into: Path) -> tuple[list[str], Report]:
    report = await add_site(url, into, "", lambda *_: None, loopback)
    return [article.id for article in articles_in(into)[0]] if into.exists() else [], report


async def test_a_site_goes_in_by_its_sitemap_and_its_robots(tmp_path: Path) -> None:
    answers: Answers = {
        "/care": page("Lamp care"),
        "/private/x": page("Private"),
        "/file.zip": ("200 OK", "x/z", ""),
    }
    async with site(answers) as url:
        listed = "".join(
            f"<url><loc>{loc}</loc></url>"
            for loc in (f"{url}/care", f"{url}/private/x", f"{url}/file.zip", "http://other.example/y")
        )
        answers["/robots.txt"] = (
            "200 OK",
            "text/plain",
            f"User-agent: *\nDisallow: /private\nSitemap: {url}/map.xml",
        )
        answers["/map.xml"] = "200 OK", "text/xml", f"<urlset>{listed}</urlset>"
        ids, report = await added(url, tmp_path / "articles")
        again = (await added(url, tmp_path / "articles"))[1]
    assert ids == ["localhost/care"] and again.unchanged == ids
    reasons = [problem.sentence for problem in report.failed]
    assert len(reasons) == 2 and "robots.txt" in reasons[0] and "no page but x/z" in reasons[1]


async def test_a_redirect_to_the_inside_is_refused(tmp_path: Path) -> None:
    async with site({"/go": ("302 Found", "http://169.254.169.254/latest/meta-data", "")}) as url:
        ids, report = await added(f"{url}/go", tmp_path / "articles")
    assert not ids and "169.254.169.254 is a private address" in report.failed[0].sentence


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/", "http://127.0.0.1:8000/desk", "http://[::1]/", "http://10.0.0.7/", "http://2130706433/",
        "http://[::ffff:127.0.0.1]/", "http://0.0.0.0/", "file:///etc/passwd", "http:///nothing",
    ],
)  # fmt: skip
async def test_private_addresses_and_other_schemes_are_refused(url: str) -> None:
    fetcher = Fetcher()
    async with fetcher.client:
        with pytest.raises(Problem, match=r"private address|Only http|no host"):
            await fetcher.get(url)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("192.168.1.1", False),
        ("fe80::1%eth0", False),
        ("224.0.0.1", False),
        ("100.64.0.1", False),
    ],
)
def test_which_addresses_are_the_open_internets(address: str, public: bool) -> None:
    assert is_public(address) is public


async def test_endless_redirects_and_endless_pages_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("knowledge.intake.site.MOST_BYTES", 1000)
    answers = {"/round": ("302 Found", "/round", ""), "/long": page("Long", "word " * 500)}
    async with site(answers) as url:
        for path, why in (("/round", "without end"), ("/long", "more than")):
            ids, report = await added(url + path, tmp_path / "articles")
            assert not ids and why in report.failed[0].sentence
