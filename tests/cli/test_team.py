"""The team's commands: who is on the team, which tickets there are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.prepared import run
from tests.scenarios.server import Customer, Server


def said(data_dir: Path, *arguments: str) -> Any:
    told = run(*arguments, "--json", DATA_DIR=str(data_dir))
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout)


def test_an_invited_colleague_gets_a_link_and_stands_in_the_list(tmp_path: Path) -> None:
    added = said(tmp_path, "agents", "add", "Astrid@lumen-oak.example", "--name", "Astrid", "--role", "owner")
    assert "/desk/invite/" in added["link"] and added["role"] == "owner"
    (listed,) = said(tmp_path, "agents", "list")
    assert listed["name"] == "Astrid" and listed["email"].lower() == "astrid@lumen-oak.example"


@pytest.mark.parametrize(
    "arguments",
    [
        ("nobody", "--name", "N"),
        ("n@lumen-oak.example", "--name", " "),
        ("n@lumen-oak.example",),
        ("n@lumen-oak.example", "--name", "N", "--role", "king"),
    ],
    ids=" ".join,
)
def test_a_colleague_who_cannot_be_is_refused(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    refused = run("agents", "add", *arguments, DATA_DIR=str(tmp_path))
    assert refused.returncode == 2 and refused.stderr and "Traceback" not in refused.stderr


def test_an_address_is_invited_once(tmp_path: Path) -> None:
    arguments = ("agents", "add", "astrid@lumen-oak.example", "--name", "Astrid")
    assert run(*arguments, DATA_DIR=str(tmp_path)).returncode == 0
    again = run(*arguments, DATA_DIR=str(tmp_path))
    assert again.returncode == 2 and "Traceback" not in again.stderr


def test_with_no_tickets_the_list_is_empty_and_says_so(tmp_path: Path) -> None:
    assert said(tmp_path, "tickets", "list") == []
    assert "no tickets" in run("tickets", "list", DATA_DIR=str(tmp_path)).stdout


@pytest.mark.parametrize("number", ["T-999999", "banana", "T-", "1042"])
def test_a_ticket_that_is_not_there_is_said_not_to_be(tmp_path: Path, number: str) -> None:
    told = run("tickets", "show", number, "--json", DATA_DIR=str(tmp_path))
    assert told.returncode == 2 and not told.stdout
    assert told.stderr and "Traceback" not in told.stderr


@pytest.mark.engine
def test_a_customers_ticket_is_listed_and_shown_with_its_transcript(server: Server) -> None:
    customer = Customer(server)
    customer.says("please open a ticket")
    (done,) = customer.says("My order LO-54321 arrived with a broken shade")
    (listed,) = said(server.data_dir, "tickets", "list", "--status", "new")
    shown = said(server.data_dir, "tickets", "show", done["ticket"])
    assert listed["number"] == shown["number"] == done["ticket"]
    assert shown["order_number"] == "LO-54321" and "broken shade" in shown["events"][0]["text"]
    assert said(server.data_dir, "tickets", "list", "--status", "solved") == []


def test_linking_a_slack_account_prints_what_to_write_there(tmp_path: Path) -> None:
    said(tmp_path, "agents", "add", "astrid@lumen-oak.example", "--name", "Astrid")
    linked = said(tmp_path, "agents", "link", "Astrid@lumen-oak.example")
    assert linked["name"] == "Astrid" and linked["command"].startswith("/firstline link ")
    refused = run("agents", "link", "nobody@lumen-oak.example", DATA_DIR=str(tmp_path))
    assert refused.returncode == 2 and "not on the team" in refused.stderr
