"""Does the knowledge base find what it says it answers? Every probe is asked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from knowledge.base import KnowledgeBase
from knowledge.index import Progress
from knowledge.load import stem_of
from nouns import Decision
from reading.reader import Reader


@dataclass(frozen=True)
class Probe:
    """One probe asked: `rank` counts from 1 (None: not among ten); `beaten_by` came first instead."""

    article: str
    language: str
    question: str
    rank: int | None
    decision: Decision
    probability: float
    beaten_by: str | None


async def ask_probes(
    base: KnowledgeBase,
    reader: Reader,
    progress: Progress | None = None,
    languages: Collection[str] | None = None,
) -> list[Probe]:
    """Ask every probe of every public article, of all or of some languages."""
    asked = [
        (article, question)
        for article in base.articles()
        if languages is None or article.language in languages
        for question in article.probes
    ]
    readings = await reader.read_many([question for _, question in asked])
    probes = []
    for done, ((article, question), reading) in enumerate(zip(asked, readings, strict=True), 1):
        answer = await base.search(question, reading, language=article.language, limit=10)
        found = [hit.passage.article for hit in answer.hits]
        rank = next((place for place, id in enumerate(found, 1) if same_article(id, article.id)), None)
        beaten_by = found[0] if rank != 1 and found else None
        probes.append(
            Probe(
                article.id, article.language, question, rank, answer.decision, answer.probability, beaten_by
            )
        )
        if progress:
            progress(done, len(asked))
    return probes


def broken_by(before: Sequence[Probe], after: Sequence[Probe]) -> list[Probe]:
    """List the probes that found their article before, and after a change no longer do."""
    found = {(probe.article, probe.question) for probe in before if probe.rank == 1}
    return [probe for probe in after if probe.rank != 1 and (probe.article, probe.question) in found]


def same_article(one: str, other: str) -> bool:
    """Whether two ids name one article, if in two languages (`delivery/norway`, `delivery/norway.zh`)."""
    return stem_of(one) == stem_of(other)


def figures_of(probes: Sequence[Probe]) -> dict[str, dict[str, float]]:
    """Sum the probes up by language: shares that came first, among three, were answered, and wrongly so."""
    figures = {}
    for language in sorted({probe.language for probe in probes}):
        own = [probe for probe in probes if probe.language == language]
        answered = [probe for probe in own if probe.decision is Decision.ANSWER]
        figures[language] = {
            "probes": len(own),
            "r1": sum(probe.rank == 1 for probe in own) / len(own),
            "r3": sum(probe.rank is not None and probe.rank <= 3 for probe in own) / len(own),
            "answered": len(answered) / len(own),
            "wrong_of_answered": sum(probe.rank != 1 for probe in answered) / max(1, len(answered)),
        }
    return figures
