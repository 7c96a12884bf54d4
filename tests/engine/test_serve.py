"""The launcher as the app meets it: by HTTP, killed and swapped while customers write."""

import asyncio
import json
import shutil
import signal
import sys
from pathlib import Path

import pytest

from tests.engine.actionserver import ActionServer
from tests.engine.world import TOKEN, Served, message


async def test_the_contract_by_http(served: Served) -> None:
    answer = await served.say("do you ship to norway", conversation="c_a/b é")
    assert set(answer) == {"utterances", "intent", "ranking", "slots", "events", "model", "active_form"}
    assert len(answer["ranking"]) == 10
    assert answer["model"] == "small"
    status, state = await served.call("GET", "/status")
    assert (status, state["model"], state["turns"]) == (200, "small", 1)
    assert state["pid"] == served.process.pid
    assert 50e6 < state["memory_bytes"] < 350e6
    status, tracker = await served.call("GET", "/trackers/c_a%2Fb%20%C3%A9")
    assert tracker["slots"]["language"] == "en"
    assert (await served.call("DELETE", "/trackers/c_a%2Fb%20%C3%A9"))[0] == 204
    assert (await served.call("GET", "/trackers/c_a%2Fb%20%C3%A9"))[1] == {"events": [], "slots": {}}


@pytest.mark.parametrize("token", ["", "wrong", TOKEN + "x"])
async def test_without_the_token_nothing_is_said(served: Served, token: str) -> None:
    for method, path in (
        ("POST", "/ask"),
        ("GET", "/status"),
        ("DELETE", "/trackers/c_1"),
        ("PUT", "/model"),
    ):
        status, problem = await served.call(method, path, {}, headers={"X-Engine-Token": token})
        assert (status, problem["code"]) == (401, "wrong_token")


async def test_what_breaks_the_contract_is_a_problem_with_a_sentence(served: Served) -> None:
    good = message("hello")
    broken = [
        {},
        [],
        {**good, "message_id": ""},
        {**good, "conversation": 7},
        {**good, "text": None},
        {**good, "text": "\ud800"},
        {**good, "reading": None},
        {**good, "reading": {**good["reading"], "vector": "AAAA"}},
        {**good, "reading": {**good["reading"], "vector": "AADAfw=="}},
        {**good, "button": "affirm"},
        {**good, "button": {"intent": "restart"}},
    ]
    for body in broken:
        status, problem = await served.call("POST", "/ask", body)
        assert (status, problem["code"]) == (422, "bad_request"), body
        assert problem["detail"]
    assert (await served.call("GET", "/nothing"))[0] == 404
    assert (await served.call("GET", "/trackers/"))[0] == 404
    assert (await served.call("POST", "/ask", "x" * 3_000_000))[0] == 413
    assert (await served.say("hello"))["utterances"]


async def test_a_failing_action_is_a_problem_and_the_next_try_works(
    served: Served, actions: ActionServer
) -> None:
    works = actions.script["action_answer_question"]
    actions.script["action_answer_question"] = lambda call: (500, {"error": "secret"})
    question = message("do you ship to norway")
    status, problem = await served.call("POST", "/ask", question)
    assert (status, problem["code"]) == (502, "action_failed")
    assert "action_answer_question" in problem["detail"]
    assert (await served.call("GET", "/trackers/c_1"))[1]["events"] == []
    actions.script["action_answer_question"] = works
    assert (await served.call("POST", "/ask", question))[0] == 200


async def test_killed_in_the_middle_of_a_form_it_goes_on_where_it_was(served: Served) -> None:
    await served.say("open a ticket")
    last = message("my lamp is broken")
    _, before = await served.call("POST", "/ask", last)
    await served.stop(signal.SIGKILL)
    await served.start()
    _, again = await served.call("POST", "/ask", last)
    assert again == before
    await served.say("me@example.com")
    answer = await served.say("LO-12345")
    assert answer["utterances"][0]["text"] == "ticket: my lamp is broken / me@example.com / LO-12345"


async def test_killed_while_an_action_runs_the_turn_can_be_asked_again(
    served: Served, actions: ActionServer
) -> None:
    actions.seconds_each = 1
    question = message("do you ship to norway")
    asking = asyncio.create_task(served.call("POST", "/ask", question))
    await actions.called.wait()
    await served.stop(signal.SIGKILL)
    await asyncio.gather(asking, return_exceptions=True)
    actions.seconds_each = 0
    await served.start()
    _, answer = await served.call("POST", "/ask", question)
    assert answer["utterances"][0]["text"] == "answer to: do you ship to norway"
    _, tracker = await served.call("GET", "/trackers/c_1")
    assert sum(event["event"] == "user" for event in tracker["events"]) == 1


async def test_a_model_is_swapped_while_customers_write_and_no_message_is_lost(
    served: Served, model: Path, tmp_path: Path
) -> None:
    other = shutil.copy(model, tmp_path / "other.tar.gz")
    await served.say("open a ticket", conversation="c_form")
    models: list[str] = []
    swapped = asyncio.Event()

    async def customer(number: int) -> None:
        while not swapped.is_set():
            answer = await served.say("do you ship to norway", conversation=f"c_{number}")
            assert answer["utterances"][0]["text"] == "answer to: do you ship to norway"
            models.append(answer["model"])

    customers = [asyncio.create_task(customer(number)) for number in range(4)]
    assert await served.call("PUT", "/model", {"path": str(other)}) == (200, {"model": "other"})
    swapped.set()
    await asyncio.gather(*customers)
    assert models.count("small") > 4
    answer = await served.say("my lamp is broken", conversation="c_form")
    assert (answer["model"], answer["slots"]["ticket_subject"]) == ("other", "my lamp is broken")


async def test_a_model_that_cannot_be_served_is_refused_and_the_old_one_answers(
    served: Served, tmp_path: Path
) -> None:
    (tmp_path / "broken.tar.gz").write_bytes(b"no model")
    for path in ("broken.tar.gz", "missing.tar.gz"):
        status, problem = await served.call("PUT", "/model", {"path": str(tmp_path / path)})
        assert (status, problem["code"]) == (422, "model_refused")
    assert (await served.say("hello"))["model"] == "small"


async def test_asked_to_stop_it_finishes_the_turn_in_hand(served: Served, actions: ActionServer) -> None:
    actions.seconds_each = 0.5
    question = message("do you ship to norway")
    asking = asyncio.create_task(served.call("POST", "/ask", question))
    await actions.called.wait()
    served.process.send_signal(signal.SIGTERM)
    status, _ = await asking
    assert status == 200
    assert await served.process.wait() == 0


async def test_requests_sent_together_on_one_connection_are_answered_in_order(served: Served) -> None:
    host, port = served.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = f"GET /status HTTP/1.1\r\nHost: x\r\nX-Engine-Token: {TOKEN}\r\n"
    writer.write((head + "\r\n" + head + "Connection: close\r\n\r\n").encode())
    answers = (await reader.read()).split(b"\r\n\r\n", 1)
    assert answers[0].startswith(b"HTTP/1.1 200 OK")
    assert answers[1].count(b'"pid"') == 2
    writer.close()


async def test_it_listens_on_loopback_only(served: Served) -> None:
    table = (Path("/proc") / str(served.process.pid) / "net" / "tcp").read_text().splitlines()[1:]
    port = f"{int(served.url.rpartition(':')[2]):04X}"
    local = [line.split()[1] for line in table if line.split()[1].endswith(port) and line.split()[3] == "0A"]
    assert local == [f"0100007F:{port}"]


async def test_without_its_settings_it_says_what_is_missing(served: Served) -> None:
    environment = {**served.environment, "FIRSTLINE_MODEL": ""}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "engine.serve"),
        cwd=served.environment["PYTHONPATH"],
        env=environment,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    assert process.returncode == 2
    assert b"FIRSTLINE_MODEL not set" in said


async def test_tensorflow_is_not_loaded(served: Served) -> None:
    maps = (Path("/proc") / str(served.process.pid) / "maps").read_text()
    assert "site-packages/tensorflow" not in maps
    assert "site-packages/matplotlib" not in maps
    assert json.dumps(await served.say("hello"))
