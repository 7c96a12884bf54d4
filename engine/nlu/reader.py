"""Puts a Reading into Rasa's message: the sentence vector as a dense feature, entities, the language."""

import hashlib
from typing import Any, Dict, List, Optional, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from engine.nlu.service import TextServiceMissing, text_service
from engine.reading import Reading, reading_beside

ENCODER = "encoder"
NAME = "ReadingFeaturizer"
PROBE = "Where is my order LO-12345? 我的订单在哪里？"


# Rasa reads these annotations at run time and knows only typing's own names.
@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class ReadingFeaturizer(GraphComponent):
    """Takes the Reading beside the message, or asks the text service when there is none."""

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "ReadingFeaturizer":
        """Create the component, which has nothing to configure and nothing to learn."""
        return cls()

    @classmethod
    def fingerprint_addon(cls, config: Dict[Text, Any]) -> Optional[str]:
        """Return a mark of the encoders, so that another encoder means training again."""
        try:
            (probe,) = text_service().read([PROBE])
        except TextServiceMissing:
            return None  # training itself says what is missing
        return hashlib.sha256(probe.encoder.encode() + probe.vector.round(3).tobytes()).hexdigest()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Set the features of every training example that has a text."""
        messages = [message for message in training_data.training_examples if message.get(TEXT)]
        for message, reading in zip(
            messages, text_service().read([m.get(TEXT) for m in messages]), strict=True
        ):
            set_features(message, reading)
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        """Set features, entities and language of incoming messages."""
        beside = reading_beside()
        for message in messages:
            reading = beside or text_service().read([message.get(TEXT) or ""])[0]
            set_features(message, reading)
            message.set(ENTITIES, entities_of(reading), add_to_output=True)
        return messages


def set_features(message: Message, reading: Reading) -> None:
    """Add the sentence vector, shape (1, dimensions), and the name of its encoder."""
    message.add_features(Features(reading.vector[None, :], FEATURE_TYPE_SENTENCE, TEXT, NAME))
    message.set(ENCODER, reading.encoder)


def entities_of(reading: Reading) -> list[dict]:
    """Return the text's entities and, last, the language of the conversation."""
    language = {"entity": "language", "value": reading.language}
    return [{**entity, "extractor": NAME} for entity in (*reading.entities, language)]
