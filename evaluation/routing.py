"""`firstline evaluate routing`: held-out messages to the whole program; are they done, answered, or let be?

Each message opens a conversation of its own with the real app, engine and articles. What the Turn kept tells
which way it took: *do* (an intent whose action does something) or *know* (the search, which answers, suggests
or abstains). Held out from training are the golden examples, the held-out questions, and those out of scope.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.settings import CHECKOUT, Settings
from evaluation.aside import program
from evaluation.customers import side_by_side
from evaluation.intervals import of_share
from evaluation.questions import held_out, out_of_scope
from knowledge.checks.probes import same_article
from learning.examples import labels_of
from learning.report import REACHES_SEARCH
from nouns import Decision, Turn
from records import turns
from records.database import Database

LANGUAGES = ("en", "zh")
AT_ONCE = 4
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
SUGGESTED = 3
Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A message, and what should come of it: an intent's action, one of some articles, or no answer at all.

    `articles` is None where any answer of the search is as good: a golden question names no article.
    """

    text: str
    language: str
    intent: str | None = None
    articles: tuple[str, ...] | None = None

    @property
    def kind(self) -> str:
        """Say who should deal with it: `do`, `know`, or nobody (`uncovered`)."""
        if self.intent is not None and self.intent not in REACHES_SEARCH:
            return "do"
        return "uncovered" if self.articles == () else "know"


def evaluate_routing(settings: Settings, tell: Tell) -> dict[str, Any]:
    """Ask everything that is held out of a program aside; shares by language, with 95 % intervals."""
    asked = wanted()
    with program(settings) as running:
        return asyncio.run(_asked(running.chat, running.database, asked, tell))


def wanted() -> list[Wanted]:
    """Return each text that was held out, once: the golden examples first."""
    rows = [
        Wanted(text, language, intent)
        for language in LANGUAGES
        for text, intent in labels_of([CHECKOUT / "golden" / f"{language}.yml"])
    ]
    rows += [
        Wanted(row.question, language, articles=row.articles)
        for language in LANGUAGES
        for row in held_out(language)
    ]
    rows += [Wanted(question, language, articles=()) for question, language in out_of_scope()]
    return list({row.text.strip(): row for row in reversed(rows)}.values())[::-1]


async def _asked(chat: str, database: str, asked: Sequence[Wanted], tell: Tell) -> dict[str, Any]:
    done = 0

    def beat(more: int) -> None:
        nonlocal done
        done += more
        tell(done, len(asked))

    for language in LANGUAGES:
        talks = [[row.text] for row in asked if row.language == language]
        await side_by_side(chat, language, talks, AT_ONCE, beat)
    records = Database(database)
    try:
        async with records.read() as connection:
            found = {turn.text.strip(): turn for turn in await turns.since(connection, LONG_AGO)}
    finally:
        await records.close()
    pairs = [(row, found.get(row.text.strip())) for row in asked]
    return {
        language: sum_up([(row, turn) for row, turn in pairs if row.language == language])
        for language in LANGUAGES
    } | {"all": sum_up(pairs)}


def came_of(row: Wanted, turn: Turn | None) -> str:
    """Say what came of a message: done, answered (rightly or not), suggested, abstained, or nothing."""
    if turn is None:
        return "nothing"
    if turn.intent not in REACHES_SEARCH:
        return "done" if turn.intent == row.intent else "done wrongly"
    decision = turn.knowledge.get("decision")
    if decision == Decision.ANSWER:
        if row.kind == "know" and (row.articles is None or _among(row, turn, 1)):
            return "answered"
        return "answered wrongly"
    if decision == Decision.SUGGEST:
        return "suggested" if row.articles is None or _among(row, turn, SUGGESTED) else "suggested wrongly"
    return "abstained"


def _among(row: Wanted, turn: Turn, first: int) -> bool:
    found = [passage["article"] for passage in turn.knowledge.get("passages", ())[:first]]
    return any(same_article(one, article) for one in found for article in row.articles or ())


def sum_up(pairs: Sequence[tuple[Wanted, Turn | None]]) -> dict[str, Any]:
    """Count what came of messages by what they wanted, and say how often that was right, or did harm."""
    came = [(row, came_of(row, turn)) for row, turn in pairs]
    table: dict[str, dict[str, int]] = {}
    for row, outcome in came:
        counts = table.setdefault(row.kind, {})
        counts[outcome] = counts.get(outcome, 0) + 1
    acted = [outcome for _, outcome in came if outcome.startswith(("done", "answered"))]
    shares = {
        "routed_right": (sum(_routed(*one) for one in came), len(came)),
        "do_done": _share_of(came, "do", ("done",)),
        "know_answered_right": _share_of(came, "know", ("answered",)),
        "know_helped": _share_of(came, "know", ("answered", "suggested")),
        "uncovered_let_be": _share_of(came, "uncovered", ("abstained", "suggested wrongly")),
        "wrong_of_acted": (sum(outcome.endswith("wrongly") for outcome in acted), len(acted)),
    }
    figures: dict[str, Any] = {"n": len(came), "came": table}
    for name, (hits, n) in shares.items():
        if n:
            figures |= {name: round(hits / n, 4), f"{name}_95": of_share(hits, n)}
    return figures | {"wrong": [_told(*one, turn) for one, (_, turn) in zip(came, pairs, strict=True)
                                if one[1].endswith("wrongly") and one[1] != "suggested wrongly"]}  # fmt: skip


def _routed(row: Wanted, outcome: str) -> bool:
    """Whether the right side dealt with it: what does something, or the search."""
    return outcome != "nothing" and outcome.startswith("done") == (row.kind == "do")


def _share_of(came: Sequence[tuple[Wanted, str]], kind: str, good: Sequence[str]) -> tuple[int, int]:
    outcomes = [outcome for row, outcome in came if row.kind == kind]
    return sum(outcome in good for outcome in outcomes), len(outcomes)


def _told(row: Wanted, outcome: str, turn: Turn | None) -> Mapping[str, Any]:
    ranking = turn.ranking if turn else ()
    return {
        "text": row.text,
        "wanted": row.intent or list(row.articles or ()),
        "came": outcome,
        "intent": turn.intent if turn else None,
        "sure": ranking[0]["confidence"] if ranking else None,
        "article": next((one["article"] for one in turn.knowledge.get("passages", ())), None)
        if turn
        else None,
    }
