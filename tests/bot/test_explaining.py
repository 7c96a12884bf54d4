"""`firstline knowledge search --explain` tells of what is offered in another language."""

import pytest

from bot.commands.explaining import show, told
from nouns import Answer, Decision, Hit
from tests.world import NORWAY

ACROSS = Answer(Decision.ABSTAIN, 0.0, (), "index-1", across=[Hit(NORWAY, 0.931)])


def test_articles_of_another_language_are_explained(capsys: pytest.CaptureFixture[str]) -> None:
    show(ACROSS)
    said = capsys.readouterr().out
    assert "No article is in its language" in said and "delivery/norway" in said and "0.931" in said
    assert told(ACROSS)["across"]["cosines"] == {NORWAY.id: 0.931}


def test_a_question_without_words_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    show(Answer(Decision.ABSTAIN, 0.0, (), "index-1"))
    assert "The question holds no word" in capsys.readouterr().out
