"""Customers, conversations, tickets, the team, and what the program has to do."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from records.tables.columns import Moment, identifier, metadata, reference

customers = Table(
    "customers",
    metadata,
    identifier(),
    Column("name", Text),
    Column("email", Text, index=True),
    Column("email_verified", Boolean, nullable=False, default=False),
    Column("language", String(8)),
    Column("created_at", Moment, nullable=False),
    Column("erased_at", Moment),
)

identities = Table(
    "identities",
    metadata,
    identifier(),
    reference("customer", "customers"),
    Column("channel", String(32), nullable=False),
    Column("external", String(128), nullable=False),
    Column("linked_at", Moment),
    UniqueConstraint("channel", "external"),
)

channel_links = Table(
    "channel_links",
    metadata,
    identifier(),
    reference("conversation", "conversations"),
    reference("customer", "customers"),
    Column("secret_hash", String(64), nullable=False, unique=True),
    Column("channel", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("external", String(128)),
    Column("name", Text),
    Column("language", String(8)),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
)

conversations = Table(
    "conversations",
    metadata,
    identifier(),
    reference("customer", "customers"),
    Column("channel", String(32), nullable=False),
    Column("address", Text, nullable=False, default=""),
    Column("mode", String(16), nullable=False),
    Column("language", String(8), nullable=False),
    Column("language_pinned", Boolean, nullable=False, default=False),
    Column("token_hash", String(64), unique=True),
    Column("previous", String(40)),
    Column("agent", String(40)),
    Column("shared", Boolean, nullable=False, default=False, server_default=false()),
    Column("last_seq", Integer, nullable=False, default=0),
    Column("pending", Integer, nullable=False, default=0),
    Column("lease_owner", String(64)),
    Column("lease_until", Moment),
    Column("read_seq", Integer, nullable=False, default=0),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Index("ix_conversations_channel_address", "channel", "address"),
    Index("ix_conversations_pending", "pending"),
)

messages = Table(
    "messages",
    metadata,
    identifier(),
    reference("conversation", "conversations"),
    Column("seq", Integer, nullable=False),
    Column("author", String(16), nullable=False),
    Column("agent", String(40)),
    Column("text", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("extra", JSON, nullable=False, default=dict),
    Column("channel", String(32)),
    Column("external_id", String(128)),
    Column("answered_at", Moment),
    Column("in_reply_to", String(40)),
    Column("delivered_at", Moment),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("conversation", "seq"),
    UniqueConstraint("channel", "external_id"),
)

attachments = Table(
    "attachments",
    metadata,
    identifier(),
    reference("conversation", "conversations"),
    Column("message", String(40), index=True),
    Column("name", Text, nullable=False),
    Column("media_type", String(128), nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("sha256", String(64), nullable=False, index=True),
    Column("created_at", Moment, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("channel", String(32), nullable=False),
    Column("address", Text, nullable=False),
    Column("conversation", String(40), index=True),
    Column("message", String(40), index=True),
    Column("key", String(128), nullable=False, unique=True),
    Column("payload", JSON, nullable=False, default=dict),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("due_at", Moment, nullable=False),
    Column("lease_owner", String(64)),
    Column("lease_until", Moment),
    Column("external_id", String(128)),
    Column("error", Text),
    Column("created_at", Moment, nullable=False),
    Index("ix_deliveries_state_due_at", "state", "due_at"),
)

tickets = Table(
    "tickets",
    metadata,
    identifier(),
    Column("number", Integer, nullable=False, unique=True),
    reference("customer", "customers"),
    Column("conversation", String(40), index=True),
    Column("origin", String(128), nullable=False, unique=True),
    Column("subject", Text, nullable=False),
    Column("status", String(16), nullable=False, index=True),
    Column("priority", String(16), nullable=False),
    Column("type", String(16), nullable=False),
    Column("email", Text),
    Column("order_number", String(64)),
    Column("assignee", String(40), index=True),
    Column("follows", Integer),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
)

ticket_events = Table(
    "ticket_events",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    reference("ticket", "tickets"),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("what", String(24), nullable=False),
    Column("text", Text),
    Column("before", Text),
    Column("after", Text),
)

agents = Table(
    "agents",
    metadata,
    identifier(),
    Column("name", Text, nullable=False),
    Column("email", String(254), nullable=False, unique=True),
    Column("password_hash", Text),
    Column("role", String(16), nullable=False),
    Column("active", Boolean, nullable=False, default=True),
    Column("created_at", Moment, nullable=False),
)

agent_identities = Table(
    "agent_identities",
    metadata,
    identifier(),
    reference("agent", "agents"),
    Column("channel", String(32), nullable=False),
    Column("external", String(128), nullable=False),
    Column("linked_at", Moment, nullable=False),
    UniqueConstraint("channel", "external"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    reference("agent", "agents"),
    Column("csrf", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
)

links = Table(
    "links",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("purpose", String(32), nullable=False),
    Column("subject", Text, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
)

handoffs = Table(
    "handoffs",
    metadata,
    identifier(),
    reference("conversation", "conversations"),
    Column("origin", String(128), nullable=False, unique=True),
    Column("reason", String(24), nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("packet", JSON, nullable=False),
    Column("agent", String(40)),
    Column("ticket", String(16)),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("taken_at", Moment),
    Column("ended_at", Moment),
    Column("reminders", Integer, nullable=False, default=0, server_default="0"),
)

threads = Table(
    "threads",
    metadata,
    identifier(),
    reference("handoff", "handoffs"),
    Column("conversation", String(40), nullable=False, index=True),
    Column("channel", String(32), nullable=False),
    Column("place", String(128), nullable=False),
    Column("anchor", String(64)),
    Column("last_seq", Integer, nullable=False),
    Column("shown", String(64), nullable=False, default=""),
    Column("declined", JSON, nullable=False, default=list),
    Column("open", Boolean, nullable=False, default=True, index=True),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("handoff", "channel"),
    Index("ix_threads_channel_place_anchor", "channel", "place", "anchor"),
)

thread_lines = Table(
    "thread_lines",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    reference("thread", "threads"),
    Column("external_id", String(64), nullable=False),
    Column("author", String(128), nullable=False),
    Column("agent", String(40)),
    Column("text", Text, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("message", String(40), index=True),
    Column("at", Moment, nullable=False),
    UniqueConstraint("thread", "external_id"),
)

canned_replies = Table(
    "canned_replies",
    metadata,
    identifier(),
    Column("name", String(80), nullable=False, unique=True),
    Column("texts", JSON, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("updated_by", String(40)),
)

turns = Table(
    "turns",
    metadata,
    Column("message", String(40), primary_key=True),
    reference("conversation", "conversations"),
    Column("at", Moment, nullable=False, index=True),
    Column("text", Text, nullable=False),
    Column("language", String(8), nullable=False),
    Column("intent", String(64)),
    Column("ranking", JSON, nullable=False),
    Column("events", JSON, nullable=False),
    Column("versions", JSON, nullable=False),
    Column("knowledge", JSON, nullable=False),
    Column("replies", JSON, nullable=False),
    Column("milliseconds", JSON, nullable=False),
    Column("erased_at", Moment),
)

votes = Table(
    "votes",
    metadata,
    Column("message", String(40), primary_key=True),
    reference("conversation", "conversations"),
    Column("helpful", Boolean, nullable=False),
    Column("article", Text, index=True),
    Column("at", Moment, nullable=False),
)

facts = Table(
    "facts",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False, index=True),
    Column("kind", String(32), nullable=False, index=True),
    Column("conversation", String(40), index=True),
    Column("data", JSON, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    identifier(),
    Column("kind", String(32), nullable=False),
    Column("key", String(128), nullable=False, unique=True),
    Column("payload", JSON, nullable=False),
    Column("due_at", Moment, nullable=False, index=True),
    Column("attempts", Integer, nullable=False, default=0),
    Column("lease_owner", String(64)),
    Column("lease_until", Moment),
    Column("error", Text),
    Column("done_at", Moment, index=True),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("until", Moment, nullable=False),
)

counters = Table(
    "counters",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", Integer, nullable=False),
)
