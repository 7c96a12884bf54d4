"""The shell of every page: templates, assets, headers that browsers obey, and errors people can read."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from knowledge.render import to_html
from nouns import Problem
from pages.desk_texts import LANGUAGES, Words

TEMPLATES = Path(__file__).parent / "templates"
STATIC = Path(__file__).parent / "static"
LANGUAGE_COOKIE = "firstline_language"
THEME_COOKIE = "firstline_theme"
THEMES = ("system", "light", "dark")


@dataclass(frozen=True, slots=True)
class SecurityHeaders:
    """ASGI middleware for the whole app: safe defaults, which a response may replace by its own.

    `request.state.nonce` allows a page's inline script; `framed_by` names, by path, who may frame a page.
    """

    app: ASGIApp
    framed_by: Mapping[str, Sequence[str]]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers to the response of a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["nonce"] = nonce
        defaults = self._defaults(scope, nonce)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in defaults.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)

    def _defaults(self, scope: Scope, nonce: str) -> dict[str, str]:
        framers = " ".join(self.framed_by.get(scope["path"], ())) or "'none'"
        headers = {
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
            "Content-Security-Policy": content_policy(nonce, framers),
        }
        if scope["scheme"] == "https":
            headers["Strict-Transport-Security"] = "max-age=31536000"
        return headers


def content_policy(nonce: str, framers: str = "'none'") -> str:
    """Return the Content-Security-Policy of a page: our own files, and inline code only with the nonce."""
    return (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
        "img-src 'self' data: blob:; "
        "font-src 'self'; connect-src 'self'; frame-src 'self'; manifest-src 'self'; "
        f"form-action 'self'; base-uri 'none'; frame-ancestors {framers}"
    )


@lru_cache
def asset(path: str) -> str:
    """Return the address of a file under pages/static, with its hash, so that a change is noticed."""
    content = (STATIC / path).read_bytes() if (STATIC / path).is_file() else b""
    return f"/static/{path}?v={hashlib.sha256(content).hexdigest()[:10]}"


def markdown(text: str) -> Markup:
    """Render what the bot or an agent wrote; it is sanitised, so that raw HTML has no way in."""
    return Markup(to_html(text))


def hue(seed: str) -> int:
    """Return one of the stylesheet's eight face colours, always the same for the same seed."""
    return hashlib.sha256(seed.encode("utf-8", "replace")).digest()[0] % 8


@dataclass(frozen=True, slots=True)
class Shell:
    """Renders templates in the reader's language and theme."""

    company: str
    environment: Environment

    @classmethod
    def of(cls, company: str, templates: Path = TEMPLATES) -> Shell:
        """Open the templates."""
        environment = Environment(
            loader=FileSystemLoader(templates),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters |= {"markdown": markdown, "hue": hue}
        environment.globals["asset"] = asset
        return cls(company, environment)

    def page(self, request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """Render a page; it is never kept by a cache, since it is somebody's own."""
        words = words_of(request)
        known = {
            "t": words,
            "language": words.language,
            "theme": theme_of(request),
            "company": self.company,
            "path": request.url.path,
            "here": f"{request.url.path}?{request.url.query}".rstrip("?"),
            "nonce": getattr(request.state, "nonce", ""),
        }
        html = self.environment.get_template(template).render({**known, **values})
        return HTMLResponse(html, status, headers={"Cache-Control": "no-store"})

    async def on_problem(self, request: Request, error: Exception) -> Response:
        """Answer a Problem: a page or a passing notice for a browser, problem+json for a program."""
        if not isinstance(error, Problem):
            raise error
        if request.headers.get("HX-Request") == "true":
            response = self.page(request, "desk/notice.html", error.status, **_shown(request, error))
            response.headers.update(
                {
                    "HX-Retarget": "#notices",
                    "HX-Reswap": "beforeend",
                    "HX-Reselect": ".notice",
                    "HX-Trigger": "desk",
                }
            )
            return response
        if "text/html" in request.headers.get("accept", ""):
            return self.page(request, "desk/problem.html", error.status, **_shown(request, error))
        return problem_json(error)


def problem_json(problem: Problem) -> JSONResponse:
    """Return a problem as RFC 9457 wants it, with Retry-After when it says when."""
    body = {
        "type": f"about:blank#{problem.code}",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": f"{problem.sentence} {problem.cure}".strip(),
        "code": problem.code,
    }
    wait = problem.retry_after_seconds
    headers = {} if wait is None else {"Retry-After": str(wait)}
    return JSONResponse(body, problem.status, headers, media_type="application/problem+json")


def words_of(request: Request) -> Words:
    """Return the interface's texts in the language chosen, else in the browser's first that there is."""
    wished = [request.cookies.get(LANGUAGE_COOKIE, "")]
    wished += [part.split(";")[0].strip() for part in request.headers.get("accept-language", "").split(",")]
    codes = (wish.lower().split("-")[0] for wish in wished)
    return Words(next((code for code in codes if code in LANGUAGES), "en"))


def theme_of(request: Request) -> str:
    """Return `light` or `dark` when chosen, else `system`."""
    chosen = request.cookies.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else "system"


def _shown(request: Request, problem: Problem) -> dict[str, str]:
    sentence, cure = words_of(request).problem(problem.code, problem.sentence, problem.cure)
    return {"sentence": sentence, "cure": cure, "code": problem.code}
