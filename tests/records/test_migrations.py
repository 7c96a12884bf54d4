"""The migrations: up and down on both databases, and equal to the tables in the code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import Engine

from records import schema
from records.database import Database
from records.tables import metadata


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database."""
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    if request.param == "postgresql":
        server: str = request.getfixturevalue("postgres")
        admin = create_engine(server, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text("DROP DATABASE IF EXISTS empty"))
            connection.execute(text("CREATE DATABASE empty"))
        admin.dispose()
        url = server.replace("/postgres?", "/empty?")
    engine = create_engine(url)
    yield engine
    engine.dispose()


def test_the_migrations_make_the_tables_of_the_code(empty: Engine) -> None:
    with empty.begin() as connection:
        command.upgrade(schema.alembic_config(connection), "head")
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_they_can_be_undone_and_done_again(empty: Engine) -> None:
    with empty.begin() as connection:
        command.upgrade(schema.alembic_config(connection), "head")
        command.downgrade(schema.alembic_config(connection), "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]
        command.upgrade(schema.alembic_config(connection), "head")
    assert set(metadata.tables) < set(inspect(empty).get_table_names())


async def test_a_database_says_its_version_and_a_second_upgrade_changes_nothing(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new.db'}")
    assert (await schema.versions(database))[0] is None
    await schema.upgrade(database)
    await schema.upgrade(database)
    has, wants = await schema.versions(database)
    assert has == wants is not None
    await database.close()
