"""The queue and a conversation, from hand-off to the end."""

from __future__ import annotations

from nouns import Mode, Reason
from records import conversations, messages
from tests.pages.conftest import World


async def said(world: World, conversation: str, *, notes: bool) -> list[str]:
    async with world.database.read() as connection:
        return [line.text for line in await messages.since(connection, conversation, notes=notes)]


async def mode(world: World, conversation: str) -> Mode:
    async with world.database.read() as connection:
        return (await conversations.by_id(connection, conversation)).mode


async def test_the_queue_shows_who_waits_longest_first(world: World) -> None:
    ada = await world.at_desk("Ada")
    await world.waiting("The first", name="Kari")
    await world.waiting("The second <script>", name="Liv")

    page = (await ada.get("/desk")).text

    assert page.index("Kari") < page.index("Liv")
    assert "Asked for a person" in page and "The second &lt;script&gt;" in page


async def test_an_empty_queue_says_so(world: World) -> None:
    ada = await world.at_desk("Ada", language="zh")

    assert "没有人在等待" in (await ada.get("/desk")).text


async def test_who_comes_second_reads_who_was_first(world: World) -> None:
    ada, bo = await world.at_desk("Ada"), await world.at_desk("Bo", language="zh")
    conversation, handoff = await world.waiting()

    first = await ada.post(f"/desk/handoffs/{handoff}/take")
    second = await bo.post(f"/desk/handoffs/{handoff}/take", **{"HX-Request": "true"})

    assert first.headers["location"] == f"/desk/conversations/{conversation}"
    assert second.status_code == 409 and "Ada 已先接手" in second.text
    assert (second.headers["hx-retarget"], second.headers["hx-trigger"]) == ("#notices", "desk")


async def test_taken_answered_and_given_back(world: World) -> None:
    ada = await world.at_desk("Ada")
    conversation, handoff = await world.waiting()
    await ada.post(f"/desk/handoffs/{handoff}/take")

    sent = await ada.post(
        f"/desk/conversations/{conversation}/messages", {"as": "reply", "text": "Hello **Kari**"}
    )
    page = (await ada.get(f"/desk/conversations/{conversation}")).text
    await ada.post(f"/desk/conversations/{conversation}/give-back")

    assert sent.status_code == 303 and "Hello <strong>Kari</strong>" in page
    assert "Hello **Kari**" in await said(world, conversation, notes=False)
    assert await mode(world, conversation) is Mode.BOT


async def test_only_who_took_it_may_answer_give_back_or_resolve(world: World) -> None:
    ada, bo = await world.at_desk("Ada"), await world.at_desk("Bo")
    conversation, handoff = await world.waiting()
    await ada.post(f"/desk/handoffs/{handoff}/take")

    for act in ("messages", "give-back", "resolve"):
        refused = await bo.post(
            f"/desk/conversations/{conversation}/{act}", {"as": "reply", "text": "Me too"}
        )
        assert refused.status_code == 409

    assert "Me too" not in await said(world, conversation, notes=True)
    assert "Ada has this conversation" in (await bo.get(f"/desk/conversations/{conversation}")).text


async def test_a_resolved_conversation_is_closed_for_good(world: World) -> None:
    ada = await world.at_desk("Ada")
    conversation, handoff = await world.waiting()
    await ada.post(f"/desk/handoffs/{handoff}/take")
    await ada.post(f"/desk/conversations/{conversation}/resolve")

    again = await ada.post(f"/desk/conversations/{conversation}/begin")

    assert again.status_code == 409
    assert await mode(world, conversation) is Mode.CLOSED


async def test_one_may_step_into_what_the_bot_holds(world: World) -> None:
    ada = await world.at_desk("Ada")
    conversation = await world.customer_says("What do lamps cost?")

    await ada.post(f"/desk/conversations/{conversation}/begin")

    assert await mode(world, conversation) is Mode.HUMAN
    assert "With you" in (await ada.get(f"/desk/conversations/{conversation}")).text


async def test_a_note_is_the_teams_alone(world: World) -> None:
    ada = await world.at_desk("Ada")
    conversation, _ = await world.waiting()

    await ada.post(
        f"/desk/conversations/{conversation}/messages", {"as": "note", "text": "A regular, be kind"}
    )

    assert "A regular, be kind" not in await said(world, conversation, notes=False)
    assert "A regular, be kind" in (await ada.get(f"/desk/conversations/{conversation}")).text


async def test_an_empty_message_is_not_sent(world: World) -> None:
    ada = await world.at_desk("Ada")
    conversation, handoff = await world.waiting()
    await ada.post(f"/desk/handoffs/{handoff}/take")

    refused = await ada.post(f"/desk/conversations/{conversation}/messages", {"as": "reply", "text": " \n "})

    assert refused.status_code == 422


async def test_the_packet_shows_what_the_bot_understood(world: World) -> None:
    ada = await world.at_desk("Ada")
    conversation = await world.customer_says("My parcel does not move")
    understood = {
        "ranking": [{"name": "complain", "confidence": 0.71}],
        "slots": {"order_number": "LO-12345"},
        "knowledge": {
            "passages": [{"article": "delivery/lost", "title": "A lost parcel", "score": 11.62}],
            "probability": 0.3791,
        },
    }
    await world.handoffs.hand_over(conversation, Reason.COMPLAINT, "o1", understood)

    page = (await ada.get(f"/desk/conversations/{conversation}")).text

    assert "complain" in page and "71 %" in page and "LO-12345" in page
    assert 'href="/help/en/delivery/lost"' in page
    assert "38 % likely the answer" in page and "11.62" not in page


async def test_a_ticket_carries_the_transcript_and_is_opened_once(world: World) -> None:
    ada = await world.at_desk("Ada")
    conversation = await world.customer_says("The lamp arrived broken")
    given = {"subject": "Broken lamp", "origin": "k1"}

    opened = await ada.post(f"/desk/conversations/{conversation}/ticket", given)
    again = await ada.post(f"/desk/conversations/{conversation}/ticket", given)

    assert opened.headers["location"] == again.headers["location"] == "/desk/tickets/T-1001"
    page = (await ada.get("/desk/tickets/T-1001")).text
    assert "The lamp arrived broken" in page and "from Nobody to Ada" in page


async def test_only_public_articles_are_offered(world: World) -> None:
    ada, conversation = await world.at_desk("Ada"), await world.customer_says("norway?")

    page = (await ada.get(f"/desk/conversations/{conversation}/articles?q=norway&language=en")).text

    assert "[Delivery to Norway](http://desk.test/help/en/delivery/norway#how-long)" in page
    assert "Refund limits" not in page


async def test_all_conversations_are_listed_by_page_and_mode(world: World) -> None:
    ada = await world.at_desk("Ada")
    for number in range(31):
        await world.customer_says(f"question {number}", name=f"Person{number}")
    await world.waiting("I wait")

    first, second = await ada.get("/desk/conversations"), await ada.get("/desk/conversations?page=2")
    waiting = await ada.get("/desk/conversations?mode=waiting")

    assert "Older" in first.text and "question 0<" in second.text
    assert "I wait" in waiting.text and "question 3" not in waiting.text


async def test_a_conversation_that_is_not_there_is_a_page_that_says_so(world: World) -> None:
    ada = await world.at_desk("Ada")

    missing = await ada.get("/desk/conversations/c_unknown")

    assert missing.status_code == 404 and "There is no such conversation." in missing.text
