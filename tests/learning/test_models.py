"""A maintainer lets another model answer, takes it back, and what goes wrong on the way changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from learning import shadow
from learning.models import Models
from learning.retention import Retention
from learning.shelf import Shelf
from learning.watch import Rates, Watch, worse
from nouns import Problem, Reason
from records import jobs, models, turns
from records.database import Database
from records.models import Kind, Model, State
from tests.learning.shelves import FakeEngine, put_model
from tests.world import Clock, World


@dataclass
class Shop:
    """Three models: the live one, one that passed, one that was rejected."""

    database: Database
    models: Models
    engine: FakeEngine

    @classmethod
    async def of(cls, database: Database, folder: Path) -> Shop:
        engine = FakeEngine()
        shop = cls(database, Models(database, Shelf(folder), engine), engine)
        for name, state in (
            ("old", State.LIVE),
            ("good", State.CANDIDATE),
            ("bad", State.REJECTED),
        ):
            put_model(shop.models.shelf, name)
            model = Model(name, database.now(), "Kari", state, "d", "c", 1, 1.0, sentence=f"{name} it is.")
            if state is State.LIVE:
                await shop.models.started(model)
            else:
                async with database.write() as writing:
                    await models.add(writing, model)
        return shop

    async def live(self) -> models.Promotion:
        async with self.database.read() as connection:
            found = await models.live(connection)
        assert found
        return found

    async def state(self, name: str) -> State:
        async with self.database.read() as connection:
            return (await models.named(connection, name)).state


@pytest.fixture
async def shop(database: Database, tmp_path: Path) -> Shop:
    return await Shop.of(database, tmp_path / "models")


async def test_what_the_gate_let_through_is_promoted_with_a_name_and_a_reason(shop: Shop) -> None:
    await shop.models.promote("good", "Ola", "knows the new lamp")
    live = await shop.live()
    assert (live.model, live.before, live.kind, live.by) == ("good", "old", Kind.PROMOTED, "Ola")
    assert shop.engine.serves == ["good"] and shop.models.shelf.live() == "good"
    assert (await shop.state("old"), await shop.state("good")) == (State.RETIRED, State.LIVE)


async def test_a_rejected_model_needs_an_override(shop: Shop) -> None:
    with pytest.raises(Problem, match="bad it is"):
        await shop.models.promote("bad", "Ola", "looks fine to me")
    assert (await shop.live()).model == "old" and shop.engine.serves == []
    await shop.models.promote("bad", "Ola", "looks fine to me", override=True)
    assert (await shop.live()).kind is Kind.OVERRIDDEN


async def test_nobody_changes_the_model_without_saying_why(shop: Shop) -> None:
    with pytest.raises(Problem, match="Say why"):
        await shop.models.promote("good", "Ola", "  ")
    assert (await shop.live()).model == "old"


async def test_a_roll_back_brings_the_one_before_back(shop: Shop) -> None:
    await shop.models.promote("good", "Ola", "knows the new lamp")
    await shop.models.roll_back("Ola", "it greets complaints")
    assert (await shop.live()).model == "old"
    assert shop.engine.serves == ["good", "old"]


async def test_a_second_roll_back_goes_on_into_the_past_and_not_to_what_was_left(shop: Shop) -> None:
    await shop.models.promote("good", "Ola", "knows the new lamp")
    await shop.models.promote("bad", "Ola", "looks fine to me", override=True)
    await shop.models.roll_back("Ola", "it greets complaints")
    assert (await shop.live()).model == "good" and await shop.models.before() == "old"
    await shop.models.roll_back("Ola", "so does this")
    assert (await shop.live()).model == "old" and await shop.models.before() is None


async def test_a_roll_back_passes_over_a_model_that_is_damaged(shop: Shop) -> None:
    await shop.models.promote("good", "Ola", "knows the new lamp")
    await shop.models.promote("bad", "Ola", "looks fine to me", override=True)
    shop.models.shelf.file("good").write_bytes(b"no model")
    with pytest.raises(Problem, match="damaged"):
        await shop.models.roll_back("Ola", "it greets complaints")
    await shop.models.roll_back("Ola", "it greets complaints")
    assert (await shop.live()).model == "old"


async def test_who_was_overridden_once_needs_an_override_again(shop: Shop) -> None:
    await shop.models.promote("bad", "Ola", "looks fine to me", override=True)
    await shop.models.roll_back("Firstline", "hand-offs rose")
    with pytest.raises(Problem, match="did not let bad through"):
        await shop.models.promote("bad", "Ola", "now it does")
    assert (await shop.live()).model == "old"


async def test_a_candidate_that_is_promoted_leaves_the_shadow(shop: Shop) -> None:
    await shadow.begin(shop.database, "good", 0.5, "Ola")
    await shop.models.promote("good", "Ola", "knows the new lamp")
    async with shop.database.read() as connection:
        assert await shadow.current(connection) is None


async def test_a_damaged_file_is_refused_and_the_live_model_stays(shop: Shop) -> None:
    file = shop.models.shelf.file("good")
    file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(Problem, match="damaged"):
        await shop.models.promote("good", "Ola", "knows the new lamp")
    assert (await shop.live()).model == "old" and shop.models.shelf.live() == "old"
    assert await shop.state("good") is State.DAMAGED

    put_model(shop.models.shelf, "good")  # a copy from the backup: the gate's word on it still holds
    async with shop.database.read() as connection:
        assert (await models.named(connection, "good")).sentence == "good it is."
    await shop.models.promote("good", "Ola", "the file is back")
    assert (await shop.live()).kind is Kind.PROMOTED


async def test_an_engine_that_refuses_changes_nothing(shop: Shop) -> None:
    shop.engine.refuses = True
    with pytest.raises(Problem, match="does not take"):
        await shop.models.promote("good", "Ola", "knows the new lamp")
    assert (await shop.live()).model == "old" and await shop.state("good") is State.CANDIDATE


async def test_the_last_good_model_is_what_a_start_falls_back_to(shop: Shop) -> None:
    await shop.models.promote("good", "Ola", "knows the new lamp")
    first, second = shop.models.shelf.to_load().split(":")
    assert (Path(first).name, Path(second).name) == ("good.tar.gz", "old.tar.gz")
    await shop.models.fell_back("good", "old")
    assert (await shop.live()).kind is Kind.FELL_BACK and shop.models.shelf.live() == "old"


async def test_hand_offs_that_rise_after_a_promotion_bring_the_old_model_back(
    shop: Shop, clock: Clock
) -> None:
    world = World.of(shop.database)
    for _ in range(40):
        await world.talk("Do you ship to Norway?")
    clock.forward(hours=1)
    await shop.models.promote("good", "Ola", "knows the new lamp")
    clock.forward(minutes=1)
    for number in range(40):
        conversation = await world.talk("Do you ship to Norway?")
        if number % 2:
            await world.handoffs.hand_over(conversation, Reason.NO_ANSWER, f"origin-{conversation}")
    clock.forward(minutes=5)
    (job,) = [j for j in await jobs.lease_due(shop.database, "test", 60) if j.kind == "watch_model"]
    await Watch(shop.database, shop.models, hours=24, rise=0.1).look(job.payload)
    live = await shop.live()
    assert (live.model, live.by) == ("old", "Firstline")
    assert live.reason.startswith("The hand-offs rose from 0% of 40 messages to 50% of 40")
    assert live.reason_in("zh").startswith("转人工从 40 条消息的 0% 升到 40 条的 50%")


async def test_a_model_that_does_well_is_looked_at_again_until_its_time_is_over(
    shop: Shop, clock: Clock
) -> None:
    await shop.models.promote("good", "Ola", "knows the new lamp")
    watch = Watch(shop.database, shop.models, hours=1, rise=0.1)
    clock.forward(minutes=5)
    await watch.look({"model": "good"})
    async with shop.database.read() as connection:
        assert await jobs.next_due(connection)
    assert (await shop.live()).model == "good"


def test_a_few_hand_offs_more_may_be_chance() -> None:
    before = Rates(turns=500, failures=0, handoffs=50)
    assert worse(before, Rates(40, 0, 6), 0.1) is None
    assert worse(before, Rates(20, 0, 20), 0.1) is None  # too few to say
    assert "failures" in str(worse(before, Rates(100, 40, 10), 0.1))


async def test_what_answers_name_is_kept_and_the_rest_goes(shop: Shop, clock: Clock, tmp_path: Path) -> None:
    world = World.of(shop.database)
    await world.talk("hello")
    async with shop.database.read() as connection:
        (versions,) = await turns.versions_since(connection, clock.now - timedelta(days=1))
    for name in (versions["model"], "forgotten"):
        put_model(shop.models.shelf, name)
    retention = Retention(shop.database, shop.models.shelf, tmp_path / "index", 30, 10**9)
    await retention.look({})
    assert set(shop.models.shelf.names()) == {"old", "good", versions["model"]}
    clock.forward(days=31)
    await retention.look({})
    assert set(shop.models.shelf.names()) == {"old", "good"}


async def test_beyond_the_disk_limit_the_oldest_goes_but_never_the_live_one(shop: Shop) -> None:
    shop.models.shelf.forget({"old", "good", "bad"}, limit_bytes=1)
    assert shop.models.shelf.names() == ["old"]
