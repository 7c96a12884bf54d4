"""Numbers of a snapshot: NumPy files that are mapped, not read, so that processes share their pages."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Hashes = NDArray[np.uint64]

_header = re.compile(r"\{'descr': '([^']+)', 'fortran_order': False, 'shape': \(([\d, ]*)\)")

BLOCK = 100_000  # rows that are copied at once


def fingerprint(content: bytes) -> int:
    """Name content by 64 bits."""
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little")


def mapped(path: Path) -> NDArray[Any]:
    """Map an array; it stays readable when the file is deleted meanwhile.

    The header is read here: `np.load` evaluates it by `ast`, which Python 3.11 can't do in two threads.
    """
    with path.open("rb") as file:
        file.seek(8)
        header = file.read(int.from_bytes(file.read(2), "little")).decode("latin-1")
        offset = file.tell()
    told = _header.match(header)
    if told is None:
        raise ValueError(f"{path} is no array that can be mapped")
    shape = tuple(int(size) for size in told[2].split(",") if size.strip())
    if not all(shape):
        return np.empty(shape, told[1])
    return np.memmap(path, told[1], "r", offset, shape).view(np.ndarray)


def ranges(starts: Ints, sizes: Ints) -> Ints:
    """Count from each start as far as its size, one after the other: [5, 0], [2, 3] gives 5 6 0 1 2."""
    before = np.cumsum(sizes) - sizes
    return np.repeat(starts - before, sizes) + np.arange(int(sizes.sum()), dtype=np.int64)


def bounds(sizes: Sequence[int] | Ints) -> Ints:
    """Give n + 1 bounds of n neighbours of these sizes."""
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


class Owners(NamedTuple):
    """Whose each of m rows is: owner i has those from `bounds[i]` to `bounds[i + 1]`, row j is `of[j]`'s."""

    bounds: Ints
    of: NDArray[np.int32]

    @classmethod
    def within(cls, bounds: Ints) -> Owners:
        """Look the owner of each row up once."""
        return cls(bounds, np.repeat(np.arange(len(bounds) - 1, dtype=np.int32), np.diff(bounds)))


def picked(old: NDArray[Any], new: NDArray[Any], places: Ints) -> NDArray[Any]:
    """Pick places of two arrays put end to end, without putting them so."""
    out = np.empty((len(places), *new.shape[1:]), new.dtype)
    from_new = places >= len(old)
    out[~from_new] = old[places[~from_new]]
    out[from_new] = new[places[from_new] - len(old)]
    return out


def write_picked(path: Path, old: NDArray[Any], new: NDArray[Any], places: Ints) -> None:
    """Write what `picked` gives, a block at a time."""
    shape = (len(places), *new.shape[1:])
    if not all(shape):
        np.save(path, np.empty(shape, new.dtype))
        return
    out = np.lib.format.open_memmap(path, "w+", new.dtype, shape)
    for block in blocks(len(places)):
        out[block] = picked(old, new, places[block])
    out.flush()


def blocks(size: int) -> Iterator[slice]:
    """Cut a length into slices of at most BLOCK."""
    for start in range(0, size, BLOCK):
        yield slice(start, min(start + BLOCK, size))
