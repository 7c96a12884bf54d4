"""The tracker events on disk: one SQLite file in WAL mode, appended to once a turn."""

import sqlite3
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never reused, so that a last id remembered stays true
    sender TEXT NOT NULL,
    message_id TEXT,
    data TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_of_sender ON events (sender, id);
CREATE INDEX IF NOT EXISTS events_of_message ON events (sender, message_id) WHERE message_id IS NOT NULL;
"""


class EventLog:
    """Events by conversation, in order; an append is one committed transaction.

    A commit reaches the operating system before it returns, so kill -9 loses nothing; only a power cut may
    lose the last turns, and with them a half-filled form.
    """

    def __init__(self, path: str) -> None:
        if path != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None, timeout=10)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute("PRAGMA secure_delete=ON")
        self._db.executescript(SCHEMA)

    def last_id(self, sender: str) -> int | None:
        """Return the id of the conversation's newest event, None when there is none."""
        return self._db.execute("SELECT max(id) FROM events WHERE sender = ?", (sender,)).fetchone()[0]

    def count(self, sender: str) -> int:
        """Return how many events the conversation has."""
        return self._db.execute("SELECT count(*) FROM events WHERE sender = ?", (sender,)).fetchone()[0]

    def events(self, sender: str) -> list[str]:
        """Return the conversation's events as JSON texts, oldest first."""
        rows = self._db.execute("SELECT data FROM events WHERE sender = ? ORDER BY id", (sender,))
        return [data for (data,) in rows]

    def turn(self, sender: str, message_id: str) -> list[str]:
        """Return the events from the user message with this id up to the next one; empty when unknown."""
        first, end = self._db.execute(
            "SELECT min(id), (SELECT min(id) FROM events AS later WHERE later.sender = events.sender"
            " AND later.message_id IS NOT NULL AND later.id > min(events.id)) FROM events"
            " WHERE sender = ? AND message_id = ?",
            (sender, message_id),
        ).fetchone()
        if first is None:
            return []
        rows = self._db.execute(
            "SELECT data FROM events WHERE sender = ? AND id >= ? AND id < ? ORDER BY id",
            (sender, first, end or float("inf")),
        )
        return [data for (data,) in rows]

    def append(self, sender: str, events: list[tuple[str | None, str]]) -> int | None:
        """Commit events, each with its message id or None, and return the conversation's last id."""
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(
                "INSERT INTO events (sender, message_id, data) VALUES (?, ?, ?)",
                [(sender, message_id, data) for message_id, data in events],
            )
        return self.last_id(sender)

    def erase(self, sender: str) -> None:
        """Delete a conversation, also from the pages of the write-ahead log."""
        self._db.execute("DELETE FROM events WHERE sender = ?", (sender,))
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def senders(self) -> list[str]:
        """Return the ids of all conversations."""
        return [sender for (sender,) in self._db.execute("SELECT DISTINCT sender FROM events")]

    def close(self) -> None:
        """Close the file."""
        self._db.close()
