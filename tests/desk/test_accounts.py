"""The team's accounts: the first owner, invitations, log-in and its throttle."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from desk.accounts import Accounts, check_role
from nouns import Agent, Problem, Role
from records import agents
from records.database import Database
from tests.world import Clock

PASSWORD = "correct horse"


@pytest.fixture
def accounts(database: Database) -> Accounts:
    """Accounts whose passwords are quick to check."""
    return Accounts(database, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


async def owner(accounts: Accounts) -> Agent:
    secret = await accounts.setup_link()
    assert secret
    return await accounts.set_up(secret, "Ada", "Ada@desk.test", PASSWORD)


async def test_the_first_who_follows_the_link_is_the_owner(accounts: Accounts) -> None:
    ada = await owner(accounts)
    token, _, agent = await accounts.log_in(" ADA@desk.test", PASSWORD, "10.0.0.1")
    assert (agent, agent.role) == (ada, Role.OWNER)
    async with accounts.database.read() as connection:
        assert await agents.session(connection, token, accounts.database.now())
    assert await accounts.setup_link() is None


async def test_a_second_set_up_is_refused(accounts: Accounts) -> None:
    first, second = await accounts.setup_link(), await accounts.setup_link()
    assert first and second
    await accounts.set_up(first, "Ada", "ada@desk.test", PASSWORD)
    with pytest.raises(Problem, match="set up already"):
        await accounts.set_up(second, "Eve", "eve@desk.test", PASSWORD)
    with pytest.raises(Problem, match="too old"):
        await accounts.set_up(first, "Eve", "eve@desk.test", PASSWORD)


async def test_a_set_up_link_runs_out(accounts: Accounts, clock: Clock) -> None:
    secret = await accounts.setup_link()
    clock.forward(minutes=31)
    with pytest.raises(Problem, match="too old"):
        await accounts.set_up(secret or "", "Ada", "ada@desk.test", PASSWORD)


async def test_who_is_invited_chooses_a_password_once(accounts: Accounts) -> None:
    agent, secret = await accounts.invite("Kari", "kari@desk.test", Role.AGENT)
    with pytest.raises(Problem, match="don't fit"):
        await accounts.log_in("kari@desk.test", "", "10.0.0.1")
    await accounts.accept(secret, PASSWORD)
    assert (await accounts.log_in("kari@desk.test", PASSWORD, "10.0.0.1"))[2] == agent
    with pytest.raises(Problem, match="used before"):
        await accounts.accept(secret, "another password")


async def test_wrong_address_and_wrong_password_look_alike(accounts: Accounts) -> None:
    await owner(accounts)
    said = []
    for email, password in (("ada@desk.test", "wrong"), ("nobody@desk.test", PASSWORD)):
        with pytest.raises(Problem) as refused:
            await accounts.log_in(email, password, "10.0.0.1")
        said.append((refused.value.code, str(refused.value)))
    assert said[0] == said[1]


async def test_five_wrong_tries_stop_the_sixth_even_when_right(accounts: Accounts) -> None:
    await owner(accounts)
    codes = []
    for _ in range(6):
        with pytest.raises(Problem) as refused:
            await accounts.log_in("ada@desk.test", "wrong", "10.0.0.1")
        codes.append(refused.value.code)
    with pytest.raises(Problem, match="Wait five minutes"):
        await accounts.log_in("ada@desk.test", PASSWORD, "10.0.0.1")
    assert codes == ["log_in"] * 5 + ["too_many_tries"]


async def test_the_owner_still_gets_in_from_elsewhere(accounts: Accounts) -> None:
    ada = await owner(accounts)
    for _ in range(6):
        with pytest.raises(Problem):
            await accounts.log_in("ada@desk.test", "wrong", "10.0.0.66")
    assert (await accounts.log_in("ada@desk.test", PASSWORD, "10.0.0.1"))[2] == ada


@pytest.mark.parametrize(
    ("name", "email", "password", "code"),
    [
        ("", "a@b.test", PASSWORD, "name_missing"),
        ("Ada", "nonsense", PASSWORD, "email_wrong"),
        ("Ada", "@b.test", PASSWORD, "email_wrong"),
        ("Ada", "a@b@c.test", PASSWORD, "email_wrong"),
        ("Ada", "a@b.test", "short", "password_short"),
    ],
)
async def test_what_makes_no_account_is_said(
    accounts: Accounts, name: str, email: str, password: str, code: str
) -> None:
    secret = await accounts.setup_link()
    with pytest.raises(Problem) as refused:
        await accounts.set_up(secret or "", name, email, password)
    assert refused.value.code == code
    assert await accounts.setup_link()


def test_a_role_includes_the_ones_before_it() -> None:
    mei = Agent("a_1", "Mei", "mei@desk.test", Role.MAINTAINER)
    check_role(mei, Role.AGENT)
    with pytest.raises(Problem, match="needs the role owner"):
        check_role(mei, Role.OWNER)
