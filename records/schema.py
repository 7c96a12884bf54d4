"""The schema's version: brought up to date at each start, checked by /readyz."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

if TYPE_CHECKING:
    from alembic.config import Config

    from records.database import Database

MIGRATIONS = Path(__file__).parent / "migrations"


def alembic_config(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration, bound to a connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


async def upgrade(database: Database) -> None:
    """Run the migrations that the database has not seen."""
    from alembic import command

    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(alembic_config(sync), "head"))


async def versions(database: Database) -> tuple[str | None, str | None]:
    """Return the version that the database has and the one that the code wants."""
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    async with database.read() as connection:
        has = await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())
    return has, ScriptDirectory.from_config(alembic_config()).get_current_head()
