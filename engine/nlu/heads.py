"""The trained heads and how they vote, in plain numpy: what is loaded to serve.

Two encoders are two spaces: whatever touches a vector exists once for each encoder; the n-grams are shared.
Shapes: K intents, G grams, D dimensions of an encoder, R of the folded grams, H hidden units.
"""

from dataclasses import dataclass

import numpy as np

from engine.nlu.trust import NOTHING_LIKE, Remembered, Trust

LEAST = 1e-9  # no intent is impossible


@dataclass(frozen=True)
class TextFeatures:
    """One text as the heads see it: its grams, and its vector in the space of an encoder."""

    indices: np.ndarray
    weights: np.ndarray
    encoder: str
    vector: np.ndarray


@dataclass(frozen=True)
class Scale:
    """Centre (D) and spread of an encoder's vectors, which share most of their length otherwise."""

    centre: np.ndarray
    spread: float

    def __call__(self, vector: np.ndarray) -> np.ndarray:
        """Return the vector, or rows of vectors, centred and scaled."""
        return (vector - self.centre) / self.spread


@dataclass(frozen=True)
class LinearHead:
    """Scores from n-grams (G, K) and, where `dense` has the encoder (D, K), from the vector too."""

    grams: np.ndarray
    bias: np.ndarray
    dense: dict[str, np.ndarray]
    scales: dict[str, Scale]

    def scores(self, text: TextFeatures) -> np.ndarray | None:
        """Return one score for each intent, None when the text has nothing this head knows."""
        known = text.encoder in self.dense
        if not known and not len(text.indices):
            return None
        scores = text.weights @ self.grams[text.indices] + self.bias
        return scores + self.scales[text.encoder](text.vector) @ self.dense[text.encoder] if known else scores


@dataclass(frozen=True)
class Layers:
    """Weights of a network with one hidden layer: (D + R, H), (H), (H, K), (K)."""

    inner: np.ndarray
    inner_bias: np.ndarray
    outer: np.ndarray
    outer_bias: np.ndarray

    def scores(self, features: np.ndarray) -> np.ndarray:
        """Return one score for each intent."""
        return np.maximum(features @ self.inner + self.inner_bias, 0) @ self.outer + self.outer_bias


@dataclass(frozen=True)
class NetworkHead:
    """Scores from the vector and the folded grams (G, R), by a few small networks for each encoder."""

    folding: np.ndarray
    networks: dict[str, list[Layers]]
    scales: dict[str, Scale]

    def scores(self, text: TextFeatures) -> np.ndarray | None:
        """Return the logarithm of the networks' mean probabilities, None for an unknown encoder."""
        if text.encoder not in self.networks:
            return None
        folded = text.weights @ self.folding[text.indices].astype("float32")
        both = np.concatenate([self.scales[text.encoder](text.vector), folded])
        votes = [softmax(layers.scores(both)) for layers in self.networks[text.encoder]]
        return np.log(np.mean(votes, axis=0) + LEAST)


@dataclass(frozen=True)
class LikenessHead:
    """Scores each of `count` intents by the cosine with its nearest example, over how far cosines spread."""

    remembered: dict[str, Remembered]
    spreads: dict[str, float]
    count: int

    def likeness(self, text: TextFeatures) -> np.ndarray | None:
        """Return the cosines with a text, (1, K), None for an unknown encoder."""
        if text.encoder not in self.remembered:
            return None
        return self.remembered[text.encoder].likeness(text.vector[None], self.count)

    @staticmethod
    def scaled(likeness: np.ndarray, spreads: np.ndarray | float) -> np.ndarray:
        """Turn cosines (n, K) into scores; an intent without examples in a language scores as the least."""
        known = likeness > NOTHING_LIKE
        least = np.where(known, likeness, 1.0).min(axis=1, keepdims=True)
        return np.where(known, likeness, least) / spreads


@dataclass(frozen=True)
class Mixture:
    """Softmax of the weighted sum of the heads' scores: a logarithmic pool, in which each has a veto.

    `trust` says how likely the first intent is right; without it the probability itself stands for that, and
    an intent is taken from `careful` on.
    """

    linear: LinearHead
    networks: NetworkHead
    likeness: LikenessHead
    weights: np.ndarray
    trust: Trust | None = None
    careful: float = 0.35

    @property
    def threshold(self) -> float:
        """The confidence from which on an intent is taken."""
        return self.trust.threshold if self.trust else self.careful

    def probabilities(self, text: TextFeatures, intents: int) -> np.ndarray:
        """Return one probability for each intent; equal ones for a text that says nothing."""
        return self._mixed(self._scores(text, self.likeness.likeness(text)), intents)

    def confidences(self, text: TextFeatures, intents: int) -> np.ndarray:
        """Return the same, so scaled that the first intent's is the chance that it is right.

        They sum to one at most: what is missing is the chance that no intent is.
        """
        likeness = self.likeness.likeness(text)
        scores = self._scores(text, likeness)
        mixed = self._mixed(scores, intents)
        if self.trust is None or scores[0] is None or likeness is None:
            return mixed
        sure, first = self.trust.sure(mixed, scores[0], likeness[0]), int(mixed.argmax())
        scaled = mixed * min(sure / mixed[first], (1 - sure) / (1 - mixed[first] + LEAST))
        scaled[first] = sure
        return scaled

    def _scores(self, text: TextFeatures, likeness: np.ndarray | None) -> list[np.ndarray | None]:
        """Return the heads' scores in the order of `weights`, None of one that knows nothing of the text."""
        near = None
        if likeness is not None:
            near = self.likeness.scaled(likeness, self.likeness.spreads[text.encoder])[0]
        return [self.linear.scores(text), self.networks.scores(text), near]

    def _mixed(self, scores: list[np.ndarray | None], intents: int) -> np.ndarray:
        total = np.zeros(intents)
        for one, weight in zip(scores, self.weights, strict=True):
            if one is not None:
                total += weight * one
        return softmax(total)


def softmax(scores: np.ndarray) -> np.ndarray:
    """Return probabilities along the last axis."""
    exponents = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponents / exponents.sum(axis=-1, keepdims=True)
