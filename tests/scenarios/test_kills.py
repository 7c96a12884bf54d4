"""A random schedule on the real processes, killed in the midst of it: hand-off holds there too."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.terminal import free_ports
from evaluation.handoffs.real import play_real
from tests.scenarios.prepared import environment, prepare

pytestmark = pytest.mark.engine


async def test_killed_at_random_nothing_of_a_hand_off_is_lost(tmp_path: Path) -> None:
    port = free_ports()
    settings = {"PORT": str(port), "DATA_DIR": str(prepare(tmp_path / "var"))}
    played = await play_real(tmp_path, environment(**settings), port, 1, 3, lambda done, total: None)
    assert played["violations"] == 0, played["found"]
    assert played["kills"] and played["customer_messages"]
