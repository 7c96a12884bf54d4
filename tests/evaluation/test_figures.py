"""What is counted is counted right."""

import os
from pathlib import Path

import psutil
import pytest

from evaluation.figures import Spread, cpu_seconds, machine, median, memory_of, percentile, size_of


@pytest.mark.parametrize(("percent", "expected"), [(50, 50), (95, 95), (99.5, 100), (100, 100), (0, 1)])
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(percent: float, expected: int) -> None:
    assert percentile(list(range(100, 0, -1)), percent) == expected


def test_few_values_still_have_percentiles() -> None:
    assert Spread.of([3.0, 1.0]) == Spread(n=2, p50_ms=1.0, p95_ms=3.0, mean_ms=2.0)


def test_nothing_measured_is_not_zero() -> None:
    assert Spread.of([]) == Spread(n=0, p50_ms=None, p95_ms=None, mean_ms=None)


def test_the_median_of_an_even_number_lies_in_the_middle() -> None:
    assert median([4.0, 1.0, 3.0, 2.0]) == 2.5
    assert median([9.0, 1.0, 2.0]) == 2.0


def test_a_file_of_two_names_takes_its_place_once(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"x" * 100_000)
    once = size_of(tmp_path)
    os.link(tmp_path / "one", tmp_path / "two")
    assert once >= 100_000
    assert size_of(tmp_path) == once


def test_memory_and_processor_time_of_a_process_are_told() -> None:
    own = psutil.Process()
    memory = memory_of([own])
    assert 0 < memory["pss_bytes"] <= memory["rss_bytes"]
    assert cpu_seconds([own]) > 0
    assert machine()["cores"] == os.cpu_count()
