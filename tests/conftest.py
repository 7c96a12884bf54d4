"""For every test: a database (a fresh SQLite file, or a clean PostgreSQL), and logs as they were."""

from __future__ import annotations

import logging
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog
from alembic import command
from playwright.sync_api import expect
from sqlalchemy import create_engine, text
from sqlalchemy.engine import Engine

from records.database import Database
from records.schema import alembic_config
from records.tables import metadata
from tests.postgres import running_postgres
from tests.world import Clock

BOTH = ("sqlite", "postgresql")
expect.set_options(timeout=20_000)  # a browser beside other tests on two cores is slow now and then
CLEAN = "; ".join(f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables))


def migrate(engine: Engine) -> None:
    """Bring an empty database up to date."""
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), "head")


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """Put back what a command sets up for the logs: the next test in this process may read them."""
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    yield
    root.setLevel(level)
    root.handlers[:] = handlers
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty, migrated SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    engine = create_engine(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a running, empty PostgreSQL."""
    with running_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def migrated_postgres(postgres: str) -> Iterator[tuple[str, Engine]]:
    """The address of a migrated database in it, and an engine to clean it with."""
    admin = create_engine(postgres, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE firstline"))
    admin.dispose()
    url = postgres.replace("/postgres?", "/firstline?")
    engine = create_engine(url)
    migrate(engine)
    yield url, engine
    engine.dispose()


@pytest.fixture
def clock() -> Clock:
    """A clock that only the test moves: Monday morning."""
    return Clock()


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty, migrated database: SQLite, or what the test's parameter names."""
    if getattr(request, "param", "sqlite") == "postgresql":
        url, engine = request.getfixturevalue("migrated_postgres")
        with engine.begin() as connection:
            connection.execute(text(CLEAN))
        return str(url)
    path = tmp_path / "firstline.db"
    shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
    return f"sqlite:///{path}"


@pytest.fixture
async def database(database_url: str, clock: Clock) -> AsyncIterator[Database]:
    """An empty, migrated database, whose time is the test's clock."""
    database = Database(database_url, clock=clock)
    yield database
    await database.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what stands in records and desk on both databases."""
    room = Path(metafunc.module.__file__ or "").parent.name
    if room in ("records", "desk") and "database_url" in metafunc.fixturenames:
        metafunc.parametrize("database_url", BOTH, indirect=True)
