"""How the articles are used: what was answered from each, what nothing answered, and how people voted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from nouns import Decision, Kind
from records.tables import turns, votes


@dataclass(frozen=True, slots=True)
class Miss:
    """A question that was not answered; `nearest` is the article that came nearest, if any."""

    text: str
    language: str
    at: datetime
    nearest: str | None = None


@dataclass(slots=True)
class Use:
    """What happened since a time: answers and suggestions by article, misses, and votes by article.

    `across`: suggestions to those who asked in a language that the article is not there in.
    """

    answers: Counter[str] = field(default_factory=Counter)
    suggestions: Counter[str] = field(default_factory=Counter)
    across: Counter[str] = field(default_factory=Counter)
    misses: list[Miss] = field(default_factory=list)
    yes: Counter[str] = field(default_factory=Counter)
    no: Counter[str] = field(default_factory=Counter)
    turns: int = 0


async def since(connection: AsyncConnection, moment: datetime) -> Use:
    """Sum up the turns and the votes since a moment."""
    use = Use()
    query = select(turns.c.text, turns.c.language, turns.c.at, turns.c.knowledge, turns.c.replies)
    rows = await connection.stream(query.where(turns.c.at >= moment).order_by(turns.c.at))
    async for row in rows:
        use.turns += 1
        _count(use, row)
    counts = await connection.execute(
        select(votes.c.article, votes.c.helpful, func.count())
        .where(votes.c.at >= moment, votes.c.article.is_not(None))
        .group_by(votes.c.article, votes.c.helpful)
    )
    for article, helpful, count in counts:
        (use.yes if helpful else use.no)[article] += count
    return use


def _count(use: Use, row: Any) -> None:
    knowledge: Mapping[str, Any] = row.knowledge or {}
    found = [passage["article"] for passage in knowledge.get("passages", [])]
    across = [passage["article"] for passage in knowledge.get("across", [])]
    for reply in row.replies:
        if reply.get("kind") == Kind.ANSWER:
            use.answers.update(source["article"] for source in reply.get("sources", [])[:1])
    if knowledge.get("decision") == Decision.SUGGEST:
        use.suggestions.update(dict.fromkeys(found[:3], 1))
    elif knowledge.get("decision") == Decision.ABSTAIN and row.text.strip():
        use.across.update(across)
        use.misses.append(Miss(row.text, row.language, row.at, next(iter([*across, *found]), None)))
