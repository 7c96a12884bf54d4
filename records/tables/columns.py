"""What all tables share: their metadata, and columns that recur. Times are UTC."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    MetaData,
    String,
    TypeDecorator,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """A time in UTC; SQLite forgets the zone, this puts it back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC."""
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return an aware time."""
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


def identifier() -> Column[str]:
    """Give the column of an unguessable id, the table's key."""
    return Column("id", String(40), primary_key=True)


def reference(name: str, target: str, nullable: bool = False) -> Column[str]:
    """Give a column that names a row of another table."""
    return Column(name, String(40), ForeignKey(f"{target}.id"), nullable=nullable, index=True)
