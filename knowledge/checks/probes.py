"""Does the knowledge base find what it says it answers? Every probe is asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from knowledge.base import KnowledgeBase
from knowledge.index import Progress
from knowledge.load import stem_of
from nouns import Answer, Article, Decision
from reading.reader import Reader


@dataclass(frozen=True)
class Probe:
    """One probe asked: `rank` counts from 1 (None: not among ten); `beaten_by` came first instead.

    It is found by any article that holds it. `unanswerable`: internal articles alone hold it, so that no
    customer may get an answer; `beaten_by` gave one.
    """

    article: str
    language: str
    question: str
    rank: int | None
    decision: Decision
    probability: float
    beaten_by: str | None
    unanswerable: bool = False

    @property
    def is_kept(self) -> bool:
        """Whether what the probe asks for holds."""
        return self.decision is not Decision.ANSWER if self.unanswerable else self.rank == 1


async def ask_probes(
    base: KnowledgeBase,
    reader: Reader,
    progress: Progress | None = None,
    languages: Collection[str] | None = None,
) -> list[Probe]:
    """Ask every probe of every article, of all or of some languages, as a customer would."""
    asked = [
        (article, question)
        for article in base.articles(audience="internal")
        if languages is None or article.language in languages
        for question in article.probes
    ]
    answering = defaultdict[tuple[str, str], list[str]](list)
    for article, question in asked:
        if article.audience == "public":
            answering[article.language, question].append(article.id)
    readings = await reader.read_many([question for _, question in asked])
    probes = []
    for done, ((article, question), reading) in enumerate(zip(asked, readings, strict=True), 1):
        answer = await base.search(question, reading, language=article.language, limit=10)
        probes.append(_probe(article, question, answer, answering[article.language, question]))
        if progress:
            progress(done, len(asked))
    return probes


def _probe(article: Article, question: str, answer: Answer, answering: Sequence[str]) -> Probe:
    found = [hit.passage.article for hit in answer.hits]
    places = enumerate(found, 1)
    rank = next((place for place, id in places if any(same_article(id, own) for own in answering)), None)
    probe = Probe(
        article.id, article.language, question, rank, answer.decision, answer.probability, None, not answering
    )
    return probe if probe.is_kept or not found else replace(probe, beaten_by=found[0])


def broken_by(before: Sequence[Probe], after: Sequence[Probe]) -> list[Probe]:
    """List the probes that were kept before, and after a change no longer are."""
    kept = {(probe.article, probe.question) for probe in before if probe.is_kept}
    return [probe for probe in after if not probe.is_kept and (probe.article, probe.question) in kept]


def same_article(one: str, other: str) -> bool:
    """Whether two ids name one article, if in two languages (`delivery/norway`, `delivery/norway.zh`)."""
    return stem_of(one) == stem_of(other)


def figures_of(probes: Sequence[Probe]) -> dict[str, dict[str, float]]:
    """Sum the probes up by language: shares that came first, among three, were answered, and wrongly so.

    A probe counts once, however many articles hold it. Those that nothing answers are summed up apart.
    """
    figures = {}
    for language in sorted({probe.language for probe in probes if not probe.unanswerable}):
        once = list({probe.question: probe for probe in probes if probe.language == language}.values())
        own, others = ([probe for probe in once if probe.unanswerable is which] for which in (False, True))
        answered = [probe for probe in own if probe.decision is Decision.ANSWER]
        figures[language] = {
            "probes": len(own),
            "r1": sum(probe.rank == 1 for probe in own) / len(own),
            "r3": sum(probe.rank is not None and probe.rank <= 3 for probe in own) / len(own),
            "answered": len(answered) / len(own),
            "wrong_of_answered": sum(probe.rank != 1 for probe in answered) / max(1, len(answered)),
            "unanswerable": len(others),
            "unanswerable_answered": sum(not probe.is_kept for probe in others) / max(1, len(others)),
        }
    return figures
