"""`firstline erase`: shows first, erases with --yes also what the engine remembers, and gives a receipt."""

from __future__ import annotations

import json

import pytest

from tests.scenarios.prepared import run
from tests.scenarios.server import Customer, Server

pytestmark = pytest.mark.engine
WORDS = "my password is Rumpelstiltskin, how do I reset it?"


def test_a_customer_is_shown_then_erased_everywhere(server: Server) -> None:
    customer = Customer(server)
    customer.says(WORDS)
    where = {"DATA_DIR": str(server.data_dir), "PORT": str(server.port)}
    shown = run("erase", str(customer.conversation), **where)
    assert "Nothing was erased" in shown.stdout and "messages" in shown.stdout
    assert customer.stored()[0][0] == WORDS
    receipt = json.loads(run("erase", str(customer.conversation), "--yes", "--json", **where).stdout)
    assert receipt["erased"] and receipt["counts"]["turns"] == 1 and receipt["trackers"] == "erased"
    assert customer.stored()[0][0] == ""
    assert customer.send(text="Hello?").status_code == 401
    trackers = server.data_dir / "engine"
    for file in (*trackers.glob("trackers.db*"), *server.data_dir.glob("firstline.db*")):
        assert b"Rumpelstiltskin" not in file.read_bytes()


def test_somebody_unknown_is_told_with_the_cure(server: Server) -> None:
    refused = run("erase", "nobody@lumen-oak.example", DATA_DIR=str(server.data_dir))
    assert refused.returncode == 2 and "telegram:ADDRESS" in refused.stderr
