"""A maintainer teaches a running Firstline a new goodbye; what goes wrong on the way harms nobody."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest

from learning.shelf import Shelf
from tests.scenarios.few import few_settings
from tests.scenarios.prepared import environment, run
from tests.scenarios.server import Customer, Server, wait_for

pytestmark = pytest.mark.engine

NEW_WORDS = "laters gators"
NEW_EXAMPLES = f"    - {NEW_WORDS}\n    - {NEW_WORDS} everyone\n    - well {NEW_WORDS} then\n"
KILLED = """
import asyncio, sys
from pathlib import Path
from bot.retraining import Retraining
from bot.settings import Settings
from records.database import Database, sqlite_address

class Encoders:
    encoders = {"minilm": 384, "e5": 384}

def step(name, done, of):
    print(name, flush=True)

settings = Settings()
token = (settings.data_dir / "secrets" / "engine_token").read_text("ascii").strip()
text_url = f"http://127.0.0.1:{settings.port + 1}/text"
database = Database(sqlite_address(settings.data_dir))
asyncio.run(Retraining(settings, database, Encoders(), token, text_url).run("Kari", step))
"""


@dataclass
class Shop:
    """A running Firstline of a company with few examples."""

    server: Server
    folder: Path

    @property
    def shelf(self) -> Shelf:
        return Shelf(self.server.data_dir / "models")

    @property
    def settings(self) -> dict[str, str]:
        own = {"PORT": str(self.server.port), "DATA_DIR": str(self.server.data_dir)}
        return {**self.server.settings, **own}

    def firstline(self, *words: str) -> dict[str, Any]:
        """Run a command and return its JSON."""
        done = run(*words, "--json", check=True, timeout=600, **self.settings)
        return dict(json.loads(done.stdout))

    def served(self) -> str | None:
        """Return the model that the engine answers with."""
        token = (self.server.data_dir / "secrets" / "engine_token").read_text("ascii").strip()
        try:
            return str(
                httpx2.get(
                    f"http://127.0.0.1:{self.server.port + 2}/status",
                    headers={"X-Engine-Token": token}, timeout=5, trust_env=False,
                ).json()["model"]
            )  # fmt: skip
        except httpx2.HTTPError:
            return None

    def engines(self) -> list[psutil.Process]:
        """Return the engine, and that of the shadow."""
        assert self.server.process is not None
        family = psutil.Process(self.server.process.pid).children()
        return [child for child in family if "engine.serve" in child.cmdline()]

    def hears(self, text: str) -> str:
        """Return what a new customer is answered."""
        return " ".join(reply["text"] for reply in Customer(self.server).says(text))

    def understands(self, text: str) -> str:
        """Return the intent that a new customer's words are taken for."""
        Customer(self.server).says(text)
        return str(self.server.rows("SELECT intent FROM turns ORDER BY at DESC LIMIT 1")[0][0])

    def last_change(self) -> tuple[Any, ...]:
        """Return model, kind, by and reason of the last change of the live model."""
        return self.server.rows("SELECT model, kind, by, reason FROM promotions ORDER BY id DESC LIMIT 1")[0]


@dataclass
class Taught(Shop):
    """The same after its examples were changed and a candidate was trained of them."""

    live: str
    left_by_the_killed: list[str]
    live_after_the_kill: tuple[str | None, tuple[Any, ...]]
    candidate: dict[str, Any]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Taught]:
    """A retraining is killed in the midst of its training; the next one is left alone."""
    folder = tmp_path_factory.mktemp("few")
    server = Server(folder / "var", few_settings(folder))
    server.data_dir.mkdir()
    try:
        shop = Shop(server.start(), folder)
        live = str(shop.shelf.live())
        with (folder / "nlu" / "goodbye.yml").open("a", encoding="utf-8") as file:
            file.write(NEW_EXAMPLES)
        _killed_in_training(shop)
        left = sorted(path.name for path in (shop.shelf.folder / "aside").iterdir())
        after = (shop.served(), shop.last_change())
        yield Taught(server, folder, live, left, after, shop.firstline("retrain"))
    finally:
        server.kill()


def _killed_in_training(shop: Shop) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED],
        cwd=shop.folder, env=environment(**shop.settings), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    with process.stdout as steps:
        assert "training\n" in iter(steps.readline, "")
        (training,) = psutil.Process(process.pid).children()
        process.send_signal(signal.SIGKILL)
    process.wait()
    wait_for("the training ended with who ordered it", lambda: not training.is_running())


def test_a_training_killed_half_way_changes_nothing_and_the_next_one_clears_up(shop: Taught) -> None:
    served, (model, *_) = shop.live_after_the_kill
    assert (served, model) == (shop.live, shop.live)
    assert "order.json" in shop.left_by_the_killed
    assert not (shop.shelf.folder / "aside").exists()


def test_the_candidate_is_measured_beside_the_live_model_and_reported(shop: Taught) -> None:
    made, report = shop.candidate, shop.shelf.report(shop.candidate["name"])
    assert report is not None and (made["state"], made["parent"]) == ("candidate", shop.live)
    assert report["changes"]["added"] == 3 and report["overall"]["n"] >= 150
    assert all(check["passed"] for check in report["checks"]), report["checks"]
    page = Path(made["report"]).read_text("utf-8")
    assert made["sentence"].partition(":")[0] in page and shop.live in page
    assert shop.served() == shop.live


def test_in_the_shadow_it_answers_nobody_and_both_answers_are_listed(shop: Taught) -> None:
    name = shop.candidate["name"]
    shop.firstline("models", "shadow", name, "--share", "1")
    wait_for("a second engine", lambda: len(shop.engines()) == 2)
    before = shop.hears(NEW_WORDS)
    told = wait_for("answered in the shadow", lambda: _otherwise(shop), 180)
    shop.firstline("models", "shadow", name, "--share", "0")
    wait_for("one engine", lambda: len(shop.engines()) == 1)
    (differs,) = told["disagreements"]
    said = {
        who: " ".join(reply["text"] for reply in differs[who]["replies"]) for who in ("live", "candidate")
    }
    assert said["live"] == before != said["candidate"]
    assert differs["candidate"]["intent"] == "goodbye"


def _otherwise(shop: Shop) -> dict[str, Any] | None:
    rows = shop.server.rows("SELECT id FROM shadows WHERE same = 0")
    return shop.firstline("models", "shadow") if rows else None


def test_logged_answers_are_decided_the_same_when_they_are_replayed(shop: Taught) -> None:
    customer = Customer(shop.server)
    for text in ("hello", "open a ticket", "My lamp flickers", NEW_WORDS):
        customer.says(text)
    told = shop.firstline("replay", "--since", "2020-01-01")
    assert told["turns"] >= 5 and told["same"] == told["turns"], told["differing"]


def test_promoted_while_the_engine_dies_it_answers_and_rolled_back_the_one_before(shop: Taught) -> None:
    name, before = shop.candidate["name"], shop.understands(NEW_WORDS)
    engine = shop.server.engine()
    engine.suspend()
    promoting = subprocess.Popen(
        [sys.executable, "-m", "bot", "models", "promote", name, "--reason", "says goodbye"],
        cwd=shop.folder, env=environment(**shop.settings), stdout=subprocess.DEVNULL,
    )  # fmt: skip
    wait_for("the swap under way", lambda: _is_connected(promoting.pid, shop.server.port + 2))
    engine.kill()
    assert promoting.wait(120) == 0
    wait_for("the promoted model serves", lambda: shop.served() == name)
    assert shop.understands(NEW_WORDS) == "goodbye" != before
    shop.firstline("models", "rollback", "--reason", "too British")
    assert (shop.served(), shop.understands(NEW_WORDS)) == (shop.live, before)


def _is_connected(pid: int, port: int) -> bool:
    return any(one.raddr and one.raddr.port == port for one in psutil.Process(pid).net_connections("tcp"))


def test_hand_offs_that_rise_after_a_promotion_roll_it_back_by_itself(shop: Taught) -> None:
    for _ in range(40):
        shop.hears("hello")
    shop.firstline("models", "promote", shop.candidate["name"], "--reason", "once more")
    for _ in range(31):
        shop.hears("I want to talk to a human")
    with closing(sqlite3.connect(shop.server.data_dir / "firstline.db", timeout=30)) as database, database:
        database.execute(
            "UPDATE jobs SET due_at = (SELECT min(at) FROM promotions) WHERE kind = 'watch_model'"
        )
    shop.hears("I want to talk to a human")  # plans a job, so that the jobs are looked at now
    wait_for("rolled back", lambda: shop.last_change()[0] == shop.live)
    _, kind, by, reason = shop.last_change()
    assert (kind, by) == ("rolled_back", "Firstline")
    assert reason.startswith("The hand-offs rose from ") and shop.served() == shop.live


def test_a_live_model_whose_file_is_damaged_leaves_the_last_good_one_answering(shop: Taught) -> None:
    name = shop.candidate["name"]
    shop.firstline("models", "promote", name, "--reason", "for good")
    file = shop.shelf.file(name)
    file.write_bytes(file.read_bytes()[:5000])
    shop.server.engine().kill()
    wait_for("the last good one serves", lambda: shop.served() == shop.live)
    wait_for("written down", lambda: shop.last_change()[:2] == (shop.live, "fell_back"))
    refused = run("models", "promote", name, "--reason", "again", "--override", **shop.settings)
    assert refused.returncode != 0 and "damaged" in " ".join(refused.stderr.split())
