"""What articles state in numbers: a sentence or a table's row, with what it is about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from knowledge.checks.quantities import Quantity, plain_numbers, quantities_in, without
from knowledge.split import plain, sections_of
from nouns import Article
from reading.tokens import sentences, terms

_rule = re.compile(r"^[\s|:-]+$")
_code = re.compile(r"^(```|~~~).*?^\1", re.M | re.S)
_bullet = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+")
IDLE = (
    "a an the and or of to in on for with at is are be it its this that you your we our us i my if when "
    "by as from not no do does can may will than then so but have has get how what which long much many "
    "的 了 和 是 在 有 我 您 你 我们 也 就 都 要 会 可以 能 与 或 及 吗 多少 怎么 什么 请 "
    "个 后 内 为 到 从 被 把 还 不"
)


@dataclass(frozen=True)
class Statement:
    """One statement: `own` are the terms it is made of, `about` those of title and headings above it.

    `table` is the text of the table it stands in, else "".
    """

    article: str
    language: str
    anchor: str
    table: str
    text: str
    quantities: tuple[Quantity, ...]
    own: frozenset[str]
    about: frozenset[str]


def statements_of(article: Article) -> list[Statement]:
    """List the statements of an article that hold a quantity."""
    return list(_statements(article.id, article.language, article.title, article.body))


@lru_cache(maxsize=5000)
def _statements(id: str, language: str, title: str, body: str) -> tuple[Statement, ...]:
    found = []
    for section in sections_of(body):
        about = _terms(" ".join([title, *section.headings]))
        for block in section.blocks:
            for line in _lines(block):
                text = plain_numbers(line.text)
                quantities = tuple(q for q in quantities_in(text) if q.start >= len(line.row))
                if quantities:
                    own = _terms(without(text, quantities)) | _terms(line.column)
                    where = (id, language, section.anchor, block if line.row else "")
                    found.append(Statement(*where, text, quantities, own, about))
    return tuple(found)


@dataclass(frozen=True)
class _Line:
    """A sentence, or a table's cell after its row's name; `column` is the column's name."""

    text: str
    row: str = ""
    column: str = ""


def _lines(block: str) -> Iterator[_Line]:
    if _code.match(block):
        return
    lines = block.splitlines()
    if lines and lines[0].lstrip().startswith("|"):
        yield from _cells([line for line in lines if not _rule.match(line)])
        return
    for item in re.split(r"\n(?=\s*(?:[-*+]|\d+[.)])\s)", block):
        for sentence in sentences(plain(_bullet.sub("", item)).replace("\n", " ")):
            yield _Line(sentence)


def _cells(rows: Sequence[str]) -> Iterator[_Line]:
    table = [[plain(cell).strip() for cell in row.strip().strip("|").split("|")] for row in rows]
    head = table[0] if table else []
    for first, *cells in table[1:]:
        for place, cell in enumerate(cells, 1):
            column = head[place] if place < len(head) else ""
            yield _Line(f"{first}: {cell}", f"{plain_numbers(first)}:", column)


def _terms(text: str) -> frozenset[str]:
    return frozenset(term for term in terms(text) if term not in IDLE and not term.replace(".", "").isdigit())


@cache
def _idle() -> frozenset[str]:
    return frozenset(terms(IDLE))
