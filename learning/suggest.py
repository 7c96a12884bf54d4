"""Drafts of articles from conversations that a person resolved: only what humans wrote, grouped by matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from learning.groups import groups_of
from learning.judging import TITLE_LENGTH
from learning.log import Talk, talks_since
from learning.masking import mask
from learning.queue import LONGEST_TEXT, Reads
from learning.signals import ENDED_WELL, is_helpful, is_worth_reading
from learning.texts import digest_of, one_line, same
from nouns import Author, Decision, Reading
from records import drafts, review
from records.database import Database
from records.drafts import Draft

WINDOW = timedelta(days=90)
MOST = 20


@dataclass(frozen=True, slots=True)
class Answered:
    """A question, and what a human answered; both masked."""

    origin: str
    conversation: str
    language: str
    question: str
    answer: str


async def suggest(database: Database, reader: Reads) -> int:
    """Draft articles from what humans answered; return how many drafts are new. A matter is drafted once."""
    async with database.read() as connection:
        since = database.now() - WINDOW
        talks = await talks_since(connection, since)
        golden = {item.digest for item in await review.since(connection, since) if item.golden}
    pairs = [pair for talk in talks for pair in answered_in(talk) if digest_of(pair.question) not in golden]
    readings: list[Reading] = [await reader.read(pair.question) for pair in pairs]
    groups = groups_of([one.vector for one in readings], [one.encoder for one in readings]) if pairs else []
    made = 0
    async with database.write() as writing:
        for group in groups[:MOST]:
            made += await drafts.add(writing, _draft([pairs[place] for place in group])) is not None
    return made


def answered_in(talk: Talk) -> list[Answered]:
    """Return each question of a conversation that a human answered well, while the bot had not."""
    if not any(state in ENDED_WELL for _, state, _ in talk.handoffs):
        return []
    asked = [
        (one.seq, one.text)
        for place, one in enumerate(talk.asked)
        if one.decision not in (None, Decision.ANSWER) and is_worth_reading(talk, place)
    ]
    typed = [(line.seq, line.text) for line in talk.lines if line.author == Author.CUSTOMER]
    questions = sorted(asked + typed)
    said = [line for line in talk.lines if is_helpful(line)]
    found: dict[int, list[str]] = {}
    for line in said:
        before = [seq for seq, text in questions if seq < line.seq and sum(map(str.isalpha, text)) > 5]
        if before:
            found.setdefault(before[-1], []).append(line.text.strip())
    texts = dict(questions)
    return [
        Answered(
            f"talk:{talk.id}:{seq}",
            talk.id,
            talk.language,
            mask(one_line(texts[seq]), talk.names)[:LONGEST_TEXT],
            mask("\n\n".join(lines), talk.names),
        )
        for seq, lines in found.items()
    ]


def _draft(group: Sequence[Answered]) -> Draft:
    """Draft one article of a matter: its questions, and every different answer for the reviewer to cut."""
    answers = {same(pair.answer): pair.answer for pair in group}
    return Draft(
        id="",
        title=group[0].question.rstrip("?？!. ")[:TITLE_LENGTH],
        language=group[0].language,
        body="\n\n".join(answers.values()),
        questions=list({same(pair.question): pair.question for pair in group}.values()),
        conversations=list(dict.fromkeys(pair.conversation for pair in group)),
        origin=min(pair.origin for pair in group),
    )
