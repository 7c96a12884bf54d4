"""The whole check: every sort of fault, looked for and put together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from knowledge.base import KnowledgeBase
from knowledge.checks.contradictions import Contradiction, contradictions_in
from knowledge.checks.links import DeadLink, dead_links_in
from knowledge.checks.probes import Probe, figures_of
from knowledge.checks.repeats import Duplicate, Repeat, duplicates_in, repeats_in
from knowledge.checks.upkeep import (
    Stale,
    Untranslated,
    stale_in,
    touched_in,
    untranslated_in,
    unused_in,
)
from knowledge.promise import Promise
from nouns import Article, Problem
from reading.groups import CLOSE, CLOSE_BY_ENCODER, Group, groups_of
from reading.reader import Reader
from records.use import Miss, Use

PROBES_FIRST = 0.95  # the share of probes, in each language, that must find their article first
LEAST_VOTED_DOWN = 2
MOST_MISSES = 500  # different questions, the latest; their vectors are not kept, they are customers' words


@dataclass(frozen=True)
class Unanswered:
    """A question that customers asked and nothing answered; `texts` are its wordings, the latest last."""

    question: str
    language: str
    count: int
    texts: tuple[str, ...]
    nearest: str | None


@dataclass(frozen=True)
class Votes:
    """How the answers from an article were voted."""

    article: str
    no: int
    yes: int

    @property
    def is_down(self) -> bool:
        """Whether more than one voted "no", and they outnumber the others."""
        return self.no >= LEAST_VOTED_DOWN and self.no > self.yes


@dataclass(frozen=True)
class Report:
    """What the check found. `faults` fail it; everything else is for the writer to judge."""

    articles: int
    probes: Sequence[Probe] = ()
    broken: Sequence[Problem] = ()
    contradictions: Sequence[Contradiction] = ()
    dead_links: Sequence[DeadLink] = ()
    repeats: Sequence[Repeat] = ()
    duplicates: Sequence[Duplicate] = ()
    stale: Sequence[Stale] = ()
    untranslated: Sequence[Untranslated] = ()
    unanswered: Sequence[Unanswered] = ()
    unused: Sequence[str] = ()
    votes: Sequence[Votes] = ()
    turns: int = 0
    least_first: float = PROBES_FIRST
    figures: dict[str, dict[str, float]] = field(default_factory=dict)
    promises: Sequence[Promise] = ()

    @property
    def failures(self) -> list[Probe]:
        """The probes that did not find their article first, or that were answered though nothing does."""
        return [probe for probe in self.probes if not probe.is_kept]

    @property
    def short_languages(self) -> list[str]:
        """The languages of which too few probes find their article."""
        return [language for language, row in self.figures.items() if row["r1"] < self.least_first]

    @property
    def faults(self) -> int:
        """How many findings fail the check."""
        return len(self.broken) + len(self.contradictions) + len(self.dead_links) + len(self.short_languages)

    @property
    def warnings(self) -> int:
        """How many findings are for the writer to judge."""
        told = (self.failures, self.repeats, self.duplicates, self.stale, self.unanswered, self.voted_down)
        return sum(map(len, told))

    @property
    def voted_down(self) -> list[Votes]:
        """The articles that customers found unhelpful."""
        return [votes for votes in self.votes if votes.is_down]

    def to_json(self) -> dict[str, Any]:
        """Describe the report for programs."""
        lists = ("contradictions", "dead_links", "repeats", "duplicates", "stale", "untranslated",
                 "unanswered", "votes")  # fmt: skip
        return {
            "ok": not self.faults,
            "faults": self.faults,
            "warnings": self.warnings,
            "articles": self.articles,
            "figures": self.figures,
            "failures": [asdict(probe) for probe in self.failures],
            "broken": [problem.sentence for problem in self.broken],
            **{name: [asdict(each) for each in getattr(self, name)] for name in lists},
            "unused": list(self.unused),
            "turns": self.turns,
            "promises": [asdict(promise) for promise in self.promises],
        }


@dataclass(frozen=True)
class Checker:
    """Checks the articles of a folder, as a knowledge base serves them. `languages` are the company's."""

    base: KnowledgeBase
    reader: Reader
    folder: Path
    languages: Sequence[str]

    async def check(
        self,
        articles: Sequence[Article],
        today: date,
        use: Use | None = None,
        probes: Sequence[Probe] = (),
        problems: Sequence[Problem] = (),
    ) -> Report:
        """Look for everything; `probes` were asked before. Without `use` nothing is said about customers."""
        still = await self.reader.work(lambda: self._unasked(articles))
        asked = use.answers if use else Counter[str]()
        told = bool(use and use.turns)
        return Report(
            articles=len(articles),
            probes=probes,
            figures=figures_of(probes),
            broken=problems,
            **still,
            stale=stale_in(articles, touched_in(self.folder, articles), asked, today),
            untranslated=untranslated_in(articles, self.languages, asked, use.across if use else Counter()),
            unanswered=await self._unanswered(use.misses) if use else [],
            unused=unused_in(articles, asked) if told else [],
            votes=votes_of(use) if use else [],
            turns=use.turns if use else 0,
            promises=self.base.promises,
        )

    def _unasked(self, articles: Sequence[Article]) -> dict[str, Any]:
        """Look at the texts alone."""
        return {
            "contradictions": contradictions_in(articles),
            "dead_links": dead_links_in(articles, self.folder),
            "repeats": repeats_in(articles),
            "duplicates": duplicates_in(articles),
        }

    async def _unanswered(self, misses: Sequence[Miss]) -> list[Unanswered]:
        """Group the questions that nothing answered, those of each encoder apart."""
        wordings: dict[str, dict[str, list[Miss]]] = {}
        for miss in misses:
            by_text = wordings.setdefault(self.reader.encoder_of(miss.text), {})
            by_text.setdefault(" ".join(miss.text.split()), []).append(miss)
        found: list[Unanswered] = []
        for encoder, by_text in wordings.items():
            texts = list(by_text)[-MOST_MISSES:]
            vectors = np.stack([await self.reader.encode_question(text, encoder) for text in texts])
            for group in groups_of(texts, vectors, CLOSE_BY_ENCODER.get(encoder, CLOSE)):
                found.append(_unanswered(group, [miss for text in group.texts for miss in by_text[text]]))
        return sorted(found, key=lambda each: -each.count)


def votes_of(use: Use) -> list[Votes]:
    """List the articles with "no" votes, those with the most of them first."""
    found = [Votes(article, no, use.yes[article]) for article, no in use.no.items()]
    return sorted(found, key=lambda votes: (-votes.no, votes.yes, votes.article))


def _unanswered(group: Group, misses: Sequence[Miss]) -> Unanswered:
    nearest = Counter(miss.nearest for miss in misses if miss.nearest).most_common(1)
    language = Counter(miss.language for miss in misses).most_common(1)[0][0]
    return Unanswered(group.name, language, len(misses), group.texts, nearest[0][0] if nearest else None)
