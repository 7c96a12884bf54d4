"""The manifest that one pastes: it asks for what the connector does there, and for no more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

import connectors.slack.channel
from platforms.slack.methods import METHODS

# docs.slack.dev/reference/methods/<method>, "Required scopes"; any one of several is enough where it says so.
NEEDED: dict[str, set[str]] = {
    "auth.test": set(),
    "apps.connections.open": set(),  # the app token's own, connections:write
    "chat.postMessage": {"chat:write"},
    "chat.update": {"chat:write"},
    "chat.postEphemeral": {"chat:write"},
    "conversations.open": {"im:write"},
    "conversations.replies": {"channels:history", "groups:history", "im:history"},
    "conversations.history": {"channels:history", "groups:history", "im:history"},
    "users.info": {"users:read"},
    "reactions.add": {"reactions:write"},
    "views.open": set(),
    "files.getUploadURLExternal": {"files:write"},
    "files.completeUploadExternal": {"files:write"},
    "files.info": {"files:read"},
}
BESIDE = {"app_mentions:read", "commands"}  # of the events and the command
NOT_CALLED = {"conversations.info"}


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    """What is pasted."""
    path = Path(connectors.slack.channel.__file__).with_name("manifest.yml")
    return dict(yaml.safe_load(path.read_text("utf-8")))


def test_it_asks_for_the_scopes_that_the_calls_need_and_no_others(manifest: dict[str, Any]) -> None:
    assert set(NEEDED) == set(METHODS) - NOT_CALLED
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == set().union(*NEEDED.values()) | BESIDE


def test_it_subscribes_to_what_is_listened_to(manifest: dict[str, Any]) -> None:
    settings = manifest["settings"]
    assert set(settings["event_subscriptions"]["bot_events"]) == {
        "app_mention", "message.im", "message.channels", "message.groups",
    }  # fmt: skip
    assert settings["interactivity"]["is_enabled"] and settings["socket_mode_enabled"]
    assert [one["command"] for one in manifest["features"]["slash_commands"]] == ["/firstline"]
    assert manifest["features"]["app_home"]["messages_tab_read_only_enabled"] is False
