"""`firstline evaluate public`: two agencies' help pages, each measured by what the other one taught."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.commands import app
from evaluation.public import THINNED, WHOLE, check_names, evaluate_public
from nouns import Problem
from reading.reader import Reader

PAGES = {
    "masks": (
        "Which mask should I wear?",
        "A surgical mask of three layers protects others.",
        "best face cover",
    ),
    "pets": ("Can my dog catch it?", "Cats and dogs were infected in a few households.", "is my cat at risk"),
    "water": (
        "Is tap water safe?",
        "Chlorine in drinking water kills the virus.",
        "may I drink from the tap",
    ),
    "travel": ("May I fly abroad?", "Airlines ask for a negative test before boarding.", "rules for flights"),
    "school": ("When do schools open?", "Classes begin again in autumn.", "are the children taught again"),
    "food": ("Can food carry the virus?", "Cooking at 70 degrees makes meals safe.", "is a pizza dangerous"),
    "test": ("Where can I be tested?", "Every pharmacy takes swabs.", "who takes a swab of me"),
    "work": (
        "Must I go to the office?",
        "Employers let people work at home.",
        "can I stay away from my desk",
    ),
    "sleep": ("I can not sleep", "Keep regular hours and avoid coffee.", "awake all night from worry"),
    "hands": ("How do I wash my hands?", "Twenty seconds with soap.", "how long must I scrub with soap"),
}
GONE = ("sleep", "hands", "work")


def write_agency(folder: Path, agency: str) -> None:
    """Write a base, whole and with some articles taken away, as they are published."""
    for (articles, questions), gone in ((WHOLE, ()), (THINNED, GONE)):
        (folder / agency / articles).mkdir(parents=True)
        lines = []
        for id, (title, body, question) in PAGES.items():
            lines.append(json.dumps({"question": question, "article": None if id in gone else id}))
            if id not in gone:
                text = f'---\ntitle: "{agency}: {title}"\nlanguage: en\nkind: faq\n---\n# {title}\n\n{body}\n'
                (folder / agency / articles / f"{id}.md").write_text(text, "utf-8")
        (folder / agency / questions).write_text("\n".join(lines), "utf-8")


@pytest.fixture
def agencies(tmp_path: Path) -> Path:
    """Two agencies with the same ten pages."""
    for agency in ("NORTH", "SOUTH"):
        write_agency(tmp_path, agency)
    return tmp_path


@pytest.mark.models
async def test_one_agency_is_measured_by_what_the_other_taught(agencies: Path, reader: Reader) -> None:
    told: list[str] = []
    figures = await evaluate_public(
        agencies, reader, lambda what, done, of: told.append(what), only=["NORTH"]
    )
    first = figures["right_first"]
    assert set(first) == {"NORTH", "pooled"} and first["NORTH"]["n"] == 10
    assert first["NORTH"]["r1_95"][0] < first["NORTH"]["r1"] <= first["NORTH"]["r1_95"][1]
    after, before = figures["decision"]["pooled"], figures["fused_score_alone"]["pooled"]
    assert set(after) == set(before) >= {"auroc_covered_95", "coverage_at_5pct_95", "coverage_at_20pct"}
    gain = figures["decision_gain"]["pooled"]["auroc_covered"]
    assert gain == pytest.approx(after["auroc_covered"] - before["auroc_covered"], abs=1e-3)
    assert figures["right_first_gain"]["NORTH"] == pytest.approx(
        first["NORTH"]["r1"] - figures["baseline"]["right_first"]["NORTH"]["r1"]
    )
    assert {"SOUTH/articles: indexing", "NORTH: the plain baseline"} <= set(told)


def test_a_base_that_is_not_there_is_named_and_one_alone_teaches_nothing(agencies: Path) -> None:
    with pytest.raises(Problem, match=r"no base EAST\. There are: NORTH, SOUTH"):
        check_names(agencies, ["EAST"])
    with pytest.raises(Problem, match="fewer than two"):
        check_names(agencies / "NORTH", ())
    done = CliRunner().invoke(app, ["evaluate", "public", str(agencies / "gone")])
    assert done.exit_code == 1 or isinstance(done.exception, Problem)
