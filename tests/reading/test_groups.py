"""Questions that mean about the same stand together."""

from __future__ import annotations

import numpy as np
import pytest

from reading.groups import CLOSE_BY_ENCODER, groups_of
from reading.reader import Reader
from tests.reading.loaded import finish


@pytest.mark.models
@pytest.mark.parametrize(
    ("questions", "sizes"),
    [
        (
            ["do you ship to Iceland", "delivery to Iceland?", "can I ship to Iceland", "repair a kettle"],
            [3, 1],
        ),
        (["可以寄到冰岛吗", "冰岛能送货吗", "能不能寄冰岛", "水壶坏了能修吗"], [3, 1]),
    ],
)
def test_one_question_in_three_wordings_is_one_group(
    reader: Reader, questions: list[str], sizes: list[int]
) -> None:
    encoder = reader.encoder_of(questions[0])
    vectors = finish(reader.encode_questions(questions, encoder))

    groups = groups_of(questions, vectors, CLOSE_BY_ENCODER[encoder])

    assert [len(group.members) for group in groups] == sizes
    assert groups[0].name in questions[:3] and groups[0].members == (0, 1, 2)


def test_nothing_and_a_single_question_are_grouped_too() -> None:
    assert groups_of([], np.empty((0, 4), np.float32)) == []
    assert [group.texts for group in groups_of(["hi"], np.eye(4, dtype=np.float32)[:1])] == [("hi",)]
