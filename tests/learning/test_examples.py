"""Training data edited by hand, and one customer who says a lot."""

from __future__ import annotations

from pathlib import Path

import pytest

from learning.examples import check_files, labels_of, leave_out, too_many_of_one
from learning.nlufile import nlu_files
from nouns import Problem

GOOD = """version: "3.1"
nlu:
# how people say hello
- intent: greet
  examples: |
    - hi
    - [Kari](name) here
"""
BROKEN = {
    "a tab": ('version: "3.1"\nnlu:\n\t- intent: greet\n', 3),
    "a missing dash": (GOOD + "    hello there\n", 8),
    "an open quote": ('version: "3.1\nnlu: []\n', 1),
    "an intent that nobody knows": (GOOD + "- intent: geet\n  examples: |\n    - hello\n", 8),
    "no examples": ('version: "3.1"\nnlu:\n- intent: greet\n', 3),
}


@pytest.mark.parametrize(("text", "line"), BROKEN.values(), ids=list(BROKEN))
def test_a_slip_in_a_data_file_is_told_with_file_line_and_cure(tmp_path: Path, text: str, line: int) -> None:
    (tmp_path / "greet.yml").write_text(text, "utf-8")
    with pytest.raises(Problem) as refused:
        check_files(tmp_path, tmp_path / "golden", ["greet"])
    assert "greet.yml, line " in refused.value.sentence
    assert abs(int(refused.value.sentence.split("line ")[1].split(":")[0]) - line) <= 1
    assert "the live model stays" in refused.value.cure


def test_a_sound_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "greet.yml").write_text(GOOD, "utf-8")
    check_files(tmp_path, tmp_path / "golden", ["greet"])
    assert labels_of(list(nlu_files([tmp_path]))) == [("hi", "greet"), ("Kari here", "greet")]


def test_of_one_customer_only_so_many_texts_count_in_a_batch(tmp_path: Path) -> None:
    file = tmp_path / "greet.yml"
    file.write_text(GOOD + "".join(f"    - hello number {n}\n" for n in range(9)), "utf-8")
    new = labels_of([file])
    chatty = {label: "c_1" for label in new if label[0].startswith("hello")}
    left_out = too_many_of_one(new, chatty, most=5)
    assert [text for text, _ in left_out] == [f"hello number {n}" for n in range(5, 9)]
    leave_out([file], left_out)
    assert len(labels_of([file])) == 7 and "[Kari](name)" in file.read_text("utf-8")
    assert "# how people say hello" in file.read_text("utf-8")
