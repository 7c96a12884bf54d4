import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from evaluation.intervals import of_share
from evaluation.knowledge import evaluate_knowledge
from evaluation.ranking import auroc, coverage_at
from nouns import Problem
from reading.reader import Reader

QUESTIONS = (
    ("do you deliver to Norway", "delivery/norway"),
    ("I forgot my password", "account/password"),
    ("who won the cup", None),
)


@pytest.mark.models
async def test_labelled_questions_give_the_contracts_figures(
    reader: Reader, articles: Path, tmp_path: Path
) -> None:
    questions, predictions = tmp_path / "q.jsonl", tmp_path / "p.jsonl"
    rows = [json.dumps({"question": question, "article": article}) for question, article in QUESTIONS]
    questions.write_text("\n".join(rows), encoding="utf-8")
    figures = await evaluate_knowledge(
        articles, questions, predictions, reader, picture=tmp_path / "curve.svg"
    )
    assert set(figures) == {
        "r1", "r3", "r5", "mrr10", "answered", "wrong_of_answered", "coverage_at_5pct_error", "auroc", "n",
        "seconds_build", "ms_per_question", "curve", "promises",
    }  # fmt: skip
    assert (figures["r1"], figures["auroc"], figures["n"]) == (1.0, 1.0, 3)
    picture = ElementTree.parse(tmp_path / "curve.svg").getroot()
    assert picture.tag.endswith("svg") and any(each.tag.endswith("polyline") for each in picture)
    assert [promise["kept"] for promise in figures["promises"]] == [False, False]  # too few questions
    line = json.loads(predictions.read_text(encoding="utf-8").splitlines()[0])
    assert line["gold"] == line["ranking"][0]["article"] == "delivery/norway"


def test_coverage_counts_ties_together() -> None:
    sure = np.array([0.9, 0.8, 0.5, 0.5])
    assert coverage_at(0.05, sure, np.array([1, 1, 1, 0])) == 0.5
    assert coverage_at(0.5, np.array([0.9, 0.8]), np.array([0, 1])) == 1.0


def test_auroc_is_the_chance_of_standing_above() -> None:
    assert auroc(np.array([0.9, 0.5, 0.5, 0.1]), np.array([1, 1, 0, 0])) == 0.875
    assert auroc(np.array([0.9]), np.array([1])) is None


def test_an_interval_holds_the_share_and_narrows_with_more_questions() -> None:
    (low, high), (lower, higher) = of_share(95, 100), of_share(950, 1000)
    assert low < lower < 0.95 < higher < high
    assert of_share(0, 20)[0] == 0.0 and of_share(20, 20)[1] == 1.0


async def test_a_line_that_is_no_question_is_named(reader: Reader, articles: Path, tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text('{"question": "a", "article": null}\n{"asked": 1}\n', encoding="utf-8")
    with pytest.raises(Problem, match="line 2"):
        await evaluate_knowledge(articles, path, None, reader)
