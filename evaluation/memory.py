"""A folder for what is written much and kept not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

IN_MEMORY = "/dev/shm"  # where Linux keeps files in memory


@contextmanager
def in_memory(prefix: str) -> Iterator[Path]:
    """Give a folder, in memory where the machine has such a place; it is gone afterwards."""
    place = IN_MEMORY if Path(IN_MEMORY).is_dir() else None
    with TemporaryDirectory(prefix=prefix, dir=place) as name:
        yield Path(name)
