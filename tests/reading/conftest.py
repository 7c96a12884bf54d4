"""The real encoders, shared by every test that needs them."""

from __future__ import annotations

import pytest

from reading.reader import Reader
from tests.reading.loaded import loaded_reader


@pytest.fixture(scope="session")
def reader(pytestconfig: pytest.Config) -> Reader:
    """Both encoders, with a cache of vectors that outlives the run."""
    return loaded_reader(pytestconfig.cache.mkdir("vectors"))
