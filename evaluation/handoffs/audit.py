"""Triggers that write down who owned a conversation when something was said: SQLite's word, not ours."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

STATEMENTS = (
    "CREATE TABLE audit_said (message TEXT, conversation TEXT, author TEXT, kind TEXT, reply_to TEXT, "
    "agent TEXT, mode TEXT, owner TEXT)",
    "CREATE TABLE audit_lines (thread TEXT, line TEXT, state TEXT, mode TEXT, owner TEXT, handoff TEXT)",
    "CREATE TABLE audit_wrong (what TEXT)",
    """CREATE TRIGGER audit_said_now AFTER INSERT ON messages BEGIN
      INSERT INTO audit_said SELECT NEW.id, NEW.conversation, NEW.author, NEW.kind, NEW.in_reply_to,
        NEW.agent, c.mode, c.agent FROM conversations c WHERE c.id = NEW.conversation; END""",
    """CREATE TRIGGER audit_line_now AFTER UPDATE OF state ON thread_lines WHEN OLD.state != NEW.state BEGIN
      INSERT INTO audit_lines SELECT NEW.thread, NEW.external_id, NEW.state, c.mode, c.agent,
        CASE h.state WHEN 'taken' THEN h.agent END
        FROM threads t JOIN conversations c ON c.id = t.conversation JOIN handoffs h ON h.id = t.handoff
        WHERE t.id = NEW.thread; END""",
    """CREATE TRIGGER audit_open_now AFTER INSERT ON handoffs WHEN (SELECT count(*) FROM handoffs WHERE
      conversation = NEW.conversation AND state IN ('waiting', 'taken')) > 1 BEGIN
      INSERT INTO audit_wrong VALUES ('two hand-offs open at once in ' || NEW.conversation); END""",
    """CREATE TRIGGER audit_again_now AFTER UPDATE OF state ON handoffs
      WHEN OLD.state NOT IN ('waiting', 'taken') AND NEW.state != OLD.state BEGIN
      INSERT INTO audit_wrong VALUES ('an ended hand-off went on: ' || NEW.id); END""",
)
TABLES = ("audit_said", "audit_lines", "audit_wrong")


async def watch(connection: AsyncConnection) -> None:
    """Begin to write down."""
    for statement in STATEMENTS:
        await connection.execute(text(statement))
