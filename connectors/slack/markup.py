"""Slack's own markup (mrkdwn) to Markdown and back; https://docs.slack.dev/messaging/formatting-message-text"""

from __future__ import annotations

import re
from collections.abc import Mapping

TOKEN = re.compile(r"<([^<>\n]*)>")
BOLD = re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])")
STRUCK = re.compile(r"(?<![\w~])~(?=\S)([^~\n]+?)(?<=\S)~(?![\w~])")
SECTION_LENGTH = 2900
NOBODY = "colleague"


def to_markdown(text: str, names: Mapping[str, str] | None = None) -> str:
    """Return what somebody wrote in Slack as Markdown; every mention begins with @, whoever it names."""
    marked = STRUCK.sub(r"~~\1~~", BOLD.sub(r"**\1**", text))
    return _unescape(TOKEN.sub(lambda found: _token(found[1], names or {}, links=True), marked))


def to_plain(text: str, names: Mapping[str, str] | None = None) -> str:
    """Return what somebody wrote in Slack as they saw it, without marks for links and mentions."""
    return _unescape(TOKEN.sub(lambda found: _token(found[1], names or {}, links=False), text))


def mentions(text: str) -> list[str]:
    """Return the ids of the people whom a text mentions."""
    return re.findall(r"<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>", text)


def escape(text: str) -> str:
    """Return a text that Slack shows as it is: no mention, no link comes of it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def to_mrkdwn(markdown: str) -> str:
    """Return Markdown in Slack's markup."""
    lines = [_line(escape(line)) for line in markdown.split("\n")]
    return "\n".join(lines)


def sections(text: str, length: int = SECTION_LENGTH) -> list[str]:
    """Cut a text into pieces that fit a section block, at a line or a word where there is one."""
    pieces = []
    while len(text) > length:
        cut = max(text.rfind("\n", 1, length), text.rfind(" ", length // 2, length))
        cut = cut if cut > 0 else length
        pieces.append(text[:cut])
        text = text[cut:].lstrip()
    return [*pieces, text] if text else pieces


def _token(inside: str, names: Mapping[str, str], *, links: bool) -> str:
    target, _, label = inside.partition("|")
    if target[:1] == "@":
        return f"@{names.get(target[1:]) or label.lstrip('@') or NOBODY}"
    if target[:1] == "#":
        return f"#{label or target[1:]}"
    if target.startswith("!date"):
        return label
    if target[:1] == "!":
        return f"@{(label or target[1:].partition('^')[0]).lstrip('@')}"
    shown = label or target.removeprefix("mailto:").removeprefix("tel:")
    if not links or shown == target or target.startswith(("mailto:", "tel:")):
        return shown
    return f"[{shown}]({target})"


def _line(line: str) -> str:
    if heading := re.fullmatch(r"#{1,6}\s+(.*?)\s*#*", line):
        return f"*{re.sub(r'[*]', '', heading[1])}*"
    line = re.sub(r"^(\s*)[-*+]\s+", r"\1• ", line)
    line = re.sub(r"^&gt;\s?", ">", line)
    line = re.sub(r"!?\[([^\]\n]+)\]\((\S+?)\)", r"<\2|\1>", line)
    line = re.sub(r"(?<!\w)(?<!\*)\*(?=[^\s*])([^*\n]+?)(?<=[^\s*])\*(?![\w*])", r"_\1_", line)
    line = re.sub(r"\*\*(.+?)\*\*|__(.+?)__", lambda found: f"*{found[1] or found[2]}*", line)
    line = re.sub(r"~~(.+?)~~", r"~\1~", line)
    return re.sub(r"\\([\\`*_\[\]#.!~-])", r"\1", line)


def _unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
