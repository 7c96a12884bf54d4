"""One schedule: random moves, then everything comes to rest, then what must hold is looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, func, select

from evaluation.handoffs.invariants import broken
from evaluation.handoffs.moves import MOVES, Moves
from evaluation.handoffs.outside import HUMAN, TOWN
from evaluation.handoffs.world import WAIT, Stage, World
from records import jobs, outbox
from records.conversations import DESK
from records.tables import conversations, messages, thread_lines, threads
from records.threads import LineState

FEWEST, MOST = 6, 24
A_DAY = timedelta(days=1)
ON_THEIR_WAY = (
    select(threads.c.conversation)
    .join(thread_lines, thread_lines.c.thread == threads.c.id)
    .where(thread_lines.c.state == LineState.SENT)
)
ALL = select(conversations.c.id)
AGENT, CUSTOMER = (
    select(func.count()).select_from(messages).where(messages.c.author == author)
    for author in ("agent", "customer")
)


@dataclass
class Outcome:
    """What came of a schedule; `moves` is how it went, to be read when something is broken."""

    number: int
    broken: list[str] = field(default_factory=list)
    takes: int = 0
    kills: int = 0
    agent_messages: int = 0
    customer_messages: int = 0
    moves: list[str] = field(default_factory=list)


async def play(stage: Stage, seed: int, number: int) -> Outcome:
    """Play a seed's schedule of a number."""
    world = await stage.set_up(f"{seed}:{number}")
    moves = Moves(world)
    names, weights = list(MOVES), [weight for _, weight in MOVES.values()]
    chosen = world.chance.choices(names, weights, k=world.chance.randint(FEWEST, MOST))
    try:
        await prologue(moves)
        for name in chosen:
            await moves.move(name)
        return await at_rest(moves, number)
    except Exception as error:  # noqa: BLE001 a schedule's edge: what the program did not catch is a finding
        await world.steps.kill()
        return Outcome(number, [f"{type(error).__name__}: {error}"[:300]], moves=moves.done)


async def prologue(moves: Moves) -> None:
    """Begin, more often than not, with somebody who waits for a person already, or has one."""
    fate = moves.world.chance.random()
    if fate < 0.8:
        await moves.customer_writes(HUMAN)
        await moves.all_end()
        await moves.bot_answers()
        await moves.all_end()
        for conversation in await _conversations(moves.world):
            moves.world.follows(conversation)
        await moves.all_end()
        await moves.outbox_delivers()
        await moves.all_end()
    if fate < 0.5:
        await moves.somebody_takes()
        await moves.all_end()


async def at_rest(moves: Moves, number: int) -> Outcome:
    """Let the platforms be well and everything come to its end; then look."""
    world = moves.world
    world.town.well = world.team.well = world.engine.well = True
    await moves.all_end()
    world.database.heard.look()
    for conversation in await _conversations(world):  # as after a start: whatever a wake was lost of
        world.follows(conversation)
        await moves.all_end()
    while True:
        await moves.room_delivers_again()
        await moves.bot_answers()
        await world.delivers()
        await world.works()
        await moves.all_end()
        if not await _follow(moves) and not await _goes_on_later(world):
            break
    world.clock.now += 2 * WAIT  # longer than anybody may wait
    found = await broken(world)
    return Outcome(
        number,
        found,
        takes=sum(len(takers) for takers in world.told.takes.values()),
        kills=world.kills,
        agent_messages=await _count(world, AGENT),
        customer_messages=await _count(world, CUSTOMER),
        moves=moves.done if found else [],
    )


async def _follow(moves: Moves) -> bool:
    """Let the room follow what it heard of, as it does while it runs; False when nothing was told."""
    told = moves.world.database.heard.look()
    heard = {word for topic, word in told if topic == DESK and word.startswith("c_")}
    if any(topic == outbox.TOPIC for topic, _ in told):
        heard |= set(await _on_their_way(moves.world))
    for conversation in sorted(heard):
        moves.world.follows(conversation)
        await moves.all_end()
    return bool(told)


async def _on_their_way(world: World) -> list[str]:
    """Return the conversations in which a colleague's line was sent and is not yet marked as delivered."""
    async with world.database.read() as connection:
        return [row.conversation for row in await connection.execute(ON_THEIR_WAY)]


async def _goes_on_later(world: World) -> bool:
    """Move the clock to when something is due next; False when nothing ever is."""
    async with world.database.read() as connection:
        due = [await jobs.next_due(connection)]
        due += [await outbox.next_due(connection, channel) for channel in (TOWN, world.team.channel)]
    end = world.clock.now + A_DAY  # what failed for good is put off for years
    times = [moment for moment in due if moment and moment < end]
    if times:
        world.clock.now = max(world.clock.now, min(times))
    return bool(times) or bool(world.unacknowledged) or bool(await world.pending())


async def _conversations(world: World) -> list[str]:
    async with world.database.read() as connection:
        return [row.id for row in await connection.execute(ALL)]


async def _count(world: World, query: Select[Any]) -> int:
    async with world.database.read() as connection:
        return int(await connection.scalar(query) or 0)
