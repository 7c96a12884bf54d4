"""The review by keyboard: one group of texts at a time, one key says what they mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from desk.accounts import check_role
from learning.judging import Choice, Guess, guesses_among, reviewer_of
from learning.review import Review
from nouns import Problem, Role
from pages.desk_base import Desk, go, routes_of
from pages.session import Handler, Visitor, field, form_of
from records import review as rows
from records import verdicts
from records.review import Item
from records.verdicts import Said

HERE = "/desk/review"
SHOWN_TEXTS = 6
UNSAID = ("nlu_fallback",)


def maintained(handler: Handler) -> Handler:
    """Let only maintainers and owners do this."""

    async def checked(request: Request, visitor: Visitor) -> Response:
        check_role(visitor.agent, Role.MAINTAINER)
        return await handler(request, visitor)

    return checked


@dataclass(frozen=True, slots=True)
class ReviewPages:
    """The queue of the review."""

    desk: Desk

    def routes(self) -> list[BaseRoute]:
        """Return the queue's routes; a desk without a review has none."""
        if self.desk.review is None:
            return []
        table = [
            ("GET", HERE, self.show),
            ("POST", HERE, self.judge),
            ("POST", f"{HERE}/undo", self.undo),
            ("POST", f"{HERE}/collect", self.collect),
        ]
        return routes_of(self.desk, [(method, path, maintained(do)) for method, path, do in table])

    @property
    def review(self) -> Review:
        """The review, which is there wherever its routes are."""
        assert self.desk.review is not None
        return self.desk.review

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """Show the group to look at now."""
        who = reviewer_of(visitor.agent)
        items = await self.review.judging.next(who)
        async with self.desk.database.read() as connection:
            counts = await rows.counts(connection)
            last = await verdicts.last_press(connection, who)
        intents, named = await self.review.judging.intents()
        shown = {
            "tab": "texts",
            "counts": counts,
            "items": items,
            "shown": texts_of(items)[:SHOWN_TEXTS],
            "rest": texts_of(items)[SHOWN_TEXTS:],
            "first": items[0] if items else None,
            "signals": signals_of(items),
            "guesses": guesses_of(items, intents, named),
            "articles": articles_of(items),
            "human": next((item.human for item in items if item.human), ""),
            "intents": intents,
            "languages": self.review.folders.languages,
            "last": last,
        }
        return await self.desk.page(request, visitor, "desk/review.html", **shown)

    async def judge(self, request: Request, visitor: Visitor) -> Response:
        """Take what the reviewer said of the ticked texts, and go on to the next group."""
        form, who = await form_of(request), reviewer_of(visitor.agent)
        ticked = [value for value in form.getlist("item") if isinstance(value, str)]
        ids = [id for value in ticked for id in value.split(",") if id]
        if not ids:
            raise Problem("nothing_ticked", 422, "No text is ticked.", "Tick the texts that this is about.")
        if field(form, "said") == "skip":
            await self.review.judging.skip(ids, who)
        else:
            said = self._said(form, (await self.review.judging.intents())[0])
            await self.review.judging.judge(ids, said, who)
        return go(request, HERE)

    async def undo(self, request: Request, visitor: Visitor) -> Response:
        """Take the last press back; its group is shown again."""
        await self.review.judging.undo(reviewer_of(visitor.agent))
        return go(request, HERE)

    async def collect(self, request: Request, visitor: Visitor) -> Response:
        """Look through the log for what is new."""
        await self.review.queue.collect()
        return go(request, HERE)

    def _said(self, form: FormData, intents: Sequence[str]) -> Choice:
        """Read the pressed button, or what was typed: the start of an intent's name, or a new intent."""
        kind, _, target = field(form, "said").partition(":")
        if kind == "typed" and (name := field(form, "new_intent").strip()):
            answers = {
                language: field(form, f"answer_{language}") for language in self.review.folders.languages
            }
            return Said.NEW_INTENT, name, {"answers": answers}
        if kind == "typed":
            return Said.INTENT, _typed(field(form, "intent").strip(), intents), {}
        if kind not in set(Said):
            raise Problem("value_unknown", 422, "There is no such choice.", "Choose one of those shown.")
        return Said(kind), target or None, {}


def _typed(begun: str, known: Sequence[str]) -> str:
    """Complete an intent's name by its beginning, or by any part that only one name has."""
    found = [name for name in known if name.startswith(begun)] or [n for n in known if begun in n]
    return found[0] if begun and len(found) == 1 else begun


def texts_of(items: Sequence[Item]) -> list[list[Item]]:
    """Return equal texts together: they are ticked as one."""
    equal: dict[str, list[Item]] = {}
    for item in items:
        equal.setdefault(item.text, []).append(item)
    return list(equal.values())


def signals_of(items: Sequence[Item]) -> list[str]:
    """Return why these texts are here, the most frequent reason first."""
    counted: dict[str, int] = {}
    for item in items:
        for signal in item.signals:
            counted[signal] = counted.get(signal, 0) + 1
    return sorted(counted, key=lambda signal: -counted[signal])


def guesses_of(items: Sequence[Item], intents: Sequence[str], named: Sequence[str]) -> list[Guess]:
    """Return the likeliest intents with their mean confidence over the group, then those just named."""
    points: dict[str, float] = {}
    for item in items:
        for guess in item.ranking:
            if guess["name"] in intents and guess["name"] not in UNSAID:
                points[guess["name"]] = points.get(guess["name"], 0.0) + float(guess["confidence"])
    ranked = sorted(points, key=lambda name: -points[name])
    return guesses_among([(name, points[name] / len(items)) for name in ranked], named)


def articles_of(items: Sequence[Item]) -> list[Mapping[str, Any]]:
    """Return the articles nearest to the group."""
    points: dict[str, float] = {}
    known: dict[str, Mapping[str, Any]] = {}
    for item in items:
        for place, article in enumerate(item.articles):
            points[article["article"]] = points.get(article["article"], 0.0) + 1 / (1 + place)
            known[article["article"]] = article
    return [known[id] for id in sorted(points, key=lambda id: -points[id])[:5]]
