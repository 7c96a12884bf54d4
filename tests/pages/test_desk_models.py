"""A maintainer reads a report, promotes with a reason, tries a candidate in the shadow, and goes back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from learning.gate_texts import say
from learning.report import report_on
from learning.shelf import Shelf
from nouns import Role
from pages.report import write_report
from records import models
from records.models import Kind, Model, Promotion, State
from records.tables import shadows
from tests.learning.shelves import put_model
from tests.pages.conftest import World


def said(intent: str, confidence: float) -> dict[str, Any]:
    return {"intent": intent, "best": intent, "confidence": confidence}


def report() -> dict[str, Any]:
    """A report on a candidate that flips one text."""
    rows = [
        {"text": f"hello {n}", "gold": "greet", "live": said("greet", 0.9), "candidate": said("greet", 0.8)}
        for n in range(40)
    ]
    rows.append(
        {
            "text": "<b>stop</b>",
            "gold": "cancel",
            "live": said("greet", 0.6),
            "candidate": said("cancel", 0.9),
        }
    )
    labels = {"new": 3, "strange": 1, "old": 50, "strange_before": 2, "pairs": [], "outsiders": []}
    labels["strangest"] = [{"text": "hm", "intent": "greet", "like": "cancel", "by": 0.7}]
    found = {
        "golden": rows, "probes": [], "stories": [], "labels": labels, "phrases": [], "changes": None,
        "crossed": {"folds": 5, "of": 50, "rows": [["greet", "cancel", "greet"], ["cancel"] * 3]},
        "speed": {"live_ms": 1.0, "candidate_ms": 1.1}, "size": {"live_bytes": 10, "candidate_bytes": 11},
        "seconds_train": 2.0,
    }  # fmt: skip
    lineage = {"model": "cand", "parent": "live", "left_out": [], "by": "Kari", "at": "2026-01-01"}
    return {**lineage, **report_on(found, 0.05)[1]}


async def with_models(world: World) -> Shelf:
    """The live model and a candidate with its report."""
    shelf = Shelf(world.files.parent / "models")
    now = datetime.now(UTC)
    async with world.database.write() as writing:
        for name, state in (("live", State.LIVE), ("cand", State.CANDIDATE), ("bad", State.REJECTED)):
            put_model(shelf, name)
            await models.add(writing, Model(name, now, "Kari", state, "d", "c", 1, 1.0, f"{name}: the word"))
        await models.go_live(writing, Promotion(now, "live", None, Kind.STARTED, "Firstline", "the start"))
    shelf.point("live")
    shelf.keep("cand", [["hi", "greet"]], report())
    return shelf


async def test_agents_have_no_say_in_models(world: World) -> None:
    await with_models(world)
    browser = await world.at_desk("Kari")
    assert (await browser.get("/desk/models")).status_code == 403
    assert (await browser.post("/desk/models/cand/promote", {"reason": "why not"})).status_code == 403


async def test_a_maintainer_reads_the_report_and_promotes_with_a_reason(world: World) -> None:
    shelf = await with_models(world)
    browser = await world.at_desk("Ola", Role.MAINTAINER)
    assert "cand: the word" in (await browser.get("/desk/models")).text
    page = (await browser.get("/desk/models/cand")).text
    assert "&lt;b&gt;stop&lt;/b&gt;" in page and "Texts that flipped (1)" in page
    assert (await browser.post("/desk/models/cand/promote", {"reason": ""})).status_code == 422
    assert (await browser.post("/desk/models/cand/promote", {"reason": "knows stop"})).status_code == 303
    assert shelf.live() == "cand"
    async with world.database.read() as connection:
        live = await models.live(connection)
    assert live and (live.model, live.by, live.reason) == ("cand", "Ola", "knows stop")
    assert (await browser.post("/desk/models/rollback", {"reason": "too keen"})).status_code == 303
    assert shelf.live() == "live"


async def test_a_rejected_model_is_promoted_by_an_override_alone(world: World) -> None:
    shelf = await with_models(world)
    browser = await world.at_desk("Ola", Role.OWNER)
    assert "Override the gate" in (await browser.get("/desk/models/bad")).text
    assert (await browser.post("/desk/models/bad/promote", {"reason": "I know"})).status_code == 409
    given = {"reason": "I know", "override": "yes"}
    assert (await browser.post("/desk/models/bad/promote", given)).status_code == 303
    assert shelf.live() == "bad"


async def test_where_the_gate_could_not_conclude_a_person_is_asked_to(world: World) -> None:
    await with_models(world)
    async with world.database.write() as writing:
        unsure = Model("cand", writing.now, "Kari", State.UNSURE, "d", "c", 1, 1.0, "Too few golden texts.")
        await models.add(writing, unsure)
    browser = await world.at_desk("Ola", Role.OWNER)
    assert "The gate could not conclude" in (await browser.get("/desk/models/cand")).text


async def test_a_candidate_answers_in_the_shadow_until_that_is_ended(world: World) -> None:
    await with_models(world)
    browser = await world.at_desk("Ola", Role.MAINTAINER)
    await browser.post("/desk/models/cand/shadow", {"percent": "25"})
    assert (
        "Answers silently on 25 % of the messages. · Ola, " in (await browser.get("/desk/models/cand")).text
    )
    await browser.post("/desk/models/cand/shadow", {"percent": "0"})
    assert "Answers silently on" not in (await browser.get("/desk/models/cand")).text


async def test_where_the_candidate_would_have_answered_otherwise_both_answers_stand(world: World) -> None:
    await with_models(world)
    said = {"ranking": [], "actions": [], "slots": [], "form": [], "knowledge": {}}
    buttons = [{"title": "Track a parcel", "intent": "inform", "entities": {}}]
    both = [
        {**said, "intent": intent, "replies": [{"kind": "message", "text": text, "buttons": offered}]}
        for intent, text, offered in (
            ("greet", "Hello there!", []),
            ("cancel", "All right, stopped.", buttons),
        )
    ]
    async with world.database.write() as writing:
        live, candidate = both
        seen = {"live": live, "candidate": candidate, "same": False, "at": writing.now}
        for message in ("m1", "m2"):
            known = {"model": "cand", "message": message, "conversation": f"c-{message}"}
            await writing.execute(insert(shadows).values(**known, **seen))
    browser = await world.at_desk("Ola", Role.MAINTAINER)
    page = (await browser.get("/desk/models/cand")).text
    assert "2 of 2 answered otherwise" in page and "×2" in page
    assert page.count("Hello there!") == 1 and "All right, stopped." in page and "Track a parcel" in page


async def test_nothing_is_offered_to_roll_back_to_before_a_second_model_has_answered(world: World) -> None:
    await with_models(world)
    browser = await world.at_desk("Ola", Role.MAINTAINER)
    assert "/desk/models/rollback" not in (await browser.get("/desk/models")).text
    await browser.post("/desk/models/cand/promote", {"reason": "knows stop"})
    assert "The model before, live, answers again" in (await browser.get("/desk/models")).text


async def test_the_gates_word_is_said_in_chinese_at_a_chinese_desk(world: World) -> None:
    await with_models(world)
    browser = await world.at_desk("Ola", Role.MAINTAINER, language="zh")
    page = (await browser.get("/desk/models/cand")).text
    assert "标准集有 41 条文本，少于 150 条时无法得出结论。" in page


async def test_why_firstline_went_back_by_itself_is_told_in_the_readers_language(world: World) -> None:
    await with_models(world)
    told = say("failures_rose", was=0.0, of_before=400, now=0.3, of_since=60, rise=0.1)
    async with world.database.write() as writing:
        by_itself = ("live", "bad", Kind.ROLLED_BACK, "Firstline", told["en"], told)
        by_a_person = ("bad", "live", Kind.ROLLED_BACK, "Ola", "too keen")
        for change in (by_a_person, by_itself):
            await models.go_live(writing, Promotion(writing.now, *change))
    for name, (language, reason) in zip(("Ola", "Lin"), told.items(), strict=True):
        browser = await world.at_desk(name, Role.MAINTAINER, language=language)
        for path in ("/desk/models", "/desk/models/live"):
            page = (await browser.get(path)).text
            assert reason in page and "too keen" in page, (language, path)


async def test_the_button_begins_a_retraining_and_tells_how_far_it_is(world: World) -> None:
    await with_models(world)
    browser = await world.at_desk("Ola", Role.MAINTAINER, language="zh")
    assert "正在训练候选模型" in (await browser.post("/desk/models/retrain")).text


async def test_the_report_stands_by_itself_too(world: World) -> None:
    shelf = await with_models(world)
    written = write_report(shelf.folder, "cand", "Lumen & Oak")
    assert written == Path(shelf.folder / "cand" / "report.html")
    assert "5-fold cross-validation of 2 live examples" in written.read_text("utf-8")
    assert "F1（2 条线上例句，5 折交叉验证）" in written.read_text("utf-8")
    assert "Lumen &amp; Oak" in written.read_text("utf-8")
    assert write_report(shelf.folder, "bad", "Lumen & Oak") is None
