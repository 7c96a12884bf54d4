"""Markdown to HTML that is safe to show: rendered without raw HTML, then sanitised."""

from __future__ import annotations

from functools import cache

import nh3
from markdown_it import MarkdownIt
from mdit_py_plugins.anchors import anchors_plugin


@cache
def _markdown(anchors: bool) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": not anchors, "linkify": False})
    parser.enable(["table", "strikethrough"])
    return parser.use(anchors_plugin, min_level=1, max_level=6) if anchors else parser


def to_html(markdown: str, *, anchors: bool = False) -> str:
    """Return safe HTML; with `anchors`, headings carry the ids that passages name."""
    attributes = {name: set(allowed) for name, allowed in nh3.ALLOWED_ATTRIBUTES.items()}
    for heading in ("h1", "h2", "h3", "h4", "h5", "h6"):
        attributes[heading] = {"id"}
    attributes["code"] = {"class"}
    return nh3.clean(
        _markdown(anchors).render(markdown), attributes=attributes, link_rel="noopener noreferrer"
    )
