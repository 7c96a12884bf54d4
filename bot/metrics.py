"""The numbers for Prometheus: what is counted as it happens, and what is looked up when it is asked for."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram, Info
from sqlalchemy import func, select

from nouns import DeliveryState, HandoffState
from records.database import Database
from records.tables import conversations, deliveries, handoffs, jobs

HANDLING = Histogram(
    "firstline_message_handling_seconds",
    "From taking a customer's message up to storing the replies to it.",
    buckets=(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30),
)
REPLIES = Counter("firstline_replies", "What the bot said, by kind.", ["kind"])
SILENCES = Counter("firstline_engine_silences", "Messages that the engine did not answer.")
BUILD = Info("firstline_build", "The version that runs.")
WAITING = Gauge("firstline_handoffs_waiting", "Hand-offs that nobody has taken yet.")
PENDING = Gauge("firstline_messages_pending", "Customers' messages that nobody has dealt with yet.")
UNSENT = Gauge("firstline_deliveries_open", "Deliveries that are not done, by channel.", ["channel"])
READY = Gauge("firstline_jobs_ready", "Jobs whose time has come.")


async def look_up(database: Database) -> None:
    """Set the gauges from the database."""
    queued = (DeliveryState.QUEUED, DeliveryState.SENDING)
    async with database.read() as connection:
        waiting = select(func.count()).where(handoffs.c.state == HandoffState.WAITING)
        WAITING.set(await connection.scalar(waiting.select_from(handoffs)) or 0)
        PENDING.set(await connection.scalar(select(func.sum(conversations.c.pending))) or 0)
        ready = select(func.count()).where(jobs.c.done_at.is_(None), jobs.c.due_at <= database.now())
        READY.set(await connection.scalar(ready.select_from(jobs)) or 0)
        unsent = select(deliveries.c.channel, func.count().label("open")).where(
            deliveries.c.state.in_(queued)
        )
        UNSENT.clear()
        for row in await connection.execute(unsent):
            UNSENT.labels(row.channel).set(row.open)
