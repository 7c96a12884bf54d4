"""The Reading that travels beside a message: made once by the app, seen by our NLU component, never stored.

In a message's metadata the vector would be written twice into every user event and into each action call.
"""

import base64
import binascii
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

import numpy as np

from engine.problems import BadRequest


@dataclass(frozen=True)
class Reading:
    """What the app found in one text; `vector` is one float32 row in the space of `encoder`."""

    language: str
    encoder: str
    vector: np.ndarray
    entities: list[dict] = field(default_factory=list)

    @classmethod
    def from_json(cls, data: dict) -> "Reading":
        """Build a Reading from the contract's JSON, or raise BadRequest."""
        try:
            vector = np.frombuffer(base64.b64decode(data["vector"], validate=True), dtype="<f4")
            reading = cls(
                str(data["language"]), str(data["encoder"]), vector, list(data.get("entities") or [])
            )
        except (KeyError, TypeError, ValueError, binascii.Error) as error:
            raise BadRequest(
                f"reading must hold language, encoder and a base64 vector of float32: {error!r}"
            ) from error
        if not len(vector) or not np.isfinite(vector).all():
            raise BadRequest("reading.vector must hold finite numbers")
        return reading

    def to_json(self) -> dict:
        """Return the contract's JSON."""
        vector = base64.b64encode(self.vector.astype("<f4").tobytes()).decode()
        return {
            "language": self.language,
            "encoder": self.encoder,
            "vector": vector,
            "entities": self.entities,
        }


_beside: ContextVar[Reading | None] = ContextVar("reading_beside_the_message", default=None)


def reading_beside() -> Reading | None:
    """Return the Reading of the message being handled, if one came with it."""
    return _beside.get()


@contextmanager
def beside_message(reading: Reading | None) -> Iterator[None]:
    """Carry `reading` beside the message handled inside the block."""
    token = _beside.set(reading)
    try:
        yield
    finally:
        _beside.reset(token)
