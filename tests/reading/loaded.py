"""The real encoders, loaded once for a whole run of the tests."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from reading.reader import Reader

Result = TypeVar("Result")


@cache
def loaded_reader(folder: Path) -> Reader:
    """Load both encoders; `folder` keeps vectors from one run to the next."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch, faiss and swig warn at import
        import bm25s  # noqa: F401
        import faiss  # noqa: F401
        import sklearn.linear_model  # noqa: F401

        return Reader.load(cache=folder / "vectors.db")


def finish(work: Coroutine[Any, Any, Result]) -> Result:
    """Run async work from a fixture that is not async, apart from the tests' own event loops."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(asyncio.run, work).result()
