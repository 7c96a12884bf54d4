"""Whose words the examples are: of one customer only a few count in a batch."""

from __future__ import annotations

from sqlalchemy import select

from learning.examples import Label
from records.database import Database
from records.tables import review_items, verdicts


async def customers_of_examples(database: Database) -> dict[Label, str]:
    """Return, for each example that came out of the review, which customer wrote it."""
    query = (
        select(review_items.c.text, verdicts.c.target, review_items.c.customer)
        .join(verdicts, verdicts.c.item == review_items.c.id)
        .where(verdicts.c.target.is_not(None), verdicts.c.undone_at.is_(None))
    )
    async with database.read() as connection:
        rows = (await connection.execute(query)).all()
    return {(" ".join(row.text.split()), row.target): row.customer for row in rows}
