"""`firstline evaluate nlu`: the files it takes, and one run of the real pipeline on a few examples."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from bot.commands import app
from bot.settings import Settings
from evaluation.nlu import as_one, evaluate_nlu
from nouns import Problem, Reading

TRAIN = {
    "greet": ["hello", "hi there", "good morning", "hey you", "hello again"],
    "refund": ["I want my money back", "refund please", "give the money back", "a refund", "money back now"],
}
TEST = {"greet": ["hello there"], "refund": ["money back please"], "out_of_scope": ["penguins swim"]}
CONTRACT = {
    "accuracy",
    "macro_f1",
    "forced_accuracy",
    "oos_auroc",
    "oos_recall",
    "accuracy_at_oos_recall_90",
    "routed_right",
    "n",
    "seconds_train",
    "ms_per_message",
}


class Hashing:
    """A reader whose vectors are hashed words, so that equal words are near each other."""

    async def read_many(self, texts: Sequence[str]) -> list[Reading]:
        return [self._read(text) for text in texts]

    def _read(self, text: str) -> Reading:
        words = text.lower().split()
        vector = np.zeros(64, "<f4")
        for word in words:
            vector[hashlib.md5(word.encode()).digest()[0] % 64] += 1
        vector /= max(1.0, float(np.linalg.norm(vector)))
        return Reading("en", "minilm", vector.tobytes(), tuple(words), ())


def write(path: Path, examples: dict[str, list[str]]) -> Path:
    blocks = [
        f"- intent: {intent}\n  examples: |\n" + "".join(f"    - {text}\n" for text in texts)
        for intent, texts in examples.items()
    ]
    path.write_text('version: "3.1"\nnlu:\n' + "".join(blocks), "utf-8")
    return path


def test_one_file_is_taken_as_it_is_and_several_are_gathered(tmp_path: Path) -> None:
    one = write(tmp_path / "one.yml", TRAIN)
    (tmp_path / "folder").mkdir()
    two = write(tmp_path / "folder" / "one.yml", TEST)
    with as_one([one]) as path:
        assert path == one
    with as_one([one, tmp_path / "folder"]) as folder:
        assert sorted(file.read_text() for file in folder.iterdir()) == sorted(
            [one.read_text(), two.read_text()]
        )
    assert not folder.exists()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"gone\.yml"), as_one([tmp_path / "gone.yml"]):
        pass


def test_half_of_the_files_is_a_wrong_use() -> None:
    assert CliRunner().invoke(app, ["evaluate", "nlu", "--train", "a.yml"]).exit_code == 2
    assert CliRunner().invoke(app, ["evaluate", "knowledge", "--predictions", "p"]).exit_code == 2


@pytest.mark.engine
@pytest.mark.timeout(600)
async def test_the_pipeline_is_trained_and_tested_aside(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "var")
    files = ([write(tmp_path / "train.yml", TRAIN)], [write(tmp_path / "test.yml", TEST)])
    reader: Any = Hashing()
    figures = await evaluate_nlu(settings, reader, files, tmp_path / "said.jsonl")
    said = [json.loads(line) for line in (tmp_path / "said.jsonl").read_text("utf-8").splitlines()]
    assert set(figures) >= CONTRACT
    assert (figures["n"], figures["forced_accuracy"]) == (3, 1.0)
    assert figures["forced_accuracy_95"] == [0.1581, 1.0]  # two texts prove little
    assert (figures["threshold"], figures["error_rate_promised"]) == (0.35, None)  # nor do ten examples
    assert [row["gold"] for row in said] == ["greet", "refund", "out_of_scope"]
    assert {intent["name"] for intent in said[0]["ranking"]} == set(TRAIN)
