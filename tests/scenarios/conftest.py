"""One running program for the stories that leave it whole, and a way to start others for those that don't."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.scenarios.prepared import prepare
from tests.scenarios.server import Server

NewServer = Callable[..., Server]
HERE = Path(__file__).parent
FIRST_TIME_SECONDS = 1500


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let a test wait for the training that a clean machine needs."""
    for item in items:
        if item.path.is_relative_to(HERE) and item.get_closest_marker("engine"):
            item.add_marker(pytest.mark.timeout(FIRST_TIME_SECONDS))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The program with its default settings, running for the whole session."""
    server = Server(prepare(tmp_path_factory.mktemp("firstline") / "var")).start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def new_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewServer]:
    """Make a server with a prepared DATA_DIR of its own, not started yet; all are ended with the module."""
    made: list[Server] = []

    def make(**settings: str) -> Server:
        made.append(Server(prepare(tmp_path_factory.mktemp("firstline") / "var"), settings))
        return made[-1]

    yield make
    for server in made:
        if server.process:
            server.kill()
