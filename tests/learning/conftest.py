"""A review to try things in."""

from __future__ import annotations

from pathlib import Path

import pytest

from records.database import Database
from tests.learning.company import Desk, company


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    """A company with a few examples and two articles, and an empty log."""
    return Desk(database, company(tmp_path / "company"))
