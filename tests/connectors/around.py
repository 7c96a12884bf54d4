"""The program around a channel, as a test sets it."""

from __future__ import annotations

from pathlib import Path

from connectors.port import Surroundings
from records.database import Database
from tests.connectors.slack.conftest import FixedArticles
from tests.world import World


def around(database: Database, files: Path = Path("files"), **settings: str) -> Surroundings:
    """A desk on this database, with nothing set but `settings`."""
    return Surroundings(
        setting=settings.get,
        database=database,
        handoffs=World.of(database).handoffs,
        articles=FixedArticles(),
        secret_key="a secret",
        files=files,
        upload_max_bytes=100_000,
        languages=["en", "zh"],
        base_url=None,
        desk_url="http://desk.test",
    )
