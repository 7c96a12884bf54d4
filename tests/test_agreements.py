"""What must agree with each other: the domain, the data, the actions, the settings and the README."""

from __future__ import annotations

import importlib
import re
import subprocess
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import yaml

from actions import actions_of
from actions.answering import ways_on
from bot.settings import Settings
from knowledge.decide import Judge, Logistic, Tried
from records.erase import FATE
from records.tables import metadata

ROOT = Path(__file__).parents[1]
DOMAIN: dict[str, Any] = yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))
README = (ROOT / "README.md").read_text("utf-8")
# What a lock file or a setting would name when it was made against a mirror or a registry.
REGISTRY = re.compile(
    r"https?://[\w.-]*(pypi|pythonhosted|registry\.npmjs|registry\.yarnpkg|npmmirror|artifactory|nexus)"
)
WALK = re.compile(r"^\|\s*\d+\s*\|\s*`?([\w.]+)`?\s*\|\s*`?([\w/]+)(?:\.py)?`?\s*\|", re.MULTILINE)


def yaml_files(folder: str) -> list[dict[str, Any]]:
    return [
        yaml.safe_load(path.read_text("utf-8")) for path in sorted((ROOT / "data" / folder).glob("*.yml"))
    ]


def test_intents_with_examples_are_those_of_the_domain() -> None:
    taught = {block["intent"] for file in yaml_files("nlu") for block in file["nlu"] if "intent" in block}
    assert taught == set(DOMAIN["intents"])


def test_every_intent_has_a_rule_or_fills_a_slot() -> None:
    ruled = {
        step["intent"]
        for file in yaml_files("rules")
        for rule in file["rules"]
        for step in rule["steps"]
        if "intent" in step
    }
    assert ruled - {"nlu_fallback"} == set(DOMAIN["intents"])


def test_actions_of_the_domain_are_those_there_are() -> None:
    assert sorted(action.name() for action in all_actions()) == sorted(DOMAIN["actions"])


def test_rules_name_only_what_there_is() -> None:
    named = {
        step["action"]
        for file in yaml_files("rules")
        for rule in file["rules"]
        for step in rule["steps"]
        if "action" in step
    }
    assert named - {"action_deactivate_loop"} <= {*DOMAIN["actions"], *DOMAIN["responses"], *DOMAIN["forms"]}


@pytest.mark.parametrize("language", Settings.model_fields["languages"].default)
@pytest.mark.parametrize("response", DOMAIN["responses"])
def test_a_response_has_a_variation_for_each_language(response: str, language: str) -> None:
    conditions = [one.get("condition") for one in DOMAIN["responses"][response]]
    assert None in conditions  # without a language in hand there is something to say all the same
    assert [{"type": "slot", "name": "language", "value": language}] in conditions


def test_every_slot_of_a_form_is_asked_for() -> None:
    asked = {f"utter_ask_{slot}" for form in DOMAIN["forms"].values() for slot in form["required_slots"]}
    assert asked <= set(DOMAIN["responses"])


def test_what_buttons_mean_is_in_the_domain() -> None:
    entities = {next(iter(one)) if isinstance(one, dict) else one for one in DOMAIN["entities"]}
    offers = ways_on("en", "a subject")
    assert {offer.intent for offer in offers} <= set(DOMAIN["intents"])
    assert {name for offer in offers for name in offer.entities} | {"passage"} <= entities


def test_every_setting_stands_in_the_readme_and_nothing_else() -> None:
    table = re.findall(r"^\|\s*`([A-Z][A-Z0-9_]+)`", README, re.MULTILINE)
    assert sorted(table) == sorted(name.upper() for name in Settings.model_fields)


def test_the_example_names_only_settings_there_are() -> None:
    named = re.findall(r"^#?\s*([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE)
    assert named
    assert set(named) <= {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize(("call", "where"), WALK.findall(README))
def test_every_call_of_the_message_walk_exists(call: str, where: str) -> None:
    found: Any = importlib.import_module(where.removesuffix("/").replace("/", "."))
    for name in call.split("."):
        found = getattr(found, name)
    assert callable(found)


def test_the_message_walk_has_seven_hops() -> None:
    assert len(WALK.findall(README)) == 7


def test_what_becomes_of_each_table_when_a_customer_is_erased_is_said() -> None:
    assert sorted(FATE) == sorted(metadata.tables), "say it in records/erase.py"


def test_no_file_names_a_registry() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True
    ).stdout.decode()
    lines = [
        f"{name}: {line.strip()[:80]}"
        for name in listed.split("\0")
        if name.endswith(
            (".txt", ".in", ".toml", ".json", ".npmrc", ".lock", "Dockerfile", ".sh", ".yml", ".cfg")
        )
        and (ROOT / name).exists()
        for line in (ROOT / name).read_text("utf-8").splitlines()
        if REGISTRY.search(line)
    ]
    assert lines == []


def all_actions() -> list[Any]:
    """Every action; naming them needs nothing of what they hold."""
    held = cast(Any, type("Held", (), {"post": type("Post", (), {"on": False})}))
    return actions_of(held, held, held, held)


def test_answers_and_intents_are_promised_by_the_same_rule() -> None:
    from engine.nlu import promise  # the one module of the engine's that this Python can load as well

    chance = np.random.default_rng(0)
    sure = chance.random(3000).round(4)
    right = chance.random(3000) < sure
    weights = np.where(chance.random(3000) < 0.5, 1.0, 0.05)
    told = enumerate(zip(sure.tolist(), right.tolist(), weights.tolist(), strict=True))
    tried = tuple(Tried(one, int(hit), weight, number) for number, (one, hit, weight) in told)
    first = Logistic((), 0.0, ())
    for error_rate in (0.05, 0.10, 0.20):
        judge = Judge((), first, first, tried, 0.0, own=True)
        assert promise.promised(sure, right, weights, error_rate) == judge.promised(error_rate)
