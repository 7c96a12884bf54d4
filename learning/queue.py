"""The review queue: filled from the log, masked, grouped, the most useful first."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Protocol

import numpy as np

from learning.choose import spread_out, weigh
from learning.golden import is_drawn, place_of
from learning.groups import groups_of
from learning.log import Asked, Talk, talks_since
from learning.masking import mask
from learning.signals import human_reply, is_worth_reading, signals_of
from learning.texts import digest_of, one_line, same
from nouns import Hit, Reading
from records import facts, leases, review
from records.database import Database
from records.ids import new_id
from records.review import Item

WINDOW = timedelta(days=90)
LONGEST_TEXT = 400
GUESSES = 9
ARTICLES = 5
RANKED = 600  # groups put in an order that minds likeness; those after them follow by usefulness alone
LEASE, LEASE_SECONDS = "review:collect", 600.0
Find = Callable[[str, str], Awaitable[Sequence[Hit]]]
Tell = Callable[[int, int], None]
Known = Callable[[], Collection[str]]


class Reads(Protocol):
    """Whoever reads a text."""

    async def read(self, text: str, language: str | None = None) -> Reading:
        """Return the text's reading; nothing of it is kept."""
        ...


@dataclass(frozen=True, slots=True)
class Queue:
    """Fills the review from the log.

    `find` gives public passages, best first. `known` gives the digests of texts that stand in training data
    or in the golden set already. `golden_share`: this share of all texts is drawn for the golden set.
    """

    database: Database
    reader: Reads
    find: Find
    known: Known
    golden_share: float = 0.1

    async def collect(self, tell: Tell = lambda done, total: None) -> dict[str, int]:
        """Look through the log for what is new; while one process does, another leaves it at once."""
        owner = new_id("w")
        if not await leases.hold(self.database, LEASE, owner, LEASE_SECONDS):
            return {"looked_at": 0, "added": 0}
        try:
            return await self._collect(tell)
        finally:
            await leases.let_go(self.database, LEASE, owner)

    async def _collect(self, tell: Tell) -> dict[str, int]:
        since = self.database.now() - WINDOW
        async with self.database.read() as connection:
            talks = await talks_since(connection, since)
            before = await review.since(connection, since)
        found = list(_candidates(talks))
        firsts = _first_of_each(found)
        found.sort(key=lambda one: one[0].asked[one[1]].message not in firsts)
        made, told = [], {item.message: item for item in before}
        digests = _Digests(self.known(), before, firsts)
        for done, (talk, place) in enumerate(found, 1):
            tell(done, len(found))
            item = await self._look_at(talk, place, told.get(talk.asked[place].message), digests)
            if item:
                made.append(item)
        async with self.database.write() as writing:
            added = await review.add(writing, [item for item in made if item.message not in told])
            for item in made:
                if item.message in told:
                    await review.update_open(writing, item)
            await facts.note(writing, "review_collected", data={"looked_at": len(found), "added": added})
        await self.arrange()
        return {"looked_at": len(found), "added": added}

    async def _look_at(self, talk: Talk, place: int, told: Item | None, digests: _Digests) -> Item | None:
        """Make an item of a turn that is worth one; of a known item, what became known of it since."""
        asked, human = talk.asked[place], human_reply(talk, place)
        if told and (told.state != "open" or (told.human or "") == mask(human, talk.names)):
            changed = told.state == "open" and set(signals_of(talk, place)) - set(told.signals)
            return replace(told, signals=[*told.signals, *sorted(changed)]) if changed else None
        answered = await self._articles(human, asked.language) if human else []
        signals = signals_of(talk, place, answered[0]["article"] if answered else None)
        golden = (
            told is None and asked.message in digests.firsts and is_drawn(asked.message, self.golden_share)
        )
        if not (signals or golden):
            return None
        text = mask(one_line(asked.text), talk.names)[:LONGEST_TEXT]
        if told is None and not digests.take(digest_of(text), golden=golden):
            return None
        reading = await self.reader.read(text)
        nearest = [*answered[:1], *(_passages(asked.knowledge) or await self._articles(text, asked.language))]
        return Item(
            message=asked.message,
            conversation=talk.id,
            customer=talk.customer,
            text=text,
            language=asked.language,
            digest=digest_of(text),
            signals=sorted(signals, key=lambda name: -signals[name]),
            usefulness=place_of(asked.message) / self.golden_share if golden else weigh(signals),
            golden=golden,
            intent=asked.intent,
            ranking=[dict(guess) for guess in asked.ranking[: GUESSES + 1]],
            articles=_once(nearest)[:ARTICLES],
            decision=asked.decision,
            human=mask(human, talk.names) or None,
            at=asked.at,
            encoder=reading.encoder,
            vector=reading.vector,
            cluster=new_id("g"),
        )

    async def _articles(self, text: str, language: str) -> list[Mapping[str, Any]]:
        return [
            {"article": hit.passage.article, "title": hit.passage.title, "score": round(hit.score, 3)}
            for hit in await self.find(text, language)
            if hit.passage.audience == "public"
        ]

    async def arrange(self) -> None:
        """Group and rank what is open anew; golden texts stand alone, strewn among the others by chance."""
        async with self.database.read() as connection:
            items = await review.open_items(connection)
        places = arranged([item for item in items if not item.golden])
        single = {item.id: (f"g_{item.id}", item.usefulness) for item in items if item.golden}
        order = sorted({**places, **single}.items(), key=lambda one: -one[1][1])
        rank = {cluster: float(at) for at, (cluster, _) in enumerate(dict.fromkeys(v for _, v in order))}
        async with self.database.write() as writing:
            await review.arrange(
                writing, {id: (cluster, rank[cluster], worth) for id, (cluster, worth) in order}
            )


class _Digests:
    """The texts that the review has or must not have; a golden text and its likes are golden for good.

    `firsts`: the messages that a draw is of. Were each one drawn, what many ask would always be golden.
    """

    def __init__(self, known: Collection[str], before: Sequence[Item], firsts: Collection[str]) -> None:
        self.known, self.firsts = set(known), firsts
        self.golden = {item.digest for item in before if item.golden}
        self.trained = {item.digest for item in before if not item.golden}

    def take(self, digest: str, *, golden: bool) -> bool:
        """Tell whether a text may become an item, and remember it."""
        if digest in self.known or digest in self.golden or (golden and digest in self.trained):
            return False
        (self.golden if golden else self.trained).add(digest)
        return True


def _first_of_each(found: Sequence[tuple[Talk, int]]) -> set[str]:
    """Return of each text the message that asked it first."""
    firsts: dict[str, Asked] = {}
    for asked in (talk.asked[place] for talk, place in found):
        key = same(asked.text)
        if key not in firsts or asked.at < firsts[key].at:
            firsts[key] = asked
    return {asked.message for asked in firsts.values()}


def _candidates(talks: Sequence[Talk]) -> Iterator[tuple[Talk, int]]:
    """Golden draws come first, so that no copy of a drawn text is taken for training in the same round."""
    found = [
        (talk, place) for talk in talks for place in range(len(talk.asked)) if is_worth_reading(talk, place)
    ]
    return iter(sorted(found, key=lambda one: place_of(one[0].asked[one[1]].message)))


def arranged(items: Sequence[Item]) -> dict[str, tuple[str, float]]:
    """Return each item's cluster and how useful that is: its best text's worth, more when many ask so."""
    if not items:
        return {}
    groups = groups_of([item.vector for item in items], [item.encoder for item in items])
    worth = [_worth([items[place] for place in group]) for group in groups]
    heads = [max(group, key=lambda place: items[place].usefulness) for group in groups]
    by_worth = sorted(range(len(groups)), key=lambda at: -worth[at])
    first, rest = by_worth[:RANKED], by_worth[RANKED:]
    vectors = [np.frombuffer(items[heads[at]].vector, "<f4") for at in first]
    order = spread_out([worth[at] for at in first], vectors, [items[heads[at]].encoder for at in first])
    ranked = [*(first[at] for at in order), *rest]
    ladder = sorted((worth[at] for at in ranked), reverse=True)
    found: dict[str, tuple[str, float]] = {}
    for step, at in enumerate(ranked):
        cluster = f"g_{items[heads[at]].id}"
        found |= {items[place].id: (cluster, ladder[step] - step * 1e-6) for place in groups[at]}
    return found


def _worth(group: Sequence[Item]) -> float:
    by_customer: dict[str, float] = defaultdict(float)
    for item in group:
        by_customer[item.customer] = max(by_customer[item.customer], item.usefulness)
    return max(by_customer.values()) + 0.12 * math.log2(len(by_customer))


def _passages(knowledge: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [
        {"article": passage["article"], "title": passage.get("title", ""), "score": passage.get("score", 0.0)}
        for passage in knowledge.get("passages", ())
    ]


def _once(articles: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return list({article["article"]: article for article in reversed(articles)}.values())[::-1]
