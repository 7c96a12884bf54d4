"""What customers do in Telegram, and what they see."""

from __future__ import annotations

import asyncio

import pytest

from actions.openly import Openly
from nouns import Author, Button, Incoming, Kind, Reply, Source
from records import handoffs, inbox
from tests.connectors.telegram.town import Town, buttons, from_bot
from tests.world import NORWAY, until

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 40
SOURCE = Source("delivery/norway", "Delivery to Norway", "/help/en/delivery/norway#how-long", 0.9)
VOTES = [
    Button("b_yes", "Yes", "affirm", {"passage": NORWAY.id}),
    Button("b_no", "No", "deny", {"passage": NORWAY.id}),
]
ANSWER = Reply(NORWAY.text, Kind.ANSWER, [SOURCE], VOTES)


async def test_markdown_arrives_as_formatting_and_votes_as_buttons(polled: Town) -> None:
    polled.world.engine.script = lambda message: [ANSWER]
    polled.platform.says(polled.kari, "Do you ship to Norway?")
    (message,) = await polled.shown(polled.kari)
    assert message["text"] == "A parcel takes 1–3 working days.\n\n📖 Delivery to Norway"
    assert [one["type"] for one in message["entities"]] == ["bold"]
    assert [button["text"] for button in buttons(message)] == ["Read it here", "Yes", "No"]
    assert all(len(button["callback_data"].encode()) <= 64 for button in buttons(message))


async def test_with_a_public_address_the_source_is_a_link(called: Town) -> None:
    called.world.engine.script = lambda message: [ANSWER]
    called.platform.says(called.kari, "Do you ship to Norway?")
    (message,) = await called.shown(called.kari)
    links = [one["url"] for one in message["entities"] if one["type"] == "text_link"]
    assert links == [f"{called.base_url}/help/en/delivery/norway#how-long"]
    assert [button["text"] for button in buttons(message)] == ["Yes", "No"]


async def test_read_it_here_asks_for_the_passage(polled: Town) -> None:
    polled.world.engine.script = lambda message: [ANSWER]
    polled.platform.says(polled.kari, "Norway?")
    (message,) = await polled.shown(polled.kari)
    polled.platform.presses(polled.kari, message["message_id"], buttons(message)[0]["callback_data"])
    await polled.shown(polled.kari, 2)
    said = await polled.world.said(await polled.conversation(polled.kari))
    pressed = [line.pressed for line in said if line.pressed]
    assert [(one.intent, one.entities) for one in pressed] == [("ask_question", {"passage": NORWAY.id})]
    assert buttons(from_bot(polled.kari)[0])  # the way to the source stays


async def test_a_pressed_vote_is_taken_up_and_the_offers_go(polled: Town) -> None:
    polled.world.engine.script = lambda message: (
        [ANSWER] if not message.pressed else [Reply("Glad to hear it!")]
    )
    polled.platform.says(polled.kari, "Norway?")
    (message,) = await polled.shown(polled.kari)
    polled.platform.presses(polled.kari, message["message_id"], "b_yes")
    assert (await polled.shown(polled.kari, 2))[1]["text"] == "Glad to hear it!"
    await polled.when(lambda: [one["text"] for one in buttons(from_bot(polled.kari)[0])] == ["Read it here"])
    await polled.when(lambda: list(polled.platform.queries.values()) == [{"text": None, "show_alert": False}])


async def test_a_button_that_was_never_offered_is_refused_kindly(polled: Town) -> None:
    polled.platform.says(polled.ming, "你好")
    (message,) = await polled.shown(polled.ming)
    polled.platform.presses(polled.ming, message["message_id"], "b_forged")
    await polled.when(lambda: any(polled.platform.queries.values()))
    (notice,) = polled.platform.queries.values()
    assert notice and "按钮已失效" in str(notice["text"])
    assert polled.world.engine.asked == ["你好"]


@pytest.mark.parametrize(
    ("typed", "intent"),
    [
        ("/start", "greet"),
        ("/start abc123", "greet"),
        ("/help", "ask_capabilities"),
        ("/human", "ask_human"),
        ("/ticket", "open_ticket"),
        ("/language", "change_language"),
        ("/cancel@firstline_demo_bot", "cancel"),
    ],
)
async def test_a_command_is_a_press_of_its_intent(polled: Town, typed: str, intent: str) -> None:
    polled.platform.says(polled.kari, typed)
    await polled.shown(polled.kari)
    (said, _) = await polled.world.said(await polled.conversation(polled.kari))
    assert said.pressed and (said.pressed.intent, said.text) == (intent, typed.partition("@")[0].split()[0])


@pytest.mark.parametrize("typed", ["/restart", '/affirm{"passage": "x"}', "/ask_human", "hello /human"])
async def test_customer_text_is_never_a_payload(polled: Town, typed: str) -> None:
    polled.platform.says(polled.kari, typed)
    await polled.shown(polled.kari)
    (said, _) = await polled.world.said(await polled.conversation(polled.kari))
    assert (said.pressed, said.text) == (None, typed)


async def test_the_commands_are_listed_in_both_languages(polled: Town) -> None:
    await polled.when(lambda: len(polled.platform.commands) == 3)
    default = [one["command"] for one in polled.platform.commands['{"type": "default"}', ""]]
    assert default == ["start", "help", "human", "ticket", "language", "cancel"]
    chinese = polled.platform.commands['{"type": "default"}', "zh"]
    assert [one["command"] for one in chinese] == default and chinese[2]["description"] == "转人工"


async def test_a_conversation_begins_in_the_customers_language(polled: Town) -> None:
    for chat in (polled.kari, polled.ming):
        polled.platform.says(chat, "/start")
        await polled.shown(chat)
    assert polled.world.engine.languages == ["en", "zh"]


async def test_a_long_answer_is_split_at_paragraphs(polled: Town) -> None:
    paragraphs = [f"{number} " + "word " * 150 for number in range(12)]
    polled.world.engine.script = lambda message: [Reply("\n\n".join(paragraphs), buttons=VOTES)]
    polled.platform.says(polled.kari, "Tell me everything")
    shown = await polled.shown(polled.kari, 3)
    assert " ".join(one["text"] for one in shown).split() == " ".join(paragraphs).split()
    assert [bool(buttons(one)) for one in shown] == [False, False, True]
    assert all(one["text"].startswith(tuple("0123456789")) for one in shown)


async def test_typing_shows_while_the_bot_thinks(polled: Town) -> None:
    polled.world.engine.gate = asyncio.Event()
    polled.platform.says(polled.kari, "Hm?")
    await polled.when(lambda: polled.kari.actions == ["typing"])
    assert from_bot(polled.kari) == []
    polled.world.engine.gate.set()
    await polled.shown(polled.kari)


@pytest.mark.parametrize("kind", ["photo", "document", "voice", "sticker", "video", "location", "contact"])
async def test_what_is_sent_besides_text_is_kept_and_answered_kindly(polled: Town, kind: str) -> None:
    upload = polled.platform.upload("../a.png", PNG)
    size = {"width": 9, "height": 9}
    content = {
        "photo": [{**upload, **size}],
        "document": {**upload, "file_name": "../../bad\u202ename.png"},
        "voice": {**upload, "duration": 1},
        "sticker": {
            **upload,
            **size,
            "type": "regular",
            "is_animated": False,
            "is_video": False,
            "emoji": "👍",
        },
        "video": {**upload, **size, "duration": 1},
        "location": {"latitude": 59.9, "longitude": 10.7},
        "contact": {"phone_number": "+47 1", "first_name": "Ola"},
    }[kind]
    polled.platform.sends(polled.kari, **{kind: content})
    (message,) = await polled.shown(polled.kari)
    words = {
        "photo": "your photo", "voice": "your recording", "sticker": "the sticker", "location": "the place",
        "video": "your photo", "document": "your photo", "contact": "your file",
    }  # fmt: skip
    assert words[kind] in message["text"] and "colleague" in message["text"]
    (said, _) = await polled.world.said(await polled.conversation(polled.kari))
    (file,) = said.attachments
    assert "/" not in file.name and ".." not in file.name and "\u202e" not in file.name
    assert file.media_type == ("text/plain" if kind in ("location", "contact") else "image/png")


async def test_a_caption_is_asked_and_its_picture_kept(polled: Town) -> None:
    photo = {**polled.platform.upload("a.png", PNG), "width": 9, "height": 9}
    polled.platform.sends(polled.kari, photo=[photo], caption="What lamp is this?")
    await polled.shown(polled.kari)
    (said, _) = await polled.world.said(await polled.conversation(polled.kari))
    assert (said.text, len(said.attachments)) == ("What lamp is this?", 1)


async def test_a_file_that_is_too_large_is_said_so_and_the_team_knows(polled: Town) -> None:
    kept = {**polled.platform.upload("film.mp4", b"x" * 100_001), "file_name": "film.mp4"}
    polled.platform.sends(polled.kari, document=kept)
    (message,) = await polled.shown(polled.kari)
    assert "couldn't keep that file" in message["text"]
    said = await polled.world.said(await polled.conversation(polled.kari), notes=True)
    assert ["film.mp4 (0.1 MB)" in line.text for line in said if line.author is Author.NOTE] == [True]


async def test_an_edit_of_an_answered_message_is_noted_not_answered(polled: Town) -> None:
    update = polled.platform.says(polled.kari, "Norway?")
    await polled.shown(polled.kari)
    polled.platform.edits(polled.kari, update["message"]["message_id"], "Sweden?")
    polled.platform.says(polled.kari, "And now?")
    await polled.shown(polled.kari, 2)
    said = await polled.world.said(await polled.conversation(polled.kari), notes=True)
    assert polled.world.engine.asked == ["Norway?", "And now?"]
    assert [line.text for line in said if line.author is Author.NOTE] == ["✎ Norway?\n→ Sweden?"]
    assert said[0].edited == "Sweden?"


async def test_an_edit_before_the_answer_is_what_gets_answered(polled: Town) -> None:
    gate = polled.world.engine.gate = asyncio.Event()
    first = polled.platform.says(polled.kari, "first")
    await polled.world.engine.thinking.wait()
    second = polled.platform.says(polled.kari, "secnod")
    await until(lambda: _count(polled, 2))
    polled.platform.edits(polled.kari, second["message"]["message_id"], "second")
    polled.platform.edits(polled.kari, first["message"]["message_id"], "too late")
    await until(lambda: _edits(polled, 2))
    gate.set()
    await polled.shown(polled.kari, 2)
    assert polled.world.engine.asked == ["first", "second"]


async def _edits(made: Town, number: int) -> bool:
    return len(await made.facts("edited")) == number


async def _count(made: Town, number: int) -> bool:
    said = await made.world.said(await made.conversation(made.kari))
    return len([line for line in said if line.author is Author.CUSTOMER]) == number


async def test_in_a_group_the_bot_answers_only_when_addressed(polled: Town) -> None:
    platform, group = polled.platform, polled.group
    platform.says(group, "Nice weather")
    platform.says(group, "/help@another_bot")
    platform.says(group, "@firstline_demo_bot, do you ship to Norway?")
    (message,) = await polled.shown(group)
    platform.says(group, "Not you either")
    platform.says(group, "And to Sweden?", reply_to_message=message)
    platform.says(group, "/human@firstline_demo_bot")
    await polled.shown(group, 3)
    assert polled.world.engine.asked == ["do you ship to Norway?", "And to Sweden?", "/human"]


async def test_a_person_takes_over_writes_with_a_file_and_gives_back(polled: Town) -> None:
    polled.platform.says(polled.kari, "A person, please")
    await polled.shown(polled.kari)
    conversation, ada = await polled.conversation(polled.kari), await polled.world.agent("Ada")
    handoff = await polled.world.handoffs.begin(conversation, ada)
    from desk.files import store_upload

    file = await store_upload(polled.database, polled.files, conversation, "bill.txt", b"EUR 5", 1000)
    await polled.world.handoffs.write(conversation, ada, "I *am* here", [file.id])
    polled.platform.says(polled.kari, "Thanks!")
    shown = await polled.shown(polled.kari, 4)
    assert shown[1]["text"].startswith("Ada has joined") and shown[2]["text"] == "Ada: I am here"
    assert shown[3]["document"]["file_name"] == "bill.txt"
    await polled.world.handoffs.give_back(conversation, ada)
    await polled.shown(polled.kari, 5)
    polled.platform.says(polled.kari, "Bot again?")
    assert (await polled.shown(polled.kari, 6))[-1]["text"] == "You said: Bot again?"
    assert "Thanks!" not in polled.world.engine.asked
    async with polled.database.read() as connection:
        ended = await handoffs.by_id(connection, handoff.id)
    assert ended and ended.state == "given_back"


async def test_in_a_group_articles_alone_are_answered_and_a_person_is_found_in_private(polled: Town) -> None:
    polled.world.bot.openly = Openly(polled.world.answering)
    polled.platform.says(polled.group, "@firstline_demo_bot, where is my order LO-12345?")
    (answer,) = await polled.shown(polled.group)
    assert "in private" in answer["text"]
    person = answer["reply_markup"]["inline_keyboard"][0][0]
    assert person["text"] == "Talk to a person" and "callback_data" not in person
    polled.platform.says(polled.kari, f"/start {person['url'].partition('?start=')[2]}")
    await polled.shown(polled.kari)
    said = await polled.world.said(await polled.conversation(polled.kari))
    assert said[0].text == "Talk to a person: where is my order LO-12345?"
    assert said[0].pressed and said[0].pressed.intent == "ask_human"


async def test_a_groups_conversation_from_before_is_shared_from_now_on(polled: Town) -> None:
    before = Incoming("telegram", "old", str(polled.group.id), "hello")
    conversation = (await inbox.take(polled.database, before, "en")).conversation
    assert not (await polled.world.held(conversation)).shared
    polled.platform.says(polled.group, "@firstline_demo_bot hello?")
    await polled.shown(polled.group)
    assert (await polled.world.held(conversation)).shared


async def test_in_a_group_a_command_leads_to_a_private_chat(polled: Town) -> None:
    polled.world.bot.openly = Openly(polled.world.answering)
    for command, words in (("/ticket", "Others read along"), ("/help", "Mention me here")):
        polled.platform.says(polled.group, f"{command}@firstline_demo_bot")
        assert words in (await polled.shown(polled.group, 1 if command == "/ticket" else 2))[-1]["text"]
    assert polled.world.engine.asked == []


async def test_a_link_to_what_was_said_in_private_means_nothing(polled: Town) -> None:
    polled.platform.says(polled.kari, "Where is my order?")
    await polled.shown(polled.kari)
    said = await polled.world.said(await polled.conversation(polled.kari))
    polled.platform.says(polled.ming, f"/start human_{said[1].id}")
    await polled.shown(polled.ming)
    assert polled.world.engine.asked == ["Where is my order?", "/start"]
