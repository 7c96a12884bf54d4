"""The folder of snapshots: which one is current, which ones answers name, and what is removed."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from knowledge.disk import write_whole

POINTER = "current"
NAMED = "named"
KEPT_SNAPSHOTS = 5
KEPT_BYTES = 1_000_000_000  # older snapshots beyond that are removed, but for the last one
STALE_SECONDS = 6 * 3600


def current_version(folder: Path) -> str | None:
    """Read which snapshot is the current one."""
    pointer = folder / POINTER
    return pointer.read_text(encoding="utf-8").strip() if pointer.is_file() else None


def point(folder: Path, version: str) -> None:
    """Make another snapshot the current one."""
    if current_version(folder) != version:
        write_whole(folder / POINTER, version.encode())


def named_snapshots(folder: Path) -> list[str]:
    """Return the snapshots that logged answers name: they are kept for replays."""
    file = folder / NAMED
    return file.read_text(encoding="utf-8").split() if file.is_file() else []


def keep_snapshots(folder: Path, named: Sequence[str], limit_bytes: int) -> list[str]:
    """Keep the snapshots that answers name, the newest within a limit; return those kept."""
    there = [folder / version for version in named if (folder / version).is_dir()]
    kept, size = [], 0
    for path in sorted(there, key=lambda path: -path.stat().st_mtime):
        size += _size_of(path)
        if size <= limit_bytes:
            kept.append(path.name)
    if folder.is_dir():
        write_whole(folder / NAMED, "\n".join(kept).encode())
    return kept


def forget_old(folder: Path, version: str) -> None:
    """Remove all but the latest snapshots (who serves one has it mapped) and what killed builds left."""
    kept = {version, *named_snapshots(folder)}
    others = [path for path in folder.glob("[!.]*") if path.is_dir() and path.name not in kept]
    stale = [path for path in folder.glob(".*ing-*") if path.stat().st_mtime < time.time() - STALE_SECONDS]
    kept_bytes = 0
    for place, path in enumerate(sorted(others, key=lambda path: -path.stat().st_mtime), 1):
        kept_bytes += _size_of(path)
        if place >= KEPT_SNAPSHOTS or (place > 1 and kept_bytes > KEPT_BYTES):
            shutil.rmtree(path, ignore_errors=True)
    for old in stale:
        shutil.rmtree(old, ignore_errors=True) if old.is_dir() else old.unlink(missing_ok=True)


def _size_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
