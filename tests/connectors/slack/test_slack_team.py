"""The team's side: a hand-off comes up in the channel, is taken, answered in its thread, and ended."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

import pytest

from desk.canned import CannedReplies
from desk.files import store_upload
from nouns import Mode, Reason
from platforms.slack.state import TEAM_CHANNEL, Fault
from records import agents, customers, tickets
from tests.connectors.slack.conftest import Make, Office
from tests.world import NORWAY, until

ASTRID, BEN = "U0ASTRID", "U0BEN"


async def test_a_hand_off_is_taken_and_answered_in_its_thread(office: Office) -> None:
    conversation, anchor, _ = await office.taken()
    assert await office.world.mode(conversation) is Mode.HUMAN
    ts = await office.play.write(ASTRID, TEAM_CHANNEL, "Hello, I look into it.", thread=anchor)
    await office.hears(conversation, "Hello, I look into it.")
    await office.reaction(ts, "white_check_mark")
    await office.world.writes("Thank you!", conversation)
    await office.thread_says(anchor, "Thank you!")


async def test_the_first_message_says_all_that_the_bot_knew(office: Office) -> None:
    handoff = await office.world.waiting("My parcel LO-12345 never came. I ordered it two weeks ago!")
    card = await office.card()
    shown = str(card["blocks"])
    assert "waits for a person (asked for a person): ⏳ Waiting" in card["text"]
    for words in ("web", "My parcel LO-12345 never came.", "ask_question  `90%`", handoff.conversation):
        assert words in shown
    ids = [one["action_id"] for block in card["blocks"] if block["type"] == "actions"
           for one in block["elements"]]  # fmt: skip
    assert ids == ["take", "not_now", "open_ticket"]


async def test_all_that_was_understood_stands_on_the_first_message(office: Office) -> None:
    conversation = await office.world.talk(
        "I ordered a lamp two weeks ago.", "The lamp of my order LO-12345 is broken.", "hm", sender_name="Ola"
    )
    passages = [{"title": "Broken on arrival", "article": "returns/broken", "score": 11.68},
                {"title": "Other", "article": "returns/other", "score": 6.3}]  # fmt: skip
    found = {"passages": passages, "probability": 0.3791}
    understood = {"slots": {"ticket_order": "LO-12345"}, "knowledge": found}
    await office.world.handoffs.hand_over(conversation, Reason.COMPLAINT, "o-1", understood)
    shown = str((await office.card())["blocks"])
    for words in ("Ola waits for a person", "complaint", "{ago}", "ticket_order: LO-12345",
                  "Broken on arrival  `38%`\\nOther", "• The lamp of my order LO-12345 is broken.",
                  f"http://desk.test/desk/conversations/{conversation}", "🤖 You said: hm"):  # fmt: skip
        assert words in shown


async def test_the_first_message_names_the_address_but_no_unlikely_intent(
    office: Office,
) -> None:
    handoff = await office.world.waiting("My parcel never came.")
    async with office.world.database.write() as writing:
        await customers.note_email(
            writing, (await office.world.held(handoff.conversation)).customer, "ola@shop.test"
        )
    ranking = [{"name": "ask_human", "confidence": 0.9}, {"name": "greet", "confidence": 0.001}]
    await office.world.handoffs.withdraw(handoff.conversation)
    await office.world.handoffs.hand_over(
        handoff.conversation, Reason.ASKED_FOR_HUMAN, "o-2", {"ranking": ranking}
    )
    shown = str((await office.card(2))["blocks"])
    assert "ask_human  `90%`" in shown and "greet" not in shown
    assert "*E-mail:* ola@shop.test" in shown


async def test_of_two_who_press_at_once_one_wins_and_the_other_is_told_who(office: Office) -> None:
    await office.linked(ASTRID, "Astrid")
    await office.linked(BEN, "Ben")
    handoff = await office.world.waiting()
    anchor = str((await office.card())["ts"])
    await asyncio.gather(
        office.play.press(ASTRID, TEAM_CHANNEL, anchor, "take"),
        office.play.press(BEN, TEAM_CHANNEL, anchor, "take"),
    )
    held = await office.world.held(handoff.conversation)
    async with office.world.database.read() as connection:
        winner = await agents.by_id(connection, str(held.agent))
    assert winner
    loser = BEN if winner.name == "Astrid" else ASTRID
    await office.whispered(loser, f"Taken by {winner.name}")
    await office.shows(anchor, f"Taken by {winner.name}")


@pytest.mark.parametrize("user", ["U0BEN", "U0GUEST", "U0FAR", "U0ROBOT"])
async def test_who_is_not_linked_can_press_nothing(office: Office, user: str) -> None:
    handoff = await office.world.waiting()
    anchor = str((await office.card())["ts"])
    for action in ("take", "open_ticket"):
        await office.play.press(user, TEAM_CHANNEL, anchor, action)
    await office.whispered(user, "firstline agents link")
    assert await office.world.mode(handoff.conversation) is Mode.WAITING


@pytest.mark.parametrize("user", ["U0GUEST", "U0FAR"])
async def test_guests_and_outside_people_can_not_be_linked(office: Office, user: str) -> None:
    agent = await office.world.agent("Gus")
    async with office.world.database.write() as writing:
        secret = await agents.make_link(writing, "agent_link", agent.id, timedelta(minutes=5))
    assert "can't be linked" in await office.play.command(user, f"link {secret}")
    assert "Gus" in await office.play.command("U0BEN", f"link {secret}")
    assert "used before" in await office.play.command("U0ASTRID", f"link {secret}")


@pytest.mark.parametrize(
    "text", ["// is she a VIP?", "  ／／ 内部", "<@U0BEN> what do you think?", "<!here> help", "*//* quiet"]
)
async def test_an_aside_is_a_note(office: Office, text: str) -> None:
    conversation, anchor, _ = await office.taken()
    ts = await office.play.write(ASTRID, TEAM_CHANNEL, text, thread=anchor)
    await office.reaction(ts, "memo")
    await office.play.write(ASTRID, TEAM_CHANNEL, "Good morning", thread=anchor)
    await office.hears(conversation, "Good morning")
    assert await office.world.texts(conversation, "agent") == ["Good morning"]


async def test_who_is_not_the_taker_writes_notes(office: Office) -> None:
    conversation, anchor, _ = await office.taken()
    await office.linked(BEN, "Ben")
    for user in (BEN, "U0GUEST", "U0FAR", "U0MEI"):
        await office.play.write(user, TEAM_CHANNEL, f"I am {user}", thread=anchor)
        await office.notes(conversation, f"I am {user}")
    await office.play.write(ASTRID, TEAM_CHANNEL, "to all", thread=anchor, subtype="thread_broadcast")
    await office.play.write(ASTRID, TEAM_CHANNEL, "by a robot", thread=anchor, bot_id="B0OTHER")
    await office.notes(conversation, "by a robot")
    await office.play.write(ASTRID, TEAM_CHANNEL, "Good morning", thread=anchor)
    await office.hears(conversation, "Good morning")
    assert await office.world.texts(conversation, "agent") == ["Good morning"]


async def test_what_is_deleted_or_edited_in_time_counts_as_it_is_then(office: Office) -> None:
    conversation, anchor, _ = await office.taken()
    gone = await office.play.write(ASTRID, TEAM_CHANNEL, "wrong window", thread=anchor)
    await office.play.delete(TEAM_CHANNEL, gone)
    better = await office.play.write(ASTRID, TEAM_CHANNEL, "teh order", thread=anchor)
    await office.play.edit(TEAM_CHANNEL, better, "the order")
    quiet = await office.play.write(ASTRID, TEAM_CHANNEL, "she is rude", thread=anchor)
    await office.play.edit(TEAM_CHANNEL, quiet, "// she is rude")
    await office.notes(conversation, "// she is rude")
    await office.hears(conversation, "the order")
    assert await office.world.texts(conversation, "agent") == ["the order"]


async def test_editing_or_deleting_later_is_said_to_change_nothing(office: Office) -> None:
    conversation, anchor, _ = await office.taken()
    ts = await office.play.write(ASTRID, TEAM_CHANNEL, "It costs 10 EUR", thread=anchor)
    await office.reaction(ts, "white_check_mark")
    await office.play.edit(TEAM_CHANNEL, ts, "It costs 100 EUR")
    await office.thread_says(anchor, "Editing it here does not change")
    await office.play.delete(TEAM_CHANNEL, ts)
    await office.thread_says(anchor, "Deleting it here does not take it back")
    assert await office.world.texts(conversation, "agent") == ["It costs 10 EUR"]


async def test_what_can_not_be_read_again_does_not_go_out_and_the_thread_says_so(office: Office) -> None:
    conversation, anchor, _ = await office.taken()
    office.workspace.faults.append(Fault("conversations.replies", times=3, status=503))
    await office.play.write(ASTRID, TEAM_CHANNEL, "Are you there?", thread=anchor)
    await office.thread_says(anchor, "Not sent: the message could not be read again")
    assert await office.world.texts(conversation, "agent") == []


async def test_giving_back_within_the_moment_keeps_the_message_back(office: Office) -> None:
    conversation, anchor, agent = await office.taken()
    await office.play.write(ASTRID, TEAM_CHANNEL, "One more thing", thread=anchor)
    await office.world.handoffs.give_back(conversation, agent)
    await office.thread_says(anchor, "no longer yours")
    await office.shows(anchor, "Given back to the bot by Astrid")
    assert "One more thing" not in await office.world.texts(conversation)


async def test_the_desk_and_the_thread_are_one_conversation(office: Office) -> None:
    conversation, anchor, agent = await office.taken()
    await office.world.handoffs.write(conversation, agent, "Written at the **desk**")
    await office.world.handoffs.note(conversation, agent, "a note at the desk")
    await office.thread_says(anchor, "Written at the *desk*")
    await office.thread_says(anchor, "a note at the desk")
    await office.play.write(ASTRID, TEAM_CHANNEL, "and in *Slack*", thread=anchor)
    await office.hears(conversation, "and in **Slack**")
    lines = [line["text"] for line in office.workspace.thread(TEAM_CHANNEL, anchor)]
    assert sum("in *Slack*" in line for line in lines) == 1


async def test_taken_and_resolved_at_the_desk_the_thread_says_so(office: Office) -> None:
    kari = await office.world.agent("Kari")
    await office.linked(ASTRID, "Astrid")
    handoff = await office.world.waiting()
    anchor = str((await office.card())["ts"])
    await office.world.handoffs.take(handoff.id, kari)
    await office.shows(anchor, "Taken by Kari")
    await office.play.write(ASTRID, TEAM_CHANNEL, "May I?", thread=anchor)
    await office.notes(handoff.conversation, "May I?")
    assert "May I?" not in await office.world.texts(handoff.conversation)
    await office.world.handoffs.resolve(handoff.conversation, kari)
    await office.shows(anchor, "Resolved by Kari")


async def test_files_go_both_ways(office: Office) -> None:
    conversation, anchor, _ = await office.taken()
    database, folder = office.world.database, office.relay.files
    kept = await store_upload(database, folder, conversation, "broken.txt", b"cracked", 1000)
    await office.world.writes("Look", conversation, attachments=(kept.id,))
    line = await office.thread_says(anchor, "Look")
    assert [file["name"] for file in line["files"]] == ["broken.txt"]
    await office.play.write(
        ASTRID, TEAM_CHANNEL, "Your label", thread=anchor, files=[("label.pdf", b"%PDF-1.4")]
    )
    await office.hears(conversation, "Your label")
    said = (await office.world.said(conversation))[-1]
    assert [file.name for file in said.attachments] == ["label.pdf"]


async def test_a_file_that_can_not_be_fetched_keeps_the_message_back(office: Office) -> None:
    conversation, anchor, _ = await office.taken()
    office.workspace.faults.append(Fault("files-pri", status=500))
    await office.play.write(ASTRID, TEAM_CHANNEL, "Here", thread=anchor, files=[("a.txt", b"x")])
    await office.thread_says(anchor, "could not be read again")
    assert await office.world.texts(conversation, "agent") == []


async def test_buttons_give_back_and_resolve(office: Office) -> None:
    conversation, anchor, _ = await office.taken()
    await office.play.press(ASTRID, TEAM_CHANNEL, anchor, "resolve")
    card = await office.shows(anchor, "Resolved by Astrid")
    assert await office.world.mode(conversation) is Mode.CLOSED
    assert not [block for block in card["blocks"] if block["type"] == "actions"]


async def test_not_now_is_noted_and_a_ticket_ends_the_wait(office: Office) -> None:
    await office.linked(ASTRID, "Astrid")
    handoff = await office.world.waiting()
    anchor = str((await office.card())["ts"])
    await office.play.press(ASTRID, TEAM_CHANNEL, anchor, "not_now")
    await office.shows(anchor, "Not now: Astrid")
    await office.play.press(ASTRID, TEAM_CHANNEL, anchor, "open_ticket")
    await office.shows(anchor, "Became ticket T-1001")
    await office.whispered(ASTRID, "Opened T-1001")
    assert await office.world.mode(handoff.conversation) is Mode.BOT
    assert any("T-1001" in text for text in await office.world.texts(handoff.conversation, "bot"))


async def test_assigning_makes_a_colleague_the_taker(office: Office) -> None:
    conversation, anchor, _ = await office.taken()
    ben = await office.linked(BEN, "Ben")
    await office.play.press(ASTRID, TEAM_CHANNEL, anchor, "assign")
    await office.play.submit(ASTRID, {"colleague": {"agent": ben.id}})
    await office.shows(anchor, "Taken by Ben")
    await office.shows(anchor, "What Ben writes in this thread")
    await office.thread_says(anchor, "Astrid has passed this conversation on to <@U0BEN>.")
    await office.play.write(ASTRID, TEAM_CHANNEL, "still me?", thread=anchor)
    await office.notes(conversation, "still me?")
    await office.play.write(BEN, TEAM_CHANNEL, "Ben here", thread=anchor)
    await office.hears(conversation, "Ben here")
    assert await office.world.texts(conversation, "agent") == ["Ben here"]


async def test_an_article_is_searched_previewed_and_sent_with_its_source(office: Office) -> None:
    conversation, anchor, _ = await office.taken()
    await office.play.press(ASTRID, TEAM_CHANNEL, anchor, "send_article")
    found = await office.play.submit(ASTRID, {"question": {"text": "how long to Norway"}})
    assert "1–3 working days" in str(found["view"]) and "Refund limits" not in str(found["view"])
    await office.play.submit(ASTRID, {"article": {"passage": NORWAY.id}})
    await office.hears(
        conversation, "**How long it takes**\nA parcel takes **1–3 working days**.\n\n📖 Delivery"
    )
    await office.thread_says(anchor, "1–3 working days")


async def test_a_canned_reply_is_chosen_changed_and_sent(office: Office) -> None:
    conversation, anchor, agent = await office.taken()
    await office.play.press(ASTRID, TEAM_CHANNEL, anchor, "canned")
    await office.whispered(ASTRID, "http://desk.test/desk/replies")
    canned = CannedReplies(office.world.database)
    id = await canned.keep(agent, None, "Greeting", {"en": "Hello, {agent} here.", "zh": "您好"})
    await office.play.press(ASTRID, TEAM_CHANNEL, anchor, "canned")
    shown = await office.play.submit(ASTRID, {"canned": {"reply": id}})
    assert "Hello, Astrid here." in str(shown["view"])
    await office.play.submit(ASTRID, {"canned": {"text": "Hello, Astrid here. One moment."}})
    await office.hears(conversation, "Hello, Astrid here. One moment.")
    await office.play.command(ASTRID, "reply greeting")
    await office.play.submit(ASTRID, {"canned": {"text": "By command"}})
    await office.hears(conversation, "By command")


async def test_a_window_of_who_no_longer_has_the_conversation_sends_nothing(office: Office) -> None:
    conversation, _, agent = await office.taken()
    await CannedReplies(office.world.database).keep(agent, None, "Greeting", {"en": "Hello"})
    await office.play.command(ASTRID, "reply greeting")
    await office.world.handoffs.give_back(conversation, agent)
    answer = await office.play.submit(ASTRID, {"canned": {"text": "Too late"}})
    assert "not taken" in answer["errors"]["canned"]
    assert await office.world.texts(conversation, "agent") == []


async def test_the_day_in_numbers_comes_into_the_channel(office: Office) -> None:
    await office.world.talk("Do you ship to Norway?")
    await office.world.daily.tell({"day": date.today().isoformat()})  # noqa: DTZ011 - the machine's day
    told = await office.card()
    assert "*The day in numbers: " in told["text"] and "• Messages from customers: " in told["text"]


async def test_a_reminder_is_seen_in_the_thread_and_in_the_channel(office: Office) -> None:
    handoff = await office.world.waiting()
    anchor = str((await office.card())["ts"])
    await office.world.reminders.remind({"handoff": handoff.id})
    reminder = await office.thread_says(anchor, "has been waiting for a person")
    assert reminder["subtype"] == "thread_broadcast"


async def test_an_internal_article_is_refused(office: Office) -> None:
    conversation, anchor, _ = await office.taken()
    await office.play.press(ASTRID, TEAM_CHANNEL, anchor, "send_article")
    await office.play.submit(ASTRID, {"question": {"text": "norway"}})
    answer = await office.play.submit(ASTRID, {"article": {"passage": "refunds/limit"}})
    assert "no such public article" in answer["errors"]["article"]
    assert await office.world.texts(conversation, "agent") == []


async def test_a_tickets_status_and_priority_change_in_a_window(office: Office) -> None:
    _, anchor, _ = await office.taken()
    await office.play.press(ASTRID, TEAM_CHANNEL, anchor, "open_ticket")
    await office.shows(anchor, "Ticket T-1001")
    await office.play.press(ASTRID, TEAM_CHANNEL, anchor, "change_ticket")
    await office.play.submit(ASTRID, {"status": {"value": "on_hold"}, "priority": {"value": "urgent"}})

    async def changed() -> bool:
        async with office.world.database.read() as connection:
            ticket = await tickets.by_number(connection, "T-1001")
        return (ticket.status, ticket.priority) == ("on_hold", "urgent")

    await until(changed)


async def test_the_slash_command_does_what_the_buttons_do(office: Office) -> None:
    conversation, _, _ = await office.taken()
    await office.linked(BEN, "Ben")
    assert "/firstline link" in await office.play.command(ASTRID, "")
    assert await office.play.command(ASTRID, "queue") == "Nobody waits."
    assert await office.play.command(BEN, "resolve") == (
        "You have not taken a conversation. Press *Take* on one first."
    )
    assert await office.play.command(ASTRID, "assign <@U0BEN|ben>") == "Ben has it now."
    assert await office.play.command(BEN, "back") == "Done."
    assert await office.world.mode(conversation) is Mode.BOT
    assert "not linked" in await office.play.command("U0MEI", "queue")


async def test_a_chinese_team_is_told_in_chinese_what_is_not_possible(make_office: Make) -> None:
    office = await make_office(languages=("zh", "en"))
    astrid = await office.world.agent("Astrid")
    await office.linked(BEN, "Ben")
    handoff = await office.world.waiting()
    anchor = str((await office.card())["ts"])
    await office.world.handoffs.take(handoff.id, astrid)
    await office.play.press(BEN, TEAM_CHANNEL, anchor, "take")
    await office.whispered(BEN, "🙋 Astrid 已接手")
    assert await office.play.command(BEN, "ticket T-9") == "没有这个工单。请查看工单列表。"
    assert await office.play.command(BEN, "back") == "您还没有接手任何对话，请先点击“接手”。"


async def test_a_new_hand_off_is_a_new_thread_and_the_old_one_only_notes(office: Office) -> None:
    conversation, old, agent = await office.taken()
    await office.play.press(ASTRID, TEAM_CHANNEL, old, "give_back")
    await office.shows(old, "Given back")
    await office.world.handoffs.begin(conversation, agent)
    anchor = str((await office.card(2))["ts"])
    await office.play.write(ASTRID, TEAM_CHANNEL, "in the old thread", thread=old)
    await office.notes(conversation, "in the old thread")
    await office.play.write(ASTRID, TEAM_CHANNEL, "in the new thread", thread=anchor)
    await office.hears(conversation, "in the new thread")
    assert await office.world.texts(conversation, "agent") == ["in the new thread"]
