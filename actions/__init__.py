"""The custom actions that Rasa asks for; `actions_of` lists them all."""

from __future__ import annotations

from rasa_sdk import Action

from actions.answering import Answering
from actions.person import Cancel, HandOver
from actions.question import Affirm, AnswerQuestion, Deny
from actions.talk import ChangeLanguage, Inform, Rate, Repeat
from actions.ticket import OpenTicket, TicketStatus, ValidateTicketForm
from desk.handoff import Handoffs
from desk.tickets import Tickets
from records.database import Database


def actions_of(
    database: Database, answering: Answering, handoffs: Handoffs, tickets: Tickets
) -> list[Action]:
    """Return every action, holding what it needs; domain.yml names the same (a test)."""
    answer_question = AnswerQuestion(answering, handoffs)
    return [
        answer_question,
        Affirm(database, handoffs),
        Deny(database, handoffs),
        HandOver(handoffs),
        Cancel(handoffs),
        ValidateTicketForm(database, answering, tickets.post.on),
        OpenTicket(database, tickets),
        TicketStatus(database),
        Rate(database),
        Repeat(database),
        ChangeLanguage(database),
        Inform(database, TicketStatus(database), answer_question),
    ]
