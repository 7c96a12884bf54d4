"""HTML to Markdown: headings, paragraphs, lists, tables, code, links; else only the words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin

from lxml import html
from lxml.html import HtmlElement

SILENT = frozenset(
    {"script", "style", "template", "noscript", "iframe", "object", "svg", "nav", "head", "form"}
)
BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "dd", "details", "div", "dl", "dt", "figure",
    "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "html", "li", "main", "ol", "p", "pre", "section",
    "summary", "table", "ul",
})  # fmt: skip
_blanks = re.compile(r"\s+")
_markers = re.compile(r"([\\`*_\[\]<])")


def markdown_of(text: str, base_url: str = "") -> str:
    """Turn a page, or a piece of one, into Markdown."""
    root = html.fromstring(text) if text.strip() else None
    if root is None:
        return ""
    blocks = [block for block in _blocks(root, base_url) if block.strip()]
    return "\n\n".join(blocks)


def _blocks(node: HtmlElement, base: str) -> Iterator[str]:
    """Give a node's blocks; loose words between blocks make a paragraph."""
    loose = _escaped(node.text)
    for child in node:
        if not isinstance(child.tag, str) or child.tag in SILENT:
            loose += _escaped(child.tail)
        elif child.tag in BLOCKS:
            if loose.strip():
                yield loose.strip()
            yield from _block(child, base)
            loose = _escaped(child.tail)
        else:
            loose += _inline(child, base) + _escaped(child.tail)
    if loose.strip():
        yield loose.strip()


def _block(node: HtmlElement, base: str) -> Iterator[str]:
    if re.fullmatch("h[1-6]", node.tag):
        yield f"{'#' * int(node.tag[1])} {_words(node, base)}"
    elif node.tag == "pre":
        within = node.find(".//pre")  # trafilatura writes one in another
        code = "".join((node if within is None else within).itertext()).strip("\n")
        fence = "`" * max(3, 1 + max(map(len, re.findall("`+", code)), default=0))
        yield f"{fence}\n{code}\n{fence}"
    elif node.tag in ("ul", "ol"):
        yield "\n".join(_items(node, base))
    elif node.tag == "table":
        yield _table(node, base)
    elif node.tag == "blockquote":
        yield "\n".join(f"> {line}" for line in "\n\n".join(_blocks(node, base)).splitlines())
    else:
        yield from _blocks(node, base)


def _items(node: HtmlElement, base: str) -> Iterator[str]:
    for number, item in enumerate(node.iterchildren("li"), 1):
        mark = f"{number}. " if node.tag == "ol" else "- "
        inner = list(_blocks(item, base)) or [""]
        lists = [child.tag for child in item if child.tag in ("ul", "ol")]
        joint = "\n" if lists and len(inner) == 1 + len(lists) else "\n\n"
        lines = joint.join(inner).splitlines()
        yield mark + ("\n" + " " * len(mark)).join(lines)


def _table(node: HtmlElement, base: str) -> str:
    rows = [
        [_words(cell, base).replace("|", "\\|") for cell in row.iterchildren("td", "th")]
        for row in node.iter("tr")
    ]
    rows = [row for row in rows if row]
    if not rows:
        return ""
    width = max(map(len, rows))
    lines = ["| " + " | ".join(row + [""] * (width - len(row))) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]])


def _words(node: HtmlElement, base: str) -> str:
    return _blanks.sub(" ", _inside(node, base)).strip()


def _inside(node: HtmlElement, base: str) -> str:
    parts = [_escaped(node.text)]
    for child in node:
        if isinstance(child.tag, str) and child.tag not in SILENT:
            parts.append(_inline(child, base) + (" " if child.tag in BLOCKS else ""))
        parts.append(_escaped(child.tail))
    return "".join(parts)


def _inline(node: HtmlElement, base: str) -> str:
    if node.tag == "br":
        return "\n"
    if node.tag == "code":
        return f"`{''.join(node.itertext())}`"
    inner = _inside(node, base)
    words = inner.strip()
    if not words or node.tag not in ("a", "b", "strong", "i", "em"):
        return inner
    if node.tag == "a":
        address = urljoin(base, node.get("href", "").strip()) if base else node.get("href", "").strip()
        kept = re.match(r"(https?://|mailto:|tel:)[^\s()<>]+$", address)
        marked = f"[{words}]({address})" if kept else words
    else:
        mark = "**" if node.tag in ("b", "strong") else "*"
        marked = f"{mark}{words}{mark}"
    return inner[: len(inner) - len(inner.lstrip())] + marked + inner[len(inner.rstrip()) :]


def _escaped(text: str | None) -> str:
    return _markers.sub(r"\\\1", _blanks.sub(" ", text or ""))
