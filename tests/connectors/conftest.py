"""A running web channel for each test that wants one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from records.database import Database
from tests.connectors.live import Web, web_of


@pytest.fixture
async def web(database: Database, tmp_path: Path) -> AsyncIterator[Web]:
    """The web channel, with a scripted engine."""
    async with web_of(database, tmp_path / "files") as web:
        yield web
