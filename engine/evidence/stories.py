"""Whole conversations with a model, its actions played by a stand-in: does asking for a human always work?"""

import asyncio
import itertools
from collections.abc import Sequence
from typing import Any

from engine.actionendpoint import ActionEndpoint
from engine.eventlog import EventLog
from engine.loading import ServedModel
from engine.nlu.service import text_service
from engine.turns import Engine, Turn

Steps = Sequence[dict[str, str]]


class PlayedActions(ActionEndpoint):
    """Answers every action with nothing to say or remember: which one is called is what counts."""

    def __init__(self) -> None:
        super().__init__("http://nowhere.invalid", enable_selective_domain=True)

    async def request(self, *args: Any, **kwargs: Any) -> Any:
        """Answer an action."""
        return {"events": [], "responses": []}


def play(stories: Sequence[dict[str, Any]], model: ServedModel) -> list[bool]:
    """Tell for each story whether every action it names is run where it stands."""
    texts = list(
        dict.fromkeys(step["user"] for story in stories for step in story["steps"] if "user" in step)
    )
    readings = dict(zip(texts, text_service().read(texts), strict=True))
    engine = Engine(model, EventLog(":memory:"), PlayedActions())
    numbers = itertools.count(1)

    async def one(name: str, steps: Steps) -> bool:
        run: list[str] = []
        for step in steps:
            if "user" in step:
                text = step["user"]
                turn = Turn(f"m{next(numbers)}", name, text, readings[text], None)
                run = [e["name"] for e in (await engine.ask(turn))["events"] if e["event"] == "action"]
            elif step["action"] not in run:
                return False
        return True

    async def all_of_them() -> list[bool]:
        return [await one(f"story-{i}", story["steps"]) for i, story in enumerate(stories)]

    return asyncio.run(all_of_them())
