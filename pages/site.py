"""The public pages around the chat: the company's page, the panel in its iframe, the script sites embed."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment
from markupsafe import Markup

from nouns import Problem
from pages.colour import accent_style
from pages.shell import STATIC, TEMPLATES, content_policy

LAUNCHER = STATIC / "built" / "widget.js"
PANEL = STATIC / "built" / "chat.js"
LAUNCHER_CACHING = "public, max-age=300, stale-while-revalidate=86400"
TOKENS_COLOUR = "#0f766e"

Link = tuple[str, str]
"""A conversation and its token, for the one who followed a link to it."""


@dataclass(frozen=True, slots=True)
class Site:
    """What the public pages know of the company. `demo`: the made-up shop of this checkout."""

    company: str
    colour: str
    languages: Sequence[str]
    allowed_origins: Sequence[str]
    upload_max_bytes: int
    demo: bool = True

    def language(self, request: Request) -> str:
        """Return the language asked for by ?lang=, else by the browser, else the company's first."""
        wished = [
            request.query_params.get("lang", ""),
            *request.headers.get("accept-language", "").split(","),
        ]
        codes = (wish.strip().lower().split(";")[0].split("-")[0] for wish in wished)
        return next((code for code in codes if code in self.languages), self.languages[0])


@dataclass(frozen=True, slots=True)
class PublicPages:
    """Renders public templates: the same for every visitor of one language, and allowed to say so."""

    site: Site
    environment: Environment

    def render(
        self, request: Request, template: str, language: str, status: int = 200, **values: Any
    ) -> HTMLResponse:
        """Render a page with the words of its folder, and the policy that only its own scripts run."""
        nonce = getattr(request.state, "nonce", None) or secrets.token_urlsafe(16)
        framers = "'self'"
        if template == "site/chat.html":
            framers = " ".join(["'self'", *self.site.allowed_origins])
        known = {
            "t": words(template.split("/")[0], language),
            "language": language,
            "company": self.site.company,
            "colour": self.site.colour,
            "accent": Markup(accent_style(self.site.colour) if self.site.colour != TOKENS_COLOUR else ""),
            "nonce": nonce,
            "script_json": script_json,
            "demo": self.site.demo,
        }
        html = self.environment.get_template(template).render({**known, **values})
        headers = {
            "Content-Security-Policy": content_policy(nonce, framers),
            "Content-Language": language,
            "Vary": "Accept-Language",
            "Cache-Control": "no-cache",
        }
        return HTMLResponse(html, status, headers=headers)


Resume = Callable[[str], Awaitable[Link | None]]
"""Checks the token of a mailed link."""


def site_routes(pages: PublicPages, resume: Resume | None = None) -> APIRouter:
    """Serve `/`, `/chat` and `/widget.js`, and with `resume` also `/t/{token}`."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def front(request: Request) -> HTMLResponse:
        return home(pages, request)

    @router.get("/chat")
    async def chat(request: Request) -> HTMLResponse:
        check_built()
        language = pages.site.language(request)
        return pages.render(request, "site/chat.html", language, upload_max_bytes=pages.site.upload_max_bytes)

    @router.get("/widget.js")
    async def launcher(request: Request) -> Response:
        check_built()
        return launcher_script(request)

    if resume is not None:
        router.add_api_route("/t/{token}", linked_page(pages, resume))
    return router


def home(pages: PublicPages, request: Request, link: Link | None = None) -> HTMLResponse:
    """Show the company's page, with the chat open on a conversation when a link leads to one."""
    site = pages.site
    language = site.language(request)
    settings: dict[str, Any] = {"language": language, "colour": site.colour}
    if site.demo:
        settings |= {name: words("site", language)[name] for name in ("greeting", "starters")}
    if link:
        settings |= {"open": True, "conversation": link[0], "token": link[1]}
    template = "site/shop.html" if site.demo else "site/plain.html"
    other = next((other for other in site.languages if other != language), None)
    response = pages.render(request, template, language, settings=settings, other=other)
    if link:
        response.headers.update({"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
    return response


def linked_page(pages: PublicPages, resume: Resume) -> Callable[[Request, str], Awaitable[HTMLResponse]]:
    """Open the company's page on the conversation that a mailed link names."""

    async def linked(request: Request, token: str) -> HTMLResponse:
        link = await resume(token)
        if link is None:
            raise Problem("link_expired", 404, "This link is no longer valid.", "Write to us in the chat.")
        return home(pages, request, link)

    return linked


def launcher_script(request: Request) -> Response:
    """Send the launcher, or only word that the browser's copy is still right."""
    script = LAUNCHER.read_bytes()
    headers = {
        "ETag": f'"{hashlib.sha256(script).hexdigest()[:32]}"',
        "Cache-Control": LAUNCHER_CACHING,
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(script, media_type="text/javascript; charset=utf-8", headers=headers)


def check_built() -> None:
    """Say so where the widget was never built."""
    if not (LAUNCHER.is_file() and PANEL.is_file()):
        raise Problem("widget_not_built", 503, "The chat widget is not built.", "Run `make setup`.")


@cache
def words(folder: str, language: str) -> dict[str, Any]:
    """Return the texts of a template folder; English where a language has none."""
    file = TEMPLATES / folder / "words" / f"{language}.json"
    if not file.is_file():
        file = file.with_name("en.json")
    return dict(json.loads(file.read_text("utf-8")))


def script_json(value: object) -> Markup:
    """Return JSON that may stand inside a <script>: it cannot end it."""
    text = json.dumps(value, ensure_ascii=False)
    return Markup(text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))
