"""The plain HTTP of the web channel: the contract of `POST /api/messages`, files, limits, health."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from connectors.limits import Limits
from nouns import Button, Kind, Reply, Source
from records.database import Database
from tests.connectors.live import Web, web_of

PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489") + b"\0" * 20
PROBLEM = {"type", "title", "status", "detail", "code"}


def bearer(known: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {known['token']}"}


async def upload(web: Web, known: dict[str, Any], content: bytes = PNG, name: str = "lamp.png") -> Any:
    where = {"conversation": known["conversation"]}
    return await web.http.post(
        "/api/files", params=where, files={"file": (name, content)}, headers=bearer(known)
    )


async def test_an_answer_has_exactly_the_shape_of_the_contract(web: Web) -> None:
    source = Source("delivery/norway", "Delivery to Norway", "/help/en/delivery/norway", 0.93)
    buttons = [Button("b_1", "Yes", "affirm", {"passage": "p"})]
    web.world.engine.script = lambda message: [Reply("**1–3** days", Kind.ANSWER, [source], buttons)]
    answer = await web.ask("Do you ship to Norway?")
    assert set(answer) == {"conversation", "token", "mode", "replies"}
    assert (answer["mode"], bool(answer["token"])) == ("bot", True)
    assert answer["replies"] == [
        {
            "kind": "answer",
            "text": "**1–3** days",
            "sources": [
                {
                    "article": "delivery/norway",
                    "title": "Delivery to Norway",
                    "url": "/help/en/delivery/norway",
                    "score": 0.93,
                }
            ],
            "buttons": [{"id": "b_1", "title": "Yes"}],
            "ticket": None,
        }
    ]


async def test_a_conversation_goes_on_with_its_token(web: Web) -> None:
    first = await web.ask("one")
    second = await web.ask("two", conversation=first["conversation"], token=first["token"])
    assert {name: second[name] for name in ("conversation", "token")} == {
        name: first[name] for name in ("conversation", "token")
    }
    assert [reply["text"] for reply in second["replies"]] == ["You said: two"]


async def test_a_button_is_pressed_by_its_id(web: Web) -> None:
    web.world.engine.script = lambda message: [Reply("Shall I?", buttons=[Button("b_1", "Yes", "affirm")])]
    first = await web.ask("Hello")
    pressed = await web.ask(button="b_1", conversation=first["conversation"], token=first["token"])
    assert [reply["text"] for reply in pressed["replies"]] == ["Shall I?"]
    assert (await web.world.texts(first["conversation"]))[-2] == "Yes"


@pytest.mark.parametrize("token", [None, "", "forged"])
async def test_a_wrong_token_is_a_401_as_problem_json(web: Web, token: str | None) -> None:
    mine, theirs = await web.ask("Hello"), await web.ask("Hi")
    for wrong in (token, mine["token"]):
        body = {"text": "x", "conversation": theirs["conversation"], "token": wrong}
        answer = await web.http.post("/api/messages", json=body)
        assert (answer.status_code, set(answer.json())) == (401, PROBLEM)
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "malformed"),
        ({"text": ""}, "empty"),
        ({"text": "x" * 20_000}, "too_long"),
        ({"text": 7}, "malformed"),
        ({"button": "b_never"}, "button_unknown"),
        ({"text": "x", "attachments": ["f_nowhere"]}, "file_unknown"),
        ({"text": "x", "attachments": ["f"] * 11}, "malformed"),
        ({"text": "x", "client_id": "x" * 65}, "malformed"),
    ],
)
async def test_a_bad_body_is_a_422_with_a_sentence(web: Web, body: dict[str, Any], code: str) -> None:
    answer = await web.http.post("/api/messages", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert "x" * 100 not in answer.text


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"x"', b"\xff\xfe"])
async def test_a_body_that_is_no_text_to_store_is_refused(web: Web, content: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await web.http.post("/api/messages", content=content, headers=headers)
    assert (answer.status_code, set(answer.json())) == (422, PROBLEM)


@pytest.mark.parametrize(
    ("sent", "stored"), [('"a\\u0000b"', "ab"), ('"a\\ud800b"', "a\ufffdb"), ('"👍"', "👍")]
)
async def test_what_no_database_can_hold_is_left_out(web: Web, sent: str, stored: str) -> None:
    content = f'{{"text": {sent}}}'.encode()
    headers = {"Content-Type": "application/json"}
    answer = await web.http.post("/api/messages", content=content, headers=headers)
    assert (await web.world.texts(answer.json()["conversation"]))[0] == stored


async def test_a_repeat_gets_the_first_answer(web: Web) -> None:
    client_id = str(uuid.uuid4())
    answers = await asyncio.gather(*(web.ask("Hello", client_id=client_id) for _ in range(5)))
    assert len({answer["conversation"] for answer in answers}) == 1
    assert {answer["replies"][0]["text"] for answer in answers} == {"You said: Hello"}
    assert web.world.engine.asked == ["Hello"]


async def test_messages_are_read_with_since(web: Web) -> None:
    known = await web.ask("one")
    where = f"/api/conversations/{known['conversation']}/messages"
    read = (await web.http.get(where, params={"since": 1}, headers=bearer(known))).json()
    assert (read["mode"], [m["seq"] for m in read["messages"]]) == ("bot", [2])
    for headers in ({}, {"Authorization": "Bearer forged"}, bearer(await web.ask("Hi"))):
        assert (await web.http.get(where, headers=headers)).status_code == 401


@pytest.mark.parametrize("since", ["-1", "x", str(10**30)])
async def test_an_odd_since_is_a_422(web: Web, since: str) -> None:
    known = await web.ask("one")
    where = f"/api/conversations/{known['conversation']}/messages"
    assert (await web.http.get(where, params={"since": since}, headers=bearer(known))).status_code == 422


async def test_with_a_human_nothing_is_replied_and_the_mode_says_why(web: Web) -> None:
    kari, known = await web.world.agent(), await web.ask("Hello")
    await web.world.handoffs.begin(known["conversation"], kari)
    answer = await web.ask("Kari?", conversation=known["conversation"], token=known["token"])
    assert (answer["mode"], answer["replies"]) == ("human", [])


async def test_a_message_after_closed_names_the_new_conversation(web: Web) -> None:
    kari, known = await web.world.agent(), await web.ask("Hello")
    await web.world.handoffs.begin(known["conversation"], kari)
    await web.world.handoffs.resolve(known["conversation"], kari)
    answer = await web.ask("More", conversation=known["conversation"], token=known["token"])
    again = await web.ask("And more", conversation=answer["conversation"], token=answer["token"])
    assert (answer["conversation"] != known["conversation"], answer["mode"]) == (True, "bot")
    assert again["conversation"] == answer["conversation"]


async def test_a_file_is_sent_and_comes_back_as_something_to_be_saved(web: Web) -> None:
    known = await web.ask("Hello")
    kept = (await upload(web, known, name="../Lämp\u202e.png")).json()
    await web.ask("Look", attachments=[kept["id"]], conversation=known["conversation"], token=known["token"])
    got = await web.http.get(f"/api/files/{kept['id']}", headers=bearer(known))
    assert (got.content, kept["name"], kept["media_type"]) == (PNG, "Lämp .png", "image/png")
    assert got.headers["content-disposition"].startswith("attachment;")
    assert got.headers["x-content-type-options"] == "nosniff"


async def test_a_page_or_a_script_comes_back_as_bytes(web: Web) -> None:
    known = await web.ask("Hello")
    kept = (await upload(web, known, b"<html><script>alert(1)</script>", "lamp.png")).json()
    got = await web.http.get(f"/api/files/{kept['id']}", headers=bearer(known))
    assert got.headers["content-type"] == "application/octet-stream"
    assert "sandbox" in got.headers["content-security-policy"]


@pytest.mark.parametrize(("content", "status"), [(b"", 422), (b"x" * 1001, 413)])
async def test_a_file_too_small_or_too_large_is_refused(web: Web, content: bytes, status: int) -> None:
    known = await web.ask("Hello")
    assert (await upload(web, known, content)).status_code == status


async def test_another_visitors_file_and_conversation_are_closed(web: Web) -> None:
    mine, theirs = await web.ask("Hello"), await web.ask("Hi")
    kept = (await upload(web, theirs)).json()
    assert (await web.http.get(f"/api/files/{kept['id']}", headers=bearer(mine))).status_code == 401
    assert (await web.http.get(f"/api/files/{kept['id']}")).status_code == 401
    assert (await upload(web, {**theirs, "token": mine["token"]})).status_code == 401
    assert (await web.http.get("/api/files/f_nowhere", headers=bearer(mine))).status_code == 404


async def test_a_file_can_come_before_the_first_message(web: Web) -> None:
    begun = (await web.http.post("/api/conversations", json={"language": "zh"})).json()
    kept = (await upload(web, begun)).json()
    answer = await web.ask(None, attachments=[kept["id"]], **begun)
    assert [reply["kind"] for reply in answer["replies"]] == ["abstain"]
    assert (await web.world.held(begun["conversation"])).language == "zh"


async def test_too_many_messages_are_a_429_that_says_when_to_go_on(
    database: Database, tmp_path: Path
) -> None:
    async with web_of(database, tmp_path, Limits(2, 600)) as web:
        known = await web.ask("0")
        body = {"text": "x", "conversation": known["conversation"], "token": known["token"]}
        answers = [await web.http.post("/api/messages", json=body) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert 0 < int(answers[-1].headers["retry-after"]) <= 60
        assert set(answers[-1].json()) == PROBLEM
        assert (await web.ask("another"))["replies"]


async def test_an_address_has_a_limit_of_its_own_and_a_stranger_cannot_fake_one(
    database: Database, tmp_path: Path
) -> None:
    async with web_of(database, tmp_path, Limits(60, 2)) as web:
        statuses = []
        for number in range(3):
            headers = {"X-Forwarded-For": f"10.0.0.{number}"}
            statuses.append(
                (await web.http.post("/api/messages", json={"text": "x"}, headers=headers)).status_code
            )
    assert statuses == [200, 200, 429]


async def test_behind_a_trusted_proxy_each_visitor_counts_alone(database: Database, tmp_path: Path) -> None:
    async with web_of(database, tmp_path, Limits(60, 1, ["127.0.0.1", "10.9.9.9"])) as web:
        statuses = []
        for hops in ("10.0.0.1", "10.0.0.2, 10.9.9.9", "66.6.6.6, 10.0.0.1"):
            headers = {"X-Forwarded-For": hops}
            statuses.append(
                (await web.http.post("/api/messages", json={"text": "x"}, headers=headers)).status_code
            )
    assert statuses == [200, 200, 429]


async def test_no_answer_in_time_is_a_504_and_the_answer_can_be_read_later(web: Web) -> None:
    web.world.engine.gate = asyncio.Event()
    object.__setattr__(web.front, "answer_seconds", 0.2)
    answer = await web.http.post("/api/messages", json={"text": "Hello"})
    web.world.engine.gate.set()
    assert (answer.status_code, answer.json()["code"]) == (504, "still_thinking")


async def test_a_program_gets_json_and_a_browser_a_page_of_what_went_wrong(web: Web) -> None:
    program = await web.http.get("/nowhere")
    browser = await web.http.get("/nowhere", headers={"Accept": "text/html"})
    assert (program.status_code, set(program.json())) == (404, PROBLEM)
    assert (browser.status_code, browser.text.startswith("<!doctype html>")) == (404, True)


async def test_it_is_alive_and_ready(web: Web) -> None:
    assert (await web.http.get("/healthz")).json() == {"status": "ok"}
    ready = await web.http.get("/readyz")
    assert (ready.status_code, ready.json()["checks"]["engine"]) == (
        200,
        {"ok": True, "detail": "scripted-model"},
    )


async def test_what_is_missing_is_named(web: Web, database: Database) -> None:
    web.world.engine.silent = True
    async with database.write() as writing:
        await writing.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    ready = await web.http.get("/readyz")
    missing = {name for name, check in ready.json()["checks"].items() if not check["ok"]}
    assert (ready.status_code, missing) == (503, {"engine", "migrations"})
