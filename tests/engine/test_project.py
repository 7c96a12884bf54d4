"""The project's own Rasa files agree with each other, and Rasa's own check finds nothing to say."""

import re
import subprocess
import sys

from rasa.shared.core.domain import Domain
from rasa.shared.utils.io import read_yaml_file

from tests.engine.conftest import NLU
from tests.engine.world import ROOT

HAN = re.compile(r"[\u3400-\u9fff]")


def test_every_response_speaks_both_languages_and_english_by_default() -> None:
    for name, variations in Domain.from_path(ROOT / "domain.yml").responses.items():
        by_language = {
            v["condition"][0]["value"] if "condition" in v else None: v["text"] for v in variations
        }
        assert set(by_language) == {None, "en", "zh"}, name
        assert HAN.search(by_language["zh"]), name
        assert not HAN.search(by_language["en"] + by_language[None]), name


def test_every_intent_has_a_rule_and_every_action_is_used() -> None:
    domain = Domain.from_path(ROOT / "domain.yml")
    rules = [
        rule for path in (ROOT / "data" / "rules").glob("*.yml") for rule in read_yaml_file(path)["rules"]
    ]
    steps = [step for rule in rules for step in rule["steps"]]
    own = set(domain.intents) - {"restart", "back", "out_of_scope", "session_start"}
    assert {step["intent"] for step in steps if "intent" in step} == own
    used = {step["action"] for step in steps if "action" in step}
    assert set(domain.user_actions) - used == {"validate_ticket_form"} | {
        f"utter_ask_{slot}" for slot in domain.required_slots_for_form("ticket_form")
    }


def test_rasa_data_validate_is_clean() -> None:
    command = (
        sys.executable,
        "-m",
        "rasa",
        "data",
        "validate",
        "--domain",
        "domain.yml",
        "--config",
        "config.yml",
    )
    checked = subprocess.run(
        (*command, "--fail-on-warnings", "--data", str(NLU), "data/rules"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
