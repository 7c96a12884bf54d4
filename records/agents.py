"""The team: agents, their sessions, and one-time links; secrets are stored as hashes alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from nouns import Agent, Problem, Role
from records.database import Writing
from records.ids import hashed, new_id, new_token
from records.tables import agent_identities, agents, links, sessions

SESSION_DAYS = 14
TOKEN_DAYS = 365
CONVERSATION = "conversation"


def agent_of(row: Row[Any]) -> Agent:
    """Turn a row into the noun."""
    return Agent(row.id, row.name, row.email, Role(row.role))


async def add(writing: Writing, name: str, email: str, role: Role, password_hash: str | None = None) -> Agent:
    """Add somebody to the team; an address stands for one person."""
    email = email.strip().lower()
    await writing.alone(f"agent:{email}")
    if await writing.scalar(select(agents.c.id).where(agents.c.email == email)):
        raise Problem("agent_exists", 409, f"{email} is on the team already.", "Use another address.")
    row = await writing.execute(
        insert(agents)
        .values(
            id=new_id("a"),
            name=name.strip(),
            email=email,
            role=role,
            password_hash=password_hash,
            active=True,
            created_at=writing.now,
        )
        .returning(agents)
    )
    return agent_of(row.one())


async def listed(connection: AsyncConnection) -> list[Agent]:
    """Return the active team, by name."""
    rows = await connection.execute(select(agents).where(agents.c.active).order_by(agents.c.name))
    return [agent_of(row) for row in rows]


async def by_id(connection: AsyncConnection, agent: str) -> Agent | None:
    """Return an agent."""
    row = (await connection.execute(select(agents).where(agents.c.id == agent))).one_or_none()
    return agent_of(row) if row else None


async def by_email(connection: AsyncConnection, email: str) -> Agent | None:
    """Return the active agent of an address."""
    row = (
        await connection.execute(
            select(agents).where(agents.c.email == email.strip().lower(), agents.c.active)
        )
    ).one_or_none()
    return agent_of(row) if row else None


async def by_identity(connection: AsyncConnection, channel: str, external: str) -> Agent | None:
    """Return the active agent whom a channel knows as `external`."""
    row = (
        await connection.execute(
            select(agents)
            .join(agent_identities, agent_identities.c.agent == agents.c.id)
            .where(
                agent_identities.c.channel == channel,
                agent_identities.c.external == external,
                agents.c.active,
            )
        )
    ).one_or_none()
    return agent_of(row) if row else None


async def identities(connection: AsyncConnection, channel: str) -> dict[str, str]:
    """Return as whom a channel knows each linked agent, by the agent's id."""
    rows = await connection.execute(
        select(agent_identities.c.agent, agent_identities.c.external).where(
            agent_identities.c.channel == channel
        )
    )
    return {row.agent: row.external for row in rows}


async def link(writing: Writing, agent: str, channel: str, external: str) -> None:
    """Note that a channel knows an agent as `external`; whoever was known so before is so no longer."""
    await writing.alone(f"link:{channel}:{external}")
    await writing.execute(
        delete(agent_identities).where(
            agent_identities.c.channel == channel,
            (agent_identities.c.external == external) | (agent_identities.c.agent == agent),
        )
    )
    await writing.execute(
        insert(agent_identities).values(
            id=new_id("i"), agent=agent, channel=channel, external=external, linked_at=writing.now
        )
    )


async def password_hash(connection: AsyncConnection, email: str) -> tuple[Agent, str | None] | None:
    """Return the agent of an address, and what their password is checked against."""
    row = (
        await connection.execute(
            select(agents).where(agents.c.email == email.strip().lower(), agents.c.active)
        )
    ).one_or_none()
    return (agent_of(row), row.password_hash) if row else None


async def set_password(writing: Writing, agent: str, new_hash: str) -> None:
    """Store a new password hash; every session of the agent ends."""
    await writing.execute(update(agents).where(agents.c.id == agent).values(password_hash=new_hash))
    await writing.execute(delete(sessions).where(sessions.c.agent == agent))


async def count(connection: AsyncConnection) -> int:
    """Return how many are on the team."""
    return int(await connection.scalar(select(func.count()).select_from(agents)) or 0)


async def begin_session(writing: Writing, agent: str) -> tuple[str, str]:
    """Begin a session; return its token, for the cookie, and its CSRF token."""
    token, csrf = new_token(), new_token()
    await writing.execute(
        insert(sessions).values(
            token_hash=hashed(token),
            agent=agent,
            csrf=csrf,
            created_at=writing.now,
            expires_at=writing.now + timedelta(days=SESSION_DAYS),
        )
    )
    return token, csrf


async def session(connection: AsyncConnection, token: str, now: Any) -> tuple[Agent, str] | None:
    """Return whose session this is, and its CSRF token."""
    row = (
        await connection.execute(
            select(agents, sessions.c.csrf)
            .join(sessions, sessions.c.agent == agents.c.id)
            .where(sessions.c.token_hash == hashed(token), sessions.c.expires_at > now, agents.c.active)
        )
    ).one_or_none()
    return (agent_of(row), row.csrf) if row else None


async def end_session(writing: Writing, token: str) -> None:
    """End a session."""
    await writing.execute(delete(sessions).where(sessions.c.token_hash == hashed(token)))


async def make_link(writing: Writing, purpose: str, subject: str, lifetime: timedelta) -> str:
    """Make a link's secret; `purpose` and `subject` say what it opens."""
    token = new_token()
    await writing.execute(
        insert(links).values(
            token_hash=hashed(token), purpose=purpose, subject=subject, expires_at=writing.now + lifetime
        )
    )
    return token


async def conversation_token(writing: Writing, conversation: str) -> str:
    """Make a further token that opens a conversation, for a second browser or after a lost first answer."""
    return await make_link(writing, CONVERSATION, conversation, timedelta(days=TOKEN_DAYS))


async def check_link(connection: AsyncConnection, purpose: str, token: str, now: Any) -> str:
    """Return a link's subject, or refuse one that is unknown, used or too old."""
    subject = await connection.scalar(
        select(links.c.subject).where(
            links.c.token_hash == hashed(token),
            links.c.purpose == purpose,
            links.c.used_at.is_(None),
            links.c.expires_at > now,
        )
    )
    if subject is None:
        raise Problem("link_spent", 410, "This link was used before or is too old.", "Ask for a new one.")
    return str(subject)


async def spend_link(writing: Writing, purpose: str, token: str) -> str:
    """Use a one-time link up and return its subject."""
    subject = await check_link(writing.connection, purpose, token, writing.now)
    spent = await writing.execute(
        update(links)
        .where(links.c.token_hash == hashed(token), links.c.used_at.is_(None))
        .values(used_at=writing.now)
    )
    if not spent.rowcount:
        raise Problem("link_spent", 410, "This link was used before.", "Ask for a new one.")
    return subject
