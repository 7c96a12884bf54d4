"""What is counted: milliseconds, messages a second, memory, and how busy the machine was meanwhile."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something took, in milliseconds."""

    n: int
    p50_ms: float | None
    p95_ms: float | None
    mean_ms: float | None

    @classmethod
    def of(cls, milliseconds: Sequence[float]) -> Spread:
        """Sum up; nothing measured is None, not zero."""
        if not milliseconds:
            return cls(0, None, None, None)
        mean = sum(milliseconds) / len(milliseconds)
        return cls(
            len(milliseconds), percentile(milliseconds, 50), percentile(milliseconds, 95), round(mean, 2)
        )


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that at least `percent` of the values don't exceed (nearest rank)."""
    ordered = sorted(values)
    place = max(1, math.ceil(percent / 100 * len(ordered)))
    return round(ordered[place - 1], 2)


def median(values: Sequence[float]) -> float:
    """Return the middle value, or the mean of the two in the middle."""
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) / 2


def memory_of(processes: Iterable[psutil.Process]) -> dict[str, int]:
    """Return RSS and PSS in bytes; PSS counts a page shared by n processes as an nth (RSS where unknown)."""
    rss = pss = 0
    for process in processes:
        told = process.memory_full_info()
        rss += told.rss
        pss += getattr(told, "pss", told.rss)
    return {"rss_bytes": rss, "pss_bytes": pss}


def cpu_seconds(processes: Iterable[psutil.Process]) -> float:
    """Return the processor time that processes have taken so far; other people's load changes it little."""
    return sum(told.user + told.system for told in (process.cpu_times() for process in processes))


def size_of(folder: Path) -> int:
    """Return the bytes that a folder takes on the disk, each file once however many names it has."""
    seen: set[tuple[int, int]] = set()
    total = 0
    for path in folder.rglob("*"):
        told = path.lstat()
        if (told.st_dev, told.st_ino) not in seen:
            seen.add((told.st_dev, told.st_ino))
            total += told.st_blocks * 512
    return total


def machine() -> dict[str, Any]:
    """Return what a figure must be read beside: cores, memory, and the load before the measurement."""
    return {
        "cores": os.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "load_average_1min": round(psutil.getloadavg()[0], 2),
    }


def told(spread: Spread) -> dict[str, Any]:
    """Return a spread as JSON."""
    return asdict(spread)
