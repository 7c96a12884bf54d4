"""The review's rows: two reviewers at once, taking a press back, drafts that two people edit."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from nouns import Problem
from records import drafts, review, verdicts
from records.database import Database
from records.review import Item
from records.verdicts import Said
from tests.world import MONDAY, Clock


def item(name: str, cluster: str, rank: float = 0.0, customer: str = "u1") -> Item:
    return Item(
        message=f"m-{name}",
        conversation=f"c-{customer}",
        customer=customer,
        text=name,
        language="en",
        digest=name,
        signals=["no_answer"],
        usefulness=0.6,
        golden=False,
        intent="ask_question",
        ranking=[{"name": "ask_question", "confidence": 0.6}],
        articles=[],
        decision="abstain",
        human=None,
        at=MONDAY,
        encoder="fixed",
        vector=b"\0" * 8,
        cluster=cluster,
        rank=rank,
    )


async def filled(database: Database) -> None:
    items = [item("lamp hums", "g1", 0), item("it hums", "g1", 0), item("do you ship", "g2", 1, "u2")]
    async with database.write() as writing:
        assert await review.add(writing, items) == 3
        assert await review.add(writing, items) == 0


async def take(database: Database, reviewer: str) -> Sequence[Item]:
    async with database.write() as writing:
        return await review.take_next(writing, reviewer)


async def judge(database: Database, items: Sequence[Item], reviewer: str) -> str:
    async with database.write() as writing:
        return await verdicts.judge(
            writing, [one.id for one in items], (Said.INTENT, "complain", {}), (None, reviewer)
        )


async def test_two_reviewers_get_different_groups_and_one_who_leaves_blocks_nothing(
    database: Database, clock: Clock
) -> None:
    await filled(database)
    adas, bos = await take(database, "Ada"), await take(database, "Bo")

    assert ([one.text for one in adas], [one.text for one in bos]) == (
        ["it hums", "lamp hums"] if adas[0].text == "it hums" else ["lamp hums", "it hums"],
        ["do you ship"],
    )
    assert await take(database, "Cleo") == []
    assert [one.id for one in await take(database, "Ada")] == [one.id for one in adas]
    clock.forward(minutes=4)
    assert len(await take(database, "Cleo")) == 2


async def test_whoever_comes_second_reads_who_was_first_and_nothing_is_judged_twice(
    database: Database,
) -> None:
    await filled(database)
    both = await take(database, "Ada")
    await judge(database, both[:1], "Bo")

    with pytest.raises(Problem, match="Bo was quicker"):
        await judge(database, both, "Ada")

    async with database.read() as connection:
        waiting = await verdicts.to_apply(connection)
        assert [(one.item.id, one.reviewer) for one in waiting] == [(both[0].id, "Bo")]
        assert (await review.counts(connection))["texts"] == 2


async def test_a_press_is_undone_as_a_whole_and_only_ones_own(database: Database) -> None:
    await filled(database)
    await judge(database, await take(database, "Ada"), "Ada")
    await judge(database, await take(database, "Bo"), "Bo")

    async with database.write() as writing:
        assert len(await verdicts.undo(writing, (None, "Ada"))) == 2

    assert {one.text for one in await take(database, "Ada")} == {"lamp hums", "it hums"}
    async with database.read() as connection:
        assert [one.reviewer for one in await verdicts.to_apply(connection)] == ["Bo"]
    async with database.write() as writing:
        with pytest.raises(Problem, match="nothing to undo"):
            await verdicts.undo(writing, (None, "Ada"))


async def test_what_was_applied_is_not_undone_by_a_key(database: Database) -> None:
    await filled(database)
    await judge(database, await take(database, "Ada"), "Ada")
    async with database.write() as writing:
        waiting = await verdicts.to_apply(writing.connection)
        await verdicts.mark_applied(writing, {one.id: "nlu/complain.yml" for one in waiting})
        with pytest.raises(Problem, match="applied already"):
            await verdicts.undo(writing, (None, "Ada"))
        assert len(await verdicts.applied_since(writing.connection, MONDAY)) == 2


async def test_skipped_texts_come_last(database: Database) -> None:
    await filled(database)
    first = await take(database, "Ada")
    async with database.write() as writing:
        await review.postpone(writing, [one.id for one in first], "Ada")
    assert [one.text for one in await take(database, "Ada")] == ["do you ship"]


async def test_a_draft_that_somebody_changed_meanwhile_is_not_overwritten(database: Database) -> None:
    draft = drafts.Draft("", "Humming", "en", "Turn it.", ["it hums"], ["c1"], origin="p1")
    async with database.write() as writing:
        made = await drafts.add(writing, draft)
        assert made
        assert await drafts.add(writing, draft) is None
        await drafts.change(writing, made, 1, "Ada", title="A humming lamp")
    async with database.write() as writing:
        with pytest.raises(Problem, match="changed this draft"):
            await drafts.change(writing, made, 1, "Bo", state="dismissed")
        assert (await drafts.by_id(writing.connection, made)).title == "A humming lamp"


async def test_two_people_of_one_name_undo_their_own(database: Database) -> None:
    await filled(database)
    items = await take(database, "a_1")
    async with database.write() as writing:
        said = (Said.NOT_USEFUL, None, {})
        await verdicts.judge(writing, [one.id for one in items], said, ("a_1", "Mia"))
        assert len(await verdicts.last_press(writing.connection, ("a_1", "Mia"))) == 2
        assert await verdicts.last_press(writing.connection, ("a_2", "Mia")) == []
        with pytest.raises(Problem, match="nothing to undo"):
            await verdicts.undo(writing, ("a_2", "Mia"))
