"""The customers' side: direct messages, and mentions that are answered where others read along."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from actions.openly import Openly
from nouns import Button, Decision, Kind, Mode, Problem, Reason, Reply, Source
from platforms.slack.state import BOT_USER, HELP_CHANNEL, TEAM_CHANNEL, Fault, Json
from records import conversations
from tests.connectors.slack.conftest import Make, Office
from tests.world import until

OLA, MEI = "U0OLA", "U0MEI"
ANSWER = Reply(
    "A parcel takes **1–3 days**, see [the list](https://help.test/x).",
    Kind.ANSWER,
    sources=[Source("delivery/norway", "Delivery to Norway", "/help/en/delivery/norway#how-long", 0.9)],
    buttons=[Button("b_yes", "Yes, that helped", "affirm"), Button("b_no", "No", "deny")],
)


@pytest.fixture
async def shared(office: Office) -> Office:
    """An office that knows an article about Norway."""
    office.world.search.script = {"Do you ship to Norway?": Decision.ANSWER}
    office.world.bot.openly = Openly(office.world.answering)
    return office


async def test_a_direct_message_is_answered_with_blocks_sources_and_buttons(make_office: Make) -> None:
    office = await make_office(base_url="https://help.test")
    office.world.engine.script = lambda message: [ANSWER]
    await office.play.direct(OLA, "Do you ship to Norway &amp; Sweden?")
    answer = (await told(office, office.workspace.direct(OLA).id))[0]
    assert answer["text"].startswith("A parcel takes *1–3 days*, see <https://help.test/x|the list>.")
    assert "<https://help.test/help/en/delivery/norway#how-long|Delivery to Norway>" in str(answer["blocks"])
    offers = answer["blocks"][-1]["elements"]
    assert [(one["action_id"], one["value"]) for one in offers] == [("press_1", "b_yes"), ("press_2", "b_no")]
    assert office.world.engine.asked == ["Do you ship to Norway & Sweden?"]


async def test_a_press_stands_for_what_was_offered(office: Office) -> None:
    office.world.engine.script = lambda message: [Reply("Glad!")] if message.pressed else [ANSWER]
    await office.play.direct(OLA, "Norway?")
    direct = office.workspace.direct(OLA).id
    answer = (await told(office, direct))[0]
    await office.play.press(OLA, direct, answer["ts"], "press_1")
    assert (await told(office, direct, 2))[1]["text"] == "Glad!"
    assert office.world.engine.asked[-1] == "Yes, that helped"


async def test_a_customer_edits_before_and_after_the_answer(office: Office) -> None:
    ts = await office.play.direct(OLA, "Do you ship to Norwya?")
    direct = office.workspace.direct(OLA).id
    await told(office, direct)
    await office.play.edit(direct, ts, "Do you ship to Norway?")
    held = await conversation_at(office, direct)
    await office.notes(held, "→ Do you ship to Norway?")


async def test_files_of_customers_are_kept_or_named_as_lost(office: Office) -> None:
    await office.play.direct(OLA, "My lamp", files=[("lamp.txt", b"broken")])
    direct = office.workspace.direct(OLA).id
    await told(office, direct)
    office.workspace.faults.append(Fault("files-pri", status=500))
    await office.play.direct(OLA, "Again", files=[("again.txt", b"broken")])
    await told(office, direct, 2)
    said = await office.world.said(await conversation_at(office, direct))
    kept = {message.text: [file.name for file in message.attachments] for message in said}
    assert kept["My lamp"] == ["lamp.txt"] and kept["Again"] == []
    assert next(one for one in said if one.text == "Again").lost_files == ["again.txt"]


async def test_the_bot_does_not_answer_robots_nor_itself(office: Office) -> None:
    direct = office.workspace.direct(OLA)
    await office.play.write("U0ROBOT", direct.id, "beep", bot_id="B0OTHER")
    await office.play.write("U0ROBOT", HELP_CHANNEL, f"<@{BOT_USER}> beep", bot_id="B0OTHER")
    await office.play.direct(OLA, "hello")
    await told(office, direct.id)
    assert office.world.engine.asked == ["hello"]


async def test_a_mention_is_answered_in_its_thread_from_the_articles_alone(shared: Office) -> None:
    ts = await shared.play.mention(OLA, HELP_CHANNEL, "Do you ship to Norway?")
    answer = (await told(shared, HELP_CHANNEL))[0]
    assert answer["thread_ts"] == ts and "1–3 working days" in answer["text"]
    assert "actions" not in [block["type"] for block in answer["blocks"]]
    assert shared.world.engine.asked == []


async def test_what_is_written_beside_a_mention_is_nobodys_business(shared: Office) -> None:
    ts = await shared.play.mention(OLA, HELP_CHANNEL, "Do you ship to Norway?")
    await told(shared, HELP_CHANNEL)
    await shared.play.write(MEI, HELP_CHANNEL, "I would ask support", thread=ts)
    await shared.play.write(MEI, HELP_CHANNEL, "Lunch?")
    await shared.play.direct(OLA, "hello")
    await told(shared, shared.workspace.direct(OLA).id)
    assert len(await told(shared, HELP_CHANNEL)) == 1


async def test_from_a_mention_humans_and_tickets_move_to_a_direct_message(shared: Office) -> None:
    ts = await shared.play.mention(OLA, HELP_CHANNEL, "Where is my order LO-12345?")
    answer = (await told(shared, HELP_CHANNEL))[0]
    assert "in private" in answer["text"]
    await shared.play.press(OLA, HELP_CHANNEL, answer["ts"], "press_1")
    direct = shared.workspace.direct(OLA).id
    await told(shared, direct)
    await shared.whispered(OLA, "in private")
    said = await shared.world.said(await conversation_at(shared, direct))
    assert said[0].pressed and said[0].pressed.intent == "ask_human"
    assert "LO-12345" in said[0].text
    held = await conversation_at(shared, f"{HELP_CHANNEL}/{ts}")
    assert await shared.world.mode(held) is Mode.BOT
    assert len(await told(shared, HELP_CHANNEL)) == 1


async def test_nobody_steps_into_a_conversation_that_others_read(shared: Office) -> None:
    ts = await shared.play.mention(OLA, HELP_CHANNEL, "Do you ship to Norway?")
    await told(shared, HELP_CHANNEL)
    held = await conversation_at(shared, f"{HELP_CHANNEL}/{ts}")
    agent = await shared.world.agent("Kari")
    with pytest.raises(Problem, match="Others read this conversation"):
        await shared.world.handoffs.begin(held, agent)


async def test_a_direct_message_is_handed_over_and_answered_from_the_teams_thread(office: Office) -> None:
    await office.linked("U0ASTRID", "Astrid")
    await office.play.direct(OLA, "I need a person")
    direct = office.workspace.direct(OLA).id
    await told(office, direct)
    conversation = await conversation_at(office, direct)
    await office.world.handoffs.hand_over(conversation, Reason.ASKED_FOR_HUMAN, "origin-1")
    card = await office.card()
    assert "Ola waits for a person" in card["text"]
    await office.play.press("U0ASTRID", TEAM_CHANNEL, card["ts"], "take")
    await office.shows(card["ts"], "Taken by Astrid")
    ts = await office.play.write("U0ASTRID", TEAM_CHANNEL, "Hello <Ola>", thread=card["ts"])
    await office.reaction(ts, "white_check_mark")
    said = [message["text"] for message in await told(office, direct, 3)]
    assert said[-1].startswith("*Astrid:* Hello")


async def test_a_chinese_customer_is_known_by_the_language_of_their_slack(office: Office) -> None:
    await office.play.direct(MEI, "LO-12345")
    await told(office, office.workspace.direct(MEI).id)
    assert office.world.engine.languages == ["zh"]


async def told(office: Office, place: str, count: int = 1) -> Sequence[Json]:
    """What the app has said in a place, once there is that much of it."""

    async def found() -> Any:
        said = [
            one for one in office.workspace.channels[place].messages.values() if one.get("user") == BOT_USER
        ]
        return said if len(said) >= count else None

    return list(await until(found))


async def conversation_at(office: Office, address: str) -> str:
    """The conversation at an address."""
    async with office.world.database.read() as connection:
        held = await conversations.latest_at(connection, "slack", address)
    assert held
    return held.id
