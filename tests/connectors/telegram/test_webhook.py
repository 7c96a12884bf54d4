"""Telegram calling us: who may, what is registered, and that nothing is taken twice."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from platforms.telegram.server import serving, stand_in
from tests.connectors.telegram.town import Town, from_bot, town
from tests.world import until


def calls(made: Town, method: str) -> list[Any]:
    return [given for name, given in made.platform.calls if name == method]


@pytest.mark.parametrize("secret", ["", "wrong", "wröng", "x" * 10_000])
async def test_a_forged_update_is_refused_and_not_stored(called: Town, secret: str) -> None:
    await called.when(lambda: called.platform.webhook)
    update = {"update_id": 1, "message": called.platform.sends(called.kari, text="real")["message"]}
    await called.shown(called.kari)
    update["message"] = {**update["message"], "message_id": 77, "text": "forged"}
    answer = await called.post(update, secret)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert called.world.engine.asked == ["real"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"x"', b"\xff\xfe", b'{"update_id": "x"}', b"{}" + b" " * 2_000_000]
)
async def test_garbage_is_refused(called: Town, body: bytes) -> None:
    await called.when(lambda: called.platform.webhook)
    assert (await called.post(body)).status_code in (400, 413)


async def test_an_update_that_cannot_be_read_is_acknowledged_so_that_the_next_may_come(called: Town) -> None:
    await called.when(lambda: called.platform.webhook)
    assert (await called.post({"update_id": 5, "message": {"nonsense": 1}})).status_code == 200
    called.platform.says(called.kari, "Hi")
    await called.shown(called.kari)


async def test_the_same_update_ten_times_at_once_is_taken_once(called: Town) -> None:
    update = called.platform.says(called.kari, "Once")
    await called.shown(called.kari)
    second = {**update, "update_id": 9, "message": {**update["message"], "message_id": 50, "text": "Twice?"}}
    answers = await asyncio.gather(*(called.post(second) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {200}
    await called.shown(called.kari, 2)
    assert called.world.engine.asked == ["Once", "Twice?"]


async def test_an_edit_that_overtakes_its_message_is_the_one_answered(called: Town) -> None:
    await called.when(lambda: called.platform.webhook)
    message = {
        "message_id": 3,
        "from": called.kari.person,
        "chat": called.kari.info,
        "date": 1,
        "text": "secnod",
    }
    await called.post({"update_id": 2, "edited_message": {**message, "text": "second", "edit_date": 2}})
    await called.post({"update_id": 1, "message": message})
    await called.shown(called.kari)
    assert called.world.engine.asked == ["second"]


async def test_it_is_registered_once_and_again_only_when_it_differs(
    database_url: str, tmp_path: Path
) -> None:
    platform = stand_in()
    async with serving(platform) as api_url:
        for base_url, registered in (
            ("http://127.0.0.1:9", 1),
            ("http://127.0.0.1:9", 1),
            ("http://127.0.0.1:10", 2),
        ):
            async with town(
                database_url, tmp_path, platform=platform, api_url=api_url, base_url=base_url
            ) as made:
                await made.when(lambda url=base_url: platform.webhook.get("url", "").startswith(url))
                await until(lambda: _asked(made))
                assert len(calls(made, "setWebhook")) == registered
            platform.calls = [call for call in platform.calls if call[0] != "getWebhookInfo"]
        platform.webhook.update(last_error_message="Wrong response from the webhook: 401 Unauthorized")
        async with town(
            database_url, tmp_path, platform=platform, api_url=api_url, base_url=base_url
        ) as made:
            await until(lambda: _registered(made, 3))
    given = calls(made, "setWebhook")[-1]
    assert given["secret_token"] == made.channel.account.webhook_secret
    assert given["url"] == "http://127.0.0.1:10/webhooks/telegram"


async def _asked(made: Town) -> bool:
    return bool(calls(made, "getWebhookInfo"))


async def _registered(made: Town, number: int) -> bool:
    return len(calls(made, "setWebhook")) == number


async def test_an_address_that_telegram_refuses_means_polling(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with town(database_url, tmp_path, base_url="ftp://nowhere") as made:
        made.platform.says(made.kari, "Hi")
        await made.shown(made.kari)
        assert len(from_bot(made.kari)) == 1 and "must be https" in capsys.readouterr().out
