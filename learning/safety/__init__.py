"""The stories that no model may break, whatever company's: asking for a human always works."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent
HAND_OVER = "action_hand_over"
BEFORE: dict[str, list[dict[str, str]]] = {
    "at once": [],
    "in the midst of a ticket": [{"user": "open a ticket"}],
    "after a question": [{"user": "What are your opening hours?"}],
}


def safety_stories() -> list[dict[str, Any]]:
    """Return every story as its name and steps: the written ones, and each wording in each situation."""
    written = yaml.safe_load((FOLDER / "stories.yml").read_text("utf-8"))["stories"]
    stories = [_story(story["story"], story["steps"]) for story in written]
    for wording in wordings():
        for when, before in BEFORE.items():
            stories.append(_story(f"{wording} ({when})", [*before, {"user": wording}, {"action": HAND_OVER}]))
    return stories


def wordings() -> list[str]:
    """Return the ways in which people ask for a person."""
    blocks = yaml.safe_load((FOLDER / "wordings.yml").read_text("utf-8"))["nlu"]
    return [line for block in blocks for line in _examples(block["examples"])]


def own_stories(golden_dir: Path) -> list[dict[str, Any]]:
    """Return the company's own test stories, in Rasa's format, of `stories` in its golden folder."""
    files = sorted((golden_dir / "stories").glob("*.yml"))
    found = [story for file in files for story in yaml.safe_load(file.read_text("utf-8")).get("stories", ())]
    return [{**_story(story["story"], story["steps"]), "safety": False} for story in found]


def _story(name: str, steps: list[dict[str, str]]) -> dict[str, Any]:
    kept = [{key: step[key].strip() for key in ("user", "action") if key in step} for step in steps]
    return {"name": name, "safety": True, "steps": [step for step in kept if step]}


def _examples(block: str) -> list[str]:
    return [line.removeprefix("- ").strip() for line in block.splitlines() if line.strip()]
