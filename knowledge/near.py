"""An approximate index of one field's vectors, chosen by size, trained once and kept as articles change."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from knowledge.arrays import Floats, Ints, blocks
from reading.encoders import First, own_of

TRAINED_ON = 40  # vectors for each list
ROUNDS = 8
STEPS = 400  # of a byte from 0 to 1; a unit vector's largest numbers lie about .3, what is beyond is cut


class Lists(NamedTuple):
    """Up to `rows` vectors lie in so many lists, of which `looked` are looked through (measured: bench)."""

    rows: float
    lists: int
    looked: int


SIZES = (Lists(60_000, 128, 14), Lists(300_000, 1024, 56), Lists(float("inf"), 4096, 24))


def near_of(vectors: NDArray[Any], before: Any | None, first: First | None = None) -> Any:
    """Index n unit vectors in a byte a dimension; the lists of `before` are kept when they fit the size.

    `first`: of vectors of two encoders those of the first one alone are indexed.
    """
    import faiss

    sizes = next(each for each in SIZES if len(vectors) <= each.rows)
    dimension, index = first.dimension if first else vectors.shape[1], before
    if index is not None and index.nlist == sizes.lists:
        index.reset()
    else:
        quantizer = faiss.IndexFlatIP(dimension)
        index = faiss.IndexIVFScalarQuantizer(
            quantizer, dimension, sizes.lists, faiss.ScalarQuantizer.QT_8bit_direct_signed,
            faiss.METRIC_INNER_PRODUCT,
        )  # fmt: skip
        index.by_residual = False
        index.cp.niter = ROUNDS
        index.cp.max_points_per_centroid = TRAINED_ON
        index.train(_in_steps(own_of(_sample(vectors, TRAINED_ON * sizes.lists), first)))
    for block in blocks(len(vectors)):
        index.add(_in_steps(own_of(vectors[block], first)))
    return index


def nearest(index: Any, vector: Floats, k: int) -> tuple[Ints, Floats]:
    """Find about the k nearest rows, and their cosines."""
    import faiss

    faiss.omp_set_num_threads(1)  # of this thread: one question is too little to share
    search = faiss.SearchParametersIVF()
    search.nprobe = next(each.looked for each in SIZES if index.nlist <= each.lists)
    scores, rows = index.search(_in_steps(vector[None, :]), k, params=search)
    there = rows[0] >= 0
    return rows[0][there], scores[0][there] / STEPS**2


def save_near(index: Any, path: Path) -> None:
    """Write the index."""
    import faiss

    faiss.write_index(index, str(path))


def open_near(path: Path, *, mapped: bool = True) -> Any:
    """Map the index, or read it to change it."""
    import faiss

    index: Any = faiss.read_index(str(path), faiss.IO_FLAG_MMAP if mapped else 0)
    if mapped:  # else every search starts 32 threads that fetch pages, which the system does as well
        lists: Any = faiss.downcast_InvertedLists(index.invlists)
        lists.prefetch_nthread = 0
    return index


def _in_steps(vectors: NDArray[Any]) -> Floats:
    """Turn vectors, and questions to them, into whole numbers of a byte: FAISS multiplies these fastest."""
    return np.clip(np.rint(np.asarray(vectors, np.float32) * STEPS), -127, 127)


def _sample(vectors: NDArray[Any], size: int) -> Floats:
    rows = np.arange(len(vectors))
    if len(vectors) > size:
        rows = np.sort(np.random.default_rng(0).choice(len(vectors), size, replace=False))
    return np.asarray(vectors[rows], np.float32)
