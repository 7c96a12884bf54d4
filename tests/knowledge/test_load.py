from pathlib import Path

import pytest

from knowledge.load import articles_in, check_articles
from nouns import Problem


def write(folder: Path, text: str, name: str = "delivery/norway.md") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_an_article_is_read_with_its_front_matter(articles: Path) -> None:
    found, problems = articles_in(articles)
    norway = next(article for article in found if article.id == "delivery/norway")
    assert not problems and len(found) == 5
    assert (norway.title, norway.language, norway.questions[0]) == (
        "Delivery to Norway",
        "en",
        "do you ship to norway",
    )
    assert norway.body.startswith("A parcel within Norway")


def test_a_plain_page_gets_its_title_and_language_from_its_text(tmp_path: Path) -> None:
    write(tmp_path, "# 退货\n\n六十天内可以退货。", "zh.md")
    write(tmp_path, "Just words.", "a-page.md")
    assert [(a.id, a.title, a.language) for a in articles_in(tmp_path)[0]] == [
        ("a-page", "a page", "en"),
        ("zh", "退货", "zh"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("---\ntitle: a\nlanguage: [en\n---\nx", 4, "does not parse"),
        ("---\ntitle: a: b\n---\nx", 2, "does not parse"),
        ("---\ntitle: a\nx", 1, "not closed"),
        ("---\ntitle: a\nkind: essay\n---\nx", 3, "'essay'"),
        ("---\ntitle: a\n\nquestions: what now\n---\nx", 4, "not a list"),
        ("---\n- a\n---\nx", 2, "name: value"),
    ],
)
def test_broken_front_matter_names_file_and_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    path = write(tmp_path, text)
    _, (problem,) = articles_in(tmp_path)
    assert f"{path}, line {line}: " in problem.sentence and said in problem.sentence


def test_bytes_that_are_not_utf8_are_named_too(tmp_path: Path) -> None:
    (tmp_path / "latin.md").write_bytes(b"first\nGr\xf6\xdfe")
    assert "latin.md, line 2: This is not UTF-8." in articles_in(tmp_path)[1][0].sentence


def test_dates_and_norwegian_stay_text(tmp_path: Path) -> None:
    write(tmp_path, "---\ntitle: 5\nlanguage: no\nreview_by: 2027-01-31\nurl: null\n---\nHei")
    (article,), _ = articles_in(tmp_path)
    assert (article.title, article.language, article.review_by, article.url) == (
        "5",
        "no",
        "2027-01-31",
        None,
    )


def test_all_broken_files_are_told_at_once(tmp_path: Path) -> None:
    write(tmp_path, "---\nkind: a\n---\n", "a.md")
    write(tmp_path, "---\nkind: b\n---\n", "b.md")
    with pytest.raises(Problem, match=r"a\.md.*b\.md") as broken:
        check_articles(tmp_path)
    assert broken.value.code == "articles_broken"
