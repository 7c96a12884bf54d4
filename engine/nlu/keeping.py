"""Keeps what the classifier has learnt in two files: numbers in a .npz, words in a JSON. No pickle."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.nlu.grams import Grams, GramSpace
from engine.nlu.heads import Head, Layers, LinearHead, Mixture, NetworkHead, Scale
from engine.nlu.trust import Remembered, Trust

NUMBERS, WORDS = "mixture.npz", "mixture.json"
CAREFUL = 0.35  # of a model that was kept before thresholds were
LAYERS = ("inner", "inner_bias", "outer", "outer_bias")


@dataclass(frozen=True)
class Learnt:
    """The names of the intents, the grams and the mixture of heads."""

    intents: list[str]
    grams: Grams
    mixture: Mixture


def save(learnt: Learnt, folder: Path) -> None:
    """Write both files into a folder."""
    grams, mixture = learnt.grams, learnt.mixture
    numbers = {
        "weights": mixture.weights,
        "temperatures": mixture.temperatures,
        "sharpness": np.array(mixture.sharpness),
        "careful": np.array(mixture.careful),
        "word_idf": grams.words.idf,
        "character_idf": grams.characters.idf,
    }
    for i, head in enumerate(mixture.heads):
        numbers |= {f"head{i}/{name}": array for name, array in _numbers_of(head).items()}
    if mixture.trust:
        numbers |= _numbers_of_trust(mixture.trust)
    words = {
        "intents": learnt.intents,
        "heads": [type(head).__name__ for head in mixture.heads],
        "threshold": mixture.threshold,
        "promised": mixture.trust.promised if mixture.trust else None,
        "words": grams.words.vocabulary,
        "characters": grams.characters.vocabulary,
    }
    np.savez(folder / NUMBERS, **numbers)
    (folder / WORDS).write_text(json.dumps(words), encoding="utf-8")


def load(folder: Path) -> Learnt:
    """Read both files."""
    words = json.loads((folder / WORDS).read_text(encoding="utf-8"))
    with np.load(folder / NUMBERS, allow_pickle=False) as file:
        numbers = dict(file)
    heads = []
    for i, kind in enumerate(words["heads"]):
        own = {
            name.removeprefix(f"head{i}/"): array
            for name, array in numbers.items()
            if name.startswith(f"head{i}/")
        }
        heads.append(_linear_of(own) if kind == "LinearHead" else _network_of(own))
    grams = Grams(
        GramSpace(words["words"], numbers["word_idf"]),
        GramSpace(words["characters"], numbers["character_idf"]),
    )
    trust = _trust_of(_of(numbers, "trust"), words) if "trust/weights" in numbers else None
    mixture = Mixture(
        tuple(heads), numbers["weights"], numbers["temperatures"], float(numbers["sharpness"]), trust,
        float(numbers.get("careful", CAREFUL)),
    )  # fmt: skip
    return Learnt(words["intents"], grams, mixture)


def _numbers_of(head: Head) -> dict[str, np.ndarray]:
    numbers = {f"centre/{encoder}": scale.centre for encoder, scale in head.scales.items()}
    numbers |= {f"spread/{encoder}": np.array(scale.spread) for encoder, scale in head.scales.items()}
    if isinstance(head, LinearHead):
        dense = {f"dense/{encoder}": array for encoder, array in head.dense.items()}
        return numbers | dense | {"grams": head.grams, "bias": head.bias}
    for encoder, networks in head.networks.items():
        for i, layers in enumerate(networks):
            numbers |= {f"{name}/{encoder}/{i}": getattr(layers, name) for name in LAYERS}
    return numbers | {"folding": head.folding}


def _numbers_of_trust(trust: Trust) -> dict[str, np.ndarray]:
    numbers = {"trust/weights": trust.weights, "trust/bias": np.array(trust.bias)}
    for encoder, remembered in trust.remembered.items():
        numbers[f"trust/vectors/{encoder}"] = remembered.vectors
        numbers[f"trust/intents/{encoder}"] = remembered.intents
    return numbers


def _trust_of(numbers: dict[str, np.ndarray], words: dict[str, Any]) -> Trust:
    intents = _of(numbers, "intents")
    remembered = {
        encoder: Remembered(vectors, intents[encoder]) for encoder, vectors in _of(numbers, "vectors").items()
    }
    bias, threshold = float(numbers["bias"]), float(words["threshold"])
    return Trust(numbers["weights"], bias, threshold, words["promised"], remembered)


def _of(numbers: dict[str, np.ndarray], name: str) -> dict[str, np.ndarray]:
    return {
        key.removeprefix(f"{name}/"): array for key, array in numbers.items() if key.startswith(f"{name}/")
    }


def _scales_of(numbers: dict[str, np.ndarray]) -> dict[str, Scale]:
    spreads = _of(numbers, "spread")
    return {
        encoder: Scale(centre, float(spreads[encoder])) for encoder, centre in _of(numbers, "centre").items()
    }


def _linear_of(numbers: dict[str, np.ndarray]) -> LinearHead:
    return LinearHead(numbers["grams"], numbers["bias"], _of(numbers, "dense"), _scales_of(numbers))


def _network_of(numbers: dict[str, np.ndarray]) -> NetworkHead:
    parts = [_of(numbers, name) for name in LAYERS]
    networks: dict[str, list[Layers]] = {}
    for key in sorted(parts[0]):
        networks.setdefault(key.rpartition("/")[0], []).append(Layers(*(part[key] for part in parts)))
    return NetworkHead(numbers["folding"], networks, _scales_of(numbers))
