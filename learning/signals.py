"""Signs that the bot was probably wrong: each with the chance that a look at the text is worth it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from difflib import SequenceMatcher

from learning.choose import margin_of
from learning.log import Asked, Line, Talk
from nouns import Author, Decision, HandoffState, Kind, Reason
from reading.tokens import terms

UNSURE = 0.6
NARROW = 0.2
SOON = timedelta(minutes=5)
AGAIN_LIKENESS = 0.2
FALLBACK = "nlu_fallback"
QUESTIONS = ("ask_question", FALLBACK, None)
FAILED = (Decision.ABSTAIN, Decision.SUGGEST)
ENDED_WELL = (HandoffState.RESOLVED, HandoffState.GIVEN_BACK)
HELPLESS = (Reason.NO_ANSWER, Reason.LOW_CONFIDENCE, Reason.REPEATED_FAILURE)
WEIGHTS = {
    "unhelpful": 0.8,
    "human_differs": 0.7,
    "no_answer": 0.6,
    "handed_over": 0.6,
    "rephrased": 0.5,
    "suggested": 0.3,
}


def signals_of(talk: Talk, place: int, human_article: str | None = None) -> dict[str, float]:
    """Return the signals of a conversation's turn; `human_article` is where a human's reply points to."""
    asked = talk.asked[place]
    found = {**_confidence(asked), **_outcome(asked)}
    if _was_handed_over(talk, place):
        found["handed_over"] = WEIGHTS["handed_over"]
    if _was_asked_again(talk.asked, place):
        found["rephrased"] = WEIGHTS["rephrased"]
    if human_article and human_article not in _answered_from(asked):
        found["human_differs"] = WEIGHTS["human_differs"]
    return found


def is_worth_reading(talk: Talk, place: int) -> bool:
    """Tell whether a text was typed as such: no button, no number alone, no field of a form."""
    asked = talk.asked[place]
    before = talk.asked[place - 1] if place else None
    in_form = before is not None and Kind.FORM in before.kinds
    letters = sum(character.isalpha() for character in asked.text)
    return not asked.pressed and not in_form and letters > 1


def human_reply(talk: Talk, place: int) -> str:
    """Return what a human wrote on a question, until the customer's next one, once they had ended it well."""
    if not any(state in ENDED_WELL for _, state, _ in talk.handoffs):
        return ""
    asked = talk.asked[place]
    later = [one.seq for at, one in enumerate(talk.asked) if at > place and is_worth_reading(talk, at)]
    end = later[0] if later else None
    said = [line for line in talk.lines if line.seq > asked.seq and (end is None or line.seq < end)]
    return "\n\n".join(line.text.strip() for line in said if is_helpful(line))


def is_helpful(line: Line) -> bool:
    """Tell whether a human's line says something: no greeting, no question back."""
    text = line.text.strip()
    return line.author == Author.AGENT and len(terms(text)) > 5 and not text.endswith(("?", "？"))


def _confidence(asked: Asked) -> Mapping[str, float]:
    sure = [float(guess["confidence"]) for guess in asked.ranking if guess.get("name") != FALLBACK]
    if not sure:
        return {}
    found = {}
    if max(sure) < UNSURE or asked.intent == FALLBACK:
        found["low_confidence"] = round(0.6 * (1 - max(sure)), 3)
    if (margin := margin_of(sure)) < NARROW:
        found["narrow_margin"] = round(0.5 * (1 - margin / NARROW), 3)
    return found


def _outcome(asked: Asked) -> Mapping[str, float]:
    if asked.helpful is False:
        return {"unhelpful": WEIGHTS["unhelpful"]}
    if asked.decision == Decision.ABSTAIN:
        return {"no_answer": WEIGHTS["no_answer"]}
    return {"suggested": WEIGHTS["suggested"]} if asked.decision == Decision.SUGGEST else {}


def _was_handed_over(talk: Talk, place: int) -> bool:
    """Tell whether the hand-off was about this text: it asked for one, or the customer said yes to one."""
    origins = {origin for reason, _, origin in talk.handoffs if reason in HELPLESS}
    if talk.asked[place].message in origins:
        return talk.asked[place].decision is not None
    later = talk.asked[place + 1] if place + 1 < len(talk.asked) else None
    return later is not None and later.message in origins and talk.asked[place].decision in FAILED


def _was_asked_again(asked: Sequence[Asked], place: int) -> bool:
    """Tell whether the customer's next text says it in other words: soon, a question, some words shared."""
    this, later = asked[place], asked[place + 1] if place + 1 < len(asked) else None
    if later is None or later.pressed or later.at - this.at > SOON:
        return False
    if not _is_question(this) or not _is_question(later) or this.helpful:
        return False
    own, other = set(terms(this.text)), set(terms(later.text))
    shared = len(own & other) / max(1, len(own | other))
    close = SequenceMatcher(None, this.text.casefold(), later.text.casefold()).ratio()
    return own != other and (shared >= AGAIN_LIKENESS or close >= 0.6)


def _is_question(asked: Asked) -> bool:
    """Tell whether the articles were asked, under whatever intent, or should have been."""
    return asked.intent in QUESTIONS or asked.decision is not None


def _answered_from(asked: Asked) -> set[str]:
    if asked.decision != Decision.ANSWER:
        return set()
    return {str(passage.get("article")) for passage in asked.knowledge.get("passages", ())[:1]}
