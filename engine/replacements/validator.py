"""Checks an action server's answer with validators built once.

`jsonschema.validate` checks the schema itself against its meta-schema on each call: 81 % of a stock turn. The
schema then tries each event against all 23 kinds, of which its own name leaves one.
"""

from typing import Any

from jsonschema.exceptions import best_match
from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction
from rasa.shared.constants import DOCS_BASE_URL

stock = RemoteAction._validate_action_result
_SCHEMA = RemoteAction.action_response_format_spec()
_VALIDATOR = validator_for(_SCHEMA)(_SCHEMA)
_EVENT = _SCHEMA["properties"]["events"]["items"]
_ANY_EVENT = _VALIDATOR.evolve(schema={key: value for key, value in _EVENT.items() if key != "oneOf"})
_EVENT_OF_KIND = {
    kind["properties"]["event"]["const"]: _VALIDATOR.evolve(schema=kind) for kind in _EVENT["oneOf"]
}


def validate_action_result(self: RemoteAction, result: dict[str, Any]) -> bool:
    """Return True for a valid answer, raise the ValidationError stock would raise."""
    if _is_surely_valid(result):
        return True
    error = best_match(_VALIDATOR.iter_errors(result))
    if error is None:
        return True
    error.message += (
        ". Failed to validate Action server response from API, make sure your response from the Action "
        f"endpoint is valid. For more information about the format visit {DOCS_BASE_URL}/custom-actions"
    )
    raise error


def _is_surely_valid(result: Any) -> bool:
    """Say whether an answer holds objects as responses and events that fit the one kind they name."""
    if not isinstance(result, dict):
        return False
    events, responses = result.get("events", []), result.get("responses", [])
    if not isinstance(events, list) or not isinstance(responses, list):
        return False
    return all(isinstance(response, dict) for response in responses) and all(map(_is_valid_event, events))


def _is_valid_event(event: Any) -> bool:
    kind = event.get("event") if isinstance(event, dict) else None
    validator = _EVENT_OF_KIND.get(kind) if isinstance(kind, str) else None
    return validator is not None and _ANY_EVENT.is_valid(event) and validator.is_valid(event)


def install() -> None:
    """Put the replacement in place."""
    RemoteAction._validate_action_result = validate_action_result


def remove() -> None:
    """Put Rasa's own back."""
    RemoteAction._validate_action_result = stock
