"""Updates as core.telegram.org/bots/api documents them, and what they mean here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from telegram import Bot, Update, User

from connectors.telegram.updates import Received, read_update

FIXTURES = Path(__file__).parents[1] / "fixtures" / "telegram"
ME = User(100200300, "Firstline", True, username="firstline_demo_bot")
MEANT: dict[str, dict[str, Any] | None] = {
    "text": {"external_id": "100200300:11:5", "address": "11", "text": "Do you ship to Norway?"},
    "start_with_payload": {"command": "start", "text": "/start"},
    "edited": {"external_id": "100200300:11:5", "text": "Do you ship to Sweden?"},
    "photo_with_caption": {"text": "This lamp", "sender_name": "Kari Nordmann"},
    "document": {"text": ""},
    "voice": {"text": ""},
    "sticker": {"text": ""},
    "location": {"text": ""},
    "poll": {"text": "Which lamp?\n- Oak\n- Steel"},
    "pressed": {"button": "b_yes", "external_id": "100200300:press:47244640255"},
    "pressed_on_an_old_message": {"button": "b_old", "address": "11"},
    "group_chatter": None,
    "group_mention": {"text": "do you ship?", "address": "-33", "sender_name": "Lamp lovers"},
    "group_reply": {"text": "And to Sweden?"},
    "group_command_of_another_bot": None,
    "forum_topic": {"command": "human", "address": "-10044/4"},
    "became_a_supergroup": {"address": "-33"},
    "somebody_joined": None,
    "another_bot": None,
}


def received(name: str) -> Received | None:
    content = json.loads((FIXTURES / f"{name}.json").read_text("utf-8"))
    return read_update(Update.de_json(content, Bot("100200300:x")), ME)


@pytest.mark.parametrize("name", sorted(path.stem for path in FIXTURES.glob("*.json")))
def test_each_documented_update_is_understood(name: str) -> None:
    meant, found = MEANT[name], received(name)
    if meant is None:
        assert found is None
        return
    assert found
    assert {key: getattr(found.incoming, key) for key in meant} == meant


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("photo_with_caption", ("photo.jpg", "AgAC-large", 90124)),
        ("document", ("invoice.pdf", "BQAC", 48213)),
        ("voice", ("voice.ogg", "AwAC", 12044)),
        ("sticker", ("sticker.tgs", "CAAC", 9812)),
    ],
)
def test_a_file_is_named_and_measured(name: str, file: tuple[str, str, int]) -> None:
    found = received(name)
    assert found and found.file
    assert (found.file.name, found.file.id, found.file.size_bytes) == file


def test_edits_and_moves_are_told_apart() -> None:
    edited, moved = received("edited"), received("became_a_supergroup")
    assert edited and moved and (edited.edit, moved.moved) == (True, "-10033")
