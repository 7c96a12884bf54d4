"""Rasa's message processor for a served engine: a turn succeeds whole or fails whole.

Stock logs an action's exception and goes on as if the action had said nothing; the customer then gets silence
and the tracker a turn that never was. Besides, the deep copies stock makes for debug logs are left out.
"""

import itertools
from pathlib import Path
from typing import Any, Dict, List, Optional, Text

from rasa.core.actions.action import Action, ActionExecutionRejection
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.engine import loader
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.nlu.classifiers.regex_message_handler import RegexMessageHandler
from rasa.shared.core.constants import ACTION_EXTRACT_SLOTS, ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.events import ActionExecuted, ActionExecutionRejected, Event
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_NAME_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.utils.common import TempDirectoryPath, get_temp_dir_name

from engine.livetracker import UNDOING, LiveTracker
from engine.problems import ActionFailed, EndlessTurn
from engine.runner import PlannedRunner


class TurnProcessor(MessageProcessor):
    """Handles one message at a time for each conversation; the caller holds the conversation's lock."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, on_circuit_break=_refuse_endless_turn, **kwargs)
        self._reader_target = _before_payloads(
            self.model_metadata.predict_schema, self.model_metadata.nlu_target
        )
        self._known_intents = set(self.domain.intents)

    @staticmethod
    def _load_model(model_path: Any) -> Any:
        with TempDirectoryPath(get_temp_dir_name()) as folder:
            return model_path.name, *_loaded(Path(folder), model_path)

    async def take_turn(self, message: UserMessage) -> LiveTracker:
        """Handle a message and return its conversation's tracker, committed; a failure keeps nothing."""
        tracker = await self.log_message(message, should_save_tracker=False)
        tracker = await self.run_action_extract_slots(message.output_channel, tracker)
        await self._run_prediction_loop(message.output_channel, tracker)
        await self.save_tracker(tracker)
        return tracker

    async def parse_message(
        self,
        message: UserMessage,
        tracker: Optional[DialogueStateTracker] = None,
        only_output_properties: bool = True,
    ) -> Dict[Text, Any]:
        """Read a text; a text that looks like a payload ("/restart") stays a text."""
        inputs = {PLACEHOLDER_MESSAGE: [message], PLACEHOLDER_TRACKER: tracker}
        (parsed,) = self.graph_runner.run(inputs=inputs, targets=[self._reader_target])[self._reader_target]
        return {
            TEXT: "",
            INTENT: {INTENT_NAME_KEY: None, PREDICTED_CONFIDENCE_KEY: 0.0},
            ENTITIES: [],
            **parsed.as_dict(only_output_properties=only_output_properties),
        }

    async def _update_tracker_session(
        self, tracker: DialogueStateTracker, output_channel: OutputChannel, metadata: Optional[Dict] = None
    ) -> None:
        # The newest event is always an applied one unless it takes others back, so the list need not be made.
        if (
            tracker.events
            and not isinstance(tracker.events[-1], UNDOING)
            and not self._has_session_expired(tracker)
        ):
            return
        await super()._update_tracker_session(tracker, output_channel, metadata)

    async def run_action_extract_slots(
        self, output_channel: OutputChannel, tracker: DialogueStateTracker
    ) -> DialogueStateTracker:
        """Fill the slots that the message fills (see the base class)."""
        action = self._get_action(ACTION_EXTRACT_SLOTS)
        events = await action.run(output_channel, self.nlg, tracker, self.domain)
        await self._send_bot_messages(events, tracker, output_channel)
        tracker.update_with_events(events, self.domain)
        return tracker

    def is_action_limit_reached(
        self, tracker: DialogueStateTracker, should_predict_another_action: bool
    ) -> bool:
        """Say whether the turn has run too many actions (see the base class)."""
        executed = (e.action_name for e in reversed(tracker.events) if isinstance(e, ActionExecuted))
        of_turn = itertools.takewhile(
            lambda name: name not in (ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME), executed
        )
        return should_predict_another_action and sum(1 for _ in of_turn) >= self.max_number_of_predictions

    async def _run_action(
        self,
        action: Action,
        tracker: DialogueStateTracker,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        prediction: PolicyPrediction,
    ) -> bool:
        try:
            # A copy, because a rejected action must not leave the policy's events behind.
            attempt = tracker.copy()
            attempt.update_with_events(prediction.events, self.domain)
            events = await action.run(output_channel, nlg, attempt, self.domain)
        except ActionExecutionRejection:
            tracker.update(
                ActionExecutionRejected(action.name(), prediction.policy_name, prediction.max_confidence)
            )
            return self.should_predict_another_action(action.name())
        except Exception as error:
            raise ActionFailed(f"{action.name()} failed: {type(error).__name__}: {error}") from error
        self._log_action_on_tracker(tracker, action, events, prediction)
        await self.execute_side_effects(events or [], tracker, output_channel)
        return self.should_predict_another_action(action.name())

    def _log_action_on_tracker(
        self,
        tracker: DialogueStateTracker,
        action: Action,
        events: Optional[List[Event]],
        prediction: PolicyPrediction,
    ) -> None:
        if not any(isinstance(event, ActionExecutionRejected) for event in events or []):
            tracker.update_with_events(prediction.events, self.domain)
            tracker.update(action.event_for_successful_execution(prediction))
        tracker.update_with_events(events or [], self.domain)


def _loaded(folder: Path, model_path: Path) -> Any:
    return loader.load_predict_graph_runner(folder, model_path, LocalModelStorage, PlannedRunner)


def _before_payloads(schema: Any, nlu_target: str) -> str:
    """Return the node whose messages Rasa would search for payloads such as /intent{…}."""
    node = schema.nodes[nlu_target]
    return node.needs["messages"] if node.uses is RegexMessageHandler else nlu_target


def _refuse_endless_turn(tracker: DialogueStateTracker, *_: Any) -> None:
    raise EndlessTurn(
        f"More than ten actions followed each other; the last was {tracker.latest_action_name}."
    )
