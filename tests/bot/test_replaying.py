"""What a replay says when what it needs is gone: the model, the index, or the customer's words."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.commands.replay import _differing
from bot.replaying import Replayer, Stage, check_replayable
from bot.settings import Settings
from desk.erasing import Erasure
from learning.replay import Decision, Replayed, Setting, differences, logged, summed
from learning.shelf import Shelf
from nouns import Problem, Turn
from records import turns
from records.database import Database
from tests.learning.shelves import put_model
from tests.world import World


@dataclass
class FixedEncoders:
    encoders: dict[str, int] = field(default_factory=lambda: {"fixed": 2})

    @property
    def article_encoders(self) -> dict[str, int]:
        return self.encoders


async def forget(conversation: str) -> None:
    """No engine remembers anything here."""


async def only_turn(world: World, conversation: str) -> Turn:
    async with world.database.read() as connection:
        (turn,) = await turns.of_conversation(connection, conversation)
    return turn


async def test_what_is_not_kept_any_more_is_named(database: Database, tmp_path: Path) -> None:
    world = World.of(database)
    turn = await only_turn(world, await world.talk("Do you ship to Norway?"))
    replayer = Replayer(Settings(data_dir=tmp_path), database, reader=None)  # type: ignore[arg-type]
    (replayed,) = await replayer.replay([turn])
    assert replayed.missing == "the model scripted-model and the index index-1 are not kept any more"
    put_model(Shelf(tmp_path / "models"), "scripted-model")
    assert replayer.missing(Setting.of(turn.versions)) == "the index index-1 is not kept any more"
    assert summed([replayed]) | {"missing_reasons": []} == {
        "turns": 1, "same": 0, "different": 0, "noticed": 0, "missing": 1, "missing_reasons": [],
        "intents_changed": 0, "answers_changed": 0,
    }  # fmt: skip


async def test_an_index_of_an_older_version_and_a_damaged_model_count_as_missing(
    database: Database, tmp_path: Path
) -> None:
    world = World.of(database)
    turn = await only_turn(world, await world.talk("Do you ship to Norway?"))
    put_model(shelf := Shelf(tmp_path / "models"), "scripted-model")
    shelf.file("scripted-model").write_bytes(shelf.file("scripted-model").read_bytes()[:-40])
    snapshot = tmp_path / "index" / "index-1" / "snapshot.json"
    snapshot.parent.mkdir(parents=True)
    snapshot.write_text('{"format": 1}', "utf-8")
    replayer = Replayer(Settings(data_dir=tmp_path), database, FixedEncoders())  # type: ignore[arg-type]
    (replayed,) = await replayer.replay([turn])
    assert replayed.missing is not None
    assert "the model scripted-model can't be loaded: The file of model scripted-model is damaged" in (
        replayed.missing
    )
    assert "the index index-1 can't be opened: An older version of Firstline built" in replayed.missing
    assert summed([replayed])["missing"] == 1


async def test_what_was_erased_replays_as_erased(database: Database, tmp_path: Path) -> None:
    world = World.of(database)
    conversation = await world.talk("my name is Rumpelstiltskin")
    logged_before = await only_turn(world, conversation)
    held = await world.held(conversation)
    await Erasure(database, tmp_path / "files", forget).erase(held.customer, "Ada")
    stage = Stage(database, *[None] * 6)  # type: ignore[arg-type]
    assert (await stage.again(logged_before)).missing == "its text was erased"
    turn = await only_turn(world, conversation)
    assert "Rumpelstiltskin" not in repr(turn)
    with pytest.raises(Problem, match="was erased, and its replay with it"):
        check_replayable(turn, True, turn.message)


def test_a_message_that_nobody_answered_is_told_as_such() -> None:
    with pytest.raises(Problem, match="No answer was logged to message m_1"):
        check_replayable(None, False, "m_1")


async def test_how_sure_a_candidate_is_nobody_notices_but_what_it_says(database: Database) -> None:
    world = World.of(database)
    turn = await only_turn(world, await world.talk("Do you ship to Norway?"))
    surer = Replayed(turn, logged(turn), None, ("ranking", "slots"))
    otherwise = Replayed(turn, {**logged(turn), "intent": "greet"}, None, ("ranking", "intent"))
    assert (surer.noticed, otherwise.noticed) == (False, True)
    assert summed([surer, otherwise, otherwise])["noticed"] == 2
    told = _differing([surer, otherwise, otherwise])
    assert [(one["noticed"], one["count"]) for one in told] == [(True, 2), (False, 1)]


def test_only_what_differs_is_named() -> None:
    before: Decision = {"intent": "greet", "replies": ["Hello!"], "ranking": [["greet", 0.9]]}
    assert differences(before, {**before, "replies": ["Bye!"]}) == ("replies",)
