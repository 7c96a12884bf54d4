"""Agents, sessions, links, votes, customers and turns as rows."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from nouns import Agent, Problem, Role, Turn
from records import agents, conversations, customers, turns, votes
from records.database import Database
from tests.world import Clock, World


async def kari(database: Database, email: str = "kari@desk.test") -> Agent:
    async with database.write() as writing:
        return await agents.add(writing, " Kari ", email, Role.AGENT, "hash")


async def test_an_address_stands_for_one_person(database: Database) -> None:
    await kari(database)
    with pytest.raises(Problem, match="on the team already"):
        await kari(database, " KARI@desk.test ")
    async with database.read() as connection:
        assert [agent.name for agent in await agents.listed(connection)] == ["Kari"]


async def test_a_person_invited_twice_at_once_is_one(database: Database) -> None:
    tried = await asyncio.gather(*(kari(database) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(one, Agent) for one in tried) == 1
    assert sum(isinstance(one, Problem) for one in tried) == 3


async def test_a_session_ends_by_itself_and_by_hand(database: Database, clock: Clock) -> None:
    agent = await kari(database)
    async with database.write() as writing:
        first, csrf = await agents.begin_session(writing, agent.id)
        second, _ = await agents.begin_session(writing, agent.id)
    async with database.write() as writing:
        await agents.end_session(writing, second)
    async with database.read() as connection:
        assert await agents.session(connection, first, clock.now) == (agent, csrf)
        assert await agents.session(connection, second, clock.now) is None
        clock.forward(days=15)
        assert await agents.session(connection, first, clock.now) is None


async def test_a_new_password_ends_every_session(database: Database, clock: Clock) -> None:
    agent = await kari(database)
    async with database.write() as writing:
        token, _ = await agents.begin_session(writing, agent.id)
        await agents.set_password(writing, agent.id, "another hash")
    async with database.read() as connection:
        assert await agents.session(connection, token, clock.now) is None


async def test_a_one_time_link_opens_once(database: Database) -> None:
    async with database.write() as writing:
        token = await agents.make_link(writing, "invite", "a_1", timedelta(days=7))

    async def spend() -> str:
        async with database.write() as writing:
            return await agents.spend_link(writing, "invite", token)

    tried = await asyncio.gather(*(spend() for _ in range(4)), return_exceptions=True)
    assert tried.count("a_1") == 1
    assert sum(isinstance(one, Problem) and one.status == 410 for one in tried) == 3


async def test_a_link_opens_only_what_it_was_made_for_and_not_for_ever(
    database: Database, clock: Clock
) -> None:
    async with database.write() as writing:
        token = await agents.make_link(writing, "invite", "a_1", timedelta(days=7))
    async with database.read() as connection:
        assert await agents.check_link(connection, "invite", token, clock.now) == "a_1"
        for purpose, days in (("setup", 0), ("invite", 8)):
            with pytest.raises(Problem, match="too old"):
                await agents.check_link(connection, purpose, token, clock.now + timedelta(days=days))


async def test_a_further_token_opens_its_conversation_and_no_other(database: Database) -> None:
    world = World.of(database)
    mine, theirs = await world.talk("Hello"), await world.talk("Hi")
    async with database.write() as writing:
        token = await agents.conversation_token(writing, mine)
    async with database.read() as connection:
        assert (await conversations.check_token(connection, mine, token, database.now())).id == mine
        for conversation, wrong in (
            (theirs, token),
            (mine, ""),
            (mine, None),
            (mine, "\ud800"),
            ("c_x", token),
        ):
            with pytest.raises(Problem, match="not open to you"):
                await conversations.check_token(connection, conversation, wrong, database.now())


async def test_a_further_token_runs_out(database: Database, clock: Clock) -> None:
    conversation = await World.of(database).talk("Hello")
    async with database.write() as writing:
        token = await agents.conversation_token(writing, conversation)
    clock.forward(days=366)
    async with database.read() as connection:
        with pytest.raises(Problem, match="not open to you"):
            await conversations.check_token(connection, conversation, token, clock.now)


async def test_the_last_vote_on_an_answer_counts(database: Database) -> None:
    conversation = await World.of(database).talk("Hello")
    for helpful in (True, False):
        async with database.write() as writing:
            await votes.cast(writing, conversation, "m_1", helpful, "delivery/norway")
    async with database.read() as connection:
        assert await votes.of_message(connection, "m_1") is False
        assert await votes.of_message(connection, "m_2") is None


async def test_a_typed_address_never_replaces_a_verified_one(database: Database) -> None:
    async with database.write() as writing:
        customer = await customers.create(writing)
        await customers.note_email(writing, customer, "typed@a.test")
        await customers.verify_email(writing, customer, "proved@a.test")
        await customers.note_email(writing, customer, "other@a.test")
    async with database.read() as connection:
        found = await customers.by_id(connection, customer)
    assert (found.email, found.email_verified) == ("proved@a.test", True)


async def test_a_turn_comes_back_as_it_was(database: Database, clock: Clock) -> None:
    conversation = await World.of(database).talk("Hello")
    async with database.read() as connection:
        (turn,) = await turns.of_conversation(connection, conversation)
        assert await turns.of_message(connection, turn.message) == turn
        assert await turns.latest(connection, conversation) == turn
    assert isinstance(turn, Turn)
    assert (turn.text, turn.intent, turn.at) == ("Hello", "ask_question", clock.now)
    assert turn.versions == {"code": "test", "index": "index-1", "model": "scripted-model"}


async def test_a_pinned_language_stays(database: Database) -> None:
    world = World.of(database)
    conversation = await world.talk("Hello")
    async with database.write() as writing:
        await conversations.speak(writing, conversation, "zh", pinned=True)
        await conversations.speak(writing, conversation, "en", pinned=False)
    held = await world.held(conversation)
    assert (held.language, held.language_pinned) == ("zh", True)
