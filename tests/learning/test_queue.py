"""The queue is built from what happened: the most useful first, likes together, golden texts drawn before."""

from __future__ import annotations

import pytest

from learning.choose import choose
from learning.golden import is_drawn
from learning.groups import names_of
from learning.hourly import Hourly
from learning.review import Review, Sources
from nouns import Decision, Kind
from records import drafts, jobs, review
from records.verdicts import Said
from tests.learning.company import ADA, BagReader, Desk, find


async def signals(desk: Desk) -> dict[str, set[str]]:
    return {item.text: set(item.signals) for item in await desk.collected()}


async def test_each_sign_of_trouble_brings_a_text_in_and_what_went_well_stays_out(desk: Desk) -> None:
    sure = {"decision": Decision.ANSWER, "kind": Kind.ANSWER}
    await desk.asked("where are you", **sure)
    await desk.asked("what about that", ranking={"ask_question": 0.45, "complain": 0.4}, **sure)
    voted = await desk.asked("is it waterproof", **sure)
    await desk.voted(voted, helpful=False)
    again = await desk.asked("does the lamp dim", articles=["norway"], **sure)
    await desk.asked("can I dim the lamp", conversation=again, **sure)
    own = await desk.asked("do you mend old lamps", intent="ask_repair", **sure)
    await desk.asked("can you mend an old lamp", conversation=own, intent="ask_repair", **sure)
    human = await desk.asked("my bulb makes a noise", articles=["norway"], **sure)
    await desk.human(human, "That hum comes from a cheap dimmer: turn the bulb a little, and it stops.")

    found = await signals(desk)

    assert found == {
        "what about that": {"low_confidence", "narrow_margin"},
        "is it waterproof": {"unhelpful"},
        "does the lamp dim": {"rephrased"},
        "do you mend old lamps": {"rephrased"},
        "my bulb makes a noise": {"handed_over", "human_differs"},
    }


async def test_buttons_numbers_and_fields_of_a_form_are_no_texts_to_learn_from(desk: Desk) -> None:
    talk = await desk.asked("None of these", pressed=True)
    await desk.asked("4711", conversation=talk)
    await desk.asked("open a ticket please", conversation=talk, decision=None, kind=Kind.FORM)
    await desk.asked("it is about my lamp", conversation=talk, ranking={"inform": 0.3, "greet": 0.29})

    assert await signals(desk) == {}


async def test_texts_are_masked_before_they_are_stored_and_likes_share_a_group(desk: Desk) -> None:
    await desk.asked("where is my order LO-20417", name="Kari Nordmann")
    await desk.asked("where is my order LO-99999 please")
    await desk.asked("Nordmann wants a refund", name="Kari Nordmann")

    items = await desk.collected()

    texts = {item.text: item.cluster for item in items}
    assert set(texts) == {
        "where is my order LO-00000",
        "where is my order LO-00000 please",
        "Sam wants a refund",
    }
    assert len(set(texts.values())) == 2
    assert items[0].cluster == items[1].cluster


async def test_a_vote_that_comes_later_is_noted_and_nothing_comes_twice(desk: Desk) -> None:
    talk = await desk.asked("can you ship norway", decision=Decision.SUGGEST, kind=Kind.SUGGESTIONS)
    assert await signals(desk) == {"can you ship norway": {"suggested"}}

    await desk.voted(talk, helpful=False)

    assert await signals(desk) == {"can you ship norway": {"suggested", "unhelpful"}}
    assert (await desk.collected())[0].articles[0]["article"] == "norway"


async def test_golden_texts_are_drawn_at_random_with_the_share_asked_for(desk: Desk) -> None:
    drawn = sum(is_drawn(f"m_{number}", 0.1) for number in range(10_000))
    assert 900 < drawn < 1100
    desk.golden_share = 1.0
    await desk.asked("how tall is it", decision=Decision.ANSWER, kind=Kind.ANSWER)
    await desk.asked("How tall is it?")
    await desk.asked("you are slow")

    items = await desk.collected()

    assert [(item.text.lower().strip("?"), item.golden) for item in items] == [("how tall is it", True)]


async def test_what_many_ask_is_golden_no_likelier_than_what_one_asks(desk: Desk) -> None:
    desk.golden_share = 0.1
    texts = [f"song number {number}" for number in range(20)]
    for _ in range(15):
        for text in texts:
            await desk.asked(text)
    golden = {item.text for item in await desk.collected() if item.golden}
    assert len(golden) < 10, "drawn message by message it would be four in five"


async def test_an_internal_article_is_never_a_choice(desk: Desk) -> None:
    await desk.asked("what is your refund limit for norway")
    assert [one["article"] for one in (await desk.collected())[0].articles] == ["norway"]


async def test_every_hour_the_log_is_looked_through_and_the_next_look_is_planned(desk: Desk) -> None:
    await desk.asked("can you sing")
    hourly = Hourly(desk.database, desk.queue)
    await hourly.run()
    await hourly.run()

    await hourly.collect({})

    async with desk.database.read() as connection:
        assert (await review.counts(connection))["texts"] == 1
        assert await jobs.next_due(connection)


async def test_gaps_are_grouped_named_counted_and_drafted_from_what_humans_wrote(desk: Desk) -> None:
    whole = Review.of(desk.database, desk.folders, Sources(BagReader(), find, 0.0))
    for text in ("can I dim the Fjell lamp", "how do I dim the Fjell lamp"):
        talk = await desk.asked(text)
        await desk.human(talk, "Hello!", f"Hold the sensor for three seconds and let go, {text[:3]}.")
    unresolved = await desk.asked("where is the moon tonight")
    await desk.human(unresolved, "I have no idea at all, let me ask somebody about it.", resolved=False)
    await desk.queue.collect()

    gaps = await whole.gaps()
    made = await whole.suggest_drafts()

    assert (gaps[0].count, gaps[0].customers, gaps[0].trend) == (2, 2, "up")
    assert "dim" in gaps[0].name
    assert len(gaps[0].answered) == 2
    assert made == 1
    assert await whole.suggest_drafts() == 0
    dim = [item.id for item in await desk.collected() if "dim" in item.text]
    await whole.judging.judge(dim, (Said.NEW_ARTICLE, None, {}), ADA)
    async with desk.database.read() as connection:
        assert len(await drafts.listed(connection)) == 1, "what is drafted is not drafted again"
    await whole.draft_gap(gaps[0].key, ADA)


def test_a_group_is_named_by_what_sets_it_apart() -> None:
    groups = [["my lamp hums", "the lamp is humming"], ["my lamp is late", "lamp so late"], ["台灯一直响"]]
    names = names_of(groups)
    assert names[0].startswith("hums") or names[0].startswith("humming")
    assert names[1].startswith("late")
    assert "台灯" in names[2]


def test_choosing_takes_the_unsure_ones_in_turns_from_each_cluster() -> None:
    margins = [0.01, 0.02, 0.03, 0.9, 0.04, 0.95]
    assert choose(margins, [1, 1, 1, 2, 3, 3], 3) == [3, 4, 0]
    assert sorted(choose(margins, [1] * 6, 2)) == [0, 1]
    assert choose([], [], 3) == []


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_share_of_nothing_draws_nothing_and_of_all_draws_all(share: float) -> None:
    assert {is_drawn(f"m{number}", share) for number in range(100)} == {share == 1.0}
