"""The team's pages, `/desk`: the table of its parts."""

from __future__ import annotations

from fastapi import APIRouter

from pages.desk_base import Desk
from pages.desk_conversation import Conversations
from pages.desk_door import Door
from pages.desk_erase import Erasing
from pages.desk_files import Files
from pages.desk_knowledge import KnowledgePages
from pages.desk_knowledge_edit import KnowledgeEditor
from pages.desk_live import Live
from pages.desk_models import ModelPages
from pages.desk_queue import Queue
from pages.desk_replies import Replies
from pages.desk_review import ReviewPages
from pages.desk_review_more import ReviewMore
from pages.desk_sending import Sending
from pages.desk_summary import SummaryPage
from pages.desk_team import Team
from pages.desk_tickets import TicketPages

PARTS = (
    Door,
    Queue,
    Conversations,
    Sending,
    Files,
    Erasing,
    TicketPages,
    KnowledgePages,
    KnowledgeEditor,
    SummaryPage,
    Replies,
    ReviewPages,
    ReviewMore,
    ModelPages,
    Team,
    Live,
)


def desk_routes(desk: Desk) -> APIRouter:
    """Return every route of the desk."""
    return APIRouter(routes=[route for part in PARTS for route in part(desk).routes()])
