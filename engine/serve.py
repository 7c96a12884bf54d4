"""The launcher: `python -m engine.serve` answers the app on 127.0.0.1:FIRSTLINE_ENGINE_PORT.

What Rasa must not do is settled before it is imported: no telemetry, one thread for the tiny matrices, no
TensorFlow.
"""

import asyncio
import gc
import logging
import os
import signal
import sys
import warnings
from pathlib import Path

from engine import slim

os.environ["RASA_TELEMETRY_ENABLED"] = "false"
os.environ["SQLALCHEMY_SILENCE_UBER_WARNING"] = "1"
warnings.filterwarnings("ignore", category=DeprecationWarning)  # of packages pinned by Rasa; tests show ours
for threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(threads, "1")
if os.environ.get("FIRSTLINE_ENGINE_FULL") != "1":
    slim.leave_out()

import structlog  # noqa: E402 (after the settings above)
import uvloop  # noqa: E402

from engine.actionendpoint import ActionEndpoint  # noqa: E402
from engine.calls import Calls  # noqa: E402
from engine.eventlog import EventLog  # noqa: E402
from engine.loading import ServedModel, load_model  # noqa: E402
from engine.problems import EngineProblem, ModelRefused  # noqa: E402
from engine.replacements import install_all  # noqa: E402
from engine.turns import Engine  # noqa: E402
from engine.web import HOST, WebServer  # noqa: E402

logger = logging.getLogger("engine")
LEVEL = os.environ.get("LOG_LEVEL", "WARNING").upper()
NEEDED = (
    "FIRSTLINE_ENGINE_TOKEN",
    "FIRSTLINE_ENGINE_PORT",
    "FIRSTLINE_ACTIONS_URL",
    "FIRSTLINE_TRACKERS",
    "FIRSTLINE_MODEL",
)


async def serve() -> None:
    """Serve until SIGTERM or SIGINT; the turns in hand are finished first."""
    install_all()
    token = os.environ["FIRSTLINE_ENGINE_TOKEN"]
    endpoint = ActionEndpoint(
        os.environ["FIRSTLINE_ACTIONS_URL"], headers={"X-Engine-Token": token}, enable_selective_domain=True
    )
    log = EventLog(os.environ["FIRSTLINE_TRACKERS"])
    engine = Engine(_first_that_loads(os.environ["FIRSTLINE_MODEL"], log, endpoint), log, endpoint)
    server = WebServer(Calls(engine, token))
    gc.collect()
    gc.freeze()  # what was loaded stays, so the collector need not look through it again and again
    port = await server.listen(int(os.environ["FIRSTLINE_ENGINE_PORT"]))
    logger.warning("engine: %s answers on %s:%d", engine.status()["model"], HOST, port)
    await _stopped()
    await server.close()
    await engine.close()


def _first_that_loads(paths: str, log: EventLog, endpoint: ActionEndpoint) -> ServedModel:
    """Load the first of several model files that can be loaded: the live one, else the last good one."""
    files = [Path(path) for path in paths.split(os.pathsep)]
    for file in files[:-1]:
        try:
            return load_model(file, log, endpoint)
        except ModelRefused as refusal:
            logger.error("engine: %s Trying the model before it.", refusal)
    return load_model(files[-1], log, endpoint)


async def _stopped() -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    ends_with_app = os.environ.get("FIRSTLINE_ENGINE_STDIN") == "app"
    if ends_with_app:  # the app holds the other end of this pipe, and it closes however the app ends
        loop.add_reader(0, stopped.set)
    await stopped.wait()
    if ends_with_app:
        loop.remove_reader(0)


def main() -> int:
    """Start the engine, or say in one line why not."""
    logging.basicConfig(level=LEVEL, format="%(levelname)s %(name)s %(message)s")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(LEVEL)))
    missing = [name for name in NEEDED if not os.environ.get(name)]
    if missing:
        logger.error("%s not set; `firstline run` starts the engine with all it needs.", ", ".join(missing))
        return 2
    uvloop.install()
    try:
        asyncio.run(serve())
    except (EngineProblem, OSError) as problem:
        logger.error("engine: %s", problem)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
