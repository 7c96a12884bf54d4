"""HTML as the Bot API reads it (core.telegram.org/bots/api#html-style): text, entities, or a refusal."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import Any

KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
TOKEN = re.compile(r"<(/?)([^\s<>/]*)((?:\s[^<>]*)?)(>?)|&(lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);")
HREF = re.compile(r"""\shref\s*=\s*(?:"([^"]*)"|'([^']*)')""")
FOUND = re.compile(r"(?P<bot_command>(?<!\S)/[A-Za-z0-9_]{1,32}(?:@\w+)?)|(?P<mention>(?<!\w)@\w{3,32})")


class MarkupError(ValueError):
    """What the Bot API says of markup that it can't read."""


@dataclass
class _Reader:
    source: str
    text: str = ""
    entities: list[dict[str, Any]] = field(default_factory=list)
    open: list[tuple[str, int, str | None]] = field(default_factory=list)

    def read(self) -> tuple[str, list[dict[str, Any]]]:
        end = 0
        for token in TOKEN.finditer(self.source):
            self.text += self.source[end : token.start()]
            end = token.end()
            if token[5]:
                self.text += html.unescape(token[0])
            elif not token[4]:
                raise MarkupError(f"Unclosed start tag at byte offset {self._offset(token.start())}")
            elif token[1]:
                self._close(token[2].lower(), token.start())
            else:
                self._open(token[2].lower(), token[3], token.start())
        self.text += self.source[end:]
        if self.open:
            raise MarkupError(f'Can\'t find end tag corresponding to start tag "{self.open[-1][0]}"')
        return self.text, sorted(self.entities, key=lambda one: (one["offset"], -one["length"]))

    def _open(self, tag: str, attributes: str, at: int) -> None:
        if tag not in KINDS:
            raise MarkupError(f'Unsupported start tag "{tag}" at byte offset {self._offset(at)}')
        href = HREF.search(attributes)
        address = html.unescape(href[1] or href[2] or "") if href else None
        self.open.append((tag, utf16(self.text), address))

    def _close(self, tag: str, at: int) -> None:
        offset = self._offset(at)
        if not self.open:
            raise MarkupError(f"Unexpected end tag at byte offset {offset}")
        started, begin, address = self.open.pop()
        if tag not in ("", started):
            raise MarkupError(
                f'Unmatched end tag at byte offset {offset}, expected "</{started}>", found "</{tag}>"'
            )
        length = utf16(self.text) - begin
        if not length or (started == "a" and not is_address(address)):
            return
        found: dict[str, Any] = {"type": KINDS[started], "offset": begin, "length": length}
        self.entities.append({**found, "url": address} if started == "a" else found)

    def _offset(self, at: int) -> int:
        return len(self.source[:at].encode())


def read_html(source: str) -> tuple[str, list[dict[str, Any]]]:
    """Return the text without its markup, and the entities; offsets count UTF-16 units, as documented."""
    return _Reader(source).read()


def utf16(text: str) -> int:
    """Return the length in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def is_address(address: str | None) -> bool:
    """Tell whether a link leads anywhere: the Bot API drops relative ones and those to this machine."""
    return bool(re.match(r"(https?|tg|mailto|tel):(//)?[^/\s]*[.@?\d]", address or ""))


def typed_entities(text: str) -> list[dict[str, Any]]:
    """Return the entities that Telegram finds in what a person typed: commands and mentions."""
    return [
        {"type": str(found.lastgroup), "offset": utf16(text[: found.start()]), "length": utf16(found[0])}
        for found in FOUND.finditer(text)
    ]
