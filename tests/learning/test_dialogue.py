"""A maintainer writes by hand what the bot does with an intent; a slip is told before anything is trained."""

from __future__ import annotations

from pathlib import Path

import pytest

from learning.dialogue import answered_by, check_dialogue
from nouns import Problem

DOMAIN = """version: "3.1"
intents:
- greet
- ask_gift_wrap:
    use_entities: []
actions:
- action_answer_question
responses:
  utter_greet:
  - text: Hello!
"""
RULES = """version: "3.1"
rules:
- rule: greet is answered
  steps:
  - intent: greet
  - action: utter_greet
- rule: gift wrap is answered from the articles
  steps:
  - intent: ask_gift_wrap
  - action: action_answer_question
stories:
- story: two ways to begin
  steps:
  - or:
    - intent: greet
    - intent: ask_gift_wrap
  - action: action_listen
"""
SLIPS = {
    "a response that is not there": (
        "action: utter_greet",
        "action: utter_gift_wrap",
        6,
        "under `responses:`",
    ),
    "an action that is not there": ("action_answer_question", "action_answer", 10, "such as action_"),
    "a slip in an intent": ("  - intent: ask_gift_wrap", "  - intent: ask_gift_warp", 9, "Mend its name"),
    "a slip in an alternative": ("    - intent: greet", "    - intent: great", 15, "Mend its name"),
    "broken YAML": ("- rule: greet is answered", "- rule: [", 5, "indentation"),
    "no list": ("stories:\n- story: two ways to begin\n  steps:", "stories:\n- steps\n-", 11, "- story:"),
}


def check(folder: Path, domain: str = DOMAIN, rules: str = RULES) -> None:
    (folder / "rules").mkdir()
    (folder / "domain.yml").write_text(domain, "utf-8")
    (folder / "rules" / "own.yml").write_text(rules, "utf-8")
    check_dialogue([folder / "domain.yml"], [folder / "rules"], folder / "rules" / "reviewed.yml")


def test_what_names_only_what_there_is_may_be_trained(tmp_path: Path) -> None:
    check(tmp_path)
    assert answered_by([tmp_path / "rules"], "action_answer_question") == {"ask_gift_wrap"}


@pytest.mark.parametrize(("right", "wrong", "line", "cure"), SLIPS.values(), ids=list(SLIPS))
def test_a_slip_in_a_rule_is_told_with_file_line_and_cure(
    tmp_path: Path, right: str, wrong: str, line: int, cure: str
) -> None:
    with pytest.raises(Problem) as refused:
        check(tmp_path, rules=RULES.replace(right, wrong, 1))
    assert f"own.yml, line {line}: " in refused.value.sentence
    assert cure in refused.value.cure


def test_an_intent_that_no_rule_answers_is_told_with_the_rule_to_write(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"domain\.yml, line 4: No rule says .* `ask_gift_wrap`") as refused:
        check(tmp_path, rules=RULES.replace("ask_gift_wrap", "greet"))
    told, rule = refused.value.cure, refused.value.cure.partition("\n")[2].rpartition("\n")[0]
    assert "reviewed.yml" in told

    (tmp_path / "rules" / "reviewed.yml").write_text(f"rules:\n{rule}\n", "utf-8")
    check_dialogue([tmp_path / "domain.yml"], [tmp_path / "rules"], tmp_path / "rules" / "reviewed.yml")


def test_an_intent_that_fills_a_slot_needs_no_rule(tmp_path: Path) -> None:
    filled = """slots:
  wrapped:
    type: bool
    mappings:
    - type: from_intent
      intent: ask_gift_wrap
      value: true
    - type: custom
  empty:
    type: text
"""
    check(tmp_path, domain=DOMAIN + filled, rules=RULES.replace("ask_gift_wrap", "greet"))


def test_a_near_name_is_offered_and_a_far_one_is_not(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="Do you mean `utter_greet`"):
        check(tmp_path, rules=RULES.replace("utter_greet", "utter_great"))
