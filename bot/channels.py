"""From the settings to the channels that they switch on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.secret_files import Secrets
from bot.settings import Settings
from connectors.port import Surroundings
from desk.handoff import Handoffs
from knowledge.base import KnowledgeBase
from nouns import Hit, Passage
from reading.reader import Reader


@dataclass(frozen=True, slots=True)
class Articles:
    """The public articles, for agents to send."""

    reader: Reader
    knowledge: KnowledgeBase

    async def find(self, question: str, language: str) -> Sequence[Hit]:
        """Return public passages, best first."""
        reading = await self.reader.read(question)
        answer = await self.knowledge.search(question, reading, language=language)
        return [*answer.hits, *answer.across]

    def passage(self, id: str) -> Passage | None:
        """Return a public passage."""
        return self.knowledge.passage(id)


def surroundings_of(
    settings: Settings, secrets: Secrets, handoffs: Handoffs, articles: Articles, desk_url: str
) -> Surroundings:
    """Return what channels may use of the program."""
    return Surroundings(
        setting=settings.named,
        database=handoffs.database,
        handoffs=handoffs,
        articles=articles,
        secret_key=secrets.secret_key,
        files=settings.data_dir / "files",
        upload_max_bytes=settings.upload_max_bytes,
        languages=settings.languages,
        base_url=settings.base_url,
        desk_url=desk_url,
    )
