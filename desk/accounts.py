"""The team's accounts: passwords, log-in with a throttle, invitations and roles."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from nouns import Agent, Problem, Role
from records import agents
from records.database import Database

SETUP = "setup"
INVITE = "invite"
SETUP_MINUTES = 30
INVITE_DAYS = 7
PASSWORD_LENGTH = 10
ORDER = (Role.AGENT, Role.MAINTAINER, Role.OWNER)
TRIES = (RateLimitItemPerMinute(5, 5), RateLimitItemPerMinute(50, 5))


@dataclass(frozen=True)
class Accounts:
    """Log-in and invitations. Wrong address and wrong password look alike, and take alike long."""

    database: Database
    hasher: PasswordHasher = field(default_factory=PasswordHasher)
    throttle: MovingWindowRateLimiter = field(
        default_factory=lambda: MovingWindowRateLimiter(MemoryStorage())
    )

    async def log_in(self, email: str, password: str, address: str) -> tuple[str, str, Agent]:
        """Begin a session: its token, its CSRF token and whose it is. Wrong tries are throttled."""
        tries = tuple(zip(TRIES, (f"{email.strip().lower()}|{address}", address), strict=True))
        for limit, key in tries:  # counted before the check, so that tries side by side don't slip through
            if not await self.throttle.hit(limit, key):
                raise Problem("too_many_tries", 429, "Too many tries.", "Wait five minutes.")
        async with self.database.read() as connection:
            known = await agents.password_hash(connection, email)
        fits = await asyncio.to_thread(self._fits, known[1] if known else None, password)
        if not fits or known is None:
            raise Problem("log_in", 401, "That address and password don't fit.", "Try again.")
        await self.throttle.clear(*tries[0])
        async with self.database.write() as writing:
            token, csrf = await agents.begin_session(writing, known[0].id)
        return token, csrf, known[0]

    async def setup_link(self) -> str | None:
        """Make the one-time secret to set up the first account; None when somebody is there already."""
        async with self.database.write() as writing:
            if await agents.count(writing.connection):
                return None
            return await agents.make_link(writing, SETUP, "", timedelta(minutes=SETUP_MINUTES))

    async def set_up(self, secret: str, name: str, email: str, password: str) -> Agent:
        """Make the first account, an owner's."""
        check_person(name, email)
        stored = await asyncio.to_thread(self.hasher.hash, check_password(password))
        async with self.database.write() as writing:
            await agents.spend_link(writing, SETUP, secret)
            if await agents.count(writing.connection):
                raise Problem("set_up_done", 409, "The desk is set up already.", "Log in.")
            return await agents.add(writing, name, email, Role.OWNER, stored)

    async def invite(self, name: str, email: str, role: Role) -> tuple[Agent, str]:
        """Add a person to the team; the secret lets them choose a password within a week."""
        check_person(name, email)
        async with self.database.write() as writing:
            agent = await agents.add(writing, name, email, role)
            return agent, await agents.make_link(writing, INVITE, agent.id, timedelta(days=INVITE_DAYS))

    async def accept(self, secret: str, password: str) -> None:
        """Choose the password of an invited account."""
        stored = await asyncio.to_thread(self.hasher.hash, check_password(password))
        async with self.database.write() as writing:
            await agents.set_password(writing, await agents.spend_link(writing, INVITE, secret), stored)

    def _fits(self, stored: str | None, password: str) -> bool:
        try:
            return self.hasher.verify(stored or _decoy(self.hasher), password) and stored is not None
        except (VerifyMismatchError, InvalidHashError):
            return False


_decoys: dict[int, str] = {}


def _decoy(hasher: PasswordHasher) -> str:
    return _decoys.setdefault(id(hasher), hasher.hash("nobody's password"))


def check_password(password: str) -> str:
    """Refuse a password that is too short."""
    if len(password) < PASSWORD_LENGTH:
        raise Problem(
            "password_short",
            422,
            f"A password has {PASSWORD_LENGTH} characters at least.",
            "Choose a longer one.",
        )
    return password


def check_person(name: str, email: str) -> None:
    """Refuse an account without a name or an address."""
    if not name.strip():
        raise Problem("name_missing", 422, "The name is missing.", "Customers see it: write a name.")
    if email.count("@") != 1 or email.strip().startswith("@") or email.strip().endswith("@"):
        raise Problem("email_wrong", 422, f"{email[:80]!r} is no e-mail address.", "Check it.")


def check_role(agent: Agent, needed: Role) -> None:
    """Refuse what the agent's role does not allow."""
    if not is_at_least(agent, needed):
        raise Problem("forbidden", 403, f"This needs the role {needed}.", "Ask an owner.")


def is_at_least(agent: Agent, role: Role) -> bool:
    """Whether an agent's role includes another."""
    return ORDER.index(agent.role) >= ORDER.index(role)
