"""Erasing a customer: what becomes of what each table holds of them. What is counted stays.

`FATE` names every table there is, so that a new one can't be forgotten (a test).
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Text, cast, delete, func, select, update

from nouns import Author, HandoffState, Mode
from records import tables as t
from records.conversations import DESK, topic
from records.database import Writing
from records.holdings import Holdings, deleted

FATE: Mapping[str, str] = {
    "messages": "text, offers and outside ids emptied; who, when and in which order stay",
    "attachments": "deleted, with their bytes",
    "turns": "texts and tracker events emptied and marked as erased; what is counted stays",
    "tickets": "subject, address and order number emptied; number and states stay",
    "ticket_events": "texts emptied; what changed and when stays",
    "handoffs": "packets emptied; reasons and times stay",
    "thread_lines": "texts emptied",
    "threads": "closed",
    "review_items": "deleted",
    "verdicts": "deleted with what they judged",
    "review_drafts": "deleted when they cite a conversation and are no article yet",
    "shadows": "deleted",
    "deliveries": "deleted",
    "links": "deleted",
    "channel_links": "deleted",
    "identities": "deleted: who writes again is somebody new",
    "jobs": "those about a hand-off or a thread deleted",
    "conversations": "closed, without address and token",
    "customers": "name and address emptied, marked as erased",
    "votes": "stay: they hold no text",
    "facts": "stay: they hold ids and counts; one that quotes an address is emptied",
    "agents": "the team's",
    "agent_identities": "the team's",
    "sessions": "the team's",
    "canned_replies": "the team's",
    "models": "of what was trained",
    "promotions": "of what was trained",
    "leases": "of processes",
    "counters": "of the desk",
}
KNOWLEDGE_KEPT = ("decision", "probability", "index", "passages")


async def wipe(writing: Writing, held: Holdings) -> None:
    """Empty or delete all that is held, in one transaction; done twice it changes nothing more."""
    await _wipe_messages(writing, held)
    await _wipe_turns(writing, held)
    await _wipe_desk(writing, held)
    for _, table, where in deleted(held):
        await writing.execute(delete(table).where(where))
    await writing.execute(
        update(t.conversations)
        .where(t.conversations.c.id.in_(held.conversations))
        .values(
            address="",
            token_hash=None,
            mode=Mode.CLOSED,
            agent=None,
            pending=0,
            closed_at=func.coalesce(t.conversations.c.closed_at, writing.now),
        )
    )
    await writing.execute(
        update(t.customers)
        .where(t.customers.c.id == held.customer)
        .values(
            name=None,
            email=None,
            email_verified=False,
            erased_at=func.coalesce(t.customers.c.erased_at, writing.now),
        )
    )
    for conversation in held.conversations:
        writing.wake(topic(conversation), "mode")
        writing.wake(DESK, conversation)
    writing.wake(DESK, "tickets")


async def _wipe_messages(writing: Writing, held: Holdings) -> None:
    of_theirs = t.messages.c.conversation.in_(held.conversations)
    await writing.execute(
        update(t.messages).where(of_theirs).values(text="", extra={}, external_id=None, channel=None)
    )
    await writing.execute(
        update(t.messages)
        .where(of_theirs, t.messages.c.author == Author.CUSTOMER, t.messages.c.answered_at.is_(None))
        .values(answered_at=writing.now)  # an answer under way finds it dealt with, and is dropped
    )


async def _wipe_turns(writing: Writing, held: Holdings) -> None:
    rows = await writing.execute(
        select(t.turns).where(t.turns.c.conversation.in_(held.conversations), t.turns.c.erased_at.is_(None))
    )
    for row in list(rows):
        await writing.execute(
            update(t.turns)
            .where(t.turns.c.message == row.message)
            .values(
                text="",
                events=[],
                replies=[{"kind": reply.get("kind"), "text": ""} for reply in row.replies],
                knowledge={name: row.knowledge[name] for name in KNOWLEDGE_KEPT if name in row.knowledge},
                erased_at=writing.now,
            )
        )


async def _wipe_desk(writing: Writing, held: Holdings) -> None:
    await writing.execute(
        update(t.tickets)
        .where(t.tickets.c.id.in_(held.tickets))
        .values(subject="", email=None, order_number=None)
    )
    team = select(t.agents.c.name)
    log = t.ticket_events.c.ticket.in_(held.tickets)
    await writing.execute(update(t.ticket_events).where(log).values(text=None))
    await writing.execute(
        update(t.ticket_events)
        .where(log, t.ticket_events.c.what == "subject")
        .values(before=None, after=None)
    )
    await writing.execute(
        update(t.ticket_events).where(log, t.ticket_events.c.actor.not_in(team)).values(actor="customer")
    )
    await writing.execute(
        update(t.handoffs).where(t.handoffs.c.id.in_(held.handoffs)).values(packet={"transcript": []})
    )
    await writing.execute(
        update(t.handoffs)
        .where(
            t.handoffs.c.id.in_(held.handoffs),
            t.handoffs.c.state.in_((HandoffState.WAITING, HandoffState.TAKEN)),
        )
        .values(state=HandoffState.RESOLVED, ended_at=writing.now)
    )
    await writing.execute(
        update(t.thread_lines).where(t.thread_lines.c.thread.in_(held.threads)).values(text="")
    )
    await writing.execute(update(t.threads).where(t.threads.c.id.in_(held.threads)).values(open=False))
    for email in held.emails:  # a mail server's refusal quotes the address
        quoted = cast(t.facts.c.data, Text).contains(email, autoescape=True)
        await writing.execute(update(t.facts).where(quoted).values(data={}))
