"""Cut articles along their headings into passages of the encoders' size; no table, list or code is cut."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.anchors import anchors_plugin

from nouns import Article, Passage
from reading.script import CJK
from reading.tokens import sentences

BUDGET_TOKENS = 200
HUGE_TOKENS = 2 * BUDGET_TOKENS
CJK_TOKENS = BUDGET_TOKENS / 350  # a passage holds about 350 Chinese characters …
LATIN_TOKENS = 1 / 4.3  # … or 200 tokens of English

_cjk_letters = re.compile(f"[{CJK}]").findall
_marks = re.compile(r"[*_`#>|~]+|!?\[([^\]]*)\]\([^)]*\)|<[^>]+>|:?-{3,}:?")


@dataclass
class Section:
    """What stands under one heading: the headings above, its anchor on the help page, its blocks."""

    headings: tuple[str, ...]
    anchor: str
    blocks: list[str] = field(default_factory=list)


def passages_of(article: Article) -> list[Passage]:
    """Cut an article into passages; each knows the headings above it."""
    passages = []
    for section in sections_of(article.body):
        for number, text in enumerate(_packed(section.blocks)):
            id = f"{article.id}#{section.anchor}" + (f".{number + 1}" if number else "")
            passages.append(
                Passage(
                    id, article.id, article.title, section.headings, text, article.language, article.audience
                )
            )
    return passages or [
        Passage(
            f"{article.id}#top",
            article.id,
            article.title,
            (),
            article.title,
            article.language,
            article.audience,
        )
    ]


def sections_of(body: str) -> list[Section]:
    """Part a Markdown text at its headings; anchors are those that `knowledge.render` gives."""
    parser = MarkdownIt("commonmark").enable("table").use(anchors_plugin, max_level=6)
    lines, sections, path = body.splitlines(), [Section((), "top")], list[tuple[int, str]]()
    tokens = parser.parse(body)
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            level = int(token.tag[1])
            path = [(above, text) for above, text in path if above < level] + [
                (level, plain(tokens[place + 1].content))
            ]
            sections.append(Section(tuple(text for _, text in path), str(token.attrGet("id"))))
        elif token.map and token.level == 0 and token.nesting >= 0:
            sections[-1].blocks += _blocks(token, lines)
    return [section for section in sections if section.blocks]


def plain(markdown: str) -> str:
    """Take the marks out of Markdown and leave the words, for encoders and word search."""
    return re.sub(r"[ \t]+", " ", _marks.sub(lambda match: match[1] or " ", markdown)).strip()


def size_tokens(text: str) -> float:
    """Estimate how many tokens the encoders make of a text."""
    cjk = len(_cjk_letters(text))
    return cjk * CJK_TOKENS + (len(text) - cjk) * LATIN_TOKENS


def _blocks(token: Token, lines: Sequence[str]) -> list[str]:
    """Give a block as it is written; only a huge one is cut: prose at sentences, the rest at lines."""
    start, end = token.map or (0, 0)
    text = "\n".join(lines[start:end]).strip("\n")
    if size_tokens(text) <= (BUDGET_TOKENS if token.type == "paragraph_open" else HUGE_TOKENS):
        return [text] if text.strip() else []
    if token.type == "paragraph_open":
        return list(_filled(sentences(text.replace("\n", " ")), " "))
    return list(_filled(text.split("\n"), "\n"))


def _packed(blocks: Sequence[str]) -> list[str]:
    return list(_filled(blocks, "\n\n"))


def _filled(parts: Sequence[str], joint: str) -> Iterator[str]:
    """Join parts, in order, into texts that stay within the budget."""
    held: list[str] = []
    for part in parts:
        if held and size_tokens(joint.join([*held, part])) > BUDGET_TOKENS:
            yield joint.join(held)
            held = []
        held.append(part)
    if held:
        yield joint.join(held)
