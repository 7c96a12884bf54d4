"""Knowledge gaps: questions that found no answer, grouped and named, with how often, and since when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from learning.groups import groups_of, names_of
from records import review
from records.review import Item

WEEKS = 8
SHOWN = 5
UNANSWERED = frozenset({"no_answer", "suggested", "unhelpful", "handed_over", "human_differs"})


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions of one matter. `weeks`: how many in each week, the oldest first."""

    key: str
    name: str
    language: str
    count: int
    customers: int
    texts: Sequence[str]
    weeks: Sequence[int]
    articles: Sequence[Mapping[str, Any]]
    items: Sequence[Item]

    @property
    def trend(self) -> str:
        """Whether it is asked more often than before: the later half of the weeks against the earlier."""
        half = len(self.weeks) // 2
        before, after = sum(self.weeks[:half]), sum(self.weeks[half:])
        if after > before * 1.25:
            return "up"
        return "down" if before > after * 1.25 else "steady"

    @property
    def answered(self) -> list[Item]:
        """The questions that a human answered."""
        return [item for item in self.items if item.human]


async def gaps_in(connection: AsyncConnection, now: datetime, weeks: int = WEEKS) -> list[Gap]:
    """Return the gaps of the last weeks, the most asked first."""
    items = [
        item
        for item in await review.since(connection, now - timedelta(weeks=weeks))
        if UNANSWERED & set(item.signals)
    ]
    if not items:
        return []
    groups = groups_of([item.vector for item in items], [item.encoder for item in items])
    members = [[items[place] for place in group] for group in groups]
    names = names_of([[item.text for item in group] for group in members])
    return [_gap(group, name, now, weeks) for group, name in zip(members, names, strict=True)]


def _gap(group: Sequence[Item], name: str, now: datetime, weeks: int) -> Gap:
    counted = [0] * weeks
    for item in group:
        counted[min(max(0, weeks - 1 - (now - item.at).days // 7), weeks - 1)] += 1
    texts = Counter(item.text for item in group)
    return Gap(
        key=min(item.id for item in group),
        name=name or group[0].text,
        language=Counter(item.language for item in group).most_common(1)[0][0],
        count=len(group),
        customers=len({item.customer for item in group}),
        texts=[text for text, _ in texts.most_common(SHOWN)],
        weeks=counted,
        articles=_nearest(group),
        items=group,
    )


def _nearest(group: Sequence[Item]) -> list[Mapping[str, Any]]:
    """Return the articles that came nearest to most of the questions."""
    points: Counter[str] = Counter()
    titles: dict[str, Mapping[str, Any]] = {}
    for item in group:
        for place, article in enumerate(item.articles[:3]):
            points[article["article"]] += 3 - place
            titles.setdefault(article["article"], article)
    return [titles[id] for id, _ in points.most_common(3)]
