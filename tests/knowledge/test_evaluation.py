import json
from pathlib import Path

import pytest

from evaluation.knowledge import Asked, auroc, coverage_at, evaluate_knowledge
from nouns import Decision, Problem
from reading.reader import Reader

QUESTIONS = (
    ("do you deliver to Norway", "delivery/norway"),
    ("I forgot my password", "account/password"),
    ("who won the cup", None),
)


def asked(probability: float, right: bool) -> Asked:
    return Asked("?", "a", Decision.ANSWER, probability, (("a" if right else "b", 1.0),))


@pytest.mark.models
async def test_labelled_questions_give_the_contracts_figures(
    reader: Reader, articles: Path, tmp_path: Path
) -> None:
    questions, predictions = tmp_path / "q.jsonl", tmp_path / "p.jsonl"
    rows = [json.dumps({"question": question, "article": article}) for question, article in QUESTIONS]
    questions.write_text("\n".join(rows), encoding="utf-8")
    figures = await evaluate_knowledge(articles, questions, predictions, reader)
    assert set(figures) == {
        "r1", "r3", "r5", "mrr10", "answered", "wrong_of_answered", "coverage_at_5pct_error", "auroc", "n",
        "seconds_build", "ms_per_question",
    }  # fmt: skip
    assert (figures["r1"], figures["auroc"], figures["n"]) == (1.0, 1.0, 3)
    line = json.loads(predictions.read_text(encoding="utf-8").splitlines()[0])
    assert line["gold"] == line["ranking"][0]["article"] == "delivery/norway"


def test_coverage_counts_ties_together() -> None:
    assert coverage_at(0.05, [asked(0.9, True), asked(0.8, True), asked(0.5, True), asked(0.5, False)]) == 0.5
    assert coverage_at(0.5, [asked(0.9, False), asked(0.8, True)]) == 1.0


def test_auroc_is_the_chance_of_standing_above() -> None:
    assert auroc([0.9, 0.5], [0.5, 0.1]) == 0.875
    assert auroc([0.9], []) is None


async def test_a_line_that_is_no_question_is_named(reader: Reader, articles: Path, tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text('{"question": "a", "article": null}\n{"asked": 1}\n', encoding="utf-8")
    with pytest.raises(Problem, match="line 2"):
        await evaluate_knowledge(articles, path, None, reader)
