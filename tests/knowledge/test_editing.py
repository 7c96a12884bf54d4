import asyncio
from pathlib import Path

import pytest

from knowledge.base import KnowledgeBase
from knowledge.editing import Editor
from knowledge.index import build_folder
from knowledge.kept import current_version
from nouns import Problem
from reading.reader import Reader
from tests.world import until

pytestmark = pytest.mark.models

WARRANTY = "# Warranty\n\nFive years on every lamp."


@pytest.fixture
async def editor(reader: Reader, articles: Path, index: Path) -> Editor:
    await build_folder(articles, reader, index)
    return Editor(KnowledgeBase.open(index, articles, reader), articles, index, reader)


async def is_so(fact: bool) -> bool:
    return fact


async def found(base: KnowledgeBase, reader: Reader, question: str) -> str:
    answer = await base.search(question, await reader.read(question))
    return answer.hits[0].passage.text


async def test_what_is_saved_is_served_at_once(editor: Editor, reader: Reader) -> None:
    seen = await editor.save("warranty", WARRANTY, "")
    assert await found(editor.base, reader, "How long is the warranty?") == "Five years on every lamp."
    await editor.save("warranty", WARRANTY.replace("Five", "Six"), seen)
    assert await found(editor.base, reader, "How long is the warranty?") == "Six years on every lamp."


async def test_a_trial_answers_with_the_edit_and_changes_nothing(editor: Editor, reader: Reader) -> None:
    trial = await editor.trial("warranty", WARRANTY)
    assert await found(trial, reader, "How long is the warranty?") == "Five years on every lamp."
    assert editor.base.article("warranty") is None and editor.text("warranty") == ("", "")


async def test_the_second_of_two_editors_is_told(editor: Editor) -> None:
    text, seen = editor.text("returns")
    await editor.save("returns", text.replace("60 days", "30 days"), seen)
    with pytest.raises(Problem, match="Someone else has changed returns") as refused:
        await editor.save("returns", text.replace("60 days", "90 days"), seen)
    assert refused.value.status == 409 and "30 days" in editor.text("returns")[0]


async def test_a_removed_article_answers_no_more(editor: Editor) -> None:
    await editor.remove("returns", editor.text("returns")[1])
    assert editor.base.article("returns") is None
    with pytest.raises(Problem, match="There is no article returns"):
        await editor.remove("returns", "")


@pytest.mark.parametrize(
    "id", ["../secrets", "/etc/passwd", "a/../../b", "", ".hidden", "a//b", "x" * 300, "a\0b"]
)
async def test_an_article_stays_in_its_folder(editor: Editor, id: str) -> None:
    with pytest.raises(Problem, match="can't name an article"):
        await editor.save(id, WARRANTY, "")


async def test_a_broken_edit_is_refused_and_the_file_stays(editor: Editor) -> None:
    text, seen = editor.text("returns")
    with pytest.raises(Problem, match="line"):
        await editor.save("returns", "---\ntitle: [oops\n---\nx", seen)
    assert editor.text("returns") == (text, seen)


async def test_what_is_edited_by_hand_is_served_too(editor: Editor, articles: Path, reader: Reader) -> None:
    following = asyncio.create_task(editor.run())
    try:
        (articles / "warranty.md").write_text(WARRANTY, encoding="utf-8")
        await until(lambda: is_so(editor.base.article("warranty") is not None))
        assert await found(editor.base, reader, "How long is the warranty?") == "Five years on every lamp."
    finally:
        following.cancel()


async def test_a_file_broken_by_hand_keeps_its_last_good_text(editor: Editor, articles: Path) -> None:
    (articles / "returns.md").write_text("---\ntitle: [oops\n---\n", encoding="utf-8")
    await editor.refresh()
    article = editor.base.article("returns")
    assert article is not None and "60 days" in article.body


async def test_no_answer_fails_or_mixes_while_articles_change(editor: Editor, reader: Reader) -> None:
    """Two articles always name the same number; whoever asks gets one of the numbers that were ever saved."""
    question = "How long is the warranty?"
    reading, answers, over = await reader.read(question), [], asyncio.Event()

    async def ask() -> None:
        while not over.is_set():
            answers.append(await editor.base.search(question, reading))
            await asyncio.sleep(0)

    asking, seen, versions = asyncio.create_task(ask()), "", {editor.base.version: ""}
    for years in range(1, 6):
        text = f"# Warranty\n\n{years} years on every lamp."
        seen = await editor.save("warranty", text, seen)
        versions[editor.base.version] = f"{years} years on every lamp."
    over.set()
    await asking
    texts = {answer.index: answer.hits[0].passage.text for answer in answers}
    assert len(answers) > 5 and texts.keys() <= versions.keys()
    assert all(versions[version] in ("", text) for version, text in texts.items())


async def test_judges_are_fitted_anew_aside_once_enough_changed(
    reader: Reader, articles: Path, index: Path
) -> None:
    for number in range(8):
        asked = [f"what of thing {number} in colour {colour}" for colour in range(10)]
        text = f"---\ntitle: Thing {number}\nquestions: {asked}\n---\nThing {number} is good."
        (articles / f"thing-{number}.md").write_text(text, encoding="utf-8")
    await build_folder(articles, reader, index)
    editor = Editor(KnowledgeBase.open(index, articles, reader), articles, index, reader)
    await editor.save("warranty", WARRANTY, "")
    assert editor.base.snapshot.drifted == ["en"]
    before = editor.base.version
    following = asyncio.create_task(editor.run())
    try:
        await until(lambda: is_so(editor.base.version != before), 60)
    finally:
        following.cancel()
    assert editor.base.snapshot.drifted == [] and current_version(index) == editor.base.version
