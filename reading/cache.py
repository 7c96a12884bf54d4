"""Vectors already encoded, by hash of their text, in one SQLite file that several processes may share."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from threading import Lock


class VectorCache:
    """A table of float32 bytes; keys are hashes, so no text is kept. Without a path it forgets at the end."""

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(
            path or ":memory:", timeout=30, isolation_level=None, check_same_thread=False
        )
        self._lock = Lock()
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID"
        )

    def get(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """Find what is known of `keys`."""
        ask = "SELECT vector FROM vectors WHERE key = ?"
        with self._lock:
            rows = [(key, self._database.execute(ask, (key,)).fetchone()) for key in keys]
        return {key: row[0] for key, row in rows if row}

    def put(self, vectors: Mapping[bytes, bytes]) -> None:
        """Keep new vectors, all of them or none."""
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", vectors.items())
            self._database.execute("COMMIT")


def key_of(encoder: str, role: str, text: str) -> bytes:
    """Name a vector: the same text has another one for each encoder, and as a question or a passage."""
    return hashlib.blake2b(f"{encoder}\0{role}\0{text}".encode(), digest_size=16).digest()
