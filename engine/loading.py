"""Loads a model for serving: its own processor, responses and tracker store over the shared event log.

Rasa's Agent is left out: it wraps the tracker store in one that hides errors and falls back to memory, and
for another model it changes the domain under the turns still running.
"""

from dataclasses import dataclass
from pathlib import Path

from rasa.core.lock_store import InMemoryLockStore
from rasa.shared.core.constants import DEFAULT_INTENTS

from engine.actionendpoint import ActionEndpoint
from engine.eventlog import EventLog
from engine.problems import EngineProblem, ModelRefused
from engine.processor import TurnProcessor
from engine.responses import SteadyResponses
from engine.slim import refuse_left_out
from engine.trackers import LiveTrackerStore


@dataclass(frozen=True)
class ServedModel:
    """A loaded model and what belongs to it alone."""

    name: str
    processor: TurnProcessor
    store: LiveTrackerStore
    button_intents: frozenset[str]


def load_model(path: Path, log: EventLog, endpoint: ActionEndpoint) -> ServedModel:
    """Load a model file, or raise ModelRefused with the reason."""
    if not path.is_file():
        raise ModelRefused(f"There is no model file {path}; `firstline train` makes one.")
    store = LiveTrackerStore(log=log)
    responses = SteadyResponses({})
    try:
        processor = TurnProcessor(path, store, InMemoryLockStore(), responses, endpoint)
    except EngineProblem:
        raise
    except Exception as error:
        raise ModelRefused(f"{path.name} can't be loaded: {type(error).__name__}: {error}") from error
    refuse_left_out(node.uses for node in processor.model_metadata.predict_schema.nodes.values())
    store.domain = processor.domain
    responses.responses = processor.domain.responses
    own_intents = frozenset(processor.domain.intents) - frozenset(DEFAULT_INTENTS)
    return ServedModel(path.name.removesuffix(".tar.gz"), processor, store, own_intents)
