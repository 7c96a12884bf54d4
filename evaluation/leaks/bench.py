"""`firstline bench leak`: random messages in the team's threads, the whole way to the customer, or not.

Each goes in as Slack's event, waits out its moment, is perhaps edited, deleted or not readable meanwhile, and
the conversation perhaps changes hands. What should go is told from how a message was made, not by the relay.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from desk.relay import Relay
from evaluation.leaks.desk import Desk, desk_in
from evaluation.leaks.talk import is_meant, random_message, random_text
from evaluation.memory import in_memory
from platforms.slack.state import Json
from records.tables import messages, thread_lines, threads

MOST_AT_ONCE, SHOWN = 4, 20
REACHED = (
    select(threads.c.anchor, thread_lines.c.external_id)
    .join(threads, threads.c.id == thread_lines.c.thread)
    .join(messages, messages.c.id == thread_lines.c.message)
    .where(messages.c.author == "agent")
)
SENT = select(func.count()).select_from(messages).where(messages.c.author == "agent")
Beat = Callable[[int, int], None]


@dataclass
class Held:
    """A message whose moment is not over; `goes` as far as it is known."""

    message: Json
    goes: bool


@dataclass
class Score:
    """What should have gone, and what happened."""

    meant: set[tuple[str, str]] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)


def bench_leak(number: int, seed: int, beat: Beat, relay: type[Relay] = Relay) -> dict[str, Any]:
    """Write so many messages, and look what reached a customer; `relay` decides what may."""
    with in_memory("firstline-leak-") as folder:
        return asyncio.run(_bench(folder, number, beat, seed, relay))


async def _bench(folder: Path, number: int, beat: Beat, seed: int, relay: type[Relay]) -> dict[str, Any]:
    chance, score, written = random.Random(seed), Score(), 0
    desk = await desk_in(folder, chance, relay)
    try:
        while written < number:
            beat(written, number)
            at_once = min(chance.randint(1, MOST_AT_ONCE), number - written)
            await _round(desk, score, range(written, written + at_once))
            written += at_once
        async with desk.database.read() as connection:
            reached = {(row.anchor, row.external_id) for row in await connection.execute(REACHED)}
            sent = int(await connection.scalar(SENT) or 0)
    finally:
        await desk.database.close()
    leaks = sorted(reached - score.meant)
    return {
        "messages": number,
        "meant": len(score.meant),
        "reached": len(reached),
        "leaks": len(leaks) + sent - len(reached),  # one that came of no line would be one, too
        "kept_back": len(score.meant - reached),
        **score.counts,
        "seed": seed,
        "found": leaks[:SHOWN],
    }


async def _round(desk: Desk, score: Score, numbers: range) -> None:
    """Let some messages be written, changed, and settled; then the conversation goes on."""
    await desk.goes_on()
    held = [await _write(desk, score, number) for number in numbers]
    for one in held:
        await _change(desk, score, one)
    if desk.chance.random() < 0.15:
        await desk.changes_hands()
        score.counts["changes_of_hands"] += 1
    desk.slack.away = desk.chance.random() < 0.05
    for one in held:
        mine = one.message.get("user") == desk.taker and one.message["thread_ts"] == desk.anchor
        if one.goes and mine and not desk.slack.away:
            score.meant.add((one.message["thread_ts"], one.message["ts"]))
    await desk.moment_passes()
    desk.slack.away = False
    for one in held:
        if desk.chance.random() < 0.1:
            await _edit(desk, score, one)


async def _write(desk: Desk, score: Score, number: int) -> Held:
    anchor = desk.anchor if desk.chance.random() < 0.9 else desk.chance.choice(desk.anchors)
    message, meant = random_message(desk.chance, number, anchor)
    desk.slack.shown[message["ts"]] = message
    mine = message.get("user") == desk.taker and anchor == desk.anchor
    score.counts["files"] += bool(message.get("files"))
    for _ in range(2 if desk.chance.random() < 0.1 else 1):
        await desk.team.take(message)
    return Held(message, meant and mine)


async def _change(desk: Desk, score: Score, held: Held) -> None:
    """Now and then edit or delete a message in its moment; sometimes Slack's event of it is lost."""
    fate = desk.chance.random()
    if fate < 0.2:
        await _edit(desk, score, held, told=fate > 0.05)
        held.goes = held.goes and is_meant(held.message)
    elif fate < 0.3:
        before = held.message
        desk.slack.shown.pop(before["ts"], None)
        held.goes = False
        score.counts["deletes"] += 1
        if fate > 0.22:
            await desk.edited(before, None)


async def _edit(desk: Desk, score: Score, held: Held, *, told: bool = True) -> None:
    before, text = held.message, random_text(desk.chance)
    held.message = {**before, "text": text, "edited": {"user": before.get("user"), "ts": "1700000003.0"}}
    if before["ts"] in desk.slack.shown:
        desk.slack.shown[before["ts"]] = held.message
        score.counts["edits"] += 1
        if told:
            await desk.edited(before, held.message)
