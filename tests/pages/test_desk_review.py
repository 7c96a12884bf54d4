"""The review's pages: whose they are, two reviewers at once, conflicts, drafts, and what is refused."""

from __future__ import annotations

import re

from nouns import Role
from records import drafts, verdicts
from tests.learning.company import COMPLAIN
from tests.pages.conftest import Browser, World


async def ids(browser: Browser) -> list[str]:
    """The texts that a reviewer is shown."""
    return re.findall(r'name="item" value="([^"]+)"', (await browser.get("/desk/review")).text)


async def test_agents_have_no_review_and_maintainers_have_one_in_their_menu(world: World) -> None:
    await world.logged.item("can you sing")
    agent, maintainer = await world.at_desk("Bo"), await world.at_desk("Mia", Role.MAINTAINER)

    for path in ("", "/apply", "/gaps", "/drafts"):
        assert (await agent.get(f"/desk/review{path}")).status_code == 403
        assert (await maintainer.get(f"/desk/review{path}")).status_code == 200
    assert (await agent.post("/desk/review", {"item": "x", "said": "not_useful"})).status_code == 403
    assert (await agent.post("/desk/review/apply")).status_code == 403
    assert '"/desk/review"' not in (await agent.get("/desk")).text
    assert '"/desk/review"' in (await maintainer.get("/desk")).text


async def test_two_reviewers_see_different_texts_and_the_slower_one_is_told(world: World) -> None:
    await world.logged.item("can you sing")
    await world.logged.item("where is the moon")
    mia, ola = await world.at_desk("Mia", Role.MAINTAINER), await world.at_desk("Ola", Role.OWNER)
    mine, theirs = await ids(mia), await ids(ola)
    assert set(mine).isdisjoint(theirs)

    await mia.post("/desk/review", {"item": mine[0], "said": "out_of_scope"})
    late = await ola.post("/desk/review", {"item": mine[0], "said": "intent:greet"})

    assert (late.status_code, "Mia was quicker" in late.text) == (409, True)
    undone = await mia.post("/desk/review/undo")
    assert undone.status_code == 303
    assert await ids(mia) == mine


async def test_equal_texts_of_a_group_stand_once_with_their_count_and_are_judged_together(
    world: World,
) -> None:
    for _ in range(3):
        await world.logged.item("can you sing")
    mia = await world.at_desk("Mia", Role.MAINTAINER)
    page = (await mia.get("/desk/review")).text
    assert page.count(">can you sing<") == 1 and "×3" in page
    await mia.post("/desk/review", {"item": (await ids(mia))[0], "said": "out_of_scope"})
    async with world.database.read() as connection:
        assert len(await verdicts.to_apply(connection)) == 3


async def test_what_nobody_could_mean_is_refused_with_a_cure(world: World) -> None:
    await world.logged.item("can you sing")
    mia = await world.at_desk("Mia", Role.MAINTAINER)
    text = (await ids(mia))[0]

    for said, more, status in (
        ("intent:nonsense", {}, 422),
        ("article:../../domain", {}, 422),
        ("typed", {"intent": "zzz"}, 422),
        ("typed", {"new_intent": "greet"}, 409),
        ("typed", {"new_intent": "ask_jobs", "answer_en": "Yes"}, 422),
        ("magic", {}, 422),
    ):
        answer = await mia.post("/desk/review", {"item": text, "said": said, **more})
        assert answer.status_code == status, said
    assert (await mia.post("/desk/review", {"said": "not_useful"})).status_code == 422
    assert await ids(mia) == [text]
    await mia.post("/desk/review", {"item": text, "said": "typed", "intent": "compl"})
    async with world.database.read() as connection:
        assert [one.target for one in await verdicts.to_apply(connection)] == ["complain"]


async def test_applying_shows_the_diff_first_then_writes_and_conflicts_wait(world: World) -> None:
    mia = await world.at_desk("Mia", Role.MAINTAINER)
    for text in ("<b>worst</b> shop", "so slow"):
        item = await world.logged.item(text)
        await mia.post("/desk/review", {"item": item.id, "said": "intent:complain"})
    path = world.logged.folders.nlu / "complain.yml"
    path.write_text(COMPLAIN + "    - So slow!\n", "utf-8")

    shown = (await mia.get("/desk/review/apply")).text
    assert "&lt;b&gt;worst&lt;/b&gt; shop" in shown
    assert "stands as greet" in shown
    assert "worst" not in path.read_text("utf-8")
    wrote = (await mia.post("/desk/review/apply")).text
    assert '<a href="/desk/models">Models</a>' in wrote
    assert "    - <b>worst</b> shop\n" in path.read_text("utf-8")

    async with world.database.read() as connection:
        left = await verdicts.to_apply(connection)
    await mia.post(f"/desk/review/apply/{left[0].id}", {"keep": "old"})
    assert (await mia.post("/desk/review/apply")).status_code == 200
    async with world.database.read() as connection:
        assert await verdicts.to_apply(connection) == []


async def test_yaml_broken_by_hand_is_told_on_the_page(world: World) -> None:
    mia = await world.at_desk("Mia", Role.MAINTAINER)
    item = await world.logged.item("so slow")
    await mia.post("/desk/review", {"item": item.id, "said": "intent:complain"})
    (world.logged.folders.nlu / "complain.yml").write_text("nlu:\n- intent: [x\n", "utf-8")

    page = await mia.get("/desk/review/apply")

    assert page.status_code == 200
    assert re.search(r"complain\.yml, line \d+: This is not valid YAML", page.text)


async def test_a_draft_is_edited_by_one_at_a_time_and_approved(world: World) -> None:
    mia, ola = await world.at_desk("Mia", Role.MAINTAINER), await world.at_desk("Ola", Role.OWNER)
    talk = await world.logged.asked("can I dim the Fjell")
    await world.logged.human(talk, "Yes: hold the touch sensor for three seconds, then let go.")
    await mia.post("/desk/review/collect")
    await mia.post("/desk/review/drafts/suggest")
    async with world.database.read() as connection:
        draft = (await drafts.listed(connection))[0]
    words = {"title": "Dim the Fjell", "body": draft.body, "questions": "can I dim it", "version": 1}

    await mia.post(f"/desk/review/drafts/{draft.id}", {**words, "do": "save"})
    late = await ola.post(f"/desk/review/drafts/{draft.id}", {**words, "do": "dismiss"})
    assert late.status_code == 409
    empty = {**words, "version": 2, "body": " ", "do": "approve"}
    assert (await ola.post(f"/desk/review/drafts/{draft.id}", empty)).status_code == 422
    await ola.post(f"/desk/review/drafts/{draft.id}", {**words, "version": 2, "do": "approve"})
    await ola.post("/desk/review/apply")

    written = (world.logged.folders.articles / "dim-the-fjell.md").read_text("utf-8")
    assert f"# from review of conversation {talk}" in written
    assert "  - can I dim it\n" in written


async def test_the_pages_speak_chinese(world: World) -> None:
    await world.logged.item("can you sing")
    mia = await world.at_desk("Mia", Role.MAINTAINER, language="zh")
    for path, word in (
        ("", "超出范围"),
        ("/apply", "没有待写入的内容"),
        ("/gaps", "知识缺口"),
        ("/drafts", "查找新草稿"),
    ):
        assert word in (await mia.get(f"/desk/review{path}")).text
