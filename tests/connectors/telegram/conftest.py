"""A town for every test, polled; those that need a webhook build their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.connectors.telegram.town import Town, town


@pytest.fixture
async def polled(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    """A town without a public address."""
    async with town(database_url, tmp_path / "files") as made:
        yield made


@pytest.fixture
async def called(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    """A town whose desk Telegram can call."""
    async with town(database_url, tmp_path / "files", webhook=True) as made:
        yield made
