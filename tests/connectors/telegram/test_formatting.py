"""Markdown as Telegram's HTML: safe, readable, never too long."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.telegram.formatting import LONGEST, length, pieces_of, plain
from platforms.telegram.entities import MarkupError, read_html, utf16


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("**bold** and _soft_", "<b>bold</b> and <i>soft</i>"),
        ("**a _b_ c**", "<b>a <i>b</i> c</b>"),
        ("# Title\n\nText", "<b>Title</b>\n\nText"),
        ("- one\n- two\n  1. deep", "• one\n• two\n   1. deep"),
        ("`x < y` & <script>", "<code>x &lt; y</code> &amp; &lt;script&gt;"),
        ("```\nx & y\n```", "<pre>x &amp; y</pre>"),
        ("[in](/help/en/a#b)", '<a href="https://help.example/help/en/a#b">in</a>'),
        ('[out](https://a.example/?x=1&y="2)', '<a href="https://a.example/?x=1&amp;y=%222">out</a>'),
        ("[bad](javascript:alert(1))", "[bad](javascript:alert(1))"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a — b\n1 — 2"),
        ("> quoted", "<blockquote>quoted</blockquote>"),
        ("不能 **退货**", "不能 <b>退货</b>"),
        ("", ""),
    ],
)
def test_each_construct_has_its_shape(markdown: str, html: str) -> None:
    assert "".join(pieces_of(markdown, "https://help.example")) == html


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from("ab *_`#->[]()<>&\"'|~!\n😀中1."), max_size=300))
def test_whatever_is_written_telegram_can_read_it(markdown: str) -> None:
    for piece in pieces_of(markdown, "https://help.example"):
        text, _ = read_html(piece)
        assert text.strip() and text == plain(piece)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.sampled_from(["word " * 300, "句子很长。" * 900, "😀" * 3000, "x" * 5000, "**b** " * 400]),
        min_size=1,
        max_size=5,
    )
)
def test_no_piece_is_too_long_and_nothing_is_lost(paragraphs: list[str]) -> None:
    pieces = [plain(piece) for piece in pieces_of("\n\n".join(paragraphs))]
    assert all(length(piece) <= LONGEST and piece.strip() for piece in pieces)
    wanted = "".join("".join(paragraphs).replace("**", "").split())
    assert "".join("".join(pieces).split()) == wanted


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("<x>a", 'Unsupported start tag "x" at byte offset 0'),
        ("a<b>b", 'Can\'t find end tag corresponding to start tag "b"'),
        ("中</b>", "Unexpected end tag at byte offset 3"),
        ("<b><i>a</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("1 < 2", "Unclosed start tag"),
    ],
)
def test_the_stand_in_refuses_what_telegram_refuses(source: str, says: str) -> None:
    with pytest.raises(MarkupError) as refused:
        read_html(source)
    assert str(refused.value).startswith(says)


def test_offsets_count_utf16_units() -> None:
    text, entities = read_html("😀<b>中</b>")
    assert (text, entities) == ("😀中", [{"type": "bold", "offset": 2, "length": 1}])
    assert utf16("😀") == 2
