"""A channel with one person on it, as the conformance suite meets it: a customer, or one of the team."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pytest

from nouns import Author
from tests.world import World

QUICK_PAUSE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Line:
    """Something that they see from our side: its text without markup, and the titles to press."""

    text: str
    buttons: Sequence[str] = ()


class Side(Protocol):
    """One channel with one person on it, seen from both ends. It is up when a story begins."""

    world: World
    pushes: bool
    """Whether what is said to them leaves by the outbox, so that sending can fail."""
    writer: Author
    """Who is on the channel: a customer whom the bot answers, or a colleague whom a customer answers."""

    async def says(self, text: str) -> Any:
        """Let them write; return what the platform delivers of it."""
        ...

    async def sends_file(self, name: str, content: bytes) -> None:
        """Let them send a file and no text."""
        ...

    async def presses(self, title: str) -> None:
        """Let them press what was offered last under this title."""
        ...

    async def edits(self, delivered: Any, text: str) -> bool:
        """Let them change what they wrote; False where nobody can."""
        ...

    async def comes_back(self) -> None:
        """Let them come as if for the first time, where they would be sent away otherwise."""
        ...

    async def again(self, delivered: Any, times: int) -> None:
        """Let the platform deliver the same thing so many times more, at once."""
        ...

    async def says_swapped(self, first: str, second: str) -> None:
        """Let the platform deliver `second` before `first`."""
        ...

    async def screen(self, count: int) -> list[Line]:
        """Wait until they see so many lines of ours, and return all of them."""
        ...

    async def conversation(self) -> str:
        """Return the conversation that they are in."""
        ...

    async def forges(self) -> bool | None:
        """Deliver something with a wrong secret; tell if it was refused, None where nobody can call in."""
        ...

    async def stale(self) -> bool | None:
        """Deliver something signed long ago; tell if it was refused, None where no time is signed."""
        ...

    async def garbage(self) -> None:
        """Deliver what can't be read."""
        ...

    def fails(self, kind: str) -> None:
        """Let the next sending fail: `429`, `500`, or `no_answer` after it was shown."""
        ...

    async def outage(self) -> None:
        """Let nobody reach the platform."""
        ...

    async def outage_over(self) -> None:
        """Let the platform be reached again."""
        ...

    async def down(self) -> None:
        """Stop our program."""
        ...

    async def kill(self) -> None:
        """Kill our program, whatever it is doing."""
        ...

    async def up(self) -> None:
        """Start it again."""
        ...


def sending(side: Side) -> None:
    """Skip a story about sending where nothing is sent."""
    if not side.pushes:
        pytest.skip("this channel's clients read by themselves")


async def stored(side: Side) -> list[Any]:
    """What they have said, as it is stored."""
    said = await side.world.said(await side.conversation())
    return [line for line in said if line.author is side.writer]


async def is_answered(side: Side, conversation: str) -> bool:
    """Tell whether the last word in a conversation was not theirs."""
    return (await side.world.said(conversation))[-1].author is not side.writer
