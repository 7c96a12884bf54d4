"""`firstline bench swaps`: the model is swapped again and again while customers write; is anything lost?"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bot.app import engine_url
from bot.engine import Engine
from bot.secret_files import secrets_of
from bot.settings import Settings
from bot.swapping import EngineSwap
from evaluation.aside import Program, program
from evaluation.customers import Heard, side_by_side
from evaluation.figures import machine
from learning.shelf import ENDING, Shelf
from records.database import Database, sqlite_address
from records.tables import facts, messages, turns

Tell = Callable[[int, int], None]
SAID = (
    "Hello", "Do you ship to Norway?", "thanks", "open a ticket", "My lamp flickers", "LO-12345",
    "are you a bot?", "你好", "怎么退货？", "What are your opening hours?",
)  # fmt: skip


def bench_swaps(settings: Settings, swaps: int, customers: int, tell: Tell) -> dict[str, Any]:
    """Swap under load; count messages lost, refused and doubled, and weigh the engine."""
    before = machine()
    with program(settings) as running:
        found = asyncio.run(_under_load(running, swaps, customers, tell))
        return {**found, "swaps": swaps, "customers": customers, "machine": before}


async def _under_load(running: Program, swaps: int, customers: int, tell: Tell) -> dict[str, Any]:
    aside = Settings(data_dir=running.log.parent / "var", port=running.port)
    engine = Engine(engine_url(aside), secrets_of(aside).engine_token, 30)
    shelf = Shelf(aside.data_dir / "models")
    models = _two_models(shelf, (await engine.status())["model"])
    done = asyncio.Event()
    talking = asyncio.create_task(_talk(running, customers, done))
    weights: list[int] = []
    try:
        for number, model in enumerate(islice(cycle(models), swaps), 1):
            await EngineSwap(engine).use(model)
            shelf.point(model.name.removesuffix(ENDING))
            weights.append(int((await engine.status())["memory_bytes"]))
            tell(number, swaps)
    finally:
        done.set()
        heard = await talking
        await engine.close()
    database = Database(sqlite_address(aside.data_dir))
    try:
        counted = await _counted(database)
    finally:
        await database.close()
    return {
        "messages": len(heard),
        "lost": sum(one.kind is None for one in heard) + counted["unanswered"],
        "refused": counted["refused"],
        "doubled": counted["doubled"],
        "memory_after_1_bytes": weights[0],
        "memory_after_all_bytes": weights[-1],
        "memory_ratio": round(weights[-1] / weights[0], 3),
    }


def _two_models(shelf: Shelf, live: str) -> Sequence[Path]:
    """Return two model files to take in turns; a copy stands for another one of the same size."""
    own, other = shelf.file(live), shelf.file("another")
    shutil.copyfile(own, other)
    os.sync()
    return other, own


async def _talk(running: Program, customers: int, done: asyncio.Event) -> list[Heard]:
    heard: list[Heard] = []
    while not done.is_set():
        heard += await side_by_side(running.chat, "en", [SAID] * customers, customers)
    return heard


async def _counted(database: Database) -> dict[str, int]:
    """Count in the log: messages no turn answered, hand-offs of a failing engine, replies stored twice."""
    async with database.read() as connection:
        asked = select(func.count()).select_from(messages).where(messages.c.author == "customer")
        answered = select(func.count()).select_from(turns)
        down = select(facts.c.data).where(facts.c.kind == "handed_over")
        refused = [row for row in await connection.execute(down) if row.data["reason"] == "engine_down"]
        said = await connection.execute(
            select(messages.c.in_reply_to, func.count().label("n"))
            .where(messages.c.in_reply_to.is_not(None))
            .group_by(messages.c.in_reply_to)
        )
        replies = {row.in_reply_to: row.n for row in said}
        logged = await connection.execute(select(turns.c.message, turns.c.replies))
        doubled = sum(replies.get(row.message, 0) > len(row.replies) for row in logged)
        gap = int(await connection.scalar(asked) or 0) - int(await connection.scalar(answered) or 0)
    return {"unanswered": gap, "refused": len(refused), "doubled": doubled}
