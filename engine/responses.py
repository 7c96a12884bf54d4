"""Chooses between a response's variations by the message that is answered, so that a replay says the same."""

import zlib
from contextvars import ContextVar
from typing import Any, Dict, Optional, Text

from rasa.core.nlg.response import ResponseVariationFilter, TemplatedNaturalLanguageGenerator
from rasa.shared.core.trackers import DialogueStateTracker

_message: ContextVar[str] = ContextVar("message_that_is_answered", default="")


class SteadyResponses(TemplatedNaturalLanguageGenerator):
    """Rasa's own generator draws a variation by chance; this one draws it by the message's id."""

    async def generate(
        self, utter_action: Text, tracker: DialogueStateTracker, output_channel: Text, **kwargs: Any
    ) -> Optional[Dict[Text, Any]]:
        """Generate a response for the message that the tracker heard last."""
        latest = tracker.latest_message
        token = _message.set(str((latest and latest.message_id) or ""))
        try:
            return await super().generate(utter_action, tracker, output_channel, **kwargs)
        finally:
            _message.reset(token)

    def _random_response_for(
        self, utter_action: Text, output_channel: Text, filled_slots: Dict[Text, Any]
    ) -> Optional[Dict[Text, Any]]:
        if utter_action not in self.responses:
            return None
        suitable = ResponseVariationFilter(self.responses).responses_for_utter_action(
            utter_action, output_channel, filled_slots
        )
        return suitable[drawn(_message.get(), utter_action) % len(suitable)] if suitable else None


def drawn(message: Text, utter_action: Text) -> int:
    """Draw a number for a message and a response: the same one each time."""
    return zlib.crc32(f"{message} {utter_action}".encode())
