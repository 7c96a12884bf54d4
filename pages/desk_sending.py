"""What an agent reaches for in a conversation: an article, a canned reply, a colleague."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from desk.articles import article_path, find_public, text_to_send
from desk.canned import CannedReplies
from nouns import Hit
from pages.desk_base import Desk, go, routes_of
from pages.session import Visitor, field, form_of

SNIPPET_LENGTH = 600
SHOWN_ARTICLES = 10


@dataclass(frozen=True, slots=True)
class Sending:
    """Searches and previews, what they send, and passing a conversation on."""

    desk: Desk

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        one = "/desk/conversations/{conversation}"
        return routes_of(
            self.desk,
            [
                ("GET", f"{one}/articles", self.articles),
                ("POST", f"{one}/articles", self.send_article),
                ("GET", f"{one}/replies", self.replies),
                ("POST", f"{one}/assign", self.assign),
            ],
        )

    async def articles(self, request: Request, visitor: Visitor) -> Response:
        """Find public articles to send."""
        question = request.query_params.get("q", "").strip()[:300]
        language = request.query_params.get("language", "en")
        hits = await find_public(self.desk.articles, question, language, SHOWN_ARTICLES) if question else ()
        found = [_found(self.desk, request, hit) for hit in hits]
        return self.desk.shell.page(
            request,
            "desk/articles.html",
            found=found,
            question=question,
            conversation=request.path_params["conversation"],
            csrf=visitor.csrf,
        )

    async def send_article(self, request: Request, visitor: Visitor) -> Response:
        """Send an article's passage with its source, at once."""
        form, conversation = await form_of(request), request.path_params["conversation"]
        base_url = self.desk.address(request, "")
        _, text = text_to_send(self.desk.articles, field(form, "passage"), base_url)
        await self.desk.handoffs.write(conversation, visitor.agent, text)
        return go(request, f"/desk/conversations/{conversation}")

    async def replies(self, request: Request, visitor: Visitor) -> Response:
        """Offer the canned replies, as they would read in this conversation."""
        words = request.query_params.get("q", "").strip().casefold()[:100]
        conversation, canned = request.path_params["conversation"], CannedReplies(self.desk.database)
        found = []
        for reply in await canned.listed():
            text = await canned.filled(reply.id, conversation, visitor.agent)
            if words in f"{reply.name}\n{text}".casefold():
                found.append({"name": reply.name, "text": text})
        return self.desk.shell.page(request, "desk/canned.html", found=found, words=words)

    async def assign(self, request: Request, visitor: Visitor) -> Response:
        """Pass the conversation on to a colleague."""
        form, conversation = await form_of(request), request.path_params["conversation"]
        await self.desk.handoffs.assign(conversation, visitor.agent, field(form, "agent"))
        return go(request, f"/desk/conversations/{conversation}")


def _found(desk: Desk, request: Request, hit: Hit) -> dict[str, Any]:
    passage = hit.passage
    path = article_path(passage.language, passage.article, passage.id)
    return {
        "id": passage.id,
        "title": passage.title,
        "headings": [heading for heading in passage.headings if heading != passage.title],
        "snippet": passage.text[:SNIPPET_LENGTH],
        "path": path,
        "insert": f"[{passage.title}]({desk.address(request, path)})",
        "score": hit.score,
    }
