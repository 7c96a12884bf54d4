"""One small model for the whole run, trained by Rasa from the project's own config, domain and rules."""

import os

os.environ |= {
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}

import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog
from rasa.model_training import train

from engine.replacements import install_all, remove_all
from tests.engine.actionserver import ActionServer
from tests.engine.textservice import TextService
from tests.engine.world import ROOT, TOKEN, InProcess, Served, endpoint_of

NLU = Path(__file__).parent / "data" / "nlu.yml"
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))


@pytest.fixture(scope="session")
def text_service() -> Iterator[TextService]:
    service = TextService()
    os.environ |= {"FIRSTLINE_TEXT_URL": service.url, "FIRSTLINE_ENGINE_TOKEN": TOKEN}
    yield service
    service.stop()


@pytest.fixture(scope="session")
def model(text_service: TextService, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    os.environ["RASA_CACHE_DIRECTORY"] = str(folder / "cache")
    data = [str(NLU), str(ROOT / "data" / "rules")]
    result = train(
        str(ROOT / "domain.yml"), str(ROOT / "config.yml"), data, str(folder), fixed_model_name="small"
    )
    return Path(result.model)


@pytest.fixture
def replaced() -> Iterator[None]:
    install_all()
    yield
    remove_all()


@pytest.fixture
async def actions() -> AsyncIterator[ActionServer]:
    server = ActionServer()
    server.port = await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def desk(model: Path, actions: ActionServer, replaced: None) -> AsyncIterator[InProcess]:
    desk = InProcess(model, ":memory:", endpoint_of(actions.port))
    yield desk
    await desk.engine.close()


@pytest.fixture
async def served(model: Path, actions: ActionServer, tmp_path: Path) -> AsyncIterator[Served]:
    served = await Served(model, tmp_path / "trackers.db", actions.port).start()
    yield served
    await served.stop()
