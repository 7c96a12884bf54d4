"""`firstline bench replay`: hold conversations, forms among them, and answer every logged message again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import cycle, islice
from typing import Any

from bot.replaying import Replayer
from bot.settings import Settings
from evaluation.aside import Program, program
from evaluation.customers import side_by_side
from evaluation.questions import mixed
from learning.replay import logged, summed
from reading.reader import Reader
from records import turns
from records.database import Database, sqlite_address

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
TALK = (
    "hello", "{}", "thanks", "open a ticket", "My lamp flickers", "{}", "no order number", "{}",
    "what is the status of my ticket?", "that did not help", "can I talk to a human?", "stop waiting", "{}",
    "you are useless!", "bye",
)  # fmt: skip
Tell = Callable[[str, int, int], None]


def bench_replay(settings: Settings, reader: Reader, messages: int, tell: Tell) -> dict[str, Any]:
    """Log so many answers in a program aside, replay them all, and count what is decided otherwise."""
    with program(settings) as running:
        return asyncio.run(_logged_and_replayed(settings, running, reader, messages, tell))


async def _logged_and_replayed(
    settings: Settings, running: Program, reader: Reader, count: int, tell: Tell
) -> dict[str, Any]:
    questions = cycle(text for texts in mixed(settings.articles_dir, count).values() for text in texts)
    asked = 0

    def beat(more: int) -> None:
        nonlocal asked
        asked += more
        tell("Asking", asked, count)

    talks = [[line.format(next(questions)) for line in TALK] for _ in range(-(-count // len(TALK)))]
    await side_by_side(running.chat, "en", talks, 4, beat)
    aside = settings.model_copy(update={"data_dir": running.log.parent / "var", "database_url": None})
    database = Database(sqlite_address(aside.data_dir))
    try:
        async with database.read() as connection:
            wanted = list(islice(await turns.since(connection, LONG_AGO), count))
        replayer = Replayer(aside, database, reader)
        again = await replayer.replay(wanted, tell=lambda done, of: tell("Replaying", done, of))
    finally:
        await database.close()
    differing = [
        {
            "text": one.turn.text,
            "differences": list(one.differences),
            "logged": [logged(one.turn)[part] for part in one.differences],
            "replayed": [one.decision[part] for part in one.differences] if one.decision else one.missing,
        }
        for one in again
        if not one.same
    ]
    return {**summed(again), "differing": differing[:20]}
