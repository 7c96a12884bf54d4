from pathlib import Path

import pytest

from knowledge.base import KnowledgeBase
from knowledge.editing import Editor
from knowledge.index import build_folder
from nouns import Problem
from reading.reader import Reader

pytestmark = pytest.mark.models

WARRANTY = "# Warranty\n\nFive years on every lamp."


@pytest.fixture
async def editor(reader: Reader, articles: Path, index: Path) -> Editor:
    await build_folder(articles, reader, index)
    return Editor(KnowledgeBase.open(index, articles, reader), articles, index, reader)


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
