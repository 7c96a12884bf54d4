"""Remembers the action of each name; stock builds a dozen default actions to find one, thrice a turn."""

from rasa.core.actions import action as actions
from rasa.core.actions.action import Action
from rasa.shared.core.domain import Domain
from rasa.utils.endpoints import EndpointConfig

stock = actions.action_for_name_or_text
KEPT_ON_DOMAIN = "_actions_by_name_and_endpoint"


def action_for_name_or_text(
    action_name_or_text: str, domain: Domain, action_endpoint: EndpointConfig | None
) -> Action:
    """Return the action that stock would build; actions hold no state of a conversation."""
    known = domain.__dict__.setdefault(KEPT_ON_DOMAIN, {})
    key = (action_name_or_text, id(action_endpoint))
    if key not in known:
        # The endpoint is kept too, so that its id can't become another's.
        known[key] = (stock(action_name_or_text, domain, action_endpoint), action_endpoint)
    return known[key][0]


def install() -> None:
    """Put the replacement in place."""
    actions.action_for_name_or_text = action_for_name_or_text


def remove() -> None:
    """Put Rasa's own back."""
    actions.action_for_name_or_text = stock
