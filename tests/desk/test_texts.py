"""What the desk says: every text in every language, with the same blanks."""

from __future__ import annotations

from string import Formatter

import pytest

from bot.settings import Settings
from desk.mail import BODIES, SUBJECTS
from desk.texts import TEXTS, say

ALL = {
    **TEXTS,
    **{f"subject {k}": v for k, v in SUBJECTS.items()},
    **{f"body {k}": v for k, v in BODIES.items()},
}


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("key", ALL)
def test_a_text_has_every_language_and_the_same_blanks(key: str) -> None:
    languages = Settings.model_fields["languages"].default
    assert sorted(ALL[key]) == sorted(languages)
    assert len({frozenset(blanks(text)) for text in ALL[key].values()}) == 1


def test_a_language_nobody_wrote_is_english() -> None:
    assert say("taken", "no", agent="Kari") == say("taken", "en", agent="Kari")
