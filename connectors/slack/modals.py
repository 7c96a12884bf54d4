"""The windows of a hand-off's buttons: assign, send an article or a canned reply, change a ticket."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.slack.blocks import Block, context, plain, section
from connectors.slack.markup import escape, to_mrkdwn
from desk.articles import title_of
from desk.room_texts import tell
from nouns import Agent, CannedReply, Hit, Priority, Ticket, TicketStatus

MOST_OPTIONS = 100
EXCERPT_LENGTH = 500
STATUSES = [status for status in TicketStatus if status is not TicketStatus.NEW]


def assign(handoff: str, team: Sequence[Agent], language: str) -> Block:
    """Ask to whom a conversation goes."""
    options = [_option(one.id, one.name) for one in team[:MOST_OPTIONS]]
    field = {
        "type": "input",
        "block_id": "colleague",
        "label": plain(tell("colleague", language)),
        "element": {"type": "static_select", "action_id": "agent", "options": options},
    }
    return _modal("assign_to", handoff, ("assign", "assign"), [field], language)


def search(handoff: str, language: str, question: str = "") -> Block:
    """Ask what article to look for."""
    element: Block = {"type": "plain_text_input", "action_id": "text"}
    if question:
        element["initial_value"] = question
    field = {
        "type": "input",
        "block_id": "question",
        "label": plain(tell("question", language)),
        "element": element,
    }
    return _modal("article_search", handoff, ("send_article", "search"), [field], language)


def found(handoff: str, hits: Sequence[Hit], question: str, language: str) -> Block:
    """Show what was found, as the customer would get it, to choose one; or ask again."""
    if not hits:
        again = search(handoff, language, question)
        again["blocks"].append(context(tell("none_found", language)))
        return again
    previews = [_preview(hit) for hit in hits]
    options = [_option(hit.passage.id, title_of(hit.passage)) for hit in hits]
    field = {
        "type": "input",
        "block_id": "article",
        "label": plain(tell("which_article", language)),
        "element": {
            "type": "radio_buttons",
            "action_id": "passage",
            "options": options,
            "initial_option": options[0],
        },
    }
    return _modal("article_send", handoff, ("send_article", "send"), [*previews, field], language)


def canned(handoff: str, replies: Sequence[CannedReply], language: str) -> Block:
    """Ask which canned reply."""
    options = [_option(one.id, one.name) for one in replies[:MOST_OPTIONS]]
    field = {
        "type": "input",
        "block_id": "canned",
        "label": plain(tell("canned", language).rstrip("…")),
        "element": {"type": "static_select", "action_id": "reply", "options": options},
    }
    return _modal("canned_choose", handoff, ("canned", "next"), [field], language)


def canned_text(handoff: str, text: str, language: str) -> Block:
    """Show a canned reply as the customer would get it, to be changed and sent."""
    element = {
        "type": "plain_text_input", "action_id": "text", "multiline": True, "initial_value": text,
        "max_length": 3000,
    }  # fmt: skip
    field = {
        "type": "input",
        "block_id": "canned",
        "label": plain(tell("text", language)),
        "element": element,
    }
    return _modal("canned_send", handoff, ("canned", "send"), [field], language)


def ticket(known: Ticket, language: str) -> Block:
    """Ask for a ticket's status and priority."""
    statuses = STATUSES if known.status is not TicketStatus.NEW else list(TicketStatus)
    fields = [
        _choice("status", [str(one) for one in statuses], known.status, language),
        _choice("priority", [str(one) for one in Priority], known.priority, language),
    ]
    heading = section(f"*{known.number}* {escape(known.subject)}")
    return _modal("ticket_change", known.number, ("change_ticket", "save"), [heading, *fields], language)


def chosen(view: dict[str, Any], block: str, action: str) -> str:
    """Return what was chosen or typed in a field of a window."""
    state = view["state"]["values"][block][action]
    option = state.get("selected_option")
    return str(option["value"] if option else state.get("value") or "")


def _choice(name: str, values: Sequence[str], now: str, language: str) -> Block:
    options = [_option(value, value.replace("_", " ")) for value in values]
    return {
        "type": "input",
        "block_id": name,
        "label": plain(tell(name, language)),
        "element": {
            "type": "static_select",
            "action_id": "value",
            "options": options,
            "initial_option": _option(now, now.replace("_", " ")),
        },
    }


def _modal(callback: str, about: str, words: tuple[str, str], blocks: list[Block], language: str) -> Block:
    return {
        "type": "modal",
        "callback_id": callback,
        "private_metadata": about,
        "title": plain(tell(words[0], language).rstrip("…"), 24),
        "submit": plain(tell(words[1], language).rstrip("…"), 24),
        "close": plain(tell("cancel", language), 24),
        "blocks": blocks,
    }


def _option(value: str, title: str) -> Block:
    return {"text": plain(title), "value": value[:150]}


def _preview(hit: Hit) -> Block:
    name, excerpt = escape(title_of(hit.passage)), to_mrkdwn(hit.passage.text[:EXCERPT_LENGTH])
    return section(f"*{name}*\n{excerpt}")
