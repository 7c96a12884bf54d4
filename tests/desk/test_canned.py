"""Canned replies: written once in each language, found by name, with the names of people filled in."""

from __future__ import annotations

import pytest

from desk.canned import CannedReplies
from nouns import Problem
from records.database import Database
from tests.world import World

TEXTS = {"en": "Hello {customer}, {agent} here.", "zh": "{customer}您好，我是{agent}。"}


async def test_a_reply_reads_as_the_conversation_is_held(database: Database) -> None:
    world, kari = World.of(database), await World.of(database).agent()
    canned = CannedReplies(database)
    id = await canned.keep(kari, None, "  Greeting ", TEXTS)
    ola = (await world.writes("hi", sender_name="Ola")).conversation
    wang = await world.talk("你好", language="zh")
    assert await canned.filled(id, ola, kari) == "Hello Ola, Kari here."
    assert await canned.filled(id, wang, kari) == "您好，我是Kari。"


async def test_one_language_serves_both_until_the_other_is_written(database: Database) -> None:
    world, kari = World.of(database), await World.of(database).agent()
    canned = CannedReplies(database)
    id = await canned.keep(kari, None, "Refund", {"en": "You get it back.", "zh": " "})
    wang = await world.talk("你好", language="zh")
    assert await canned.filled(id, wang, kari) == "You get it back."


async def test_a_name_stands_for_one_and_both_are_checked(database: Database) -> None:
    kari, canned = await World.of(database).agent(), CannedReplies(database)
    first = await canned.keep(kari, None, "Greeting", TEXTS)
    await canned.keep(kari, first, "Greeting", {"en": "Hi"})
    for name, texts in (("Greeting", TEXTS), ("", TEXTS), ("Empty", {"en": "  "}), ("x" * 81, TEXTS)):
        with pytest.raises(Problem):
            await canned.keep(kari, None, name, texts)
    assert [(one.name, one.texts) for one in await canned.listed()] == [("Greeting", {"en": "Hi"})]
    await canned.drop(first)
    assert await canned.listed() == []
