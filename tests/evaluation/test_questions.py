"""What is asked comes from the company's own articles."""

from pathlib import Path

import pytest

from evaluation.questions import in_conversations, mixed, out_of_scope, questions_of
from nouns import Problem

NORWAY = """---
title: Delivery to Norway
language: {language}
kind: faq
questions: ["{known}"]
probes: ["{probe}", "{probe}"]
audience: {audience}
---
Two days.
"""


def write(folder: Path, name: str, **values: str) -> None:
    values = {
        "language": "en",
        "audience": "public",
        "known": "Ship to Norway?",
        "probe": "To Oslo?",
    } | values
    (folder / f"{name}.md").write_text(NORWAY.format(**values), "utf-8")


def test_probes_come_first_and_none_twice(tmp_path: Path) -> None:
    write(tmp_path, "norway")
    assert questions_of(tmp_path, "en") == ["To Oslo?", "Ship to Norway?"]


def test_what_is_internal_is_not_asked(tmp_path: Path) -> None:
    write(tmp_path, "limits", audience="internal")
    assert questions_of(tmp_path, "en") == []


def test_a_fifth_is_chinese_and_few_questions_come_round_again(tmp_path: Path) -> None:
    write(tmp_path, "norway")
    write(tmp_path, "norway.zh", language="zh", known="能寄到挪威吗？", probe="奥斯陆几天到？")
    asked = mixed(tmp_path, 10)
    assert [len(asked["en"]), len(asked["zh"])] == [8, 2]
    assert asked["en"][:3] == ["To Oslo?", "Ship to Norway?", "To Oslo?"]


def test_articles_without_questions_say_so(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="no questions"):
        mixed(tmp_path, 10)


def test_texts_are_cut_into_conversations() -> None:
    assert list(in_conversations(["a", "b", "c"], 2)) == [["a", "b"], ["c"]]


def test_sixty_questions_are_out_of_scope() -> None:
    rows = out_of_scope()
    assert len(rows) == 60
    assert {language for _, language in rows} == {"en", "zh"}
