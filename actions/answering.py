"""From a search's decision to a reply: an answer with its source, suggestions as buttons, or an honest no."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from actions.asked import Asked, Readings
from desk.articles import title_of
from desk.texts import language_name, say
from knowledge.follow import Topic
from nouns import Answer, Button, Decision, Hit, Kind, Passage, Reading, Reply, Source
from records.ids import new_id

IN_LANGUAGE = {"en": "in_english", "zh": "in_chinese"}
TITLE_LETTERS = 60  # of a button that Telegram shows whole; Slack takes 75
TOPIC = "topic"  # the slot that holds what was answered last


class Search(Protocol):
    """The knowledge base, as far as answering needs it."""

    async def search(
        self, question: str, reading: Reading, *, language: str | None = None, after: Topic | None = None
    ) -> Answer:
        """Return the decision on a question, with its passages; `after` is what was answered last."""
        ...

    def passage(self, id: str) -> Passage | None:
        """Return a public passage."""
        ...


class Reads(Protocol):
    """Whoever can read a text."""

    async def read(self, text: str, language: str | None = None) -> Reading:
        """Return the text's reading."""
        ...


@dataclass(frozen=True, slots=True)
class Answering:
    """Answers from the articles."""

    search: Search
    reader: Reads
    readings: Readings

    async def decide(self, asked: Asked) -> Answer:
        """Search for what was asked."""
        reading = self.readings.of(asked.message) or await self.reader.read(asked.text)
        return await self.search.search(
            asked.text, reading, language=asked.language, after=topic_in(asked.slots)
        )

    def reply(self, answer: Answer, language: str, subject: str = "") -> Reply:
        """Put a decision into words; `subject` is what a ticket would be about."""
        if answer.decision is Decision.ANSWER:
            return self.show(answer.hits[0].passage, answer.probability, language, answer.hits[0].best)
        if answer.decision is Decision.SUGGEST:
            return _suggest(answer.hits, language)
        if answer.across:
            return _suggest_across(answer.across, language, subject)
        return Reply(say("abstain", language), Kind.ABSTAIN, buttons=ways_on(language, subject))

    def show(self, passage: Passage, score: float, language: str, best: str | None = None) -> Reply:
        """Show a passage as it was written, where it comes from, and ask whether it helped.

        `best` is the sentence that a channel marks.
        """
        hint = say(IN_LANGUAGE[passage.language], language) if passage.language in IN_LANGUAGE else ""
        source = Source(passage.article, passage.title, address_of(passage), round(score, 3), best)
        votes = [
            Button(new_id("b"), say("yes", language), "affirm", {"passage": passage.id}),
            Button(new_id("b"), say("no", language), "deny", {"passage": passage.id}),
        ]
        return Reply(hint + passage.text, Kind.ANSWER, sources=[source], buttons=votes)


def topic_in(slots: Mapping[str, Any]) -> Topic | None:
    """Return what was answered last in this conversation, if anything was."""
    kept = slots.get(TOPIC)
    return Topic(**kept) if isinstance(kept, dict) and kept.keys() == set(Topic.__annotations__) else None


def topic_of(question: str, passage: Passage) -> dict[str, str]:
    """Return what a conversation keeps of an answer, for questions that lean on it."""
    return asdict(Topic(question, passage.article, passage.title))


def ways_on(language: str, subject: str = "") -> list[Button]:
    """Return the buttons under a failed answer: a person, or a ticket on what was asked."""
    about = {"subject": subject} if subject else {}
    return [
        Button(new_id("b"), say("talk_to_human", language), "ask_human"),
        Button(new_id("b"), say("open_ticket", language), "open_ticket", about),
    ]


def address_of(passage: Passage) -> str:
    """Return the path of the help page that shows a passage."""
    _, _, anchor = passage.id.partition("#")
    return f"/help/{passage.language}/{passage.article}" + (f"#{anchor.split('.')[0]}" if anchor else "")


def kept_of(answer: Answer) -> dict[str, Any]:
    """Return what a Turn keeps of a search."""
    kept: dict[str, Any] = {
        "decision": answer.decision,
        "probability": round(answer.probability, 4),
        "index": answer.index,
        "completed": answer.completed,
        "passages": [_kept(hit) for hit in answer.hits[:5]],
    }
    return kept | {"across": [_kept(hit) for hit in answer.across]} if answer.across else kept


def _kept(hit: Hit) -> dict[str, Any]:
    return {
        "passage": hit.passage.id,
        "article": hit.passage.article,
        "title": hit.passage.title,
        "url": address_of(hit.passage),
        "score": round(hit.score, 4),
    }


def _suggest(hits: Sequence[Hit], language: str) -> Reply:
    none = Button(new_id("b"), say("none_of_these", language), "deny")
    buttons = [*(_offer(hit.passage, title_of(hit.passage)) for hit in hits[:3]), none]
    return Reply(say("suggestions", language), Kind.SUGGESTIONS, buttons=buttons)


def _suggest_across(hits: Sequence[Hit], language: str, subject: str) -> Reply:
    """Offer articles that are there in another language only, each marked so, and the ways on beside them."""
    others = dict.fromkeys(hit.passage.language for hit in hits if hit.passage.language != language)
    names = " / ".join(language_name(other, language) for other in others)
    words = say("only_elsewhere", language, languages=names) if others else say("suggestions", language)
    offers = [_offer(hit.passage, _marked(hit.passage, language)) for hit in hits]
    return Reply(words, Kind.SUGGESTIONS, buttons=[*offers, *ways_on(language, subject)])


def _offer(passage: Passage, title: str) -> Button:
    return Button(new_id("b"), title, "ask_question", {"passage": passage.id})


def _marked(passage: Passage, language: str) -> str:
    """Return a title with its language, short enough for the mark to be seen on every channel."""
    title = title_of(passage)
    if passage.language == language:
        return title
    name = language_name(passage.language, language)
    room = TITLE_LETTERS - len(say("titled_in", language, title="", name=name))
    short = title if len(title) <= room else f"{title[: room - 1]}…"
    return say("titled_in", language, title=short, name=name)
