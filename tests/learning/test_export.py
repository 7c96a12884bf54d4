"""The log for people with their own tools: masked, labelled, in a form that their tools read."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import yaml

from learning import export
from learning.export import Wish
from records.verdicts import Said
from tests.learning.company import Desk
from tests.world import MONDAY


async def conversations(desk: Desk, *, masked: bool = True) -> list[export.Row]:
    async with desk.database.read() as connection:
        return await export.conversation_rows(connection, Wish(MONDAY - timedelta(days=1), masked))


async def test_conversations_are_masked_unless_told_otherwise(desk: Desk) -> None:
    talk = await desk.asked("mail me at kari@example.org", name="Kari")
    await desk.human(talk, "Dear Kari, we have written to kari@example.org just now.")

    masked = export.as_jsonl(await conversations(desk))
    told = json.loads(masked)

    assert "kari" not in masked.lower()
    assert [line["author"] for line in told["messages"]] == ["customer", "bot", "agent"]
    assert told["messages"][0]["intent"] == "ask_question"
    assert "kari@example.org" in export.as_jsonl(await conversations(desk, masked=False))


async def test_a_table_runs_no_formula(desk: Desk) -> None:
    await desk.asked('=HYPERLINK("http://evil.example","click")')
    rows = list(csv.DictReader(io.StringIO(export.as_csv(await conversations(desk)))))
    assert [row["text"][:2] for row in rows if row["author"] == "customer"] == ["'="]
    assert export.as_csv([]) == ""


async def test_rasa_gets_stories_and_only_what_reviewers_labelled(desk: Desk) -> None:
    await desk.say("worst shop [ever](x)", Said.INTENT, "complain")
    await desk.say("ship to bergen", Said.ARTICLE, "norway")
    await desk.asked("nobody judged this")
    async with desk.database.read() as connection:
        rows = await export.nlu_rows(connection, Wish(MONDAY - timedelta(days=1)))

    assert [(row["intent"], row["article"], row["reviewed"]) for row in rows] == [
        ("complain", None, True),
        ("ask_question", "norway", True),
        ("ask_question", None, False),
    ]
    taught = yaml.safe_load(export.nlu_as_rasa(rows))["nlu"]
    assert {one["intent"]: one["examples"] for one in taught} == {
        "ask_question": "- ship to bergen\n",
        "complain": "- worst shop (ever)(x)\n",
    }
    stories = yaml.safe_load(export.conversations_as_rasa(await conversations(desk)))["stories"]
    assert stories[0]["steps"][0]["intent"] == "ask_question"
    assert yaml.safe_load(export.conversations_as_rasa([]))["stories"] == []
