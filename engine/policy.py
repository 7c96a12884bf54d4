"""Rasa's RulePolicy with the work that doesn't change the answer taken out.

Stock walks the whole conversation for every prediction and tries each rule against each past state, twice
(for text rules and for intent rules). A rule is a few states long, so the last few decide; without text rules
the first pass can't match; the states need no formatting for a debug log that is off.
"""

import warnings
from typing import Any, Dict, List, Optional, Set, Text, Tuple

from rasa.core.policies.rule_policy import RULES, RULES_FOR_LOOP_UNHAPPY_PATH, RulePolicy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.constants import ACTION_LISTEN_NAME, PREVIOUS_ACTION, USER
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.trackers import DialogueStateTracker, is_prev_action_listen_in_state
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT

from engine.livetracker import LiveTracker

# Rasa looks for its own class by identity and would tell that no rule policy is configured.
warnings.filterwarnings("ignore", message="'RulePolicy' is not included in the model's policy configuration")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class LeanRulePolicy(RulePolicy):
    """Predicts what RulePolicy predicts, from the last few states of a live tracker."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._parsed: dict[Text, list[State]] = {}
        self._longest = 0
        self._text_can_match = True

    def _prepare(self) -> None:
        """Parse the rule keys once, newest state first."""
        keys = [*self.lookup.get(RULES, {}), *self.lookup.get(RULES_FOR_LOOP_UNHAPPY_PATH, {})]
        self._parsed = {key: list(reversed(self._rule_key_to_state(key))) for key in keys}
        self._longest = max(map(len, self._parsed.values()), default=1)
        self._text_can_match = any(_fits_any_text(rule[0]) for rule in self._parsed.values())

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: Optional[Dict[Text, Any]] = None,
        **kwargs: Any,
    ) -> Any:
        """Predict the next action (see the base class)."""
        if not self._parsed:
            self._prepare()
        return super().predict_action_probabilities(tracker, domain, rule_only_data, **kwargs)

    def _find_action_from_rules(
        self, tracker: DialogueStateTracker, domain: Domain, use_text_for_last_user_input: bool
    ) -> Tuple[Optional[Text], Optional[Text], bool]:
        if use_text_for_last_user_input and self._parsed and not self._text_can_match:
            return None, None, False
        action, source, returning = super()._find_action_from_rules(
            tracker, domain, use_text_for_last_user_input
        )
        if action is None and tracker.latest_action_name == self._fallback_action_name:
            action = (
                ACTION_LISTEN_NAME  # the fallback has answered; stock would run it again, up to ten times
            )
        return action, source, returning

    def _prediction_states(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        use_text_for_last_user_input: bool = False,
        rule_only_data: Optional[Dict[Text, Any]] = None,
    ) -> List[State]:
        if not isinstance(tracker, LiveTracker) or not self._longest:
            return super()._prediction_states(tracker, domain, use_text_for_last_user_input, rule_only_data)
        states = tracker.last_states(domain, self._longest + 1)
        _choose_user_input(states, use_text_for_last_user_input)
        return states

    @staticmethod
    def format_tracker_states(states: List[Dict]) -> Text:
        """Return nothing: the base class formats every state for a log line nobody reads."""
        return ""

    def _get_possible_keys(self, lookup: Dict[Text, Text], states: List[State]) -> Set[Text]:
        if not self._parsed:
            return super()._get_possible_keys(lookup, states)
        newest_first = states[::-1]
        return {key for key in lookup if self._matches(self._parsed[key], newest_first)}

    def _matches(self, rule: List[State], newest_first: List[State]) -> bool:
        """Say whether each state of the rule fits the conversation's state at the same distance from now."""
        for expected, state in zip(rule, newest_first):  # noqa: B905 (a rule may be shorter or longer)
            before, expected_before = state.get(PREVIOUS_ACTION), expected.get(PREVIOUS_ACTION)
            if not before and not expected_before:
                continue
            if not before or not expected_before or not self._does_rule_match_state(expected, state):
                return False
        return True


def _fits_any_text(newest: State) -> bool:
    """Say whether a rule ending in this state could fit a user's turn without looking at the intent."""
    return is_prev_action_listen_in_state(newest) and not newest.get(USER, {}).get(INTENT)


def _choose_user_input(states: List[State], use_text: bool) -> None:
    """Keep text or intent of what the user said, as TrackerFeaturizer does."""
    last = states[-1]
    if is_prev_action_listen_in_state(last) and USER in last:
        for key in (INTENT, ENTITIES) if use_text else (TEXT,):
            last[USER].pop(key, None)
    for state in states:
        if state.get(USER, {}).get(INTENT):
            state[USER].pop(TEXT, None)
