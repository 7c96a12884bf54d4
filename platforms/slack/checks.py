"""The limits of Block Kit that Slack enforces (docs.slack.dev/reference/block-kit)."""

from __future__ import annotations

from typing import Any

from platforms.slack.state import ApiError, Json

MOST_BLOCKS, MOST_VIEW_BLOCKS = 50, 100
TEXT_LENGTH, SECTION_LENGTH, BUTTON_LENGTH, VALUE_LENGTH = 40_000, 3000, 75, 2000


def check_message(text: str, blocks: list[Json]) -> None:
    """Refuse a message that Slack would refuse."""
    if not text and not blocks:
        raise ApiError("no_text")
    if len(text) > TEXT_LENGTH:
        raise ApiError("msg_too_long")
    check_blocks(blocks, MOST_BLOCKS)


def check_view(view: Json) -> None:
    """Refuse a window that Slack would refuse."""
    titles = [view.get("title"), view.get("submit"), view.get("close")]
    if view.get("type") != "modal" or any(one and len(one["text"]) > 24 for one in titles):
        raise ApiError("invalid_arguments")
    if len(str(view.get("private_metadata", ""))) > 3000:
        raise ApiError("invalid_arguments")
    check_blocks(view.get("blocks", []), MOST_VIEW_BLOCKS)


def check_blocks(blocks: list[Json], most: int) -> None:
    """Refuse blocks beyond the limits."""
    if len(blocks) > most:
        raise ApiError("invalid_blocks")
    for block in blocks:
        _check_block(block)


def _check_block(block: Json) -> None:
    kind = block.get("type")
    if kind == "section":
        _check_text(block["text"], SECTION_LENGTH)
    elif kind == "context":
        for element in block["elements"]:
            _check_text(element, SECTION_LENGTH)
    elif kind == "actions":
        ids = [element["action_id"] for element in block["elements"]]
        if not 1 <= len(ids) <= 25 or len(set(ids)) != len(ids):
            raise ApiError("invalid_blocks")
        for element in block["elements"]:
            _check_button(element)
    elif kind == "input":
        for option in block["element"].get("options", []):
            _check_text(option["text"], BUTTON_LENGTH)
            if not 1 <= len(option["value"]) <= 150:
                raise ApiError("invalid_blocks")
    else:
        raise ApiError("invalid_blocks")


def _check_button(element: Json) -> None:
    _check_text(element["text"], BUTTON_LENGTH)
    if len(element["action_id"]) > 255 or len(element.get("value", "")) > VALUE_LENGTH:
        raise ApiError("invalid_blocks")
    if element["text"]["type"] != "plain_text":
        raise ApiError("invalid_blocks")


def _check_text(text: Any, most: int) -> None:
    if not 1 <= len(text["text"]) <= most:
        raise ApiError("invalid_blocks")
