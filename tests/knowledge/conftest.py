"""The real encoders, shared by every test that needs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.base import KnowledgeBase
from knowledge.index import build_folder
from reading.reader import Reader
from tests.knowledge.company import write_articles
from tests.reading.loaded import finish, loaded_reader


@pytest.fixture(scope="session")
def reader(pytestconfig: pytest.Config) -> Reader:
    """Both encoders, with a cache of vectors that outlives the run."""
    return loaded_reader(pytestconfig.cache.mkdir("vectors"))


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    """A small company: four public articles, one of them in Chinese, and an internal one."""
    return write_articles(tmp_path / "articles")


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """Where the small company's index goes."""
    return tmp_path / "index"


@pytest.fixture(scope="session")
def company(reader: Reader, tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    """The small company's knowledge base."""
    folder = tmp_path_factory.mktemp("company")
    written = write_articles(folder / "articles")
    finish(build_folder(written, reader, folder / "index"))
    return KnowledgeBase.open(folder / "index", written, reader)
