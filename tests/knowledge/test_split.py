from knowledge.render import to_html
from knowledge.split import BUDGET_TOKENS, passages_of, plain, size_tokens
from nouns import Article

TABLE = "| a | b |\n| - | - |\n" + "\n".join(f"| {n} | {'x' * 20} |" for n in range(20))


def article(body: str, language: str = "en") -> Article:
    return Article("a", "Title", language, "faq", body)


def test_passages_know_the_headings_above_them() -> None:
    body = "Intro.\n\n# One\n\ntext\n\n## Two\n\nmore\n\n# Three\n\nlast"
    found = [(passage.id, tuple(passage.headings)) for passage in passages_of(article(body))]
    assert found == [("a#top", ()), ("a#one", ("One",)), ("a#two", ("One", "Two")), ("a#three", ("Three",))]


def test_anchors_are_the_ones_the_help_page_shows() -> None:
    body = "## Ship *fast*?\n\na\n\n## 怎么 退货\n\nb\n\n## Ship *fast*?\n\nc"
    page = to_html(body, anchors=True)
    assert all(f'id="{passage.id.partition("#")[2]}"' in page for passage in passages_of(article(body)))


def test_long_prose_is_cut_at_sentences_within_the_budget() -> None:
    english, chinese = "This is one sentence of it. " * 100, "这是其中的一句话。" * 120
    for passages in (passages_of(article(english)), passages_of(article(chinese, "zh"))):
        assert len(passages) > 2 and len({passage.id for passage in passages}) == len(passages)
        assert all(size_tokens(passage.text) <= BUDGET_TOKENS for passage in passages)
        assert all(passage.text[-1] in ".。" for passage in passages)


def test_tables_lists_and_code_are_not_cut() -> None:
    code = "```python\n" + "\n".join(f"line_{n} = {n}" for n in range(60)) + "\n\nend = 1\n```"
    texts = [passage.text for passage in passages_of(article(f"before\n\n{TABLE}\n\nbetween\n\n{code}"))]
    assert any(TABLE in text for text in texts) and any(code in text for text in texts)


def test_a_heading_inside_code_is_no_heading() -> None:
    (passage,) = passages_of(article("```\n# not a heading\n```"))
    assert passage.headings == ()


def test_an_empty_article_is_found_by_its_title() -> None:
    (passage,) = passages_of(article(""))
    assert (passage.id, passage.text) == ("a#top", "Title")


def test_encoders_see_words_not_marks() -> None:
    assert plain("**See** [the app](https://x.example) `now`") == "See the app now"
