"""What is learned from: reviews, and the models that come of them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from records.tables.columns import Moment, identifier, metadata, reference

# What the review looks at: texts of the log, masked, with why they are worth a look.
review_items = Table(
    "review_items",
    metadata,
    identifier(),
    Column("message", String(40), nullable=False, unique=True),
    Column("conversation", String(40), nullable=False, index=True),
    Column("customer", String(40), nullable=False, index=True),
    Column("text", Text, nullable=False),
    Column("language", String(8), nullable=False),
    Column("digest", String(64), nullable=False, index=True),
    Column("signals", JSON, nullable=False),
    Column("usefulness", Float, nullable=False),
    Column("golden", Boolean, nullable=False),
    Column("intent", String(64)),
    Column("ranking", JSON, nullable=False),
    Column("articles", JSON, nullable=False),
    Column("decision", String(16)),
    Column("human", Text),
    Column("encoder", String(64), nullable=False),
    Column("vector", LargeBinary, nullable=False),
    Column("cluster", String(40), nullable=False, index=True),
    Column("rank", Float, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("lease_owner", String(64)),
    Column("lease_until", Moment),
    Column("postponed_at", Moment),
    Column("at", Moment, nullable=False, index=True),
    Column("created_at", Moment, nullable=False),
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    reference("item", "review_items"),
    Column("press", String(40), nullable=False, index=True),
    Column("agent", String(40)),
    Column("reviewer", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("target", Text),
    Column("data", JSON, nullable=False),
    Column("keep", String(8)),
    Column("at", Moment, nullable=False),
    Column("undone_at", Moment),
    Column("applied_at", Moment, index=True),
    Column("applied_to", Text),
)

review_drafts = Table(
    "review_drafts",
    metadata,
    identifier(),
    Column("origin", String(128), nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("language", String(8), nullable=False),
    Column("body", Text, nullable=False),
    Column("questions", JSON, nullable=False),
    Column("conversations", JSON, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("article", Text),
    Column("version", Integer, nullable=False),
    Column("reviewer", Text),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
)

models = Table(
    "models",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("by", Text, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("sentence", Text, nullable=False, default=""),
    Column("data_hash", String(40), nullable=False),
    Column("config_hash", String(40), nullable=False),
    Column("knowledge", String(40)),
    Column("parent", String(40)),
    Column("size_bytes", Integer, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("shadow_share", Float, nullable=False, default=0.0),
    Column("summary", JSON, nullable=False, default=dict),
)

promotions = Table(
    "promotions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("model", String(40), nullable=False, index=True),
    Column("before", String(40)),
    Column("kind", String(16), nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("sentences", JSON),
)

shadows = Table(
    "shadows",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("model", String(40), nullable=False, index=True),
    Column("message", String(40), nullable=False),
    Column("conversation", String(40), nullable=False, index=True),
    Column("same", Boolean, nullable=False),
    Column("live", JSON, nullable=False),
    Column("candidate", JSON, nullable=False),
    UniqueConstraint("model", "message"),
)
