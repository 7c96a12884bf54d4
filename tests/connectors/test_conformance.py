"""Every channel through the same stories, on a scripted engine and a real database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.conformance import STORIES
from tests.connectors.lines.side import LinesSide
from tests.connectors.side import Side
from tests.connectors.slack.side import SlackSide
from tests.connectors.slack.team_side import SlackTeamSide
from tests.connectors.team import NOT_A_TEAMS_PART, TEAM_STORIES, TeamSide
from tests.connectors.telegram.side import TelegramSide
from tests.connectors.web_side import WebSide

CHANNELS: dict[str, Callable[[str, Path], AbstractAsyncContextManager[Side]]] = {
    "web": WebSide.open,
    "telegram-polled": partial(TelegramSide.open, webhook=False),
    "telegram-called": partial(TelegramSide.open, webhook=True),
    "slack-socket": partial(SlackSide.open, http=False),
    "slack-http": partial(SlackSide.open, http=True),
    "lines": LinesSide.open,
}
TEAMS: dict[str, Callable[[str, Path], AbstractAsyncContextManager[TeamSide]]] = {
    "slack-team-socket": partial(SlackTeamSide.team, http=False),
    "slack-team-http": partial(SlackTeamSide.team, http=True),
}
Story = Callable[[Any], Awaitable[None]]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
@pytest.mark.parametrize("channel", CHANNELS)
async def test_every_channel(channel: str, story: Story, database_url: str, tmp_path: Path) -> None:
    async with CHANNELS[channel](database_url, tmp_path / "files") as side:
        await story(side)


@pytest.mark.parametrize("story", (*STORIES, *TEAM_STORIES), ids=lambda story: story.__name__)
@pytest.mark.parametrize("team", TEAMS)
async def test_every_team(team: str, story: Story, database_url: str, tmp_path: Path) -> None:
    if reason := NOT_A_TEAMS_PART.get(story.__name__):
        pytest.skip(reason)
    async with TEAMS[team](database_url, tmp_path / "files") as side:
        await story(side)
