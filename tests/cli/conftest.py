"""Folders that the commands work on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.prepared import prepare
from tests.scenarios.server import Server

HERE = Path(__file__).parent
FIRST_TIME_SECONDS = 1500


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let a test wait for the training that a clean machine needs."""
    for item in items:
        if item.path.is_relative_to(HERE) and item.get_closest_marker("engine"):
            item.add_marker(pytest.mark.timeout(FIRST_TIME_SECONDS))


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DATA_DIR with index and model, in which nothing has happened yet."""
    return prepare(tmp_path_factory.mktemp("firstline") / "var")


@pytest.fixture(scope="session")
def server(data_dir: Path) -> Iterator[Server]:
    """The program, running on it."""
    server = Server(data_dir).start()
    yield server
    server.kill()
