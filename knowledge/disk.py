"""Files and folders that are there whole or not at all, whatever happens meanwhile."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nouns import Problem


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, aside = tempfile.mkstemp(prefix=f".writing-{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(aside).chmod(0o644)
        Path(aside).replace(path)
    except OSError:
        Path(aside).unlink(missing_ok=True)
        raise


def save_file(path: Path, content: bytes) -> None:
    """Write a file that people edit; what keeps it from being written is told with its cure."""
    try:
        write_whole(path, content)
    except OSError as error:
        raise Problem(
            "article_unwritten",
            507,
            f"{path} can't be written: {error.strerror}.",
            "Make room, or set its rights.",
        ) from error


@contextmanager
def aside_in(folder: Path) -> Iterator[Path]:
    """Give a folder to build in, removed at the end if it still stands there; a full disk is told as such."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".building-", dir=folder))
        try:
            yield aside
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise Problem(
            "disk_full", 507, f"The disk of {folder} is full; the old index still serves.",
            "Make room and build again: what was encoded is kept.",
        ) from error  # fmt: skip
