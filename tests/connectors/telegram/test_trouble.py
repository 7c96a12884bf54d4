"""What goes wrong with Telegram, and what becomes of the messages."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx2
import pytest

from bot.workers import Sender
from nouns import Author, Reply
from platforms.telegram.server import serving, stand_in
from records import leases
from tests.connectors.telegram.town import Town, at_work, from_bot, town
from tests.world import until


def texts(chat: Any) -> list[str]:
    return [message["text"] for message in from_bot(chat)]


@pytest.mark.parametrize("kind", ["429", "500", "502"])
async def test_a_refused_send_is_repeated_in_order_and_not_doubled(polled: Town, kind: str) -> None:
    polled.world.engine.script = lambda message: [Reply("one"), Reply("two")]
    polled.platform.fails(kind, retry_after=1)
    polled.platform.says(polled.kari, "Hi")
    await polled.shown(polled.kari, 2)
    assert texts(polled.kari) == ["one", "two"]
    assert await polled.facts("delivery_repeated") == []


async def test_the_wait_that_telegram_asks_for_is_kept_and_others_go_on(polled: Town) -> None:
    polled.platform.fails("429", chat=polled.kari.id, retry_after=600)
    polled.platform.says(polled.kari, "Hi")
    await until(lambda: _error(polled, "RetryAfter"))
    polled.platform.says(polled.ming, "你好")
    await polled.shown(polled.ming)
    assert texts(polled.kari) == []


@pytest.mark.parametrize(("kind", "arrives"), [("no_answer", 2), ("garbage", 2), ("black_hole", 1)])
async def test_an_unknown_outcome_is_repeated_once_and_counted(
    database_url: str, tmp_path: Path, kind: str, arrives: int
) -> None:
    async with town(database_url, tmp_path, read_seconds=1.0) as made:
        made.platform.fails(kind)
        made.platform.says(made.kari, "Hi")
        await made.shown(made.kari, arrives)
        made.platform.says(made.kari, "More")
        await made.shown(made.kari, arrives + 1)
        assert texts(made.kari) == ["You said: Hi"] * arrives + ["You said: More"]
        assert len(await made.facts("delivery_repeated")) == 1


async def test_a_second_unknown_outcome_ends_it_and_the_next_message_goes(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path, read_seconds=1.0) as made:
        made.platform.fails("no_answer", times=2)
        made.platform.says(made.kari, "Hi")
        await until(lambda: made.facts("delivery_unknown"))
        made.platform.says(made.kari, "More")
        await made.shown(made.kari, 3)
        assert texts(made.kari) == ["You said: Hi"] * 2 + ["You said: More"]


async def test_the_repeat_waits_until_telegram_answers_again(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path, read_seconds=0.8) as made:
        await made.when(lambda: made.platform.poll)
        made.platform.fails("black_hole")
        made.platform.fails("500", method="getMe", times=1)
        made.platform.says(made.kari, "Hi")
        await made.shown(made.kari)
        assert texts(made.kari) == ["You said: Hi"]


async def test_only_the_piece_in_doubt_is_repeated(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path, read_seconds=1.0) as made:
        long = "\n\n".join(f"{number} " + "word " * 600 for number in range(3))
        made.world.engine.script = lambda message: [Reply(long)]
        made.platform.fails("no_answer", skip=1)
        made.platform.says(made.kari, "Hi")
        await made.shown(made.kari, 4)
        assert [text[0] for text in texts(made.kari)] == ["0", "1", "1", "2"]


async def test_blocked_by_the_user_is_for_good_and_stops_nobody(polled: Town) -> None:
    polled.kari.blocked = True
    polled.platform.says(polled.kari, "Hi")
    await until(lambda: polled.facts("delivery_failed"))
    said = await polled.world.said(await polled.conversation(polled.kari), notes=True)
    assert said[-1].author is Author.NOTE and "blocked by the user" in said[-1].text
    polled.platform.says(polled.ming, "你好")
    await polled.shown(polled.ming)
    polled.kari.blocked = False
    polled.platform.says(polled.kari, "I am back")
    assert (await polled.shown(polled.kari))[0]["text"] == "You said: I am back"


@pytest.mark.parametrize("told_first", [True, False])
async def test_a_group_that_becomes_a_supergroup_keeps_its_conversation(
    polled: Town, told_first: bool
) -> None:
    gate = polled.world.engine.gate = asyncio.Event()
    polled.platform.says(polled.group, "@firstline_demo_bot Norway?")
    await polled.world.engine.thinking.wait()
    conversation = await polled.conversation(polled.group)
    new = polled.platform.migrates(polled.group, -100_33)
    if told_first:
        polled.platform.put(
            "message", {**polled.group.messages[0], "message_id": 99, "migrate_to_chat_id": new.id}
        )
        await until(lambda: _moved(polled, conversation, str(new.id)))
    gate.set()
    await polled.shown(new)
    assert (await polled.world.held(conversation)).address == str(new.id)


async def test_stickers_and_the_move_of_a_group_are_played_on_the_page(polled: Town) -> None:
    async with httpx2.AsyncClient(base_url=polled.channel.account.api_url, trust_env=False) as page:
        await page.post("/play", json={"do": "sticker", "chat": 11})
        assert "Thanks for the sticker" in (await polled.shown(polled.kari))[0]["text"]
        polled.platform.says(polled.group, "@firstline_demo_bot Norway?")
        await polled.shown(polled.group)
        conversation = await polled.conversation(polled.group)
        await page.post("/play", json={"do": "migrate", "chat": -33})
        await until(lambda: _moved(polled, conversation, "-10033"))


async def _moved(made: Town, conversation: str, address: str) -> bool:
    return (await made.world.held(conversation)).address == address


async def test_markup_that_telegram_refuses_goes_as_plain_text(
    polled: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.telegram.sending.pieces_of", lambda *_: ["<x>1 &lt; 2</x>"])
    polled.platform.says(polled.kari, "Hi")
    assert (await polled.shown(polled.kari))[0]["text"] == "1 < 2"


@pytest.mark.parametrize("kind", ["500", "429", "garbage", "502"])
async def test_nothing_stops_the_polling(polled: Town, kind: str) -> None:
    await polled.when(lambda: polled.platform.poll)
    polled.platform.fails(kind, method="getUpdates", times=2)
    polled.platform.says(polled.kari, "Hi")
    await polled.shown(polled.kari)
    polled.platform.says(polled.kari, "Still there?")
    assert (await polled.shown(polled.kari, 2))[1]["text"] == "You said: Still there?"


async def test_an_update_that_cannot_be_read_is_left_and_the_next_taken(polled: Town) -> None:
    await polled.when(lambda: polled.platform.poll)
    with polled.platform.listening():
        polled.platform.pending.append({"update_id": 1, "message": {"nonsense": True}})
    polled.platform.says(polled.kari, "Hi")
    await polled.shown(polled.kari)
    assert len(await polled.facts("update_left")) == 1


async def test_another_poller_is_reported_with_the_cure(
    polled: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    await polled.when(lambda: polled.platform.poll)
    polled.platform.poll += 1
    polled.platform.tell()
    await until(lambda: _trouble(polled, "Conflict"))
    assert "@BotFather" in capsys.readouterr().out
    polled.platform.says(polled.kari, "Hi")
    await polled.shown(polled.kari)
    assert polled.channel.poller.trouble is None


async def _trouble(made: Town, word: str) -> bool:
    return word in (made.channel.poller.trouble or "")


async def test_a_webhook_left_by_somebody_is_removed_and_what_waited_is_read(
    database_url: str, tmp_path: Path
) -> None:
    platform = stand_in()
    platform.webhook = {"url": "http://127.0.0.1:9/gone", "secret": "", "max_connections": 1}
    platform.says(platform.chats[11], "Hi")
    async with town(database_url, tmp_path, platform=platform) as made:
        await made.shown(made.kari)
        made.platform.webhook = {"url": "http://127.0.0.1:9/back", "secret": "", "max_connections": 1}
        made.platform.poll += 1
        made.platform.tell()
        made.platform.says(made.kari, "Again")
        await made.shown(made.kari, 2)


async def test_one_process_polls_and_the_next_takes_over(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path, running=False) as made:
        assert await leases.hold(made.database, "telegram:poller", "another app", 60)
        made.channel.poller.lease_seconds = 0.3
        async with at_work(made.world.bot, Sender(made.database, made.channel), made.channel):
            made.platform.says(made.kari, "Hi")
            await made.when(lambda: len(made.platform.commands) == 3)
            assert made.platform.poll == 0
            await leases.let_go(made.database, "telegram:poller", "another app")
            await made.shown(made.kari)


async def test_a_restart_reads_what_waited_and_answers_nothing_twice(
    database_url: str, tmp_path: Path
) -> None:
    platform = stand_in()
    async with serving(platform) as api_url:
        async with town(database_url, tmp_path, platform=platform, api_url=api_url) as made:
            first = platform.says(made.kari, "one")
            await made.shown(made.kari)
        platform.pending.insert(0, first)  # as if the kill came before the confirmation
        platform.says(platform.chats[11], "two")
        async with town(database_url, tmp_path, platform=platform, api_url=api_url) as made:
            await made.shown(made.kari, 2)
            platform.says(made.kari, "three")
            await made.shown(made.kari, 3)
        assert texts(platform.chats[11]) == [f"You said: {word}" for word in ("one", "two", "three")]


async def test_an_outage_delays_and_loses_nothing(database_url: str, tmp_path: Path) -> None:
    platform = stand_in()
    async with serving(platform) as api_url:
        pass
    async with town(database_url, tmp_path, platform=platform, api_url=api_url) as made:
        platform.says(made.kari, "Hi")
        await asyncio.sleep(0.3)
        async with serving(platform, int(api_url.rpartition(":")[2])):
            await made.shown(made.kari)
            assert texts(made.kari) == ["You said: Hi"]


async def _error(made: Town, word: str) -> bool:
    from sqlalchemy import select

    from records.tables import deliveries

    async with made.database.read() as connection:
        rows = await connection.execute(select(deliveries.c.error))
        return any(word in (row.error or "") for row in rows)
