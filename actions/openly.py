"""Answering where others read along: from the public articles alone; whatever is personal moves elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from actions.answering import Answering, kept_of, ways_on
from actions.asked import Asked
from desk.in_private import PRIVATE
from desk.texts import say
from nouns import Kind, Message, Reply


@dataclass(frozen=True, slots=True)
class Openly:
    """Answers in a conversation that is shared. No form, no ticket, no hand-off begins there."""

    answering: Answering

    async def answer(self, message: Message, language: str) -> tuple[Reply, dict[str, Any]]:
        """Return the reply to a message, and what the Turn keeps of the search."""
        if message.pressed:
            return self._pressed(message, language), {}
        asked = Asked(message.conversation, message.id, message.text, "", language, {}, (), {})
        answer = await self.answering.decide(asked)
        reply = self.answering.reply(answer, language, message.text)
        if reply.kind is Kind.ANSWER:
            reply = replace(reply, buttons=())
        elif reply.kind is Kind.ABSTAIN:
            reply = _elsewhere(language, message.text)
        return reply, kept_of(answer)

    def _pressed(self, message: Message, language: str) -> Reply:
        wanted = message.pressed.entities.get("passage", "") if message.pressed else ""
        passage = self.answering.search.passage(wanted)
        if passage is None:
            intent = message.pressed.intent if message.pressed else ""
            words = "in_private" if intent in PRIVATE else "openly_help"
            return Reply(say(words, language), buttons=ways_on(language))
        return replace(self.answering.show(passage, 1.0, language), buttons=())


def _elsewhere(language: str, subject: str) -> Reply:
    return Reply(say("abstain_openly", language), Kind.ABSTAIN, buttons=ways_on(language, subject))
