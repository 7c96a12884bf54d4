"""`firstline run`: prepare what is missing, start both processes, say where everything is, stop cleanly."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import structlog
import uvicorn
from starlette.types import ASGIApp

from bot.app import Parts, base_url_of, compose, database_of, engine_url, inner_url, public_app
from bot.engine import Engine, EngineSilentError
from bot.secret_files import secrets_of
from bot.settings import Settings
from bot.start_model import StartModel
from bot.supervisor import Supervisor, end_left_behind, engine_python, engine_variables
from connectors.web import Front
from knowledge.base import KnowledgeBase
from knowledge.index import build_folder
from nouns import Problem
from reading.reader import Reader
from records import schema

if TYPE_CHECKING:
    from bot.shadowing import Shadowing

log = structlog.get_logger()

ENGINE_START_SECONDS = 90.0
PAUSE_SECONDS = 1.0
RESTARTING = 1012
# Objects, then rounds, between collections: a message makes some thousand, and Python looks after each 700.
COLLECTED_AFTER = (20_000, 20, 20)
MOST_FAILED_STARTS = 3
STOPPING = (signal.SIGTERM, signal.SIGINT)
Tell = Callable[[str], None]


class Listener(uvicorn.Server):
    """A uvicorn server that leaves signals to us, since there are two of them."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


async def run(
    settings: Settings, tell: Tell, ready: Callable[[Parts], Awaitable[None]] | None = None
) -> None:
    """Run until SIGTERM or SIGINT; they count from the first moment, so that no engine is left behind."""
    _cancel_when_told()
    with suppress(asyncio.CancelledError):
        async with running(settings, tell) as parts:
            if ready:
                await ready(parts)
            try:
                await asyncio.Event().wait()
            finally:
                tell("Stopping: no new messages, the ones under way are finished.")


@asynccontextmanager
async def running(settings: Settings, tell: Tell) -> AsyncIterator[Parts]:
    """Give the whole program, running: both listeners, the engine, the workers."""
    check_ports(settings)
    engine_python()  # its absence is told now, not after a minute
    secrets = secrets_of(settings)
    database = database_of(settings)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        await schema.upgrade(database)
        tell("Loading the sentence encoders")
        reader = await asyncio.to_thread(load_reader, settings)
        knowledge = await open_knowledge(settings, reader, tell)
        parts = compose(settings, secrets, database, reader, knowledge)
        stack.push_async_callback(parts.engine.close)
        await stack.enter_async_context(listening(parts.inner, "127.0.0.1", settings.port + 1))
        start = StartModel(
            settings, reader, parts.models, f"{inner_url(settings)}/text", secrets.engine_token
        )
        await start.prepare(tell)
        tell("Starting the engine")
        supervisor = Supervisor(
            lambda: engine_variables(
                secrets.engine_token,
                settings.port + 2,
                inner_url(settings),
                trackers_of(settings),
                start.shelf.to_load(),
            ),
            settings.data_dir / "logs" / "engine.log",
        )
        await stack.enter_async_context(at_work(supervisor))
        await start.check(await wait_for_engine(parts.engine, supervisor), tell)
        await parts.retention.plan()
        await parts.retrainer.plan()
        for worker in (*parts.workers, shadowing_of(parts)):
            await stack.enter_async_context(at_work(worker))
        await stack.enter_async_context(
            listening(public_app(parts), settings.host, settings.port, settings.trusted_proxies)
        )
        stack.push_async_callback(_close_chats, parts.front)
        keep_for_good()
        yield parts


def keep_for_good() -> None:
    """Spare the collector what was loaded and stays: a million objects, looked through again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED_AFTER)


def load_reader(settings: Settings) -> Reader:
    """Load the encoders that the settings name; the vectors of known texts are kept under CACHE_DIR."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    settings.cache_dir.mkdir(parents=True, exist_ok=True)
    cache = settings.cache_dir / "vectors.db"
    return Reader.load(settings.encoder, settings.encoder_cjk, cache, second_look=settings.second_look)


async def open_knowledge(settings: Settings, reader: Reader, tell: Tell) -> KnowledgeBase:
    """Build the index if the articles changed, and open it; a broken article keeps the old one serving."""
    index_dir = settings.data_dir / "index"
    try:
        await build_folder(
            settings.articles_dir, reader, index_dir, progress_of("Indexing the articles", tell)
        )
    except Problem as problem:
        if not (index_dir / "current").exists():
            raise
        tell(f"The articles were not indexed anew, the index before goes on serving. {problem}")
    return await asyncio.to_thread(
        KnowledgeBase.open, index_dir, settings.articles_dir, reader, settings.answer_error_rate
    )


def shadowing_of(parts: Parts) -> Shadowing:
    """Return the worker that lets a candidate answer in the shadow."""
    from bot.replaying import Replayer  # it starts engines by what stands here
    from bot.shadowing import Shadowing

    return Shadowing(parts.database, Replayer(parts.settings, parts.database, parts.reader))


def trackers_of(settings: Settings) -> Path:
    """Return where the engine keeps what it remembers."""
    return settings.data_dir / "engine" / "trackers.db"


async def wait_for_engine(engine: Engine, supervisor: Supervisor) -> str:
    """Wait until the engine answers and return its model's name, or say where its log is."""
    with suppress(TimeoutError):
        async with asyncio.timeout(ENGINE_START_SECONDS):
            while supervisor.restarts < MOST_FAILED_STARTS:
                with suppress(EngineSilentError):
                    return str((await engine.status())["model"])
                await asyncio.sleep(0.1)
    files = ", ".join(supervisor.environment()["FIRSTLINE_MODEL"].split(os.pathsep))
    raise Problem(
        "engine_start",
        500,
        f"The engine does not start. It says: {supervisor.last_words()}",
        f"Its log is {supervisor.log_file}. Put good copies of damaged models in their places, or delete "
        f"them, and the next start trains one: {files}.",
    )


@asynccontextmanager
async def listening(app: ASGIApp, host: str, port: int, proxies: Collection[str] = ()) -> AsyncIterator[None]:
    """Serve an app meanwhile; what `proxies` say of whom they speak for is believed, nobody else."""
    config = uvicorn.Config(
        app,
        host,
        port,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=5,
        server_header=False,
        forwarded_allow_ips=list(proxies),
        ws_per_message_deflate=False,  # a third of a megabyte for each open chat, to squeeze a few kilobytes
    )
    server = Listener(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        if serving.done():
            raise Problem("listen", 500, f"Nothing can listen on {host}:{port}.", "Set PORT to another one.")
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await serving


@asynccontextmanager
async def at_work(worker: object) -> AsyncIterator[None]:
    """Let something run meanwhile; what goes wrong in it (a locked database) is logged, and it goes on."""
    task = asyncio.create_task(_go_on(worker))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _go_on(worker: object) -> None:
    while True:
        try:
            await worker.run()  # type: ignore[attr-defined]
        except Exception:  # the task's edge: without it nobody would answer, or send, until the next start
            log.exception("worker failed", worker=type(worker).__name__)
            await asyncio.sleep(PAUSE_SECONDS)
        else:
            return


def check_ports(settings: Settings) -> None:
    """Refuse to start on a port that is taken, and say by whom."""
    wanted = {settings.port: "PORT", settings.port + 1: "PORT+1", settings.port + 2: "PORT+2"}
    taken = _listeners(wanted)
    if taken.keys() <= {settings.port + 2}:  # no app of ours runs here, so no engine should
        end_left_behind(settings.port + 2, trackers_of(settings))
        taken = _listeners(wanted)
    for port, pid in taken.items():
        raise Problem(
            "port_taken",
            500,
            f"Port {port} ({wanted[port]}) is taken by {_name_of(pid)}.",
            f"Stop it, or start with PORT={settings.port + 10}.",
        )


def _listeners(ports: Collection[int]) -> dict[int, int | None]:
    """Return which of these ports are listened on, and by which process."""
    return {
        connection.laddr.port: connection.pid
        for connection in psutil.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port in ports
    }


def progress_of(what: str, tell: Tell) -> Callable[[int, int], None]:
    """Return a function that tells how far something is, in tenths."""
    told = -1

    def progress(done: int, of: int) -> None:
        nonlocal told
        tenth = done * 10 // max(of, 1)
        if tenth != told:
            told = tenth
            tell(f"{what}: {done} of {of}")

    return progress


def addresses(settings: Settings) -> dict[str, str]:
    """Return what there is to open."""
    url = base_url_of(settings)
    return {
        "Customers": f"{url}/",
        "Help pages": f"{url}/help",
        "The team": f"{url}/desk",
        "Engine": engine_url(settings),
    }


def _name_of(pid: int | None) -> str:
    if pid is None:
        return "another user's process"
    try:
        return f"{psutil.Process(pid).name()} (process {pid})"
    except psutil.Error:
        return f"process {pid}"


def _cancel_when_told() -> None:
    """Let SIGTERM and SIGINT cancel the task that calls this: once, for its ending wants to be whole."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None

    def stop() -> None:
        for one in STOPPING:
            loop.add_signal_handler(one, lambda: None)
        task.cancel()

    for one in STOPPING:
        loop.add_signal_handler(one, stop)


async def _close_chats(front: Front) -> None:
    """Tell open widgets to come back in a moment."""
    for socket in tuple(front.open_sockets):
        with suppress(RuntimeError):
            await socket.close(RESTARTING)
