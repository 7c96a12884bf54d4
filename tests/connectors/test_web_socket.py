"""The widget's WebSocket: welcomed, resumed, never told twice, and not to be forged or broken."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from connectors.limits import Limits
from desk.linking import Linking
from nouns import Button, Reply
from records.database import Database
from tests.connectors.live import Line, Web, web_of
from tests.world import Clock


async def test_a_new_visitor_is_welcomed_and_gets_a_conversation_with_the_first_message(web: Web) -> None:
    async with web.line() as line:
        first = await line.hears("welcome", elsewhere=[])
        client_id = await line.write("Hello")
        second = await line.hears("welcome")
        assert (await line.hears("sent"))["client_id"] == client_id
        answer = await line.hears("message", author="bot")
    assert (first["conversation"], first["mode"], first["company"]) == (None, "bot", "Lumen & Oak")
    assert (bool(second["conversation"]), bool(second["token"])) == (True, True)
    assert (answer["message"]["text"], answer["message"]["seq"]) == ("You said: Hello", 2)


async def test_a_link_that_somebody_follows_elsewhere_is_told_at_once(web: Web) -> None:
    linking = Linking(web.world.database)
    async with web.line() as line:
        await line.hears("welcome")
        await line.write("Hello")
        conversation = (await line.hears("welcome"))["conversation"]
        await line.hears("message", author="bot")
        _, secret = await linking.begin(conversation, "telegram")
        await linking.claim("telegram", secret, ("11", "Kari"), "en", "m1")
        assert await line.hears("link") == {"type": "link"}


async def test_a_customers_own_message_comes_back_with_its_client_id(web: Web) -> None:
    async with web.line() as line:
        client_id = await line.write("Hello", "tab:1:0f8fad5b-d9cb-469f-a165")
        mine = await line.hears("message", author="customer")
    assert (mine["message"]["client_id"], mine["message"]["html"]) == (client_id, None)


async def test_who_comes_back_gets_only_what_is_new(web: Web) -> None:
    asked = await web.ask("one")
    for text in ("two", "three"):
        await web.ask(text, conversation=asked["conversation"], token=asked["token"])
    async with web.line(conversation=asked["conversation"], token=asked["token"], since=4) as line:
        assert (await line.hears("welcome"))["conversation"] == asked["conversation"]
        found = [(await line.hears("message"))["message"]["seq"] for _ in range(2)]
        await line.write("four")
        found.append((await line.hears("message"))["message"]["seq"])
    assert found == [5, 6, 7]


async def test_two_tabs_see_the_same_and_nothing_twice(web: Web) -> None:
    asked = await web.ask("one")
    known = {"conversation": asked["conversation"], "token": asked["token"], "since": 2}
    async with web.line(**known) as first, web.line(**known) as second:
        await first.hears("welcome")
        await second.hears("welcome")
        await first.write("two")
        for line in (first, second):
            assert [(await line.hears("message"))["message"]["seq"] for _ in range(2)] == [3, 4]


async def test_a_message_sent_twice_is_one(web: Web) -> None:
    async with web.line() as line:
        client_id = await line.write("Hello")
        await line.hears("message", author="bot")
        await line.write("Hello", client_id)
        assert (await line.hears("sent"))["seq"] == 1
        await line.write("And now?")
        assert (await line.hears("message", author="customer"))["message"]["seq"] == 3


async def test_a_first_message_repeated_after_a_lost_welcome_gets_in(web: Web) -> None:
    client_id = str(uuid.uuid4())
    seen = []
    for _ in range(2):
        async with web.line() as line:
            await line.hears("welcome")
            await line.write("Hello", client_id)
            seen.append(await line.hears("welcome"))
            await line.hears("message", author="bot")
    assert seen[0]["conversation"] == seen[1]["conversation"]
    async with web.line(conversation=seen[1]["conversation"], token=seen[1]["token"]) as line:
        assert await line.hears("message", author="bot", seq=2)


async def test_a_short_client_id_lets_nobody_into_anothers_conversation(web: Web) -> None:
    welcomes = []
    for _ in range(2):
        async with web.line() as line:
            await line.hears("welcome")
            await line.write("Hello", "1")
            welcomes.append((await line.hears("welcome"))["conversation"])
    assert welcomes[0] != welcomes[1]


async def test_a_message_in_a_closed_conversation_gets_a_second_welcome(web: Web) -> None:
    kari, asked = await web.world.agent(), await web.ask("Hello")
    async with web.line(conversation=asked["conversation"], token=asked["token"]) as line:
        await line.hears("welcome")
        await web.world.handoffs.begin(asked["conversation"], kari)
        await line.hears("mode", mode="human", agent_name="Kari")
        await web.world.handoffs.resolve(asked["conversation"], kari)
        await line.hears("mode", mode="closed")
        await line.write("One more thing")
        welcome = await line.hears("welcome")
        assert (await line.hears("message", author="bot"))["message"]["text"] == "You said: One more thing"
    assert welcome["conversation"] != asked["conversation"]
    assert (await web.world.held(welcome["conversation"])).previous == asked["conversation"]


@pytest.mark.parametrize("token", ["", "forged", "\ud800", None, 7])
async def test_a_forged_token_opens_nothing(web: Web, token: object) -> None:
    asked = await web.ask("Hello")
    async with web.line(conversation=asked["conversation"], token=token) as line:
        assert (await line.hears("error"))["code"] == "unauthorized"
        assert await line.closed() == 4401


@pytest.mark.parametrize("conversation", ["c_nowhere", "\ud800", 7, {"a": 1}])
async def test_a_conversation_that_is_none_opens_nothing(web: Web, conversation: object) -> None:
    async with web.line(conversation=conversation, token="x") as line:
        assert await line.closed() == 4401


async def test_another_visitors_token_opens_only_their_own(web: Web) -> None:
    mine, theirs = await web.ask("Hello"), await web.ask("Hi")
    async with web.line(conversation=theirs["conversation"], token=mine["token"]) as line:
        assert await line.closed() == 4401


async def test_an_expired_token_opens_nothing(web: Web, clock: Clock) -> None:
    client_id = str(uuid.uuid4())
    await web.ask("Hello", client_id=client_id)
    again = await web.ask("Hello", client_id=client_id)  # a further token, which does run out
    known = {"conversation": again["conversation"], "token": again["token"]}
    async with web.line(**known) as line:
        await line.hears("welcome")
    clock.forward(days=366)
    async with web.line(**known) as line:
        assert await line.closed() == 4401


@pytest.mark.parametrize(("origin", "allowed"), [("https://evil.test", False), ("https://shop.test", True)])
async def test_only_sites_that_are_allowed_may_open_a_chat(web: Web, origin: str, allowed: bool) -> None:
    try:
        async with web.line(origin=origin) as line:
            await line.hears("welcome")
            came_in = True
    except InvalidStatus as refused:
        came_in = refused.response.status_code != 403
    assert came_in is allowed


@pytest.mark.parametrize(
    "frame", ["", "{", "null", "[]", '"hello"', "NaN", "\ufeff{}", b"\x00\x01", "[" * 100_000]
)
async def test_a_malformed_frame_is_told_and_the_line_stays(web: Web, frame: str | bytes) -> None:
    async with web.line() as line:
        await line.hears("welcome")
        await line.socket.send(frame)
        assert (await line.hears("error"))["code"] == "malformed"
        await line.write("Hello")
        assert await line.hears("message", author="bot")


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ({"text": ""}, "empty"),
        ({"text": " \n\t "}, "empty"),
        ({"text": "\x00"}, "empty"),
        ({"text": 7}, "malformed"),
        ({"text": None}, "malformed"),
        ({"text": "x" * 20_000}, "too_long"),
        ({"client_id": ""}, "malformed"),
        ({"button": "b_never"}, "button_unknown"),
        ({"button": {"id": "b"}}, "button_unknown"),
        ({"attachments": ["f_nowhere"]}, "file_unknown"),
        ({"attachments": 7, "text": ""}, "empty"),
        ({"attachments": {"a": 1}, "text": ""}, "empty"),
    ],
)
async def test_what_cannot_be_taken_is_told_and_the_line_stays(
    web: Web, frame: dict[str, object], code: str
) -> None:
    async with web.line() as line:
        await line.hears("welcome")
        await line.send(**{"type": "send", "client_id": "x" * 20, "text": "Hello", **frame})
        assert (await line.hears("error"))["code"] == code
        await line.write("Hello")
        assert await line.hears("message", author="bot")


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("👍🏽", "👍🏽"),
        ("مرحبا بالعالم", "مرحبا بالعالم"),
        ("a\x00b", "ab"),
        ("a\ud800b", "a\ufffdb"),
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
        ("/restart", "/restart"),
        ('/affirm{"x": 1}', '/affirm{"x": 1}'),
        ("x" * 8000, "x" * 8000),
    ],
)
async def test_what_was_written_is_kept_as_it_was(web: Web, text: str, stored: str) -> None:
    async with web.line() as line:
        await line.write(text)
        mine = (await line.hears("message", author="customer"))["message"]
        bots = (await line.hears("message", author="bot"))["message"]
    assert (mine["text"], mine["html"]) == (stored, None)
    assert "<img" not in bots["html"]


async def test_a_button_is_pressed_by_its_id(web: Web) -> None:
    offer = Button("b_1", "Talk to a person", "ask_human", {"subject": "secret"})
    web.world.engine.script = lambda message: [Reply("Shall I?", buttons=[offer])]
    async with web.line() as line:
        await line.write("Hello")
        assert (await line.hears("message", author="bot"))["message"]["buttons"] == [
            {"id": "b_1", "title": "Talk to a person"}
        ]
        await line.send(type="send", client_id="press-1-of-button", button="b_1")
        assert (await line.hears("message", author="customer"))["message"]["text"] == "Talk to a person"


async def test_typing_is_seen_on_both_sides(web: Web) -> None:
    asked = await web.ask("Hello")
    topic = f"conversation:{asked['conversation']}"
    async with (
        web.line(conversation=asked["conversation"], token=asked["token"]) as line,
        web.front.database.wakes.listening([topic]) as desk,
    ):
        await line.hears("message", author="bot")
        await line.send(type="typing")
        while await desk.get() != "typing:customer":
            pass
        web.front.database.wakes.tell(topic, "typing:agent:Kari")
        assert (await line.hears("typing"))["agent_name"] == "Kari"


async def test_odd_numbers_and_unknown_frames_do_no_harm(web: Web) -> None:
    asked = await web.ask("Hello")
    known = {"conversation": asked["conversation"], "token": asked["token"]}
    async with web.line(**known, since=10**30, language=["zh"]) as line:
        await line.hears("welcome")
        for seq in (10**30, -1, "2", None, 2):
            await line.send(type="read", seq=seq)
        await line.send(type="dance")
        await line.write("Still here?")
        assert await line.hears("sent", seq=3)


async def test_who_is_too_fast_is_told_when_to_go_on(database: Database, tmp_path: Path) -> None:
    async with web_of(database, tmp_path, Limits(3, 600)) as web, web.line() as line, web.line() as other:
        for number in range(5):
            await line.write(str(number))
        error = await line.hears("error")
        await other.write("Hello")
        assert await other.hears("message", author="bot")
    assert (error["code"], 0 < error["retry_after"] <= 60) == ("rate_limited", True)


async def test_a_hello_that_is_none_is_told_so(web: Web) -> None:
    async with connect(web.url.replace("http", "ws") + "/api/chat", proxy=None) as socket:
        await socket.send("{")
        line = Line(socket)
        assert (await line.hears("error"))["code"] == "malformed"
        assert await line.closed() == 4400
