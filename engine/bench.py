"""Measures our engine against the same project under `rasa run` as Rasa ships it.

    python -m engine.bench [engine] [--customers 8] [--messages 400] [--turns 300]

Model, actions and messages are the same. Both servers are up in one run and take turns, so that a busy
machine slows both. The text service must be up.
"""

import argparse
import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from engine.nlu.service import TextServiceMissing, text_service

ROOT = Path(__file__).parents[1]
TOKEN = "token-of-the-bench"
START_SECONDS = 180
ROUNDS = 3
SETTLING_TURNS, COMPARED_TURNS = 2, 9  # turn 3 and its neighbours, as turn 300 and its
SCRIPT = (
    "hello", "Do you ship to Norway?", "How long does delivery take?", "thanks",
    "open a ticket", "My lamp flickers", "someone@example.com", "LO-12345",
    "are you a bot?", "What are your opening hours?", "你好", "怎么退货？", "bye",
)  # fmt: skip

Ask = Callable[[str, str], Awaitable[None]]


def tell(line: str) -> None:
    """Say what is going on, on standard error; standard output holds the result alone."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def train(folder: Path) -> Path:
    """Train the project's model aside."""
    command = (
        sys.executable,
        "-m",
        "rasa",
        "train",
        "--data",
        "data/nlu",
        "data/rules",
        "--out",
        str(folder),
    )
    log = folder / "train.log"
    with log.open("wb") as output:
        done = subprocess.run(
            (*command, "--fixed-model-name", "bench", "--skip-validation"),
            cwd=ROOT,
            stdout=output,
            stderr=output,
        )
    model = folder / "bench.tar.gz"
    if done.returncode or not model.exists():
        raise SystemExit(f"Training failed:\n{log.read_text('utf-8', 'replace')[-2000:]}")
    return model


async def answer_action(request: web.Request) -> web.Response:
    """Answer any action as the app would: a reply and a slot; the form's validation accepts all."""
    call = await request.json()
    if call["next_action"] == "validate_ticket_form":
        return web.json_response({"events": [], "responses": []})
    emptied = call["next_action"] == "action_open_ticket"
    names = ("ticket_subject", "ticket_email", "ticket_order") if emptied else ("failed_answers",)
    events = [{"event": "slot", "name": name, "value": None} for name in names]
    reply = {"text": "An answer.", "custom": {"reply": {"kind": "answer", "sources": []}}}
    return web.json_response({"events": events, "responses": [reply]})


@asynccontextmanager
async def action_server() -> AsyncIterator[str]:
    """Serve the actions meanwhile and give their address."""
    app = web.Application(client_max_size=2**26)
    app.router.add_post("/webhook", answer_action)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/webhook"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def server(
    command: tuple[str, ...], environment: dict[str, str], probe: str, log: Path
) -> AsyncIterator[int]:
    """Run a server meanwhile, wait until the probe answers, and give its process id."""
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env={**os.environ, **environment}, stdout=output, stderr=output
        )
    try:
        await _until_it_answers(process, probe, log)
        yield process.pid
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _until_it_answers(process: asyncio.subprocess.Process, probe: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    async with aiohttp.ClientSession(headers={"X-Engine-Token": TOKEN}) as session:
        while process.returncode is None and time.monotonic() < deadline:
            try:
                async with session.get(probe) as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                await asyncio.sleep(0.2)
    raise SystemExit(f"A server did not start:\n{log.read_text('utf-8', 'replace')[-2000:]}")


def asking(session: aiohttp.ClientSession, url: str, readings: dict[str, Any]) -> Ask:
    """Return a way to say one text in one conversation; an answer that is none ends the run."""

    async def ask(text: str, conversation: str) -> None:
        turn = {"message_id": os.urandom(8).hex(), "conversation": conversation, "text": text}
        async with session.post(url, json={**turn, "reading": readings[text], "button": None}) as answer:
            body = await answer.json()
            if answer.status != 200 or not body["utterances"]:
                raise SystemExit(f"{url} answered {answer.status} to {text!r}: {body}")

    return ask


async def side_by_side(ask: Ask, customers: int, messages: int) -> list[float]:
    """Let customers talk at once; return the seconds of each message, and last those of all together."""
    taken: list[float] = []

    async def customer() -> None:
        conversation = "c_" + os.urandom(6).hex()
        for i in range(messages // customers):
            started = time.perf_counter()
            await ask(SCRIPT[i % len(SCRIPT)], conversation)
            taken.append(time.perf_counter() - started)

    started = time.perf_counter()
    await asyncio.gather(*(customer() for _ in range(customers)))
    return [*taken, time.perf_counter() - started]


async def one_long(ask: Ask, turns: int) -> float:
    """Hold a long conversation; return how much slower its last turns are than its third and the next."""
    taken = []
    for _ in range(turns):
        started = time.perf_counter()
        await ask(SCRIPT[1], "c_long")
        taken.append(time.perf_counter() - started)
    early = taken[SETTLING_TURNS : SETTLING_TURNS + COMPARED_TURNS]
    return statistics.median(taken[-COMPARED_TURNS:]) / statistics.median(early)


def figures(rounds: list[list[float]], pid: int) -> dict[str, Any]:
    """Return messages a second, percentiles in milliseconds, and the server's memory."""
    each = sorted(second for one in rounds for second in one[:-1])
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return {
        "messages_per_second": round(len(each) / sum(one[-1] for one in rounds), 1),
        "p50_ms": round(each[len(each) // 2] * 1000, 2),
        "p95_ms": round(each[int(len(each) * 0.95)] * 1000, 2),
        "memory_mb": round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6),
    }


async def bench_engine(customers: int, messages: int, turns: int, folder: Path) -> dict[str, Any]:
    """Measure both and return the figures side by side."""
    tell("training the project's model")
    readings = _readings()
    model = train(folder)
    async with action_server() as actions:
        (folder / "endpoints.yml").write_text(f"action_endpoint:\n  url: {actions}\n")
        (folder / "credentials.yml").write_text("engine.channel.ReadingInput:\n")
        ours_port, stock_port = free_port(), free_port()
        ours_url, stock_url = f"http://127.0.0.1:{ours_port}", f"http://127.0.0.1:{stock_port}"
        tell("starting ours and `rasa run`")
        async with (
            server(
                *_ours(folder, model, ours_port, actions), f"{ours_url}/status", folder / "ours.log"
            ) as ours_pid,
            server(*_stock(folder, model, stock_port), f"{stock_url}/", folder / "stock.log") as stock_pid,
            aiohttp.ClientSession(headers={"X-Engine-Token": TOKEN}) as session,
        ):
            ours = asking(session, f"{ours_url}/ask", readings)
            stock = asking(session, f"{stock_url}/webhooks/firstline/ask", readings)
            rounds: tuple[list, list] = ([], [])
            for number in range(ROUNDS + 1):
                tell(f"round {number} of {ROUNDS}" if number else "warming up")
                for ask, kept in zip((ours, stock), rounds, strict=True):
                    kept.append(
                        await side_by_side(ask, customers, messages // ROUNDS if number else customers * 3)
                    )
            tell("one long conversation")
            ratio = await one_long(ours, turns)
            side = [figures(kept[1:], pid) for kept, pid in zip(rounds, (ours_pid, stock_pid), strict=True)]
    rates = [one["messages_per_second"] for one in side]
    return {
        "ours": side[0],
        "stock": side[1],
        "times_as_fast": round(rates[0] / rates[1], 1),
        "late_to_early_turn": round(ratio, 2),
        "customers": customers,
        "messages": messages,
        "turns": turns,
    }


def _readings() -> dict[str, Any]:
    """Read the script's texts once, and return the readings as they travel."""
    return {
        text: reading.to_json()
        for text, reading in zip(SCRIPT, text_service().read(list(SCRIPT)), strict=True)
    }


def _ours(folder: Path, model: Path, port: int, actions: str) -> tuple[tuple[str, ...], dict[str, str]]:
    return (sys.executable, "-m", "engine.serve"), {
        "FIRSTLINE_ENGINE_TOKEN": TOKEN,
        "FIRSTLINE_ENGINE_PORT": str(port),
        "FIRSTLINE_ACTIONS_URL": actions,
        "FIRSTLINE_TRACKERS": str(folder / "trackers.db"),
        "FIRSTLINE_MODEL": str(model),
    }


def _stock(folder: Path, model: Path, port: int) -> tuple[tuple[str, ...], dict[str, str]]:
    files = ("--endpoints", str(folder / "endpoints.yml"), "--credentials", str(folder / "credentials.yml"))
    command = (
        sys.executable,
        "-m",
        "rasa",
        "run",
        "-i",
        "127.0.0.1",
        "-p",
        str(port),
        "-m",
        str(model),
        *files,
    )
    return command, {"RASA_TELEMETRY_ENABLED": "false", "SANIC_WORKERS": "1"}


def main() -> int:
    """Print one JSON line."""
    parser = argparse.ArgumentParser(prog="python -m engine.bench", description=__doc__)
    parser.add_argument("what", nargs="?", choices=["engine"], default="engine")
    parser.add_argument("--customers", type=int, default=8)
    parser.add_argument("--messages", type=int, default=400)
    parser.add_argument("--turns", type=int, default=300)
    wanted = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory() as folder:
            os.environ["RASA_CACHE_DIRECTORY"] = str(Path(folder) / "cache")
            measured = asyncio.run(
                bench_engine(wanted.customers, wanted.messages, wanted.turns, Path(folder))
            )
    except TextServiceMissing as problem:
        tell(problem.detail)
        return 1
    sys.stdout.write(json.dumps(measured) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
