"""The intent classifier: heads on n-grams and on sentence vectors, their probabilities averaged."""

from typing import Any, Dict, List, Text

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from engine.nlu import keeping
from engine.nlu.grams import Grams
from engine.nlu.heads import TextFeatures
from engine.nlu.keeping import Learnt
from engine.nlu.reader import ENCODER

RANKING_LENGTH = "ranking_length"
ERROR_RATE, CAREFUL = "error_rate", "careful_threshold"


# Rasa reads these annotations at run time and knows only typing's own names.
@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class MixedIntentClassifier(GraphComponent, IntentClassifier):
    """Learns intents from n-grams and vectors, and gives each a calibrated probability."""

    def __init__(
        self,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        learnt: Learnt | None = None,
    ) -> None:
        self._ranking_length = config[RANKING_LENGTH]
        self._error_rate, self._careful = config.get(ERROR_RATE, 0.10), config.get(CAREFUL, 0.35)
        self._storage = model_storage
        self._resource = resource
        self._learnt = learnt

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """Return the settings: how many intents a message keeps in its ranking, 0 for all; when one is taken.

        `error_rate`: the largest share of wrong ones among the intents taken. `careful_threshold`: the
        confidence to take one from where there is too little training data to promise that.
        """
        return {RANKING_LENGTH: 10, ERROR_RATE: 0.10, CAREFUL: 0.35}

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "MixedIntentClassifier":
        """Create an untrained classifier."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "MixedIntentClassifier":
        """Load a trained classifier."""
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, keeping.load(folder))

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from all examples that have an intent."""
        # scikit-learn is needed for training only; a serving engine starts without it.
        from engine.nlu.fitting import Examples, fit_mixture

        messages = [message for message in training_data.intent_examples if message.get(TEXT)]
        intents = sorted({message.get(INTENT) for message in messages})
        if len(intents) < 2:
            raise InvalidConfigException(
                "MixedIntentClassifier needs examples of two intents at least; see data/nlu."
            )
        grams = Grams.learn([message.get(TEXT) for message in messages])
        examples = Examples(
            grams.matrix([message.get(TEXT) for message in messages]),
            [_vector(message) for message in messages],
            np.array([message.get(ENCODER) for message in messages]),
            np.array([intents.index(message.get(INTENT)) for message in messages]),
            len(intents),
        )
        self._learnt = Learnt(intents, grams, fit_mixture(examples, self._error_rate, self._careful))
        with self._storage.write_to(self._resource) as folder:
            keeping.save(self._learnt, folder)
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        """Set intent and ranking of messages; one that no intent is sure enough of becomes the fallback."""
        for message in messages:
            ranking = self._rank(message)
            kept, sure = ranking[: self._ranking_length or None], ranking[0]["confidence"]
            if sure < self._learnt.mixture.threshold:
                kept = [{"name": DEFAULT_NLU_FALLBACK_INTENT_NAME, "confidence": round(1 - sure, 6)}, *kept]
            message.set("intent", kept[0], add_to_output=True)
            message.set("intent_ranking", kept, add_to_output=True)
        return messages

    def _rank(self, message: Message) -> list[dict[str, Any]]:
        learnt = self._learnt
        indices, weights = learnt.grams.row(message.get(TEXT) or "")
        text = TextFeatures(indices, weights, message.get(ENCODER), _vector(message))
        probabilities = learnt.mixture.confidences(text, len(learnt.intents))
        order = np.argsort(-probabilities)
        return [{"name": learnt.intents[i], "confidence": round(float(probabilities[i]), 6)} for i in order]


def _vector(message: Message) -> np.ndarray:
    """Return the sentence vector that the reader has set, shape (D,)."""
    _, sentence = message.get_dense_features(TEXT)
    if sentence is None:
        raise InvalidConfigException(
            "MixedIntentClassifier found no sentence vector; "
            "in config.yml engine.nlu.reader.ReadingFeaturizer must come before it."
        )
    return sentence.features[0]
