"""Markdown as Telegram shows it: its few HTML tags, always closed, in pieces that fit into one message.

What Telegram has no tag for becomes text: headings bold, lists with bullets, dashes between a table's cells.
The limit of 4,096 counts UTF-16 units of the text without tags (core.telegram.org/bots/api#sendmessage).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from html import escape, unescape
from urllib.parse import urljoin

from markdown_it import MarkdownIt
from markdown_it.token import Token

LONGEST = 4096
TAGS = {"strong": "b", "em": "i", "s": "s", "blockquote": "blockquote", "heading": "b"}
ADDRESS = re.compile(r"(https?://[^\s/]+|mailto:\S+@|tel:\+?\d)", re.IGNORECASE)
ENDS = (re.compile(r"\n"), re.compile(r"[.!?。！？；]\s*"), re.compile(r"\s"))
Run = tuple[str, tuple[str, ...]]  # a text and the tags around it, outermost first
Block = list[Run]


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def pieces_of(markdown: str, base_url: str | None = None, tail: Sequence[Block] = ()) -> list[str]:
    """Return the text as HTML, cut at paragraphs where it is too long; `tail` stays below the last piece."""
    blocks = [*_Reader(base_url).read(_parser().parse(markdown)), *tail]
    return [_html(runs) for runs in _packed(piece for block in blocks for piece in _cut(block))]


def link(title: str, address: str) -> Block:
    """Return a line that leads to an address."""
    return [("📖 ", ()), (title, (f'a href="{escape(address)}"',))]


def plain(html: str) -> str:
    """Return such HTML as text alone."""
    return unescape(re.sub(r"<[^>]*>", "", html))


@dataclass
class _Reader:
    """Walks over Markdown's tokens."""

    base_url: str | None
    blocks: list[Block] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    lists: list[int | None] = field(default_factory=list)
    mark: str = ""
    in_table: bool = False
    gap: str = ""

    def read(self, tokens: Iterable[Token]) -> list[Block]:
        for token in tokens:
            self._read(token)
        return [block for block in self.blocks if any(text.strip() for text, _ in block)]

    def _read(self, token: Token) -> None:
        kind = token.type.removesuffix("_open").removesuffix("_close")
        if kind in ("bullet_list", "ordered_list"):
            self._list(token)
        elif kind == "list_item" and token.nesting == 1:
            self.mark = self._bullet()
        elif kind == "table":
            self.in_table = token.nesting == 1
            self.blocks.append([])
        elif kind == "tr" and token.nesting == 1:
            self.gap = "\n"
        elif kind in TAGS and token.nesting:
            self._tag(TAGS[kind], token.nesting)
        elif kind in ("fence", "code_block"):
            self.blocks.append([(token.content.rstrip("\n"), ("pre",))])
        elif kind == "hr":
            self.blocks.append([("———", ())])
        elif kind == "inline":
            self._inline(token.children or ())

    def _list(self, token: Token) -> None:
        if token.nesting == 1:
            first = int(token.attrGet("start") or 1)
            self.lists.append(first if token.type.startswith("ordered") else None)
        else:
            self.lists.pop()

    def _bullet(self) -> str:
        number = self.lists[-1]
        if number is not None:
            self.lists[-1] = number + 1
        return "   " * (len(self.lists) - 1) + ("• " if number is None else f"{number}. ")

    def _tag(self, tag: str, nesting: int) -> None:
        if nesting == 1:
            self.tags.append(tag)
        elif tag in self.tags:
            del self.tags[len(self.tags) - 1 - self.tags[::-1].index(tag)]

    def _inline(self, children: Iterable[Token]) -> None:
        runs = list(self._runs(children))
        if self.mark:
            runs.insert(0, (self.mark, ()))
            self.mark = ""
        if self.in_table:
            self.blocks[-1] += [(self.gap if self.blocks[-1] else "", ()), *runs]
            self.gap = " — "
        else:
            self.blocks.append(runs)

    def _runs(self, children: Iterable[Token]) -> Iterator[Run]:
        for token in children:
            kind = token.type.removesuffix("_open").removesuffix("_close")
            if kind == "link":
                self._link(token)
            elif kind in TAGS and token.nesting:
                self._tag(TAGS[kind], token.nesting)
            elif kind in ("softbreak", "hardbreak"):
                yield "\n", self._around
            elif kind == "code_inline":
                yield token.content, (*self._around, "code")
            elif token.content:
                yield token.content, self._around

    @property
    def _around(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(tag for tag in self.tags if tag))

    def _link(self, token: Token) -> None:
        if token.nesting == -1:
            self.tags.pop()
            return
        address = str(token.attrGet("href") or "")
        if self.base_url and not ADDRESS.match(address):
            address = urljoin(f"{self.base_url}/", address)
        self.tags.append(f'a href="{escape(address)}"' if ADDRESS.match(address) else "")


def _cut(block: Block) -> list[Block]:
    """Cut a block that is too long by itself: at a line's, a sentence's or a word's end, else anywhere."""
    parts: list[Block] = [[]]
    room = LONGEST
    for text, tags in block:
        while length(text) > room:
            head = _head(text, room)
            parts[-1].append((head, tags))
            parts.append([])
            text, room = text[len(head) :].lstrip(), LONGEST
        parts[-1].append((text, tags))
        room -= length(text)
    return [part for part in parts if any(text.strip() for text, _ in part)]


def _head(text: str, room: int) -> str:
    """Return as much of the text as fits, ending well if that costs less than half of it."""
    fits = text.encode("utf-16-le", "surrogatepass")[: room * 2].decode("utf-16-le", "ignore")
    for end in ENDS:
        found = [one.end() for one in end.finditer(fits)]
        if found and found[-1] > len(fits) // 2:
            return fits[: found[-1]]
    return fits


def _packed(blocks: Iterable[Block]) -> Iterator[Block]:
    """Join blocks by empty lines, list items by line ends, into messages that are as full as may be."""
    message: Block = []
    for block in blocks:
        gap = "\n" if message and _is_item(block) else "\n\n"
        if message and length(_text(message)) + length(gap) + length(_text(block)) > LONGEST:
            yield message
            message = []
        message = [*message, *([(gap, ())] if message else []), *block]
    if message:
        yield message


def _is_item(block: Block) -> bool:
    return bool(re.match(r"\s*(•|\d+\.) $", block[0][0]))


def _html(runs: Block) -> str:
    """Write runs with as few tags as may be: one stays open while the runs share it."""
    written: list[str] = []
    open_tags: list[str] = []
    for text, tags in (*runs, ("", ())):
        shared = 0
        while shared < min(len(open_tags), len(tags)) and open_tags[shared] == tags[shared]:
            shared += 1
        while len(open_tags) > shared:
            written.append(f"</{open_tags.pop().split()[0]}>")
        for tag in tags[shared:]:
            written.append(f"<{tag}>")
            open_tags.append(tag)
        written.append(escape(text))
    return "".join(written).strip()


def _text(runs: Block) -> str:
    return "".join(text for text, _ in runs)


def length(text: str) -> int:
    """Return the length as Telegram counts it, in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
