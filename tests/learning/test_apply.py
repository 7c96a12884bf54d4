"""What reviewers accepted becomes lines that a git user is glad to review; nothing is overwritten."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from learning.folders import known_digests
from learning.plan import NOTHING, Plan
from learning.texts import digest_of
from nouns import Problem
from records import drafts, verdicts
from records.verdicts import Said
from tests.learning.company import ADA, BO, COMPLAIN, NORWAY, Desk


def added(plan: Plan) -> list[str]:
    """The lines that a plan adds."""
    lines = [line for change in plan.changes for line in change.diff(change.path.name).splitlines()]
    return [line[1:] for line in lines if line.startswith("+") and not line.startswith("+++")]


def removed(plan: Plan) -> list[str]:
    lines = [line for change in plan.changes for line in change.diff(change.path.name).splitlines()]
    return [line[1:] for line in lines if line.startswith("-") and not line.startswith("---")]


async def test_accepted_texts_are_sorted_lines_in_a_tagged_block_and_all_else_stays(desk: Desk) -> None:
    await desk.say("worst shop ever", Said.INTENT, "complain")
    await desk.say("I am angry [today](x)", Said.INTENT, "complain")

    plan = await desk.apply.apply("Ada")

    assert removed(plan) == []
    assert added(plan) == [
        "",
        "# From conversations, accepted in review",
        "- intent: complain",
        "  metadata:",
        "    source: review",
        "  examples: |",
        "    - I am angry (today)(x)",
        "    - worst shop ever",
    ]
    await desk.say("never again", Said.INTENT, "complain")
    assert added(await desk.apply.plan()) == ["    - never again"]
    await desk.apply.apply("Ada")
    assert desk.read("nlu/complain.yml").startswith(COMPLAIN)
    blocks = yaml.safe_load(desk.read("nlu/complain.yml"))["nlu"]
    assert blocks[-1]["examples"] == "- I am angry (today)(x)\n- never again\n- worst shop ever\n"


async def test_an_article_gets_the_wording_where_its_questions_stand(desk: Desk) -> None:
    await desk.say("do parcels reach bergen: yes?", Said.ARTICLE, "norway")
    await desk.say("my lamp makes a noise", Said.ARTICLE, "humming")

    plan = await desk.apply.apply("Ada")

    assert added(plan) == [
        "questions:",
        "  - it hums",
        "  - my lamp makes a noise  # from review",
        '  - "do parcels reach bergen: yes?"  # from review',
    ]
    assert removed(plan) == ["questions: [it hums]"]
    assert desk.read("articles/norway.md").replace(added(plan)[-1] + "\n", "") == NORWAY


async def test_a_dry_run_writes_nothing_and_applying_twice_adds_nothing(desk: Desk) -> None:
    await desk.say("worst shop ever", Said.INTENT, "complain")

    assert (await desk.apply.plan()).added == 1
    assert desk.read("nlu/complain.yml") == COMPLAIN

    await desk.apply.apply("Ada")
    after = desk.read("nlu/complain.yml")
    assert (await desk.apply.apply("Ada")).changes == []
    assert desk.read("nlu/complain.yml") == after


async def test_a_text_with_two_intents_is_a_conflict_until_a_person_solves_it(desk: Desk) -> None:
    await desk.asked("how do you do")
    item = (await desk.collected())[0]
    path = desk.folders.nlu / "complain.yml"
    path.write_text(COMPLAIN + "    - How do you do?\n", "utf-8")
    await desk.judging.judge([item.id], (Said.INTENT, "complain", {}), ADA)

    plan = await desk.apply.apply("Ada")

    assert (plan.changes, plan.conflicts[0].stands, plan.conflicts[0].wants) == ([], "greet", "complain")
    assert plan.conflicts[0].where == "nlu/complain.yml, line 13"
    await desk.judging.solve(plan.conflicts[0].verdict.id, "new")
    moved = await desk.apply.apply("Ada")
    assert removed(moved) == ["    - How do you do?"]
    assert "    - how do you do" in added(moved)


async def test_a_conflict_can_be_left_as_it_was_or_judged_again(desk: Desk) -> None:
    await desk.say("ship it to oslo", Said.ARTICLE, "norway")
    await desk.say("do you ship", Said.INTENT, "complain")
    (desk.folders.nlu / "more.yml").write_text(
        "nlu:\n- intent: greet\n  examples: |\n    - ship it to oslo\n    - do you ship\n    - hi\n", "utf-8"
    )
    first, second = (await desk.apply.apply("Ada")).conflicts

    await desk.judging.solve(first.verdict.id, "old")
    await desk.judging.solve(second.verdict.id, "open")
    plan = await desk.apply.apply("Ada")

    assert (plan.changes, plan.conflicts) == ([], [])
    assert plan.done == {first.verdict.id: NOTHING}
    assert [item.text for item in await desk.collected()] == [second.verdict.item.text]


async def test_two_reviewers_who_differ_on_a_wording_make_a_conflict(desk: Desk) -> None:
    await desk.asked("so slow again")
    await desk.asked("So slow, again!")
    mine, theirs = await desk.collected()
    await desk.judging.judge([mine.id], (Said.INTENT, "complain", {}), ADA)
    await desk.judging.judge([theirs.id], (Said.INTENT, "greet", {}), BO)

    plan = await desk.apply.apply("Ada")
    assert [(one.wants, one.stands, one.where) for one in plan.conflicts] == [
        ("greet", "complain", "a verdict of Ada")
    ]


async def test_what_a_person_edits_by_hand_meanwhile_stays(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.say("worst shop ever", Said.INTENT, "complain")
    path = desk.folders.nlu / "complain.yml"
    planned, edits = desk.apply.plan, iter(["    - good evening\n"])

    class Edited(type(desk.apply)):  # type: ignore[misc]
        """Somebody saves the file between the look at it and the writing."""

        async def plan(self) -> Plan:
            plan = await planned()
            if edit := next(edits, None):
                path.write_text(desk.read("nlu/complain.yml") + edit, "utf-8")
            return plan

    await Edited(desk.database, desk.folders).apply("Ada")

    text = desk.read("nlu/complain.yml")
    assert "    - good evening\n" in text
    assert "    - worst shop ever\n" in text
    assert {block["intent"] for block in yaml.safe_load(text)["nlu"]} == {"complain", "greet"}


async def test_yaml_broken_by_hand_is_told_with_file_line_and_cure_and_nothing_is_lost(desk: Desk) -> None:
    await desk.say("worst shop ever", Said.INTENT, "complain")
    path = desk.folders.nlu / "complain.yml"
    broken = COMPLAIN.replace("- intent: greet\n  examples", "- intent: greet\n   examples")
    path.write_text(broken, "utf-8")

    with pytest.raises(Problem, match=r"complain\.yml, line 11: This is not valid YAML.*indentation"):
        await desk.apply.apply("Ada")

    assert desk.read("nlu/complain.yml") == broken
    path.write_text(COMPLAIN, "utf-8")
    assert (await desk.apply.apply("Ada")).added == 1


async def test_a_broken_front_matter_is_told_with_its_line(desk: Desk) -> None:
    await desk.say("worst shop ever", Said.INTENT, "complain")
    (desk.folders.articles / "norway.md").write_text("---\ntitle: x\nquestions: 'a\n---\nText\n", "utf-8")

    with pytest.raises(Problem, match=r"norway\.md, line \d"):
        await desk.apply.apply("Ada")


async def test_a_new_intent_comes_with_its_domain_entry_its_answer_and_its_rule(desk: Desk) -> None:
    said = {"en": "We pay 12 an hour: apply!", "zh": "欢迎应聘。"}
    await desk.say("are you hiring", Said.NEW_INTENT, "Ask Jobs", answers=said)

    await desk.apply.apply("Ada")

    domain = yaml.safe_load(desk.read("domain.yml"))
    assert domain["intents"] == ["complain", "greet", "ask_question", "ask_jobs"]
    assert [one["text"] for one in domain["responses"]["utter_ask_jobs"]] == [said["en"], *said.values()]
    assert "- complain  # hands over" in desk.read("domain.yml")
    assert yaml.safe_load(desk.read("rules/reviewed.yml"))["rules"][0]["steps"] == [
        {"intent": "ask_jobs"},
        {"action": "utter_ask_jobs"},
    ]
    assert "    - are you hiring\n" in desk.read("nlu/ask_jobs.yml")
    await desk.say("any vacancies", Said.INTENT, "ask_jobs")
    await desk.apply.apply("Ada")
    assert "    - any vacancies\n    - are you hiring\n" in desk.read("nlu/ask_jobs.yml")


async def test_a_new_intent_needs_a_name_and_an_answer_in_each_language(desk: Desk) -> None:
    for name, code in (
        ("Ünïcode!", "intent_name"),
        ("greet", "intent_exists"),
        ("out_of_scope", "intent_exists"),
    ):
        with pytest.raises(Problem) as refused:
            await desk.judging.judge(["x"], (Said.NEW_INTENT, name, {}), ADA)
        assert refused.value.code == code
    with pytest.raises(Problem, match="lacks these languages: zh"):
        await desk.judging.judge(["x"], (Said.NEW_INTENT, "jobs", {"answers": {"en": "Hi"}}), ADA)


async def test_an_intent_that_was_just_named_may_be_chosen_before_it_is_applied(desk: Desk) -> None:
    said = {"en": "We are hiring.", "zh": "欢迎应聘。"}
    await desk.say("are you hiring", Said.NEW_INTENT, "ask_jobs", answers=said)
    await desk.say("any vacancies", Said.INTENT, "ask_jobs")
    with pytest.raises(Problem, match="There is an intent `ask_jobs` already"):
        await desk.say("can I work for you", Said.NEW_INTENT, "ask_jobs", answers={"en": "No", "zh": "不"})
    assert await desk.judging.intents() == (["complain", "greet", "ask_question", "ask_jobs"], ["ask_jobs"])

    await desk.judging.undo(ADA)  # what was said of it stays with the texts that have it still
    await desk.say("how do I become a colleague", Said.INTENT, "ask_jobs")
    await desk.apply.apply("Ada")

    assert yaml.safe_load(desk.read("domain.yml"))["responses"]["utter_ask_jobs"][0]["text"] == said["en"]
    assert "    - are you hiring\n    - how do I become a colleague\n" in desk.read("nlu/ask_jobs.yml")
    assert (await desk.judging.intents())[1] == []


async def test_an_intent_named_at_a_golden_text_is_there_too(desk: Desk) -> None:
    desk.golden_share = 1.0
    await desk.say("are you hiring", Said.NEW_INTENT, "ask_jobs")
    await desk.apply.apply("Ada")
    assert "ask_jobs" in desk.folders.intents() and "ask_jobs" in desk.read("rules/reviewed.yml")
    assert "are you hiring" in desk.read("golden/ask_jobs.yml")
    assert not (desk.folders.nlu / "ask_jobs.yml").exists()


async def test_out_of_scope_texts_become_an_intent_that_the_articles_may_not_answer(desk: Desk) -> None:
    await desk.say("sing me a song", Said.OUT_OF_SCOPE)
    await desk.say("whatever", Said.NOT_USEFUL)

    plan = await desk.apply.apply("Ada")

    assert "    - sing me a song\n" in desk.read("nlu/out_of_scope.yml")
    assert "- action: action_answer_question" in desk.read("rules/reviewed.yml")
    assert sorted(plan.done.values()) == ["nlu/out_of_scope.yml", NOTHING]


async def test_golden_texts_go_to_the_golden_set_and_are_never_trained_on(desk: Desk) -> None:
    desk.golden_share = 1.0
    await desk.say("do you ship to bergen", Said.ARTICLE, "norway")
    await desk.say("you are terrible", Said.INTENT, "complain")
    await desk.apply.apply("Ada")

    golden = yaml.safe_load(desk.read("golden/ask_question.yml"))["nlu"]
    assert [block["examples"] for block in golden] == ["- do you ship to bergen\n"]
    assert json.loads(desk.read("golden/questions.jsonl")) == {
        "question": "do you ship to bergen",
        "article": "norway",
    }
    assert "you are terrible" in desk.read("golden/complain.yml")
    assert (desk.read("nlu/complain.yml"), desk.read("articles/norway.md")) == (COMPLAIN, NORWAY)
    desk.golden_share = 0.0
    await desk.asked("Do you ship to Bergen?")
    assert await desk.collected() == []
    assert digest_of("YOU ARE TERRIBLE") in known_digests(desk.folders)


async def test_applying_refuses_a_text_that_became_golden_meanwhile(desk: Desk) -> None:
    await desk.say("worst shop ever", Said.INTENT, "complain")
    golden = Path(desk.folders.golden / "complain.yml")
    golden.write_text("nlu:\n- intent: complain\n  examples: |\n    - Worst shop, ever!\n", "utf-8")

    plan = await desk.apply.apply("Ada")

    assert [why for _, why in plan.refused] == ["it stands in the golden set, golden/complain.yml, line 4"]
    assert desk.read("nlu/complain.yml") == COMPLAIN
    async with desk.database.read() as connection:
        assert await verdicts.to_apply(connection) == []


async def test_an_approved_draft_becomes_an_article_that_names_its_conversation(desk: Desk) -> None:
    conversation = await desk.asked("can I dim the Fjell")
    await desk.human(
        conversation, "Hi Kari!", "Yes: hold the touch sensor for three seconds, then let go of it."
    )
    item = (await desk.collected())[0]
    await desk.judging.judge([item.id], (Said.NEW_ARTICLE, None, {}), ADA)
    async with desk.database.read() as connection:
        draft = (await drafts.listed(connection, "open"))[0]
    assert draft.body == "Yes: hold the touch sensor for three seconds, then let go of it."
    assert (await desk.apply.plan()).changes == []

    words = {"title": "Dim the Fjell", "body": draft.body, "questions": "\n".join(draft.questions)}
    await desk.judging.edit_draft(draft.id, draft.version, words, ADA, approve=True)
    (desk.folders.articles / "dim-the-fjell.md").write_text("Written by hand meanwhile.", "utf-8")
    await desk.apply.apply("Ada")

    assert desk.read("articles/dim-the-fjell.md") == "Written by hand meanwhile."
    assert desk.read("articles/dim-the-fjell-2.md") == (
        f"---\n# from review of conversation {conversation}\ntitle: Dim the Fjell\nlanguage: en\nkind: faq\n"
        f"questions:\n  - can I dim the Fjell\n---\n\n{draft.body}\n"
    )
    async with desk.database.read() as connection:
        assert await verdicts.to_apply(connection) == []
