"""A head on cached vectors: the classifier's linear part alone, fitted in a second."""

from collections.abc import Sequence

import numpy as np

from engine.evidence.rows import Row, read_rows
from engine.nlu.fitting import Examples, fit_linear, scales_of
from engine.nlu.grams import Grams
from engine.nlu.heads import LinearHead


class QuickHead:
    """Intents by the linear head of engine/nlu, for the many candidates of a simulation."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.intents = sorted({row.intent for row in rows})
        self.grams = Grams.learn([row.text for row in rows])
        examples = self._examples(rows, [self.intents.index(row.intent) for row in rows])
        self.head: LinearHead = fit_linear(examples, scales_of(examples))

    def predict(self, rows: Sequence[Row]) -> list[str]:
        """Return the intent of each row."""
        examples = self._examples(rows, [0] * len(rows))
        said = []
        for place in range(len(rows)):
            scores = self.head.scores(examples.text(place))
            said.append(self.intents[int(scores.argmax())] if scores is not None else "")
        return said

    def predict_texts(self, texts: Sequence[str]) -> list[str]:
        """Return the intent of each text, read first."""
        return self.predict(read_rows([(text, "") for text in texts]))

    def _examples(self, rows: Sequence[Row], intents: Sequence[int]) -> Examples:
        return examples_of(rows, self.grams, np.array(intents), len(self.intents))


def examples_of(rows: Sequence[Row], grams: Grams, intents: np.ndarray, count: int) -> Examples:
    """Return rows as the heads are fitted on them; `intents`: their numbers, below `count`."""
    return Examples(
        grams.matrix([row.text for row in rows]),
        [row.vector for row in rows],
        np.array([row.encoder for row in rows]),
        intents,
        count,
    )
